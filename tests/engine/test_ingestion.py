"""Returns from prices."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.engine.ingestion import returns_from_prices
from xlfactor.errors import FactorError

NAN = np.nan


def _random_prices(T=60, N=7):
    rng = np.random.default_rng(1)
    return 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (T, N)), axis=0))


def test_simple_returns_are_price_ratios_less_one():
    prices = np.array([[100.0, 50.0], [110.0, 40.0], [99.0, 60.0]])
    np.testing.assert_allclose(returns_from_prices(prices), [[0.1, -0.2], [-0.1, 0.5]], rtol=1e-14)


def test_simple_returns_equal_pandas_pct_change_without_filling():
    prices = _random_prices()
    prices[[5, 6, 20], [0, 0, 3]] = NAN
    expected = pd.DataFrame(prices).pct_change(fill_method=None).to_numpy()[1:]
    np.testing.assert_array_equal(returns_from_prices(prices), expected)


def test_log_returns_sum_to_the_log_of_the_whole_move():
    prices = _random_prices()
    total = returns_from_prices(prices, "log").sum(axis=0)
    np.testing.assert_allclose(total, np.log(prices[-1]) - np.log(prices[0]), rtol=1e-12)


def test_log_returns_are_log_one_plus_simple_returns():
    prices = _random_prices()
    np.testing.assert_allclose(np.exp(returns_from_prices(prices, "log")), 1 + returns_from_prices(prices), rtol=1e-14)


@pytest.mark.parametrize("kind", ["simple", "log"])
def test_a_gap_gives_missing_returns_and_never_a_jump_over_the_gap(kind):
    prices = np.array([[100.0], [NAN], [120.0], [126.0]])
    got = returns_from_prices(prices, kind)
    assert np.isnan(got[:2]).all()
    assert got[2, 0] == pytest.approx(0.05 if kind == "simple" else np.log(1.05), rel=1e-12)


@pytest.mark.parametrize("kind", ["simple", "log"])
def test_the_scale_of_the_prices_changes_nothing(kind):
    prices = _random_prices()
    np.testing.assert_allclose(returns_from_prices(prices * 8, kind), returns_from_prices(prices, kind), rtol=1e-15)


@pytest.mark.parametrize("price", [0.0, -3.0, np.inf])
def test_a_price_that_is_not_positive_is_refused_with_its_position(price):
    prices = np.full((4, 3), 10.0)
    prices[2, 1] = price
    with pytest.raises(FactorError, match=r"VALUE_RANGE: price .* not a positive number \(row 3, column 2\)") as e:
        returns_from_prices(prices)
    assert (e.value.argument, e.value.cells) == ("prices", ((2, 1),))


def test_one_date_is_refused():
    with pytest.raises(FactorError, match="FEW_DATES: prices have 1 date: pass at least two dates"):
        returns_from_prices(np.ones((1, 3)))


def test_an_unknown_kind_is_refused_with_a_suggestion():
    with pytest.raises(FactorError, match=r"kind is 'simpel', not one of simple, log: did you mean simple\?"):
        returns_from_prices(np.ones((2, 3)), "simpel")
