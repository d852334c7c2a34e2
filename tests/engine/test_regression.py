"""The regression engine on arrays: exact recovery, independent solutions, identities, rank deficiency."""

import numpy as np
import pytest

from tests.golden import CASES
from xlfactor.engine.regression import fits
from xlfactor.engine.sections import Loadings, Sections


def static(S, codes=None, sizes=(), constant=-1, T=1) -> Sections:
    N = len(S)
    codes = np.zeros((N, 0), dtype=np.int64) if codes is None else np.asarray(codes)
    K = S.shape[1] + sum(sizes)
    B = Loadings(np.asarray(S, float), codes, tuple(sizes), np.arange(K))
    return Sections(B, np.arange(N), np.array([0, N]), np.zeros(T, dtype=np.int64), constant)


def estimate(R, sections, w, caps=None):
    F = np.full((len(R), sections.n_factors), np.nan)
    for fit in fits(R, sections, np.atleast_2d(w), None if caps is None else np.atleast_2d(caps)):
        F[fit.pattern.dates] = fit.f
    return F


def kkt(B, w, r, constraints):
    """min (r − Bf)'W(r − Bf) subject to constraints f = 0, by the bordered system."""
    K, m = B.shape[1], len(constraints)
    M = np.block([[B.T @ (w[:, None] * B), constraints.T], [constraints, np.zeros((m, m))]])
    return np.linalg.solve(M, np.concatenate([B.T @ (w * r), np.zeros(m)]))[:K]


@pytest.fixture
def market():
    """Constant + 5 industries + 2 styles, caps, weights, 3 dates."""
    rng = np.random.default_rng(3)
    N = 60
    S = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    codes = np.concatenate([np.arange(5), rng.integers(0, 5, N - 5)])[:, None]
    sections = static(S, codes, (5,), constant=0, T=3)
    return sections, rng.normal(size=(3, N)), rng.uniform(0.5, 2, N), rng.lognormal(size=N)


def cap_row(sections, caps):
    s = np.zeros(8)
    s[3:] = np.bincount(sections.B.codes[:, 0], caps)
    return s[None, :] / s.sum()


def test_noise_free_returns_give_the_factor_returns_back(market):
    sections, _, w, caps = market
    s = cap_row(sections, caps)
    F = np.random.default_rng(4).normal(size=(3, 8))
    F[:, 3] -= F @ s[0] / s[0, 3]  # the family's cap-weighted sum is zero
    np.testing.assert_allclose(estimate(F @ sections.B.dense().T, sections, w, caps), F, atol=1e-10)


def test_the_constrained_solution_equals_the_bordered_system(market):
    sections, R, w, caps = market
    F = estimate(R, sections, w, caps)
    for f, r in zip(F, R, strict=True):
        np.testing.assert_allclose(f, kkt(sections.B.dense(), w, r, cap_row(sections, caps)), atol=1e-12)


def test_without_caps_the_plain_sum_of_the_family_is_zero(market):
    sections, R, w, _ = market
    np.testing.assert_allclose(estimate(R, sections, w)[:, 3:].sum(axis=1), 0, atol=1e-13)


def test_the_constraint_changes_no_residual(market):
    sections, R, w, caps = market
    residuals = [next(iter(fits(R, sections, w[None], c))).e for c in (None, caps[None])]
    np.testing.assert_allclose(residuals[0], residuals[1], atol=1e-12)


def test_two_families_get_two_constraints_and_without_a_constant_the_first_is_free():
    rng = np.random.default_rng(5)
    N = 40
    codes = np.column_stack([rng.integers(0, 3, N), rng.integers(0, 2, N)])
    with_constant = static(np.ones((N, 1)), codes, (3, 2), constant=0)
    R = rng.normal(size=(1, N))
    f = estimate(R, with_constant, np.ones(N))[0]
    assert abs(f[1:4].sum()) < 1e-13
    assert abs(f[4:].sum()) < 1e-13
    free = static(np.zeros((N, 0)), codes, (3, 2), constant=-1)
    g = estimate(R, free, np.ones(N))[0]
    assert abs(g[3:].sum()) < 1e-13
    np.testing.assert_allclose(g[:3], f[0] + f[1:4], atol=1e-12)  # the constant moves into the free family


