"""Suspected errors: the outlier ratio, splits, spikes and what cleaning makes of them."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.engine.suspects import NAMES, clean, far_off, log_returns, outlier_ratio, spikes, splits, suspects
from xlfactor.errors import FactorError

NAN = np.nan


def simulated(T=1000, N=50, seed=0):
    return np.random.default_rng(seed).normal(0, 0.01, (T, N))


def by_hand(x, window):
    """The ratio of one asset, date by date, from its definition with pandas."""
    x, d = pd.Series(x).abs(), np.full(len(x), NAN)
    for t in range(len(x)):
        before = x.iloc[max(0, t - window) : t].dropna()
        if len(before) >= max(5, window // 3) and before.max() > 0:
            d[t] = x[t] / (before.median() or before.mean())
    return d


@pytest.mark.parametrize("window", [5, 20, 63])
def test_the_ratio_is_the_return_over_the_median_of_the_window_before_it(window):
    X = simulated(150, 3)
    X[np.random.default_rng(1).random(X.shape) < 0.2] = NAN
    X[:, 2] = np.where(np.arange(150) % 4 == 0, X[:, 2], 0.0)  # traded one day in four: the median is 0
    expected = np.column_stack([by_hand(x, window) for x in X.T])
    np.testing.assert_allclose(outlier_ratio(X, window), expected, rtol=1e-12)


def test_the_ratio_does_not_depend_on_the_scale_of_the_returns_nor_on_other_assets():
    X = simulated(200, 4)
    np.testing.assert_allclose(outlier_ratio(1000 * X), outlier_ratio(X), rtol=1e-12)
    np.testing.assert_array_equal(outlier_ratio(X[:, [2]]), outlier_ratio(X)[:, [2]])


def test_the_ratio_of_a_date_uses_no_return_of_that_date_or_later():
    X = simulated(200, 4)
    Y = X.copy()
    Y[120:] *= 50
    np.testing.assert_array_equal(outlier_ratio(Y)[:120], outlier_ratio(X)[:120])
    np.testing.assert_allclose(outlier_ratio(Y)[120], 50 * outlier_ratio(X)[120], rtol=1e-12)


def test_a_window_longer_than_the_history_is_the_whole_history():
    X = simulated(60, 2)
    expected = np.column_stack([by_hand(x, 120) for x in X.T])
    np.testing.assert_allclose(outlier_ratio(X, 120), expected, rtol=1e-12)
    assert np.isnan(outlier_ratio(X, 10**9)).all()
    assert np.isnan(outlier_ratio(X[:1])).all()


def test_an_asset_that_never_moves_has_no_ratio():
    assert np.isnan(outlier_ratio(np.zeros((100, 1)))).all()


def test_blocks_of_assets_change_nothing(monkeypatch):
    X = simulated(100, 7)
    whole = outlier_ratio(X)
    monkeypatch.setattr("xlfactor.engine.suspects.BLOCK", 63 * 100 * 2)
    np.testing.assert_array_equal(outlier_ratio(X), whole)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 10])
def test_a_split_either_way_is_found_with_the_assets_own_return_of_up_to_two_percent(k):
    own = np.array([-0.019, 0.0, 0.019])
    assert splits((1 + own) / k - 1).all()
    assert splits((1 + own) * k - 1).all()
    assert not splits(np.array([1.03 / k - 1, 0.97 * k - 1])).any()


def test_ordinary_returns_are_no_splits():
    assert not splits(simulated()).any()


def test_a_wrong_price_of_one_day_is_a_spike_and_its_reversal():
    prices = 100 * np.exp(simulated(300, 2).cumsum(axis=0))
    prices[200, 1] *= 1.3
    X = np.log(prices[1:] / prices[:-1])
    assert np.argwhere(spikes(X, outlier_ratio(X))).tolist() == [[199, 1]]


def test_a_move_that_stays_is_no_spike():
    X = simulated(300, 2)
    X[200, 1] = 0.3
    assert not spikes(X, outlier_ratio(X)).any()


def test_each_kind_of_error_is_named_as_what_it_is():
    R = simulated(300, 4)
    R[100, 0], R[110, 1], R[120, 2], R[130:132, 3] = -1.5, -0.5, 0.3, (0.2, -0.17)
    found = suspects(R, 10.0, 63)
    named = [(int(t), int(i), NAMES[found[t, i] - 1]) for t, i in np.argwhere(found)]
    assert named == [
        (100, 0, "impossible value"), (110, 1, "unadjusted split"), (120, 2, "outlier"),
        (130, 3, "spike and reversal"), (131, 3, "spike and reversal"),
    ]  # fmt: skip


def planted(seed=3):
    """Clean returns, and 20 errors in them: 5 of each kind; after the first 21 days, with which a ratio is compared."""
    rng = np.random.default_rng(seed)
    R = simulated(seed=seed)
    places = [(int(t), int(i)) for t, i in zip(rng.choice(np.arange(30, 990, 3), 20, replace=False),
                                               rng.choice(50, 20, replace=False), strict=True)]  # fmt: skip
    bad, cells = R.copy(), []
    for k, (t, i) in enumerate(places):
        cells.append((t, i))
        if k < 5:
            bad[t, i] = -1 - 0.1 * k
        elif k < 10:
            bad[t, i] = (1 + R[t, i]) * [1 / 2, 2, 1 / 3, 5, 1 / 10][k - 5] - 1
        elif k < 15:
            bad[t, i] = [0.15, -0.2, 0.3, -0.4, 1.6][k - 10]
        else:
            wrong = [1.15, 0.8, 1.5, 10.0, 0.01][k - 15]
            bad[t, i], bad[t + 1, i] = (1 + R[t, i]) * wrong - 1, (1 + R[t + 1, i]) / wrong - 1
            cells.append((t + 1, i))
    return R, bad, cells


@pytest.mark.parametrize("seed", range(5))
def test_all_of_20_planted_errors_are_found_and_less_than_one_clean_cell_in_a_thousand(seed):
    _, bad, cells = planted(seed)
    cleaned, found = clean(bad)
    flagged = {(int(t), int(i)) for t, i in np.argwhere(found)}
    assert set(cells) <= flagged
    assert len(flagged - set(cells)) < 0.001 * bad.size
    np.testing.assert_array_equal(np.isnan(cleaned), found > 0)


def test_clean_returns_stay_as_they_are_to_the_last_bit():
    R = simulated()
    R[np.random.default_rng(5).random(R.shape) < 0.02] = NAN
    cleaned, found = clean(R)
    np.testing.assert_array_equal(cleaned, R)
    assert not found.any()


@pytest.mark.parametrize("ratio", [3.0, 4.0, 10.0])
@pytest.mark.parametrize("window", [5, 63])
def test_cleaning_twice_is_cleaning_once_to_the_last_bit(ratio, window):
    R = np.random.default_rng(7).standard_t(2, (400, 30)) * 0.01  # tails heavy enough for many rounds
    once, found = clean(R, ratio, window)
    twice, again = clean(once, ratio, window)
    assert found.any()
    assert not again.any()
    assert once.tobytes() == twice.tobytes()


def test_what_is_kept_is_never_changed_and_the_input_is_not_touched():
    _, bad, _ = planted()
    given = bad.copy()
    cleaned, found = clean(bad)
    np.testing.assert_array_equal(bad, given)
    np.testing.assert_array_equal(cleaned[found == 0], bad[found == 0])


@pytest.mark.parametrize("last", [100, 333, 700])
def test_later_dates_change_nothing_but_the_last_date_whose_reversal_they_hold(last):
    _, bad, _ = planted()
    np.testing.assert_array_equal(clean(bad[:last])[0][: last - 1], clean(bad)[0][: last - 1])


def test_permuted_assets_are_cleaned_alike():
    _, bad, _ = planted()
    order = np.random.default_rng(2).permutation(50)
    np.testing.assert_array_equal(clean(bad[:, order])[0], clean(bad)[0][:, order])


def test_a_loss_of_everything_has_no_logarithm():
    np.testing.assert_allclose(log_returns(np.array([[0.1, -1.0, NAN]])), [[np.log(1.1), NAN, NAN]])


@pytest.mark.parametrize(
    ("ratio", "window", "line"),
    [
        (0.0, 63, "VALUE_RANGE: outlier_ratio is 0: type a number above 0"),
        (10.0, 4, "VALUE_RANGE: window is 4 periods: type 5 or more"),
    ],
)
def test_options_out_of_range_are_refused(ratio, window, line):
    with pytest.raises(FactorError) as caught:
        clean(simulated(30, 2), ratio, window)
    assert str(caught.value) == line


def test_a_return_is_far_off_beyond_ten_times_its_assets_median_where_it_has_one():
    past = np.log(1.01) * np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    near, far = np.expm1(9.9 * np.log(1.01)), np.expm1(10.1 * np.log(1.01))
    R = np.array([[near, 0.5], [far, np.nan], [-1.5, 0.5]])
    np.testing.assert_array_equal(far_off(R, np.expm1(past)), [[False, False], [True, False], [False, False]])
