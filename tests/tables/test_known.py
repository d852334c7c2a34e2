"""A further date's tables: those with the labels of the date before as those that are read label by label."""

import numpy as np
import pandas as pd
import pytest

from xlfactor import FactorError, FactorWarning
from xlfactor.tables.factors import factor_table
from xlfactor.tables.known import day_of_caps, day_of_loadings, day_of_returns

ASSETS = pd.Index(["A", "B", "C"], name="Asset")
BEFORE = pd.DataFrame({"market": 1.0, "Industry": ["Tech", "Bank", "Tech"], "size": [0.1, -0.2, 0.3]}, ASSETS)
TABLE = factor_table(BEFORE)
DATE, EVE = pd.Timestamp("2026-01-06"), pd.Timestamp("2026-01-05")
RETURNS = pd.DataFrame([[0.01, np.nan, -0.02]], [DATE], list("ABC"))
NOW = pd.DataFrame({"market": 1.0, "Industry": ["Tech", "Bank", "Tech"], "size": [0.2, -0.1, 0.4]}, list("ABC"))


def spaced(labels):
    """Labels that are the same ones only after they were read."""
    return [f" {label}" for label in labels]


def test_returns_of_known_assets_are_taken_as_they_stand():
    date, day = day_of_returns(RETURNS, ASSETS, EVE)
    assert (date, day is RETURNS) == (DATE, True)


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_the_date_is_a_day_whatever_its_hour_and_unit(unit):
    at_four = RETURNS.set_axis(pd.DatetimeIndex([DATE + pd.Timedelta(hours=16)]).as_unit(unit))
    date, _ = day_of_returns(at_four, ASSETS, EVE)
    assert (date, date.unit) == (DATE, "ns")
    with pytest.raises(FactorError, match=r"^DATE_ORDER: returns of 2026-01-06 are not after the model's 2026-01-06: "):
        day_of_returns(at_four, ASSETS, DATE)


@pytest.mark.parametrize("given", [
    RETURNS.set_axis(spaced("ABC"), axis=1), RETURNS.set_axis(["2026-01-06"]), RETURNS.astype(object),
    RETURNS.tz_localize("UTC"), [["Date", "A", "B", "C"], ["2026-01-06", 0.01, "", -0.02]],
])  # fmt: skip
def test_returns_that_look_otherwise_are_read(given):
    date, day = day_of_returns(given, ASSETS, EVE)
    assert (date, day.columns.tolist()) == (DATE, ["A", "B", "C"])
    np.testing.assert_array_equal(day.to_numpy(), [[0.01, np.nan, -0.02]])


def test_known_loadings_are_those_that_a_reader_would_find():
    rows, table = day_of_loadings(NOW, BEFORE, TABLE, DATE)
    read, of_read = day_of_loadings(NOW.set_axis(spaced("ABC")), BEFORE, TABLE, DATE)
    pd.testing.assert_frame_equal(rows, read)
    assert (table.names, table.family, table.constant) == (["market", "Tech", "Bank", "size"], of_read.family, 0)
    for one in (table.B, of_read.B):
        np.testing.assert_array_equal(one.S, [[1, 0.2], [1, -0.1], [1, 0.4]])
        np.testing.assert_array_equal(one.codes[:, 0], [0, 1, 0])


def test_loadings_with_another_order_of_columns_take_that_of_the_model():
    rows, table = day_of_loadings(NOW[["size", "Industry", "market"]], BEFORE, TABLE, DATE)
    pd.testing.assert_frame_equal(rows, NOW.rename_axis("Asset"))
    assert table.names == ["market", "Tech", "Bank", "size"]


def test_an_asset_that_moves_to_another_industry_is_in_it_at_once():
    moved = NOW.assign(Industry=["Tech", "Tech", "Energy"])
    _, table = day_of_loadings(moved, BEFORE, TABLE, DATE)
    assert table.names == ["market", "Tech", "Energy", "size"]
    np.testing.assert_array_equal(table.B.codes[:, 0], [0, 0, 1])