def test_a_missing_return_equals_leaving_the_row_out(market):
    sections, R, w, caps = market
    R[1, [2, 9, 17]] = np.nan
    F = estimate(R, sections, w, caps)
    keep = np.isfinite(R[1])
    expected = kkt(sections.B.dense()[keep], w[keep], R[1, keep], cap_row(sections, caps))  # shares of all assets
    np.testing.assert_allclose(F[1], expected, atol=1e-12)
    np.testing.assert_array_equal(np.isfinite(F), True)


def test_a_family_value_nobody_has_that_day_is_missing_and_the_rest_is_rebuilt(market):
    sections, R, w, caps = market
    codes = sections.B.codes[:, 0]
    R[2, codes == 4] = np.nan
    F = estimate(R, sections, w, caps)
    assert np.isnan(F[2]).tolist() == [False] * 7 + [True]
    keep = codes != 4
    B, s = np.delete(sections.B.dense()[keep], 7, axis=1), cap_row(sections, caps)[:, :7]
    np.testing.assert_allclose(F[2, :7], kkt(B, w[keep], R[2, keep], s), atol=1e-12)


def test_an_asset_of_weight_zero_is_covered_but_not_estimated_on(market):
    sections, R, w, _ = market
    w = w.copy()
    w[7] = 0.0
    fit = next(iter(fits(R, sections, w[None], None)))
    keep = np.arange(60) != 7
    np.testing.assert_allclose(
        fit.f[0], kkt(sections.B.dense()[keep], w[keep], R[0, keep], np.eye(8)[3:].sum(0)[None]), atol=1e-12
    )
    np.testing.assert_allclose(fit.e[0, 7], R[0, 7] - sections.B.dense()[7] @ fit.f[0], atol=1e-14)
    assert fit.n_assets == 59


def test_leverages_lie_in_the_unit_interval_and_sum_to_the_rank(market):
    sections, R, w, caps = market
    fit = next(iter(fits(R, sections, w[None], caps[None])))
    assert fit.rank == 7
    assert abs(fit.leverage.sum() - 7) < 1e-10
    assert (fit.leverage > 0).all()
    assert (fit.leverage <= 1 + 1e-12).all()


def test_rescaled_weights_change_nothing_and_rotated_styles_rotate_back():
    rng = np.random.default_rng(6)
    S, R, w = rng.normal(size=(30, 4)), rng.normal(size=(2, 30)), rng.uniform(1, 2, 30)
    C = rng.normal(size=(4, 4))
    F = estimate(R, static(S, T=2), w)
    np.testing.assert_allclose(estimate(R, static(S, T=2), 7 * w), F, atol=1e-13)
    np.testing.assert_allclose(estimate(R, static(S @ C, T=2), w), F @ np.linalg.inv(C).T, atol=1e-10)


def test_statsmodels_wls_gives_the_same_t_values_and_r_squared():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(7)
    for S, spans in (
        (np.column_stack([np.ones(50), rng.normal(size=(50, 3))]), True),
        (rng.normal(size=(50, 3)), False),
    ):
        R, w = rng.normal(size=(1, 50)), rng.uniform(0.5, 3, 50)
        fit = next(iter(fits(R, static(S, constant=0 if spans else -1), w[None], None)))
        model = sm.WLS(R[0], S, weights=w).fit()
        np.testing.assert_allclose(fit.f[0], model.params, rtol=1e-11)
        np.testing.assert_allclose(fit.t_statistics(known_variances=False)[0], model.tvalues, rtol=1e-11)
        plain, adjusted = fit.r_squared()
        np.testing.assert_allclose([plain[0], adjusted[0]], [model.rsquared, model.rsquared_adj], rtol=1e-11)


