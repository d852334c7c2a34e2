"""Huber's regression on arrays: exact recovery, statsmodels, what it is for, identities."""

from dataclasses import replace

import numpy as np
import pytest

from tests.engine.simulated import static
from xlfactor.engine import regression
from xlfactor.engine.huber import LIMIT, fits
from xlfactor.engine.regression import basis

sm = pytest.importorskip("statsmodels.api")


def panel(seed=0, N=60, T=4):
    """Constant, five industries, two styles; t-distributed idio returns, caps, weights."""
    rng = np.random.default_rng(seed)
    S = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    codes = np.concatenate([np.arange(5), rng.integers(0, 5, N - 5)])
    sections = static(S, T, codes, (5,), constant=0)
    return sections, 0.02 * rng.standard_t(3, (T, N)), rng.uniform(0.5, 2, (1, N)), rng.lognormal(size=(1, N))


def reference(one, w):
    """RLM with HuberT on the weighted rows in the basis of the constrained factors."""
    R = basis(one.pattern.constraints, one.pattern.active)
    root = np.sqrt(w)
    model = sm.RLM(root * one.pattern.r[0], root[:, None] * (one.pattern.B.dense() @ R), M=sm.robust.norms.HuberT())
    return R, model.fit(conv="coefs", tol=1e-13, maxiter=1000)


@pytest.mark.parametrize("seed", range(5))
def test_statsmodels_rlm_gives_the_same_factor_returns_and_t_values(seed):
    sections, R, W, caps = panel(seed)
    for one in fits(R, sections, W, caps):
        basis_, model = reference(one, W[0])
        f = basis_ @ model.params
        np.testing.assert_allclose(one.f[0], f, atol=2e-11 * np.abs(f).max())
        variance = np.einsum("ij,jk,ik->i", basis_, model.bcov_scaled, basis_)
        np.testing.assert_allclose(one.t_statistics(True)[0], f / np.sqrt(variance), rtol=1e-9, atol=1e-9)
        assert one.scale == pytest.approx(model.scale, rel=1e-9)


def test_noise_free_returns_give_the_factor_returns_back():
    sections, _, W, caps = panel()
    s = np.zeros(8)
    s[3:] = np.bincount(sections.B.codes[:, 0], caps[0])
    F = np.random.default_rng(4).normal(size=(4, 8))
    F[:, 3] -= F @ s / s[3]
    for one in fits(F @ sections.B.dense().T, sections, W, caps):
        np.testing.assert_allclose(one.f[0], F[one.pattern.dates[0]], atol=1e-12)


def test_a_few_wild_returns_move_the_fit_of_an_exact_model_little_and_least_squares_much():
    sections, _, W, caps = panel()
    rng = np.random.default_rng(5)
    F = rng.normal(size=(4, 8))
    F[:, 3:] = 0
    E = 0.1 * rng.normal(size=(4, 60))
    clean = {t: one.f[0] for one in fits(F @ sections.B.dense().T + E, sections, W, caps) for t in one.pattern.dates}
    wild = E.copy()
    wild[:, [7, 11, 23]] += 50
    R = F @ sections.B.dense().T + wild
    for one in fits(R, sections, W, caps):
        assert np.abs(one.f[0] - clean[one.pattern.dates[0]]).max() < 0.3
    least_squares = next(regression.fits(R, sections, W, caps)).f
    assert np.abs(least_squares - np.array(list(clean.values()))).max() > 2


def test_the_first_order_condition_of_hubers_loss_holds():
    sections, R, W, caps = panel(6)
    for one in fits(R, sections, W, caps):
        root = np.sqrt(W[0])
        psi = np.clip(root * one.e[0] / one.scale, -LIMIT, LIMIT)
        Z = one.pattern.B.dense() @ basis(one.pattern.constraints, one.pattern.active)
        assert np.abs((root * psi) @ Z).max() < 1e-8
        assert one.scale == pytest.approx(np.median(np.abs(root * one.e[0])) / 0.6744897501960817, rel=1e-9)


def test_returns_without_outliers_are_fitted_by_least_squares():
    sections, _, W, caps = panel(N=400)
    R = 0.01 * np.where(np.random.default_rng(7).random((4, 400)) < 0.5, 1.0, -1.0) / np.sqrt(W)
    one = next(fits(R, sections, W, caps))
    assert np.abs(np.sqrt(W[0]) * one.e[0]).max() < LIMIT * one.scale
    np.testing.assert_allclose(one.f, next(regression.fits(R, sections, W, caps)).f[:1], rtol=1e-10)


def test_rescaled_weights_change_nothing_and_rescaled_returns_rescale_the_factor_returns():
    sections, R, W, caps = panel(8)
    F = np.vstack([one.f for one in fits(R, sections, W, caps)])
    np.testing.assert_allclose(np.vstack([one.f for one in fits(R, sections, 7 * W, caps)]), F, atol=1e-11)
    np.testing.assert_allclose(np.vstack([one.f for one in fits(100 * R, sections, W, caps)]), 100 * F, atol=1e-9)


def test_missing_returns_and_weights_of_zero_leave_assets_out():
    sections, R, W, _ = panel(9)
    R[1, [8, 20]] = np.nan
    W[0, 30] = 0
    F = {int(one.pattern.dates[0]): one for one in fits(R, sections, W, None)}
    keep = np.isfinite(R[1]) & (W[0] > 0)
    small = replace(sections, B=sections.B.take(keep), columns=np.arange(keep.sum()), offsets=np.array([0, keep.sum()]))
    alone = list(fits(R[:, keep], small, W[:, keep], None))[1]
    np.testing.assert_allclose(F[1].f, alone.f, atol=1e-12)
    assert F[1].n_assets == keep.sum()
    assert np.isfinite(F[0].e[0, 30])


def test_the_summary_is_that_of_the_last_weighted_regression():
    sections, R, W, caps = panel(10)
    one = next(fits(R, sections, W, caps))
    X = one.pattern.B.dense() @ basis(one.pattern.constraints, one.pattern.active)
    model = sm.WLS(one.pattern.r[0], X, weights=one.pattern.w).fit()
    plain, adjusted = one.r_squared()
    np.testing.assert_allclose([plain[0], adjusted[0]], [model.rsquared, model.rsquared_adj], rtol=1e-9)
    assert one.rank == 7


def test_the_size_of_the_t_values_is_right_for_factors_of_return_zero():
    """|t| > 1.96 in 5 % of dates, normal idio returns: N = 100, K = 4, 1500 tests."""
    rng = np.random.default_rng(11)
    sections = static(rng.normal(size=(100, 3)), 500)
    found = fits(rng.normal(size=(500, 100)), sections, np.ones((1, 100)))
    t = np.vstack([one.t_statistics(False) for one in found])
    assert np.mean(np.abs(t) > 1.96) == pytest.approx(0.05, abs=0.02)
