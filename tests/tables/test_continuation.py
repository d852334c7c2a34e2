"""A further date joined with what a model keeps: what is appended, what takes the place of what, and what is kept."""

import pandas as pd

from xlfactor.tables.continuation import (
    continued,
    explaining,
    factor_names,
    last_dates,
    newest_rows,
    with_new_values,
)
from xlfactor.tables.factors import factor_table

DATES = pd.DatetimeIndex(["2026-01-05", "2026-01-06", "2026-01-07"], name="Date")
STATIC = pd.DataFrame({"market": 1.0, "Industry": ["Tech", "Bank"]}, pd.Index(["A", "B"], name="Asset"))
DATED = pd.concat({date: STATIC for date in DATES[:2]}, names=["Date", "Asset"])


def test_dated_loadings_grow_by_the_day_and_static_ones_are_replaced():
    given = STATIC.iloc[:1]
    grown = continued(DATED, given, DATES[2], 3)
    pd.testing.assert_frame_equal(grown.xs(DATES[2]), STATIC.iloc[:1])
    pd.testing.assert_frame_equal(grown.iloc[:4], DATED)
    assert continued(DATED, given, DATES[2], 1).index.tolist() == [(DATES[2], "A")]
    assert continued(STATIC, given, DATES[2], 1) is given
    assert continued(DATED, None, DATES[2], 1) is DATED


def test_dated_caps_grow_by_a_row_and_a_new_asset_has_none_before():
    caps = pd.DataFrame({"A": [1.0, 2.0]}, DATES[:2])
    grown = continued(caps, pd.DataFrame({"caps": [3.0, 4.0]}, ["A", "B"]), DATES[2], 3)
    expected = pd.DataFrame({"A": [1.0, 2.0, 3.0], "B": [None, None, 4.0]}, DATES)
    pd.testing.assert_frame_equal(grown, expected.astype(float))


def test_the_day_is_explained_by_the_lag_th_last_date_before_it_or_by_its_own():
    given = STATIC.iloc[:1]
    newest = newest_rows(DATED)
    assert explaining(DATED, newest, given, 0) is given
    assert explaining(DATED, newest, None, 0) is newest
    assert explaining(DATED, newest, given, 1) is newest
    pd.testing.assert_frame_equal(newest, STATIC)
    pd.testing.assert_frame_equal(explaining(DATED, newest, given, 2), STATIC)
    assert explaining(DATED, newest, given, 3) is None
    assert explaining(STATIC, STATIC, given, 2) is given
    assert explaining(STATIC, STATIC, None, 2) is STATIC
    assert explaining(None, None, None, 2) is None
    caps = pd.DataFrame({"A": [1.0, 2.0]}, DATES[:2])
    assert explaining(caps, newest_rows(caps), None, 1)["caps"].to_dict() == {"A": 2.0}
    assert explaining(caps, newest_rows(caps), None, 2)["caps"].to_dict() == {"A": 1.0}


def test_the_last_dates_are_kept():
    assert last_dates(DATED, 1).index.get_level_values(0).unique().tolist() == [DATES[1]]
    assert len(last_dates(DATED, 5)) == 4
    assert last_dates(STATIC, 1) is STATIC


def test_a_family_value_keeps_its_name_whatever_else_the_table_holds():
    both = pd.DataFrame({"Industry": ["Tech", "US"], "Country": ["US", "US"]}, ["A", "B"])
    first = factor_table(both)
    assert first.names == ["Tech", "Industry: US", "Country: US"]
    family = {name: first.family[name] for name in first.names}
    later = factor_table(both.iloc[:1])  # without the industry US its country is plainly US
    assert later.names == ["Tech", "US"]
    assert factor_names(later, family) == ["Tech", "Country: US"]


def test_a_new_value_follows_the_last_of_its_family():
    table = factor_table(
        pd.DataFrame({"market": [1.0, 1.0], "Industry": ["Space", "Tech"], "size": [1.0, 2.0]}, ["A", "B"])
    )
    family = {"market": "", "Tech": "Industry", "Bank": "Industry", "size": ""}
    after = with_new_values(family, factor_names(table, family), table)
    assert list(after.items()) == [
        ("market", ""), ("Tech", "Industry"), ("Bank", "Industry"), ("Space", "Industry"), ("size", ""),
    ]  # fmt: skip
