"""EM with random factor returns: against dense normal densities, an optimiser, and simulated truth."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from tests.engine.simulated import OMEGA_F, daily, static
from xlfactor.engine.blocks import blocks
from xlfactor.engine.em import em, expect, one_basis
from xlfactor.engine.idio import estimate
from xlfactor.engine.reml import reml


def dense_log_density(R, B, Omega_f, psi):
    total = 0.0
    for r in R:
        here = np.isfinite(r)
        Omega_r = B[here] @ Omega_f @ B[here].T + np.diag(psi[here])
        total += multivariate_normal(np.zeros(here.sum()), Omega_r).logpdf(r[here])
    return total


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_the_log_likelihood_is_the_dense_normal_density(share):
    B, psi, _, R = daily(30, 50, 1)
    R = np.where(np.random.default_rng(1).random(R.shape) < share, np.nan, R)
    step = expect(blocks(R, static(B, 50), 0), psi, np.linalg.cholesky(OMEGA_F))
    np.testing.assert_allclose(step.log_likelihood, dense_log_density(R, B, OMEGA_F, psi), rtol=1e-12)


def test_one_step_equals_the_textbook_e_and_m_steps():
    B, psi, _, R = daily(30, 50, 2)
    L = np.linalg.cholesky(OMEGA_F)
    step = expect(blocks(R, static(B, 50), 0), psi, L)
    V = np.linalg.inv(np.linalg.inv(OMEGA_F) + B.T @ np.diag(1 / psi) @ B)
    M = R @ np.diag(1 / psi) @ B @ V
    np.testing.assert_allclose(L @ step.U @ L.T, M.T @ M / 50 + V, rtol=1e-9, atol=1e-12)
    expected = ((R - M @ B.T) ** 2).sum(axis=0) + 50 * np.einsum("ij,jk,ik->i", B, V, B)
    np.testing.assert_allclose(step.s, expected, rtol=1e-11)


def test_an_optimiser_finds_the_same_maximum():
    rng = np.random.default_rng(3)
    T, N, K = 80, 8, 2
    B = rng.normal(size=(N, K))
    R = rng.normal(size=(T, K)) @ B.T + rng.normal(size=(T, N)) * rng.uniform(0.5, 2, N)

    def minus(x):
        L = np.array([[x[0], 0], [x[1], x[2]]])
        Omega_r = B @ L @ L.T @ B.T + np.diag(np.exp(x[3:]))
        return 0.5 * (T * np.linalg.slogdet(2 * np.pi * Omega_r)[1] + np.trace(np.linalg.solve(Omega_r, R.T @ R)))

    best = minimize(minus, np.r_[1, 0, 1, np.zeros(N)], method="BFGS")
    found = estimate(R, static(B, T), method="em", floor=0.0, tolerance=1e-13, max_iterations=20000)
    L = np.array([[best.x[0], 0], [best.x[1], best.x[2]]])
    np.testing.assert_allclose(found.passes[-1][0], -best.fun, rtol=1e-8)
    np.testing.assert_allclose(found.psi, np.exp(best.x[3:]), rtol=2e-3)
    np.testing.assert_allclose(found.Omega_f, L @ L.T, rtol=2e-3, atol=1e-3)


def test_leaps_end_where_plain_steps_end_and_a_limit_never_ends_on_one():
    B, psi, _, R = daily(30, 60, 4)
    panel = blocks(R, static(B, 60), 0)
    L = np.linalg.cholesky(OMEGA_F)
    for _ in range(4000):
        step = expect(panel, psi, L)
        psi, L = step.s / panel.n, L @ np.linalg.cholesky(step.U)
    found = estimate(R, static(B, 60), method="em", floor=0.0, tolerance=1e-13)
    assert found.converged
    np.testing.assert_allclose(found.psi, psi, rtol=1e-4)
    np.testing.assert_allclose(found.Omega_f, L @ L.T, rtol=1e-3, atol=1e-4)
    for limit in range(1, 8):
        short = estimate(R, static(B, 60), method="em", floor=0.0, max_iterations=limit)
        reached = expect(panel, short.psi, np.linalg.cholesky(short.Omega_f)).log_likelihood
        assert reached >= short.passes[-1][0] - 1e-9


def test_the_log_likelihood_never_falls():
    for N, T, rep in ((30, 60, 0), (30, 250, 1), (100, 250, 2)):
        B, _, _, R = daily(N, T, rep)
        values = np.array(estimate(R, static(B, T), method="em", floor=0.0).passes)[:, 0]
        assert len(values) > 3
        assert (np.diff(values) > -1e-9 * np.abs(values[1:])).all()


@pytest.fixture(scope="module", params=[30, 100])
def simulated(request):
    N, T = request.param, 250
    ratios, Omegas = [], []
    for rep in range(100):
        B, psi, _, R = daily(N, T, rep)
        found = estimate(R, static(B, T), method="em")
        ratios.append(found.psi / psi)
        Omegas.append(found.Omega_f)
    return np.array(ratios), np.array(Omegas)


def test_em_is_unbiased_and_nothing_collapses(simulated):
    ratios, _ = simulated
    assert abs(ratios.mean() - 1) < 0.01
    assert np.sqrt(((ratios - 1) ** 2).mean()) < {30: 0.108, 100: 0.097}[ratios.shape[1]]
    assert ratios.min() > 0.05


def test_the_factor_covariance_of_em_needs_no_noise_correction(simulated):
    """The regressions' own covariance would be ×2.23 (N = 30) and ×1.28 (N = 100) for a style (methodology 7.2)."""
    _, Omegas = simulated
    np.testing.assert_allclose(np.diag(Omegas.mean(axis=0)) / np.diag(OMEGA_F), 1, atol=0.05)