def test_known_variances_give_the_gls_t_values():
    rng = np.random.default_rng(8)
    S, R, psi = rng.normal(size=(40, 3)), rng.normal(size=(1, 40)), rng.uniform(0.5, 2, 40)
    fit = next(iter(fits(R, static(S), 1 / psi[None], None)))
    A = S.T @ (S / psi[:, None])
    np.testing.assert_allclose(fit.t_statistics(True)[0], fit.f[0] / np.sqrt(np.diag(np.linalg.inv(A))), rtol=1e-12)


def test_gls_errors_have_the_stated_covariance():
    """Mean of (f̂ − f)'A(f̂ − f) is K within 4 standard errors (chi-square: variance 2K)."""
    rng = np.random.default_rng(9)
    T, N, K = 2000, 40, 4
    S, psi, F = rng.normal(size=(N, K)), rng.uniform(0.5, 3, N), rng.normal(size=(T, K))
    R = F @ S.T + rng.normal(size=(T, N)) * np.sqrt(psi)
    D = estimate(R, static(S, T=T), 1 / psi) - F
    A = S.T @ (S / psi[:, None])
    distance = np.einsum("ti,ij,tj->t", D, A, D)
    assert abs(distance.mean() - K) < 4 * np.sqrt(2 * K / T)


def test_a_doubled_column_gets_the_minimum_norm_solution_and_its_rank():
    rng = np.random.default_rng(10)
    S, R = rng.normal(size=(30, 3)), rng.normal(size=(1, 30))
    twice = np.column_stack([S, S[:, 0]])
    fit = next(iter(fits(R, static(twice), np.ones((1, 30)), None)))
    assert fit.rank == 3
    np.testing.assert_allclose(fit.f[0], np.linalg.lstsq(twice, R[0], rcond=None)[0], atol=1e-12)


def test_a_nearly_collinear_pair_is_solved_as_well_as_by_qr():
    rng = np.random.default_rng(11)
    S = rng.normal(size=(50, 3))
    S[:, 2] = S[:, 1] + 1e-4 * rng.normal(size=50)
    f = np.array([0.3, -0.2, 0.5])
    fit = next(iter(fits((S @ f)[None], static(S), np.ones((1, 50)), None)))
    np.testing.assert_allclose(fit.f[0], f, atol=1e-9)
    X = S / np.sqrt((S * S).sum(0))
    np.testing.assert_allclose(fit.condition, np.linalg.cond(X), rtol=1e-6)


def test_g14_two_stage_fit_of_toraniko_is_reproduced():
    """Published test vector: overlapping sector flags, weights sqrt(cap), styles on the sector residual."""
    rng = np.random.RandomState(42)
    r = rng.standard_normal((100, 1))[:, 0]
    caps = np.abs(rng.standard_normal((100, 1)))[:, 0]
    sectors, styles = rng.randint(0, 2, (100, 10)).astype(float), rng.standard_normal((100, 5))
    w = np.sqrt(caps)
    V = np.vstack([np.eye(9), -np.ones(9)])  # the plain sum of the sectors is zero
    stage1 = next(iter(fits(r[None], static(np.column_stack([np.ones(100), sectors @ V])), w[None], None)))
    stage2 = next(iter(fits(stage1.e, static(styles), w[None], None)))
    expected = CASES["G14_two_stage"]
    np.testing.assert_allclose(stage1.f[0, 0], expected["market"], rtol=1e-10)
    np.testing.assert_allclose(V @ stage1.f[0, 1:], expected["sectors"], rtol=1e-10)
    np.testing.assert_allclose(stage2.f[0], expected["styles"], rtol=1e-10)
    np.testing.assert_allclose([stage1.f[0, 0], *(V @ stage1.f[0, 1:]), *stage2.f[0]], expected["published"], atol=5e-8)
    joint = next(iter(fits(r[None], static(np.column_stack([np.ones(100), sectors @ V, styles])), w[None], None)))
    expected = CASES["G14_joint_fit_same_inputs"]
    np.testing.assert_allclose(joint.f[0, 0], expected["market"], rtol=1e-9)
    np.testing.assert_allclose(joint.f[0, 10:], expected["styles"], rtol=1e-9)
