"""Two vendors: matches, lags, scale, and which number a merged table takes."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.engine.vendors import compare, correlation, flagged, looks_like_prices, matches, median, merge
from xlfactor.errors import FactorError

NAN = np.nan


def returns(T=300, N=6, seed=0):
    return np.random.default_rng(seed).normal(0, 0.01, (T, N))


def with_gaps(R, share, seed):
    return np.where(np.random.default_rng(seed).random(R.shape) < share, NAN, R)


def test_small_numbers_match_within_the_tolerance_and_large_ones_in_proportion():
    a = np.array([0.01, 0.01, 100.0, 100.0, NAN, 0.0])
    b = np.array([0.01009, 0.0102, 100.009, 100.02, NAN, 0.0])
    assert matches(a, b).tolist() == [True, False, True, False, False, True]
    np.testing.assert_array_equal(matches(a, b), matches(b, a))


def test_equal_vendors_match_everywhere():
    R = returns()
    c = compare(R, R)
    assert (c.matched == 300).all()
    assert (c.match_rate == 1).all()
    assert (c.median_difference == 0).all()
    assert (c.scale_ratio == 1).all()
    np.testing.assert_allclose(c.correlation, 1, rtol=1e-13)
    assert (c.best_lag == 0).all()
    assert not c.primary_only.any()
    assert not c.secondary_only.any()


@pytest.mark.parametrize("lag", range(-5, 6))
def test_the_best_lag_is_how_many_dates_the_primary_is_late(lag):
    R = returns()
    early = with_gaps(R, 0.1, 1)
    late = with_gaps(np.roll(R, lag, axis=0), 0.1, 2)
    assert (compare(late, early).best_lag == lag).all()


def test_a_unit_error_is_the_scale_ratio():
    R = returns()
    np.testing.assert_allclose(compare(R, 100 * R).scale_ratio, 0.01, rtol=1e-12)
    np.testing.assert_allclose(compare(1000 * np.exp(R), np.exp(R)).scale_ratio, 1000, rtol=1e-12)


def test_every_statistic_equals_that_of_pandas_on_the_common_dates():
    a, b = with_gaps(returns(), 0.2, 1), with_gaps(returns() + returns(seed=5) / 20, 0.1, 2)
    c = compare(a, b, 1e-4)
    for i in range(6):
        both = pd.DataFrame({"a": a[:, i], "b": b[:, i]}).dropna()
        assert c.correlation[i] == pytest.approx(both["a"].corr(both["b"]), rel=1e-12)
        assert c.median_difference[i] == pytest.approx((both["a"] - both["b"]).median(), rel=1e-12)
        large = both[both["b"].abs() > 1e-4]
        assert c.scale_ratio[i] == pytest.approx((large["a"] / large["b"]).median(), rel=1e-12)
        assert c.match_rate[i] == pytest.approx((np.abs(both["a"] - both["b"]) <= 1e-4).mean(), rel=1e-12)
        assert c.matched[i] == (np.abs(both["a"] - both["b"]) <= 1e-4).sum()


def test_dates_of_one_vendor_alone_and_common_dates_add_up_to_all():
    a, b = with_gaps(returns(), 0.2, 1), with_gaps(returns(), 0.1, 2)
    c = compare(a, b)
    np.testing.assert_array_equal(c.matched + c.primary_only + c.secondary_only, (~(np.isnan(a) & np.isnan(b))).sum(0))


def test_without_common_dates_there_are_counts_and_nothing_else():
    a, b = returns(10, 1), returns(10, 1)
    a[5:], b[:5] = NAN, NAN
    c = compare(a, b)
    assert (c.matched[0], c.primary_only[0], c.secondary_only[0]) == (0, 5, 5)
    for statistic in (c.match_rate, c.median_difference, c.scale_ratio, c.correlation):
        assert np.isnan(statistic).all()


def test_a_constant_has_no_correlation_and_fewer_dates_than_lags_are_no_fault():
    assert np.isnan(correlation(np.full((9, 1), 0.1), returns(9, 1))).all()
    assert compare(returns(2, 1), returns(2, 1)).matched[0] == 2


def test_medians_are_those_of_numpy():
    x = with_gaps(returns(51, 7), 0.4, 3)
    x[:, 4] = NAN
    np.testing.assert_array_equal(np.delete(median(x), 4), np.nanmedian(np.delete(x, 4, axis=1), axis=0))
    assert np.isnan(median(x)[4])


def test_prices_are_told_from_returns():
    assert looks_like_prices(100 * np.exp(returns().cumsum(axis=0)))
    assert not looks_like_prices(returns())
    assert not looks_like_prices(100 * returns())
    assert not looks_like_prices(np.full((3, 2), NAN))


def test_gaps_and_planted_errors_of_the_primary_are_mended_exactly_from_a_clean_secondary():
    R = returns()
    a = with_gaps(R, 0.1, 1)
    a[100, 0], a[120, 1], a[140, 2] = -0.5, -3.0, 0.4
    a[160, 3], a[161, 3] = 0.3, -0.22
    merged, taken, unlike = merge(a, R)
    np.testing.assert_array_equal(merged, R)
    np.testing.assert_array_equal(taken == 1, np.isnan(a))
    assert np.argwhere(taken == 2).tolist() == [[100, 0], [120, 1], [140, 2], [160, 3], [161, 3]]
    assert not unlike.any()


def test_a_crash_that_both_vendors_have_stays():
    R = returns()
    R[150, 2] = -0.5
    merged, taken, _ = merge(R, R.copy())
    np.testing.assert_array_equal(merged, R)
    assert not taken.any()


def test_a_suspect_secondary_never_replaces_nor_fills():
    R = returns()
    a, b = R.copy(), R.copy()
    a[150, 2], b[150, 2] = NAN, 0.7
    a[160, 3], b[160, 3] = -0.5, 0.7
    merged, taken, _ = merge(a, b)
    assert np.isnan(merged[150, 2])
    assert merged[160, 3] == -0.5
    assert not taken.any()


def test_a_secondary_in_other_units_or_on_other_dates_fills_nothing():
    R = returns()
    a = with_gaps(R, 0.1, 1)
    for b in (100 * R, np.roll(R, 1, axis=0)):
        merged, taken, unlike = merge(a, b)
        np.testing.assert_array_equal(merged, a)
        assert not taken.any()
        assert unlike.all()


def test_a_wrong_price_is_mended_and_the_right_one_after_it_is_left_alone():
    p = 100 * np.exp(returns().cumsum(axis=0))
    a = p.copy()
    a[150, 2] *= 10
    a[170, 3] = -1.0
    merged, taken, _ = merge(a, p)
    np.testing.assert_array_equal(merged, p)
    assert np.argwhere(taken).tolist() == [[150, 2], [170, 3]]


def test_ordinary_prices_near_two_or_ten_are_no_splits():
    p = 2 * np.exp(returns().cumsum(axis=0))
    assert not flagged(p).any()


def test_merging_the_result_again_changes_nothing():
    a, b = with_gaps(returns(), 0.2, 1), with_gaps(returns(), 0.2, 2)
    a[100, 0] = -0.5
    once = merge(a, b)[0]
    assert merge(once, b)[0].tobytes() == once.tobytes()


def test_a_negative_tolerance_is_refused():
    for call in (compare, merge):
        with pytest.raises(FactorError, match="VALUE_RANGE: tolerance is -1: type 0 or more"):
            call(returns(), returns(), -1.0)
