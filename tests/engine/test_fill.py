"""Gaps in loadings: regression on families and size, family means, and what stays as it is."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from xlfactor.engine.fill import fill

NAN = np.nan


def sample(N=60, seed=0):
    """Two styles, two families of 3 and 2 values, caps."""
    rng = np.random.default_rng(seed)
    codes = np.column_stack([np.arange(N) % 3, rng.integers(0, 2, N)])
    return rng.normal(size=(N, 2)), codes, (3, 2), rng.lognormal(20, 1.5, N)


def test_styles_made_of_families_and_size_are_filled_exactly():
    _, codes, sizes, caps = sample()
    made = np.array([1.0, -2.0, 0.5])[codes[:, 0]] + np.array([0.3, -0.3])[codes[:, 1]] + 0.7 * np.log(caps)
    S = np.column_stack([made, 2 - made])
    gaps = S.copy()
    gaps[[3, 17, 40], 0] = gaps[[3, 5], 1] = NAN
    np.testing.assert_allclose(fill(gaps, codes, sizes, caps), S, rtol=1e-11)


def test_the_prediction_is_that_of_statsmodels_on_dummies():
    S, codes, sizes, caps = sample()
    gap = np.zeros(60, dtype=bool)
    gap[[4, 11, 30]] = True
    X = np.column_stack([codes[:, 0] == g for g in range(3)] + [codes[:, 1] == 1, np.log(caps)]).astype(float)
    expected = sm.OLS(S[~gap, 0], X[~gap]).fit().predict(X[gap])
    gaps = S.copy()
    gaps[gap, 0] = NAN
    filled = fill(gaps, codes, sizes, caps)
    np.testing.assert_allclose(filled[gap, 0], expected, rtol=1e-10)
    np.testing.assert_array_equal(filled[~gap], S[~gap])


def test_without_families_the_regression_is_on_size_and_a_constant():
    S, _, _, caps = sample()
    gaps = S.copy()
    gaps[:5, 1] = NAN
    slope, level = np.polyfit(np.log(caps[5:]), S[5:, 1], 1)
    filled = fill(gaps, np.zeros((60, 0), dtype=np.int64), (), caps)
    np.testing.assert_allclose(filled[:5, 1], level + slope * np.log(caps[:5]), rtol=1e-9)


def test_without_caps_the_mean_of_the_first_family_fills():
    S, codes, sizes, _ = sample()
    gaps = S.copy()
    gaps[[0, 1, 2, 10], 0] = NAN
    by_family = pd.Series(gaps[:, 0]).groupby(codes[:, 0]).mean()
    filled = fill(gaps, codes, sizes)
    np.testing.assert_allclose(filled[[0, 1, 2, 10], 0], by_family[codes[[0, 1, 2, 10], 0]], rtol=1e-13)


def test_an_asset_without_cap_gets_the_mean_and_its_neighbour_the_prediction():
    _, codes, sizes, caps = sample()
    S = np.log(caps)[:, None].copy()
    S[[6, 9]] = NAN  # both of family 0
    caps = caps.copy()
    caps[6] = NAN
    mean = np.nanmean(S[codes[:, 0] == 0])
    filled = fill(S, codes, sizes, caps)[:, 0]
    assert filled[6] == pytest.approx(mean, rel=1e-12)
    assert filled[9] == pytest.approx(np.log(caps[9]), rel=1e-12)


def test_too_few_complete_assets_for_a_regression_leave_the_family_mean():
    S = np.array([[1.0], [3.0], [10.0], [NAN]])
    filled = fill(S, np.array([[0], [0], [1], [0]]), (2,), np.array([1.0, 2.0, 3.0, 4.0]))
    assert filled[3, 0] == 2.0


def test_a_family_without_a_member_falls_back_to_the_next_and_then_to_all():
    S = np.array([[1.0], [3.0], [8.0], [NAN], [NAN]])
    codes = np.array([[0, 0], [0, 1], [0, 1], [1, 1], [-1, -1]])
    filled = fill(S, codes, (2, 2))[:, 0]
    assert filled[3] == 5.5  # family 0 has no other member of value 1; of family 1 the mean of 3 and 8
    assert filled[4] == 4.0


def test_a_market_of_ones_is_filled_with_one_exactly():
    _, codes, sizes, caps = sample()
    S = np.ones((60, 1))
    S[7] = NAN
    assert fill(S, codes, sizes, caps)[7, 0] == 1.0
    S *= 0.1
    assert fill(S, codes, sizes)[7, 0] == 0.1


def test_a_style_that_nobody_has_stays_missing_and_complete_loadings_stay_to_the_last_bit():
    S, codes, sizes, caps = sample()
    np.testing.assert_array_equal(fill(S, codes, sizes, caps), S)
    S[:, 1] = NAN
    assert np.isnan(fill(S, codes, sizes, caps)[:, 1]).all()


def test_filling_twice_is_filling_once():
    S, codes, sizes, caps = sample()
    S[np.random.default_rng(3).random(S.shape) < 0.2] = NAN
    once = fill(S, codes, sizes, caps)
    assert once.tobytes() == fill(once, codes, sizes, caps).tobytes()


def test_the_unit_of_the_caps_changes_nothing_and_scaled_styles_are_filled_scaled():
    S, codes, sizes, caps = sample()
    S[np.random.default_rng(3).random(S.shape) < 0.2] = NAN
    filled = fill(S, codes, sizes, caps)
    np.testing.assert_allclose(fill(S, codes, sizes, caps / 1e6), filled, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(fill(3 - 2 * S, codes, sizes, caps), 3 - 2 * filled, rtol=1e-9, atol=1e-11)


def test_permuted_assets_are_filled_alike():
    S, codes, sizes, caps = sample()
    S[np.random.default_rng(3).random(S.shape) < 0.2] = NAN
    order = np.random.default_rng(4).permutation(60)
    permuted = fill(S[order], codes[order], sizes, caps[order])
    np.testing.assert_allclose(permuted, fill(S, codes, sizes, caps)[order], rtol=1e-10, atol=1e-12)
