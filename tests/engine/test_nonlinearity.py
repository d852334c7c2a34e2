"""Nonlinearity: statsmodels, scipy and brute force as the other routes; size and power on simulated truth."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import pearsonr, spearmanr

from xlfactor.engine.nonlinearity import nonlinearity
from xlfactor.errors import FactorError


def panel(T=60, N=4, seed=0, missing=0.1):
    rng = np.random.default_rng(seed)
    F = rng.normal(size=(T, 2)) @ np.array([[1, 0.5], [0, 1]]) + 0.4
    R = F @ rng.normal(size=(2, N)) + 0.4 * F[:, :1] ** 2 + rng.normal(size=(T, N))
    R[rng.random(R.shape) < missing] = np.nan
    return R, F


def r_squared(r, X):
    here = np.isfinite(r)
    return sm.OLS(r[here], sm.add_constant(X[here])).fit().rsquared


def test_both_r_squared_are_those_of_statsmodels_each_asset_on_its_own_dates():
    R, F = panel()
    got = nonlinearity(R, F)
    for k in range(2):
        bent = np.column_stack([F, F[:, k] ** 2, F[:, k] ** 3])
        assert got.linear[k] == pytest.approx(np.mean([r_squared(r, F) for r in R.T]), rel=1e-9)
        assert got.nonlinear[k] == pytest.approx(np.mean([r_squared(r, bent) for r in R.T]), rel=1e-9)


def test_the_rank_gap_is_spearman_less_pearson_of_scipy():
    R, F = panel()
    got = nonlinearity(R, F)
    for k in range(2):
        gaps = []
        for r in R.T:
            here = np.isfinite(r)
            gaps.append(abs(spearmanr(r[here], F[here, k])[0]) - abs(pearsonr(r[here], F[here, k])[0]))
        assert got.rank_gap[k] == pytest.approx(np.mean(gaps), rel=1e-9)


def test_p_counts_the_permutations_regressed_one_by_one():
    R, F = panel(T=30, missing=0)
    X = sm.add_constant(F)

    def left(Y, Z):
        return ((Y - Z @ np.linalg.lstsq(Z, Y, rcond=None)[0]) ** 2).sum(axis=0)

    E = R - X @ np.linalg.lstsq(X, R, rcond=None)[0]
    rng = np.random.default_rng(0)
    orders = [np.arange(30), *(rng.permutation(30) for _ in range(499))]
    got = nonlinearity(R, F)
    for k in range(2):
        Z = np.column_stack([X, F[:, k] ** 2, F[:, k] ** 3])
        share = [np.mean(1 - left(E[np.argsort(o)], Z) / left(E[np.argsort(o)], X)) for o in orders]
        assert got.p[k] == pytest.approx((1 + sum(s >= share[0] for s in share[1:])) / 500)


def test_a_cubic_in_a_factor_is_explained_entirely():
    f = np.random.default_rng(1).normal(size=(80, 1))
    got = nonlinearity(np.hstack([1 + f - f**2, f**3]), f)
    assert (got.nonlinear[0], got.p[0]) == (pytest.approx(1), 1 / 500)


def test_squares_are_found_and_straight_lines_are_not():
    rng = np.random.default_rng(2)
    false = 0
    for run in range(100):
        F = rng.normal(size=(250, 2))
        common = rng.normal(size=(250, 1))
        noise = common + rng.normal(size=(250, 20))
        false += nonlinearity(F @ rng.normal(size=(2, 20)) + noise, F).p[0] <= 0.05
        if run % 5 == 0:
            assert nonlinearity(F[:, :1] ** 2 + noise, F).p[0] <= 0.01
    assert false <= 10


def test_the_unit_and_the_mean_of_a_factor_and_the_order_of_assets_change_nothing():
    R, F = panel()
    plain, other = nonlinearity(R, F), nonlinearity((R * [1, 2, 3, 4])[:, ::-1], (F * 100 + 5)[:, ::-1])
    for name in ("linear", "nonlinear", "p", "rank_gap"):
        np.testing.assert_allclose(getattr(other, name), getattr(plain, name)[::-1], rtol=1e-8)


def test_a_factor_of_zeros_and_ones_has_no_curve():
    R, F = panel(missing=0)
    got = nonlinearity(R, np.column_stack([F[:, 0], np.arange(60) % 2]))
    assert np.isnan(got.p).tolist() == [False, True]
    assert got.nonlinear[1] == pytest.approx(got.linear[1], rel=1e-12)


def test_too_few_dates_are_refused():
    R, F = panel()
    with pytest.raises(FactorError, match="FEW_DATES: no asset has 6 returns on dates with all 2 factors: add dates"):
        nonlinearity(R[:5], F[:5])
