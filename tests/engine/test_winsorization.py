"""Winsorization: bounds, drops, groups and what is reported of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from skfolio.preprocessing import CSTanhShrinker

from xlfactor.engine.winsorization import _median_deviation, winsorize, winsorize_summary
from xlfactor.errors import FactorError

NAN = np.nan
METHODS = [("mad", 3.0), ("sd", 3.0), ("quantile", 0.01), ("tanh", 3.0)]


def _spiked(n=10_000):
    """Clean N(0, 1) values, and the same with five of them 50 standard deviations out."""
    clean = np.random.default_rng(7).standard_normal(n)
    dirty = clean.copy()
    dirty[[3, 500, 4000, 7777, n - 1]] = [50, -50, 50, 50, -50]
    return clean, dirty


def _heavy_panel(M=12, N=60):
    X = np.random.default_rng(3).standard_t(2, (M, N))
    X[2, 5:9] = NAN
    X[4] = NAN
    X[5, 1:] = NAN
    return X


def _reference(x, method, limit, drop):
    """One cross-section without missing values, by SciPy and pandas, step by step."""
    m = np.median(x)
    s = stats.median_abs_deviation(x) * 1.4826
    x = pd.Series(np.where(np.abs(x - m) / s > drop, NAN, x)) if drop else pd.Series(x)
    if method == "mad":
        return x.clip(m - limit * s, m + limit * s)
    if method == "sd":
        return x.clip(x.mean() - limit * x.std(), x.mean() + limit * x.std())
    return m + limit * s * np.tanh((x - m) / (limit * s))


@pytest.mark.parametrize("method", ["mad", "sd", "tanh"])
@pytest.mark.parametrize("drop", [0.0, 5.0])
def test_each_cross_section_equals_a_reference_by_scipy_and_pandas(method, drop):
    X = _heavy_panel()
    got = winsorize(X, method, 2.5, drop)
    for x, g in zip(X, got, strict=True):
        present = ~np.isnan(x)
        if present.sum() > 1:
            expected = _reference(x[present], method, 2.5, drop)
            np.testing.assert_allclose(g[present], expected, rtol=1e-12)


def test_quantile_bounds_equal_those_of_numpy():
    X = _heavy_panel()
    expected = np.array([np.clip(x, *np.nanquantile(x, [0.05, 0.95])) for x in np.delete(X, 4, axis=0)])
    np.testing.assert_allclose(np.delete(winsorize(X, "quantile", 0.05, 0), 4, axis=0), expected, rtol=1e-12)


def test_tanh_equals_skfolio():
    X = _heavy_panel()
    # skfolio rounds 1.4826 one digit later: 1 / Φ⁻¹(0.75)
    knee = 3 * 1.4826 * stats.norm.ppf(0.75)
    np.testing.assert_allclose(winsorize(X, "tanh", 3, 0), CSTanhShrinker(knee=knee).fit_transform(X), rtol=1e-6)


@pytest.mark.parametrize(("method", "limit"), [("mad", 3.0), ("sd", 3.0), ("quantile", 0.001)])
def test_planted_errors_leave_mean_and_sd_as_they_were(method, limit):
    clean, dirty = _spiked()
    got = winsorize(dirty[None, :], method, limit)[0]
    assert abs(np.nanmean(got) - clean.mean()) < 0.02
    assert abs(np.nanstd(got, ddof=1) / clean.std(ddof=1) - 1) < 0.02


@pytest.mark.parametrize("method", ["mad", "sd", "tanh"])
def test_planted_errors_are_dropped_and_counted_and_a_quarter_percent_of_clean_values_is_clipped(method):
    _, dirty = _spiked()
    s = winsorize_summary(dirty[None, :], method)
    assert (s.count[0], s.dropped[0]) == (10_000, 5)
    assert 0.0017 <= s.clipped[0] / 10_000 <= 0.0037


@pytest.mark.parametrize(("method", "limit"), METHODS)
def test_a_change_of_units_changes_the_result_by_just_that(method, limit):
    X = _heavy_panel()
    for a, b in [(0.0, 8.0), (3.0, 0.25), (-1.5, -4.0)]:
        np.testing.assert_allclose(
            winsorize(a + b * X, method, limit), a + b * winsorize(X, method, limit), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize(("method", "limit"), METHODS)
def test_missing_stays_missing_and_nothing_else_becomes_so_without_a_drop(method, limit):
    X = _heavy_panel()
    np.testing.assert_array_equal(np.isnan(winsorize(X, method, limit, 0)), np.isnan(X))


def test_mad_is_idempotent_to_the_last_bit_while_nothing_is_dropped():
    X = np.random.default_rng(5).standard_t(4, (30, 80))
    once = winsorize(X, "mad", 3, 0)
    np.testing.assert_array_equal(winsorize(once, "mad", 3, 0), once)
    assert (once != X).any()


@pytest.mark.parametrize(("method", "limit"), METHODS)
def test_rows_are_independent_cross_sections_and_the_order_of_assets_does_not_matter(method, limit):
    X = _heavy_panel()
    together = winsorize(X, method, limit)
    order = np.random.default_rng(0).permutation(X.shape[1])
    for k in range(len(X)):
        np.testing.assert_array_equal(winsorize(X[k : k + 1], method, limit)[0], together[k])
    np.testing.assert_allclose(winsorize(X[:, order], method, limit), together[:, order], rtol=1e-13)


def test_every_option_changes_the_result():
    X = _heavy_panel()
    results = [winsorize(X, method, limit, drop) for method, limit in METHODS for drop in (0, 10)]
    results += [winsorize(X, "mad", 2.0), winsorize(X, "mad", 3, 10, np.arange(60) // 20)]
    for k, one in enumerate(results):
        for other in results[k + 1 :]:
            assert not np.array_equal(one, other, equal_nan=True)


def test_the_drop_is_in_robust_standard_deviations_and_zero_means_never():
    x = np.append(np.arange(-10.0, 11.0), [83.0, 1000.0])[None, :]  # median 1, MAD 6: s = 8.8956
    assert np.isnan(winsorize(x, "mad", 3, 10)[0, -1])
    assert winsorize(x, "mad", 3, 10)[0, -2] == pytest.approx(1 + 3 * 1.4826 * 6, rel=1e-14)
    assert winsorize(x, "mad", 3, 0)[0, -1] == pytest.approx(1 + 3 * 1.4826 * 6, rel=1e-14)


def test_one_pass_by_standard_deviation_could_not_have_found_the_error_that_two_passes_find():
    x = np.append(np.random.default_rng(2).standard_normal(49), 1e6)
    assert abs(x[-1] - x.mean()) / x.std(ddof=1) < 10
    got = winsorize(x[None, :], "sd", 3, 10)[0]
    assert np.isnan(got[-1])
    assert np.nanmax(np.abs(got)) < 4


def test_a_mad_of_zero_falls_back_to_the_interquartile_range_then_to_the_sd_then_leaves_alone():
    by_iqr = np.concatenate([np.zeros(10), [1, 1, 1, 1, 1, 2, 50.0]])  # 17 values: quartiles 0 and 1, MAD 0
    assert stats.median_abs_deviation(by_iqr) == 0
    assert winsorize(by_iqr[None, :], "mad", 3, 0)[0].max() == pytest.approx(3 / 1.349, rel=1e-14)
    by_sd = np.concatenate([np.zeros(40), [5.0]])  # quartiles 0 and 0
    assert winsorize(by_sd[None, :], "mad", 3, 0)[0].max() == pytest.approx(3 * by_sd.std(ddof=1), rel=1e-14)
    flat = np.full((1, 9), 0.1)
    for method, limit in METHODS:
        np.testing.assert_array_equal(winsorize(flat, method, limit), flat)


def test_groups_are_winsorized_each_by_itself():
    X = _heavy_panel(N=60)
    groups = np.repeat([0, 1, 2], 20)
    got = winsorize(X, "mad", 2, 6, groups)
    for g in range(3):
        block = X[:, groups == g]
        enough = (~np.isnan(block)).sum(axis=1) >= 8
        np.testing.assert_array_equal(got[enough][:, groups == g], winsorize(block, "mad", 2, 6)[enough])


def test_small_groups_and_assets_without_a_group_take_the_bounds_of_the_whole_cross_section():
    X = np.random.default_rng(4).standard_t(2, (5, 40))
    groups = np.concatenate([np.zeros(30), np.ones(7), [-1, -1, -1]]).astype(np.int64)
    X[3, :25] = NAN  # leaves group 0 with five values on that date
    got, whole = winsorize(X, "mad", 2, 6, groups), winsorize(X, "mad", 2, 6)
    np.testing.assert_array_equal(got[:, 30:], whole[:, 30:])
    np.testing.assert_array_equal(got[3], whole[3])
    assert (got[0, :30] != whole[0, :30]).any()


def test_eight_values_are_enough_for_a_group_and_no_number_is_for_assets_without_one():
    X = np.random.default_rng(4).standard_t(2, (5, 40))
    groups = np.concatenate([np.zeros(8), np.full(32, -1)]).astype(np.int64)
    got = winsorize(X, "mad", 1.5, 6, groups)
    np.testing.assert_array_equal(got[:, :8], winsorize(X[:, :8], "mad", 1.5, 6))
    np.testing.assert_array_equal(got[:, 8:], winsorize(X, "mad", 1.5, 6)[:, 8:])


def test_the_summary_counts_what_winsorize_did():
    X = _heavy_panel()
    groups = np.repeat([0, 1, -1], 20)
    for codes in (None, groups):
        for method, limit in [("mad", 2.0), ("sd", 2.0), ("quantile", 0.05)]:
            got, s = winsorize(X, method, limit, 6, codes), winsorize_summary(X, method, limit, 6, codes)
            np.testing.assert_array_equal(s.count, (~np.isnan(X)).sum(axis=1))
            np.testing.assert_array_equal(s.dropped, (np.isnan(got) & ~np.isnan(X)).sum(axis=1))
            np.testing.assert_array_equal(s.clipped, ((got != X) & ~np.isnan(got)).sum(axis=1))


def test_the_summary_gives_the_bounds_and_with_groups_the_outermost_ones():
    X = np.vstack([np.arange(-10.0, 11.0), np.full(21, 7.0), np.full(21, NAN)])
    s = winsorize_summary(X, "mad", 1)
    assert (s.lower[0], s.upper[0]) == pytest.approx((-1.4826 * 5, 1.4826 * 5), rel=1e-14)
    assert np.isnan([s.lower[1:], s.upper[1:]]).all()
    wide = np.concatenate([X[0], 100 + 3 * X[0]])[None, :]
    s = winsorize_summary(wide, "mad", 1, 10, np.repeat([0, 1], 21))
    assert (s.lower[0], s.upper[0]) == pytest.approx((-1.4826 * 5, 100 + 3 * 1.4826 * 5), rel=1e-14)


@pytest.mark.parametrize("limit", [0.5, 3.0, -0.1])
def test_a_quantile_limit_that_is_no_tail_share_is_refused_and_asks_for_one(limit):
    with pytest.raises(FactorError, match=r"VALUE_RANGE: limit .* give a tail share such as 0\.01"):
        winsorize(np.ones((1, 9)), "quantile", limit)


def test_limits_that_make_no_sense_are_refused():
    x = np.ones((1, 9))
    with pytest.raises(FactorError, match="limit 0 is not a positive number of standard deviations"):
        winsorize(x, "mad", 0)
    with pytest.raises(FactorError, match="limit nan is not a positive number"):
        winsorize_summary(x, "sd", NAN)
    with pytest.raises(FactorError, match="drop -1 is not a number of standard deviations: give 10, or 0"):
        winsorize(x, "mad", 3, -1)
    with pytest.raises(FactorError, match="drop 2 is below limit 3: nothing would be left to clip"):
        winsorize(x, "tanh", 3, 2)
    with pytest.raises(FactorError, match=r"method is 'mads', not one of .*: did you mean mad\?"):
        winsorize(x, "mads")


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 9, 30, 31])
def test_the_median_absolute_deviation_is_that_of_a_second_sort(n):
    """Bisection in the sorted row against the median of |x − m|, ties and missing values included."""
    rng = np.random.default_rng(n)
    X = np.concatenate([rng.standard_t(2, size=(200, n)), rng.integers(-3, 4, size=(200, n)).astype(float)])
    X = np.where(rng.random((400, n + 3)) < 0.1, np.nan, np.pad(X, ((0, 0), (0, 3)), constant_values=np.nan))
    X[np.isnan(X).all(axis=1), 0] = 1.0
    m = np.nanmedian(X, axis=1, keepdims=True)
    expected = np.nanmedian(np.abs(X - m), axis=1, keepdims=True)
    found = _median_deviation(np.sort(X, axis=1), (~np.isnan(X)).sum(axis=1, keepdims=True), m)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
