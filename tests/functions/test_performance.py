"""The labelled performance functions: pandas reference, labels, missing returns, refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue


@pytest.fixture
def factor_returns():
    rng = np.random.default_rng(9)
    dates = pd.bdate_range("2024-10-01", periods=100, name="Date")  # to 17 February 2025
    return pd.DataFrame(0.01 * rng.normal(size=(100, 3)), dates, ["Market", "Size", "Value"])


def test_each_factor_has_the_statistics_of_pandas(factor_returns):
    table = xlfactor.factor_performance(factor_returns)
    assert table.index.name == "Factor"
    assert list(table.index) == ["Market", "Size", "Value"]
    np.testing.assert_allclose(table["annual_return"], factor_returns.mean() * 252, rtol=1e-12)
    np.testing.assert_allclose(table["skew"], factor_returns.skew(), rtol=1e-10)
    np.testing.assert_allclose(table["kurtosis"], factor_returns.kurt(), rtol=1e-10)
    growth = 1 + factor_returns
    np.testing.assert_allclose(table["month_to_date"], growth.loc["2025-02"].prod() - 1, rtol=1e-12)
    np.testing.assert_allclose(table["year_to_date"], growth.loc["2025"].prod() - 1, rtol=1e-12)
    np.testing.assert_array_equal(table["last_day"], factor_returns.iloc[-1])
    weekly = xlfactor.factor_performance(factor_returns, 52)
    np.testing.assert_allclose(weekly["annual_volatility"], factor_returns.std() * 52**0.5, rtol=1e-12)


def test_curves_compound_and_keep_their_dates(factor_returns):
    curves = xlfactor.cumulative_returns(factor_returns)
    np.testing.assert_allclose(curves, (1 + factor_returns).cumprod() - 1, rtol=1e-12, atol=1e-15)
    assert list(curves.index) == list(factor_returns.index)
    assert curves.index.name == "Date"


def test_shuffled_factors_and_dates_move_no_number_by_label(factor_returns):
    other = factor_returns.sample(frac=1, axis=1, random_state=1).sample(frac=1, random_state=2)
    with pytest.warns(FactorWarning, match="DATES_SORTED"):
        table = xlfactor.factor_performance(other)
    expected = xlfactor.factor_performance(factor_returns)
    pd.testing.assert_frame_equal(table.loc[expected.index], expected)
    with pytest.warns(FactorWarning, match="DATES_SORTED"):
        curves = xlfactor.cumulative_returns(other)
    assert list(curves.index) == list(other.index)
    pd.testing.assert_frame_equal(
        curves.sort_index()[factor_returns.columns], xlfactor.cumulative_returns(factor_returns), check_freq=False
    )


def test_a_missing_return_spills_as_a_blank_and_touches_no_other_factor(factor_returns):
    gaps = factor_returns.copy()
    gaps.iloc[10, 1] = np.nan
    curves = xlfactor.cumulative_returns(gaps)
    assert np.isnan(curves.iloc[10, 1])
    assert curves.iloc[11, 1] == pytest.approx((1 + curves.iloc[9, 1]) * (1 + gaps.iloc[11, 1]) - 1, rel=1e-12)
    pd.testing.assert_series_equal(curves["Market"], xlfactor.cumulative_returns(factor_returns)["Market"])
    rows = catalogue()["CUMULATIVE_RETURNS"].spill([gaps])
    assert rows[0] == ["Date", "Market", "Size", "Value"]
    assert rows[11][2] is None
    assert rows[11][0] == factor_returns.index[10].to_pydatetime()


def test_periods_per_year_must_be_positive(factor_returns):
    with pytest.raises(FactorError, match="VALUE_RANGE: periods_per_year is -252: type a number above 0"):
        xlfactor.factor_performance(factor_returns, -252)
