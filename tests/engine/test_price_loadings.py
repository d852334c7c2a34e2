"""Price loadings: pandas and statsmodels as the other routes."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from xlfactor.engine.price_loadings import NAMES, price_loadings
from xlfactor.errors import FactorError


def panel(T=300, N=5, seed=0):
    rng = np.random.default_rng(seed)
    m = rng.normal(0.0005, 0.01, T)
    return np.outer(m, np.linspace(0.5, 1.5, N)) + rng.normal(0, 0.02, (T, N)), m


def by_name(X):
    return dict(zip(NAMES, X.T, strict=True))


def test_each_characteristic_is_what_pandas_makes_of_its_window():
    R, m = panel()
    got, r = by_name(price_loadings(R, m)), pd.DataFrame(R)
    year = r.iloc[-252:]
    weights = 0.5 ** (np.arange(251, -1, -1) / 42)
    np.testing.assert_allclose(got["momentum"], np.log1p(r.iloc[-252:-21]).sum(), rtol=1e-10)
    np.testing.assert_allclose(got["reversal"], -np.log1p(r.iloc[-21:]).sum(), rtol=1e-10)
    np.testing.assert_allclose(got["max_return"], r.iloc[-21:].max(), rtol=1e-12)
    np.testing.assert_allclose(
        got["volatility"] ** 2, year.pow(2).mul(weights, axis=0).sum() / weights.sum(), rtol=1e-10
    )
    np.testing.assert_allclose(got["downside_volatility"] ** 2, year.clip(upper=0).pow(2).mean(), rtol=1e-10)
    np.testing.assert_allclose(got["volatility_of_volatility"], np.log(year.rolling(21).std()).std(), rtol=1e-10)


def test_beta_and_idio_volatility_are_those_of_a_weighted_regression_of_statsmodels():
    R, m = panel()
    got, weights = by_name(price_loadings(R, m)), 0.5 ** (np.arange(251, -1, -1) / 63)
    for i, r in enumerate(R[-252:].T):
        fit = sm.WLS(r, sm.add_constant(m[-252:]), weights=weights / weights.mean()).fit()
        assert got["beta"][i] == pytest.approx(fit.params[1], rel=1e-9)
        assert got["idio_volatility"][i] ** 2 == pytest.approx(fit.mse_resid, rel=1e-9)


def test_an_asset_that_follows_the_market_has_its_beta_and_no_idio_volatility():
    _, m = panel()
    got = by_name(price_loadings(np.outer(m, [0.5, 2.0]) + 0.001, m))
    np.testing.assert_allclose(got["beta"], [0.5, 2.0], rtol=1e-12)
    np.testing.assert_allclose(got["idio_volatility"], 0, atol=1e-14)


def test_twice_the_return_is_twice_the_beta_and_the_volatilities():
    R, m = panel()
    one, two = by_name(price_loadings(R, m)), by_name(price_loadings(2 * R, m))
    for name in ("beta", "volatility", "idio_volatility", "downside_volatility", "max_return"):
        np.testing.assert_allclose(two[name], 2 * one[name], rtol=1e-10)
    np.testing.assert_allclose(two["volatility_of_volatility"], one["volatility_of_volatility"], rtol=1e-10)


def test_only_the_last_252_periods_count():
    R, m = panel()
    np.testing.assert_array_equal(price_loadings(R, m), price_loadings(R[-252:], m[-252:]))


def test_less_than_half_of_a_window_is_missing_and_a_gap_leaves_its_dates_out():
    R, m = panel()
    R[-252:-126, 0] = np.nan  # 126 of 252 left, and 105 of the 231 of momentum
    R[-252:-125, 1] = np.nan  # 125 of 252 left
    R[-11:, 2] = np.nan  # 10 of 21 left
    R[-5:, 3] = np.nan
    got = by_name(price_loadings(R, m))
    assert np.isnan(got["momentum"]).tolist() == [True, True, False, False, False]
    for name in ("beta", "volatility", "idio_volatility", "downside_volatility"):
        assert np.isnan(got[name]).tolist() == [False, True, False, False, False]
    assert np.isnan(got["reversal"]).tolist() == [False, False, True, False, False]
    assert got["reversal"][3] == pytest.approx(-np.log1p(R[-21:-5, 3]).sum(), rel=1e-12)


def test_a_month_of_history_has_reversal_and_the_largest_return_only():
    R, m = panel(T=21)
    known = np.isfinite(price_loadings(R, m)).any(axis=0)
    assert [name for name, is_known in zip(NAMES, known, strict=True) if is_known] == ["reversal", "max_return"]


def test_dates_without_a_market_return_are_left_out_of_beta_alone():
    R, m = panel()
    holes = m.copy()
    holes[-40:-30] = np.nan
    gap = R.copy()
    gap[-40:-30] = np.nan
    some, all_of_them = by_name(price_loadings(R, holes)), by_name(price_loadings(R, m))
    np.testing.assert_allclose(some["beta"], by_name(price_loadings(gap, m))["beta"], rtol=1e-12)
    np.testing.assert_array_equal(some["volatility"], all_of_them["volatility"])


def test_a_return_of_minus_one_or_less_is_refused():
    R, m = panel()
    R[-3, 1] = -1.2
    with pytest.raises(FactorError, match=r"VALUE_RANGE: a return is −1 or less \(column 2\): give decimals"):
        price_loadings(R, m)