def industries(T=200, seed=5):
    rng = np.random.default_rng(seed)
    N = 40
    codes = np.concatenate([np.arange(4), rng.integers(0, 4, N - 4)])
    S = np.column_stack([np.ones(N), rng.normal(size=N)])
    caps = rng.lognormal(size=N)
    F = rng.normal(size=(T, 4))[:, codes] + rng.normal(size=(T, 2)) @ S.T
    return F + rng.normal(size=(T, N)), static(S, T, codes, (4,), constant=0), caps


def test_the_factor_covariance_keeps_the_constraint_and_the_variances_do_not_know_it():
    R, sections, caps = industries()
    with_caps, plain = (estimate(R, sections, c, "em", tolerance=1e-11) for c in (caps[None], None))
    s = np.bincount(sections.B.codes[:, 0], caps)
    np.testing.assert_allclose(with_caps.Omega_f[2:, 2:] @ s, 0, atol=1e-12)
    np.testing.assert_allclose(plain.Omega_f[2:, 2:].sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(with_caps.psi, plain.psi, rtol=1e-6)
    B = sections.B.dense()
    np.testing.assert_allclose(B @ with_caps.Omega_f @ B.T, B @ plain.Omega_f @ B.T, atol=1e-6)


def test_a_value_missing_on_some_dates_is_no_obstacle():
    R, sections, caps = industries()
    codes = sections.B.codes[:, 0]
    R[::3, codes == 2] = np.nan
    found = estimate(R, sections, caps[None], "em", floor=0.0)
    values = np.array(found.passes)[:, 0]
    assert (np.diff(values) > -1e-9 * np.abs(values[1:])).all()
    np.testing.assert_allclose(
        values[-1], dense_log_density(R, sections.B.dense(), found.Omega_f, found.psi), rtol=1e-6
    )


def test_a_value_that_no_asset_ever_has_is_missing():
    R, sections, _ = industries()
    R[:, sections.B.codes[:, 0] == 2] = np.nan
    found = estimate(R, sections, method="em")
    assert np.isnan(np.diag(found.Omega_f)).tolist() == [False, False, False, False, True, False]
    basis = one_basis(blocks(R, sections, 0), sections, None)
    np.testing.assert_array_equal(basis[4], 0)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_floor_holds_inside_the_iteration(limit):
    """Raising values below 0.9 median to it leaves the median where it was."""
    B, _, _, R = daily(30, 60, 6)
    panel, groups = blocks(R, static(B, 60), 0), np.zeros(30, dtype=np.int64)
    start = reml(panel, groups, 0.0, 1000, 1e-8)
    found, _ = em(panel, start, np.eye(B.shape[1]), groups, 0.9, limit, 1e-12)
    assert found.psi.min() == pytest.approx(0.9 * np.median(found.psi), rel=1e-12)
