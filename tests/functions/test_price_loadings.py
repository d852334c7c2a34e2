"""PRICE_LOADINGS: labels, the as-of date, what is refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.functions.test_loadings import refusal
from xlfactor.errors import FactorWarning
from xlfactor.functions import catalogue

COLUMNS = ["momentum", "reversal", "beta", "volatility", "idio_volatility", "downside_volatility", "max_return",
           "volatility_of_volatility"]  # fmt: skip


@pytest.fixture
def panel():
    rng = np.random.default_rng(1)
    dates = pd.bdate_range("2024-01-01", periods=300, name="Date")
    m = pd.DataFrame({"SPX": rng.normal(0, 0.01, 300)}, dates)
    return pd.DataFrame(m.to_numpy() + rng.normal(0, 0.02, (300, 4)), dates, list("ABCD")), m


def test_every_asset_has_the_eight_characteristics_by_name(panel):
    R, m = panel
    got = xlfactor.price_loadings(R, m)
    assert (got.index.name, list(got.index), list(got.columns)) == ("Asset", list("ABCD"), COLUMNS)
    assert got.notna().all(axis=None)
    pd.testing.assert_frame_equal(xlfactor.price_loadings(R[list("CADB")], m).loc[got.index], got)


def test_later_returns_and_later_market_returns_do_not_count(panel):
    R, m = panel
    day = R.index[270]
    got = xlfactor.price_loadings(R, m, day)
    assert got.equals(xlfactor.price_loadings(R[R.index <= day], m[m.index <= day]))
    other_R, other_m = R.copy(), m.copy()
    other_R[other_R.index > day], other_m[other_m.index > day] = 9.0, -9.0
    assert got.equals(xlfactor.price_loadings(other_R, other_m, day))


def test_the_as_of_date_may_be_text_a_serial_number_or_a_weekend(panel):
    R, m = panel
    friday = pd.Timestamp("2025-01-10")
    got = xlfactor.price_loadings(R, m, friday)
    serial = (friday.to_pydatetime() - dt.datetime(1899, 12, 30)).days
    for same in ("2025-01-10", "2025-01-12", float(serial), dt.date(2025, 1, 11)):
        assert got.equals(xlfactor.price_loadings(R, m, same))


def test_dates_without_a_market_return_are_counted(panel):
    R, m = panel
    with pytest.warns(FactorWarning, match="DATES_UNUSED: 10 dates have no market return"):
        got = xlfactor.price_loadings(R, m.drop(m.index[100:110]))
    assert got.notna().all(axis=None)


def test_cells_give_what_dataframes_give(panel):
    R, m = panel
    blocks = [
        [["Date", *t], *([d.to_pydatetime(), *row] for d, row in zip(t.index, t.values.tolist(), strict=True))]
        for t in panel
    ]
    rows = catalogue()["PRICE_LOADINGS"].spill([*blocks, [[dt.datetime(2025, 1, 31)]]])
    got = xlfactor.price_loadings(R, m, "2025-01-31")
    assert rows == [["Asset", *COLUMNS], *([a, *v] for a, v in zip(got.index, got.values.tolist(), strict=True))]


def test_what_makes_no_characteristics_is_refused(panel):
    R, m = panel
    function = xlfactor.price_loadings
    assert refusal(function, R, m, "soon") == (
        "DATE_BAD: as_of is 'soon', not a date: type a date, or text such as 2026-01-30"
    )
    assert refusal(function, R, m, "2024-01-05") == "FEW_DATES: 5 dates of returns up to as_of: give 11 dates or more"
    assert refusal(function, R, m.assign(DAX=0.0)) == (
        "COLUMN_UNKNOWN: market has 2 columns: pass dates and one column of returns"
    )
    assert refusal(function, 100 * R, m).startswith("VALUE_RANGE: a return is −1 or less (A, B, C, D): give decimals")
    assert "market" in refusal(function, R, m * 0 + 0.01)
    assert "DUP_DATE" in refusal(function, R, m.set_axis([*m.index[:-1], m.index[0]]))
