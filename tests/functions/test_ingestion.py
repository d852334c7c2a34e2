"""RETURNS_FROM_PRICES: labels, gaps, cells, refusals."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue

CELLS = [
    ["Date", "A", "B"],
    [dt.datetime(2026, 1, 5), 100.0, 50.0],
    [dt.datetime(2026, 1, 6), 110.0, "#N/A"],
    [dt.datetime(2026, 1, 7), 99.0, 40],
    [dt.datetime(2026, 1, 8), 99.0, 60.0],
]


@pytest.fixture
def prices():
    rng = np.random.default_rng(3)
    dates = pd.bdate_range("2026-01-01", periods=30, name="Date").as_unit("ns")
    return pd.DataFrame(100 * np.exp(rng.normal(0, 0.02, (30, 4)).cumsum(axis=0)), dates, list("ABCD"))


def test_returns_have_the_dates_from_the_second_on_and_equal_pandas(prices):
    prices.iloc[4, 1] = np.nan
    returns = xlfactor.returns_from_prices(prices)
    pd.testing.assert_frame_equal(returns, prices.pct_change(fill_method=None).iloc[1:], check_freq=False)


def test_log_returns_compound_to_the_simple_ones(prices):
    log, simple = xlfactor.returns_from_prices(prices, "log"), xlfactor.returns_from_prices(prices)
    np.testing.assert_allclose(np.expm1(log), simple, rtol=1e-12)


def test_cells_come_back_as_cells_with_the_gap_missing_on_both_its_sides():
    rows = catalogue()["RETURNS_FROM_PRICES"].spill([CELLS])
    assert rows[0] == ["Date", "A", "B"]
    assert [row[0] for row in rows[1:]] == [row[0] for row in CELLS[2:]]
    assert [row[1] for row in rows[1:]] == pytest.approx([0.1, -0.1, 0.0], abs=1e-15)
    assert [row[2] for row in rows[1:]] == [None, None, 0.5]


def test_shuffled_assets_and_dates_newest_first_move_no_number(prices):
    returns = xlfactor.returns_from_prices(prices)
    pd.testing.assert_frame_equal(xlfactor.returns_from_prices(prices[list("DACB")])[list("ABCD")], returns)
    with pytest.warns(FactorWarning, match="DATES_SORTED"):
        back = xlfactor.returns_from_prices(prices[::-1])
    pd.testing.assert_frame_equal(back, returns[::-1], check_freq=False)


def refusal(*args) -> str:
    with pytest.raises(FactorError) as caught:
        xlfactor.returns_from_prices(*args)
    return str(caught.value)


def test_a_price_that_is_not_positive_is_refused_with_its_asset_and_date(prices):
    prices.iloc[2, 3] = 0.0
    assert refusal(prices) == (
        "VALUE_RANGE: price 0 is not a positive number (D, 2026-01-05): correct it or clear the cell"
    )


def test_other_refusals_say_what_where_and_what_to_do(prices):
    assert refusal(prices, "logs").endswith("kind is 'logs', not one of simple, log: did you mean log?")
    assert refusal(prices.iloc[:1]).startswith("FEW_DATES: ")
    assert refusal(prices.iloc[:0]).startswith("NO_ROWS: prices are empty")
    assert "DUP_ASSET: prices list the asset A twice" in refusal(prices.rename(columns={"C": "A"}))
    assert "DUP_DATE" in refusal(pd.concat([prices, prices.iloc[[3]]]))
    with pytest.raises(FactorError, match="NUM_BAD: prices hold 'x' where a number is expected") as caught:
        catalogue()["RETURNS_FROM_PRICES"].spill([[*CELLS[:3], [dt.datetime(2026, 1, 9), "x", 1.0]]])
    assert caught.value.cells == ((3, 1),)
