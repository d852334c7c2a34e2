"""A table as cross-sections: its numbers, its dates, its assets' groups and caps."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.errors import FactorWarning
from xlfactor.tables.crosssections import caps_by_row, date_blocks, group_codes, numbers, row_label, rows_of

DAYS = pd.to_datetime(["2026-01-30", "2026-02-27"])
PANEL = pd.MultiIndex.from_tuples([(DAYS[1], "A"), (DAYS[0], "B"), (DAYS[1], "C"), (DAYS[0], "A")])


def test_numbers_leave_text_behind_and_come_back_in_their_columns():
    frame = pd.DataFrame({"x": [1.0, 2.0], "Industry": ["Tech", None], "y": [3.0, np.nan]}, ["A", "B"])
    table = numbers(frame, "values")
    assert (table.columns, table.body.shape) == (["x", "y"], (2, 2))
    pd.testing.assert_frame_equal(table.replaced(table.body * 2), frame.assign(x=frame["x"] * 2, y=frame["y"] * 2))


def test_the_rows_of_each_date_are_found_in_any_order():
    assert [block.tolist() for block in date_blocks(PANEL)] == [[0, 2], [1, 3]]
    assert [block.tolist() for block in date_blocks(pd.Index(["A", "B"]))] == [[0, 1]]


def test_a_row_is_named_by_all_its_labels():
    assert (row_label(PANEL[1]), row_label("A")) == ("2026-01-30, B", "A")


def test_groups_are_joined_by_label_and_the_missing_ones_named():
    groups = pd.DataFrame({"Industry": ["Oil", "Tech", None]}, ["C", "A", "B"])
    members = pd.Index(["A", "B", "C", "A"])
    with pytest.warns(FactorWarning, match="GROUP_MISSING: no group for 1 asset: B"):
        assert group_codes(groups, members, "values").tolist() == [0, -1, 1, 0]
    assert group_codes(None, members, "values") is None


def test_caps_of_dated_loadings_are_those_of_the_date_or_the_last_before():
    static = pd.DataFrame({"caps": [1.0, 2.0, 3.0]}, ["C", "B", "A"])
    assert caps_by_row(static, PANEL).tolist() == [3, 2, 1, 3]
    history = pd.DataFrame([[10.0, 20, 30], [11, 21, 31]], DAYS - pd.DateOffset(days=1), ["A", "B", "C"])
    assert caps_by_row(history, PANEL).tolist() == [11, 20, 31, 10]
    assert caps_by_row(history, pd.Index(["C", "A"])).tolist() == [31, 11]
    with pytest.warns(FactorWarning, match="CAP_MISSING: no cap, and so no say .* for 1 asset: D"):
        assert caps_by_row(static, pd.Index(["A", "D"]))[0] == 3


def test_rows_of_another_table_are_those_of_the_date_or_the_last_before():
    static = pd.Index(["C", "A"])
    assert rows_of(static, PANEL).tolist() == [1, -1, 0, 1]
    days = DAYS - pd.DateOffset(days=1)
    dated = pd.MultiIndex.from_tuples([(days[1], "A"), (days[0], "A"), (days[0], "B"), (days[1], "B")])
    assert rows_of(dated, PANEL).tolist() == [0, 2, -1, 1]
    assert rows_of(dated, pd.Index(["B", "C", "A"])).tolist() == [3, -1, 0]
    early = PANEL.set_levels(DAYS - pd.DateOffset(years=1), level=0)
    assert rows_of(dated, early).tolist() == [-1] * 4
