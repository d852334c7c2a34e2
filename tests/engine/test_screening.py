"""Screening: statsmodels and brute force as the other routes; size and power on simulated truth."""

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.multitest import multipletests

from xlfactor.engine.explained_variance import explained_variance
from xlfactor.engine.screening import Screen, benjamini_hochberg, screen, verdicts
from xlfactor.errors import FactorError


def panel(T=60, N=4, seed=0, missing=0.1):
    rng = np.random.default_rng(seed)
    F = rng.normal(size=(T, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.3], [0, 0, 1]]) + 0.4
    R = F[:, :2] @ rng.normal(size=(2, N)) * 0.5 + rng.normal(size=(T, N))
    R[rng.random(R.shape) < missing] = np.nan
    return R, F


def ols(r, F):
    here = np.isfinite(r)
    return sm.OLS(r[here], sm.add_constant(F[here], has_constant="add")).fit()


def test_what_a_factor_adds_and_its_t_statistics_are_those_of_statsmodels():
    R, F = panel()
    s = screen(R, F)
    for k in range(3):
        full, less = [ols(r, F) for r in R.T], [ols(r, np.delete(F, k, axis=1)) for r in R.T]
        added = [a.rsquared - b.rsquared for a, b in zip(full, less, strict=True)]
        assert s.incremental[k] == pytest.approx(np.mean(added), rel=1e-9)
        assert s.significant[k] == np.mean([abs(a.tvalues[k + 1]) > 2 for a in full])


def test_out_of_sample_is_what_explained_variance_loses_without_the_factor():
    R, F = panel(T=81)
    s = screen(R, F)
    for k in range(3):
        lost = explained_variance(R, F)[2] - explained_variance(R, np.delete(F, k, axis=1))[2]
        assert s.out_of_sample[k] == pytest.approx(lost.mean(), rel=1e-9)


def test_p_counts_the_shifts_that_explain_as_much_one_by_one():
    R, F = panel(T=47)  # a prime number of dates
    s = screen(R, F)
    for k in range(3):
        others = np.delete(F, k, axis=1)
        added = [
            np.mean([ols(r, np.column_stack([others, np.roll(F[:, k], n)])).rsquared - ols(r, others).rsquared
                     for r in R.T])
            for n in range(47)
        ]  # fmt: skip
        assert s.p[k] == pytest.approx((1 + sum(a >= added[0] for a in added[1:])) / 47, rel=1e-12)


def test_a_factor_alone_that_makes_the_returns_explains_all_of_them():
    f = np.random.default_rng(1).normal(size=(600, 1))
    s = screen(f @ [[1.0, -2.0, 0.5]], f)
    assert (s.incremental[0], s.significant[0], s.p[0]) == (pytest.approx(1), 1, 1 / 500)
    assert s.out_of_sample[0] == pytest.approx(1)


def test_noise_has_uniform_p_values():
    rng = np.random.default_rng(2)
    p = []
    for _ in range(100):
        F = rng.normal(size=(250, 3))
        F[:, 2] = np.convolve(rng.normal(size=260), np.ones(11), "valid") / 3  # slow noise is no better
        market = rng.normal(size=(250, 1))  # what the factors miss is common to all assets
        R = F[:, :2] @ rng.normal(size=(2, 20)) + market + rng.normal(size=(250, 20))
        p.append(screen(R, F).p[2])
    assert sum(v < 0.05 for v in p) <= 10
    assert 0.4 <= np.mean(p) <= 0.6


def test_a_true_factor_of_five_per_cent_is_found():
    rng = np.random.default_rng(3)
    for _ in range(20):
        F = rng.normal(size=(500, 2))
        R = F @ np.vstack([np.ones(20), np.full(20, np.sqrt(0.1))]) + rng.normal(size=(500, 20)) * np.sqrt(0.9)
        s = screen(R, F)
        assert s.incremental[1] == pytest.approx(0.05, abs=0.03)
        assert s.p[1] <= 0.01


def test_units_and_order_of_assets_and_factors_change_nothing():
    R, F = panel(T=120)
    plain, other = screen(R, F), screen((R * [1, 5, 0.1, 2])[:, [2, 0, 3, 1]], (F * [3, -1, 9] + 7)[:, [1, 2, 0]])
    for name in ("incremental", "significant", "out_of_sample", "p"):
        np.testing.assert_allclose(getattr(other, name), getattr(plain, name)[[1, 2, 0]], rtol=1e-9)


def test_combinations_of_others_add_nothing_and_have_no_p():
    R, F = panel(T=200)
    s = screen(R, np.column_stack([F, F[:, 0] - 2 * F[:, 1], np.full(200, 3.0)]))
    assert s.redundant.tolist() == [True, True, False, True, True]
    assert np.isnan(s.p[[0, 1, 3, 4]]).all()
    assert (s.incremental[[0, 1, 3, 4]] == 0).all()
    alone = screen(R, F)
    assert (s.incremental[2], s.p[2]) == (pytest.approx(alone.incremental[2]), alone.p[2])
    assert verdicts(s)[0] == "redundant"


def test_dates_without_a_factor_and_assets_without_data_do_not_count():
    R, F = panel(T=100)
    F[[4, 50], 1] = np.nan
    kept = np.isfinite(F).all(axis=1)
    s = screen(np.column_stack([R, np.full(100, np.nan), np.ones(100)]), F)
    np.testing.assert_allclose(s.incremental, screen(R[kept], F[kept]).incremental, rtol=1e-12)


def test_the_false_discovery_rate_is_that_of_statsmodels():
    p = np.random.default_rng(4).random(30) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1], rtol=1e-12)
    np.testing.assert_array_equal(benjamini_hochberg(np.array([np.nan, 0.04])), [np.nan, 0.04])


def test_the_verdict_asks_for_significance_after_adjusting_and_out_of_sample():
    ahead, redundant = np.array([0.02, -0.01, 0.02, 0.02, 0.0]), np.array([False] * 4 + [True])
    s = Screen(ahead, ahead, ahead, np.array([0.002, 0.002, 0.045, 0.3, np.nan]), redundant)
    assert verdicts(s) == ["keep", "weak", "weak", "drop", "redundant"]


def test_too_few_dates_are_refused():
    R, F = panel(T=30)
    R[4:] = np.nan
    with pytest.raises(FactorError, match="FEW_DATES: no asset has 5 returns on dates with all 3 factors: add dates"):
        screen(R, F)
