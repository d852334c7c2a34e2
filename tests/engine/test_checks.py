"""Gaps, stale prices, copies and caps that jump."""

import itertools

import numpy as np

from xlfactor.engine.checks import cap_jumps, copies, missing_runs, runs, stale_prices, stale_returns

NAN = np.nan


def simulated(T=300, N=10, seed=0):
    return np.random.default_rng(seed).normal(0, 0.01, (T, N))


def test_runs_equal_those_of_itertools():
    marked = np.random.default_rng(1).random((200, 5)) < 0.6
    expected = np.zeros(marked.shape, dtype=int)
    for i in range(5):
        at = 0
        for value, members in itertools.groupby(marked[:, i]):
            n = len(list(members))
            expected[at, i] = n if value else 0
            at += n
    np.testing.assert_array_equal(runs(marked), expected)


def test_a_run_of_missing_returns_counts_inside_the_life_of_the_asset_only():
    R = simulated()
    R[:50, 0] = NAN  # listed later
    R[250:, 1] = NAN  # delisted
    R[100:106, 2] = NAN
    R[100:105, 3] = NAN  # 5 are not more than 5
    R[:, 4] = NAN
    found = missing_runs(R)
    assert np.argwhere(found).tolist() == [[100, 2]]
    assert found[100, 2] == 6


def test_five_identical_closes_are_stale_in_prices_and_in_returns_alike():
    R = simulated()
    R[100:104, 0] = 0.0
    R[100:103, 1] = 0.0
    prices = 100 * np.cumprod(np.vstack([np.ones(10), 1 + R]), axis=0)
    assert np.argwhere(stale_returns(R)).tolist() == [[100, 0]]
    np.testing.assert_array_equal(stale_prices(prices)[1:], stale_returns(R))
    assert stale_returns(R)[100, 0] == 5


def test_a_missing_price_is_not_an_unchanged_one():
    assert not stale_prices(np.full((20, 1), NAN)).any()
    assert not stale_returns(np.full((20, 1), NAN)).any()


def test_a_copy_of_an_earlier_row_is_found_and_its_original_is_not():
    R = simulated()
    R[:, 7] = NAN
    R[200] = R[57]
    assert np.flatnonzero(copies(R)).tolist() == [200]
    assert copies(R)[200] == 9


def test_rows_of_zeros_or_nothing_and_rows_of_two_numbers_are_no_copies():
    assert not copies(np.zeros((5, 4))).any()
    assert not copies(np.full((5, 4), NAN)).any()
    assert not copies(np.full((5, 2), 0.01)).any()


def test_minus_zero_is_zero_in_a_copy():
    assert copies(np.array([[0.0, 1, 2, 3], [-0.0, 1, 2, 3]])).tolist() == [0, 3]


def test_a_cap_that_moves_with_the_return_does_not_jump_and_one_that_does_not_jumps_by_the_difference():
    R = simulated()
    caps = 1e9 * np.cumprod(1 + R, axis=0)
    assert np.isnan(cap_jumps(R, caps)).all()
    caps[150:, 3] *= 1.2
    caps[200, 4] = NAN
    found = cap_jumps(R, caps)
    assert np.argwhere(np.isfinite(found)).tolist() == [[150, 3]]
    np.testing.assert_allclose(found[150, 3], np.log(1.2), rtol=1e-10)
