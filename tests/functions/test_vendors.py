"""COMPARE_VENDORS and MERGE_VENDORS: join by label, counts, the list of overrides, refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue

COLUMNS = [
    "matched", "match_rate", "median_difference", "scale_ratio", "correlation", "best_lag",
    "primary_only", "secondary_only",
]  # fmt: skip


def vendor(T=100, names="ABC", seed=0):
    dates = pd.bdate_range("2026-01-05", periods=T, name="Date").as_unit("ns")
    return pd.DataFrame(np.random.default_rng(seed).normal(0, 0.01, (T, len(names))), dates, list(names))


def test_assets_and_dates_are_joined_by_label_and_each_vendors_own_are_counted():
    both = vendor(100, "ABC")
    primary = both[["A", "B"]].iloc[:90]
    secondary = both[["C", "B"]].iloc[::-1].iloc[:80]  # the last 80 dates, newest first
    with pytest.warns(FactorWarning, match="DATES_SORTED"):
        result = xlfactor.compare_vendors(primary, secondary)
    assert list(result.index) == ["A", "B", "C"]
    assert list(result.columns) == COLUMNS
    assert result["matched"].tolist() == [0, 70, 0]
    assert result["primary_only"].tolist() == [90, 20, 0]
    assert result["secondary_only"].tolist() == [0, 10, 80]
    assert result.loc["B", "match_rate"] == 1
    assert result.loc[["A", "C"], "match_rate"].isna().all()


def test_a_secondary_that_lacks_a_date_is_not_thereby_late():
    primary = vendor()
    result = xlfactor.compare_vendors(primary, primary.drop(primary.index[[20, 40, 41]]))
    assert (result["best_lag"] == 0).all()
    assert (xlfactor.compare_vendors(primary.shift(2), primary)["best_lag"] == 2).all()


def test_every_override_is_listed_with_both_numbers_and_counted():
    secondary = vendor()
    primary = secondary.copy()
    primary.iloc[50, 1], primary.iloc[60, 0] = np.nan, -0.5
    with pytest.warns(FactorWarning) as caught:
        merged = xlfactor.merge_vendors(primary, secondary)
    days = [f"{primary.index[t]:%Y-%m-%d}" for t in (50, 60)]
    assert [str(w.message) for w in caught] == [
        "VENDOR_OVERRIDES: 2 numbers are the secondary's, 1 missing and 1 suspect in the primary: "
        f"B {days[0]}, A {days[1]}"
    ]
    pd.testing.assert_frame_equal(merged, secondary, check_freq=False)
    listed = merged.attrs["overrides"]
    assert [(o["date"], o["asset"], o["reason"]) for o in listed] == [
        (primary.index[50], "B", "missing"), (primary.index[60], "A", "suspect"),
    ]  # fmt: skip
    assert np.isnan(listed[0]["primary"])
    assert (listed[1]["primary"], listed[1]["secondary"]) == (-0.5, secondary.iloc[60, 0])


def test_the_merged_table_has_the_dates_and_assets_of_both():
    both = vendor(100, "ABC")
    with pytest.warns(FactorWarning, match="VENDOR_OVERRIDES"):
        merged = xlfactor.merge_vendors(both[["B", "A"]].iloc[:60], both[["A", "C"]].iloc[40:])
    expected = both[["B", "A", "C"]].copy()
    expected.iloc[60:, 0] = np.nan
    expected.iloc[:40, 2] = np.nan
    pd.testing.assert_frame_equal(merged, expected, check_freq=False)


def test_assets_whose_vendors_do_not_match_are_named_and_nothing_is_taken_for_them():
    secondary = vendor()
    primary = secondary.copy()
    primary.iloc[5] = np.nan
    secondary["B"] *= 100
    with pytest.warns(FactorWarning) as caught:
        merged = xlfactor.merge_vendors(primary, secondary)
    assert str(caught[1].message) == (
        "VENDOR_MISMATCH: nothing is taken for 1 assets whose vendors match on less than half of their dates: B"
    )
    assert merged.iloc[5].isna().tolist() == [False, True, False]


def test_equal_vendors_merge_to_the_last_bit_without_a_warning(recwarn):
    primary = vendor()
    merged = xlfactor.merge_vendors(primary, primary)
    pd.testing.assert_frame_equal(merged, primary, check_freq=False, check_exact=True)
    assert not [w for w in recwarn if issubclass(w.category, FactorWarning)]


def test_cells_come_back_as_cells():
    ours = [["Date", "A"], ["2026-01-05", 0.01], ["2026-01-06", "#N/A"], ["2026-01-07", -0.01]]
    theirs = [["Date", "A"], ["2026-01-05", 0.01], ["2026-01-06", 0.02], ["2026-01-07", -0.01]]
    with pytest.warns(FactorWarning, match="VENDOR_OVERRIDES"):
        merged = catalogue()["MERGE_VENDORS"].spill([ours, theirs])
    assert [row[1] for row in merged] == ["A", 0.01, 0.02, -0.01]
    compared = catalogue()["COMPARE_VENDORS"].spill([ours, theirs])
    assert compared[0] == ["Asset", *COLUMNS]
    assert compared[1][:5] == ["A", 2.0, 1.0, 0.0, 1.0]
    assert compared[1][5] is None  # two common dates make no correlation
    assert compared[1][7:] == [0.0, 1.0]


@pytest.mark.parametrize("function", [xlfactor.compare_vendors, xlfactor.merge_vendors])
def test_tables_without_a_common_asset_or_date_and_a_negative_tolerance_are_refused(function):
    primary = vendor()
    with pytest.raises(FactorError, match="ASSET_UNKNOWN: primary and secondary have no asset in common, such as A"):
        function(primary, primary.add_prefix("US "))
    later = primary.set_index(primary.index + pd.DateOffset(years=1))
    with pytest.raises(FactorError, match="FEW_DATES: primary and secondary have no date in common: check the dates"):
        function(primary, later)
    with pytest.raises(FactorError, match=r"VALUE_RANGE: tolerance is -0\.1: type 0 or more"):
        function(primary, primary, -0.1)


def test_an_asset_that_stands_twice_is_refused_with_its_columns():
    primary = vendor()
    with pytest.raises(FactorError, match=r"DUP_ASSET: secondary lists the asset A twice \(columns 2, 5\)"):
        xlfactor.compare_vendors(primary, pd.concat([primary, primary[["A"]]], axis=1))
