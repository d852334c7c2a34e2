"""The filters of the estimation universe: thresholds, ranks, hysteresis."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.engine.universe import at_least, effective_number, largest
from xlfactor.errors import FactorError

NAN = np.nan
CAP = np.array([900.0, 950, 1000, 1050, 1100, 1200, NAN])
IN, OUT = np.ones(7, dtype=bool), np.zeros(7, dtype=bool)


def random_walk(T=250, N=300, seed=0):
    """Caps as random walks of 2 % a day."""
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(7, 1, N) + np.cumsum(rng.normal(0, 0.02, (T, N)), axis=0))


def test_a_threshold_is_reached_at_the_threshold_and_a_missing_value_reaches_none():
    assert at_least(CAP, 1000.0).passed.tolist() == [False, False, True, True, True, True, False]


def test_a_member_stays_down_to_a_tenth_below_and_others_enter_a_tenth_above():
    assert at_least(CAP, 1000.0, IN, 0.1).passed.tolist() == [True, True, True, True, True, True, False]
    assert at_least(CAP, 1000.0, OUT, 0.1).passed.tolist() == [False, False, False, False, True, True, False]
    assert at_least(CAP, 1000.0, IN, 0.1).kept.tolist() == [True, True, False, False, False, False, False]


def test_the_largest_are_those_that_pandas_ranks_first():
    cap = np.random.default_rng(1).integers(1, 40, 100).astype(float)  # with ties
    cap[::9] = NAN
    rank = pd.Series(cap).rank(ascending=False, method="min")
    found = largest(cap, 20)
    np.testing.assert_array_equal(found.x, rank)
    np.testing.assert_array_equal(found.passed, rank <= 20)


def test_a_member_stays_to_a_tenth_more_ranks_and_others_enter_a_tenth_before():
    cap = np.arange(30.0, 0, -1)
    assert largest(cap, 20, np.ones(30, dtype=bool), 0.1).passed.sum() == 22
    assert largest(cap, 20, np.zeros(30, dtype=bool), 0.1).passed.sum() == 18
    assert largest(cap, 20, np.ones(30, dtype=bool), 0.1).kept.sum() == 2


def test_a_buffer_of_zero_is_the_plain_threshold():
    for member in (IN, OUT):
        np.testing.assert_array_equal(at_least(CAP, 1000.0, member, 0.0).passed, at_least(CAP, 1000.0).passed)
        np.testing.assert_array_equal(largest(CAP, 3, member, 0.0).passed, largest(CAP, 3).passed)


@pytest.mark.parametrize("seed", range(3))
def test_a_higher_threshold_and_a_smaller_top_never_let_an_asset_in(seed):
    rng = np.random.default_rng(seed)
    cap, member = rng.lognormal(7, 1, 200), rng.random(200) < 0.5
    for who in (None, member):
        by_cap = np.array([at_least(cap, level, who).passed for level in np.linspace(0, 5000, 60)])
        by_rank = np.array([largest(cap, top, who).passed for top in range(1, 220, 4)])
        assert (by_cap[1:] <= by_cap[:-1]).all()
        assert (by_rank[1:] >= by_rank[:-1]).all()


def changes(caps, filtered, b):
    """Assets that come and go a day, each day continuing from the day before."""
    before, count = filtered(caps[0], None, b), 0
    for cap in caps[1:]:
        now = filtered(cap, before, b)
        count += int((now != before).sum())
        before = now
    return count / (len(caps) - 1)


@pytest.mark.parametrize(
    "filtered",
    [
        lambda cap, member, b: at_least(cap, 1000.0, member, b).passed,
        lambda cap, member, b: largest(cap, 150, member, b).passed,
    ],
    ids=["level", "rank"],
)
def test_the_buffer_lowers_the_turnover_of_random_walk_caps(filtered):
    caps = random_walk()
    turnover = [changes(caps, filtered, b) for b in (0.0, 0.1, 0.2)]
    assert turnover[1] < 0.5 * turnover[0]
    assert turnover[2] < turnover[1]


def test_equal_weights_count_each_asset_and_one_large_asset_counts_alone():
    assert effective_number(np.full(8, 3.0)) == pytest.approx(8)
    assert effective_number(np.array([1.0, 0, NAN])) == pytest.approx(1)
    assert effective_number(np.array([])) == 0


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: at_least(CAP, 1.0, IN, 1.0), "VALUE_RANGE: buffer is 1: type a share from 0 to below 1"),
        (lambda: at_least(CAP, 1.0, None, -0.1), "VALUE_RANGE: buffer is -0.1: type a share from 0 to below 1"),
        (lambda: largest(CAP, 0), "VALUE_RANGE: top is 0: type 1 or more"),
    ],
)
def test_options_out_of_range_are_refused(call, line):
    with pytest.raises(FactorError) as caught:
        call()
    assert str(caught.value) == line