def test_a_missing_loading_is_kept_as_missing():
    _, table = day_of_loadings(NOW.assign(size=[0.2, np.nan, 0.4]), BEFORE, TABLE, DATE)
    np.testing.assert_array_equal(table.B.complete, [True, False, True])
    _, table = day_of_loadings(NOW.assign(Industry=["Tech", None, "Tech"]), BEFORE, TABLE, DATE)
    np.testing.assert_array_equal(table.B.complete, [True, False, True])


def test_a_change_of_the_given_tables_afterwards_changes_nothing():
    given, caps = NOW.copy(), pd.DataFrame({"cap": [1.0, 2.0, 3.0]}, list("ABC"))
    rows, table = day_of_loadings(given, BEFORE, TABLE, DATE)
    kept = day_of_caps(caps, ASSETS, DATE)
    given.loc["A", "size"] = caps.loc["A", "cap"] = 9.0
    assert (rows.loc["A", "size"], table.B.S[0, 1], kept.loc["A", "caps"]) == (0.2, 0.2, 1.0)


def test_caps_of_known_assets_are_named_and_labelled_as_read_ones():
    caps = pd.DataFrame({"cap": [1.0, 2.0, np.nan]}, list("ABC"))
    read = day_of_caps(caps.set_axis(spaced("ABC")), ASSETS, DATE)
    pd.testing.assert_frame_equal(day_of_caps(caps, ASSETS, DATE), read)
    assert read.columns.tolist() == ["caps"]


@pytest.mark.parametrize(("table", "line"), [
    (RETURNS.replace(0.01, np.inf), "VALUE_INF: returns hold an infinite number (2026-01-06, A: "),
    (RETURNS.set_axis(["A", "A", "C"], axis=1), "DUP_ASSET: "),
    (pd.concat([RETURNS, RETURNS.set_axis([DATE + pd.Timedelta(days=1)])]), "DATE_ORDER: returns have 2 dates: "),
    (RETURNS.set_axis([EVE]), "DATE_ORDER: returns of 2026-01-05 are not after the model's 2026-01-05: "),
    (RETURNS.set_axis(["soon"]), "DATE_BAD: "),
])  # fmt: skip
def test_returns_are_refused_as_by_their_reader(table, line):
    with pytest.raises(FactorError) as caught:
        day_of_returns(table, ASSETS, EVE)
    assert str(caught.value).startswith(line)


@pytest.mark.parametrize(("table", "line"), [
    (NOW.replace(0.2, np.inf), "VALUE_INF: loadings hold an infinite number (A, size: "),
    (NOW.assign(size=np.nan), "LOADING_MISSING: loadings have no number for size: "),
    (NOW.set_axis(["A", "A", "C"]), "DUP_ASSET: "),
    (NOW.drop(columns="size"), "FACTOR_UNKNOWN: columns size of the loadings are missing: "),
    (NOW.assign(beta=1.0), "FACTOR_UNKNOWN: columns beta of the loadings are not in the model: "),
    (NOW.assign(size=list("xyz")), "FACTOR_UNKNOWN: columns size of the loadings were text and are numbers now, or "),
    (pd.concat({EVE: NOW}), "DATE_ORDER: loadings are not those of 2026-01-06: "),
])  # fmt: skip
def test_loadings_are_refused_as_by_their_reader(table, line):
    with pytest.raises(FactorError) as caught:
        day_of_loadings(table, BEFORE, TABLE, DATE)
    assert str(caught.value).startswith(line)


def test_an_infinite_or_a_repeated_cap_is_refused():
    caps = pd.DataFrame({"cap": [1.0, 2.0, np.inf]}, list("ABC"))
    with pytest.raises(FactorError, match=r"^VALUE_INF: caps hold an infinite number \(C, cap: "):
        day_of_caps(caps, ASSETS, DATE)
    with pytest.raises(FactorError, match=r"^DUP_ASSET: "):
        day_of_caps(caps.iloc[:2].set_axis(["A", "A"]), ASSETS, DATE)


def test_numbers_under_a_name_of_a_family_are_warned_of_every_day():
    before = BEFORE.rename(columns={"size": "Sector"})
    with pytest.warns(FactorWarning, match="FAMILY_CODES: Sector of loadings holds numbers"):
        day_of_loadings(NOW.rename(columns={"size": "Sector"}), before, factor_table(before), DATE)
