"""Rows of loadings as places: where every date repeats its rows one date is looked at, and nobody notices."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.tables.rows import dates_of, labels_of, offsets_of, rows_a_date, sorted_rows

DAYS = pd.bdate_range("2026-01-05", periods=3)


@pytest.mark.parametrize(
    ("day_of", "asset_of", "rows"),
    [
        ([0, 0, 1, 1, 2, 2], [1, 0, 1, 0, 1, 0], 2),
        ([0, 0, 3, 3], [1, 0, 1, 0], 2),  # a date without rows
        ([0, 0, 0], [2, 0, 1], 3),
        ([0, 1, 2], [4, 4, 4], 1),
        ([0, 0, 1, 1], [1, 0, 0, 1], 0),  # in another order
        ([0, 0, 1], [1, 0, 1], 0),
        ([0, 0, 1, 1, 2], [1, 0, 1, 2, 0], 0),
        ([1, 1, 0, 0], [1, 0, 1, 0], 0),  # dates descend
        ([0, 1, 0, 1], [0, 0, 1, 1], 0),  # assets lead
        ([0, 0, 0, 0], [1, 0, 1, 0], 4),  # each twice: for whoever looks at that date
        ([0, 0, 1, 2], [1, 0, 1, 0], 0),
        ([2, 0, 0, 1], [1, 1, 0, 1], 0),
        ([], [], 0),
    ],
)
def test_rows_of_a_date_are_counted_where_all_dates_have_the_same(day_of, asset_of, rows):
    assert rows_a_date(np.array(day_of, dtype=np.int8), np.array(asset_of, dtype=np.int16)) == rows


def test_labels_are_those_of_one_date_where_all_repeat_it_and_else_of_every_row():
    index = pd.MultiIndex.from_product([DAYS, ["B", "A"]])
    codes, labels = labels_of(index)
    assert labels[codes].tolist() == ["B", "A"]
    codes, labels = labels_of(index[1:])
    assert labels[codes].tolist() == ["A", "B", "A", "B", "A"]
    codes, labels = labels_of(pd.Index(["B", "A"]))
    assert labels[codes].tolist() == ["B", "A"]


@pytest.mark.parametrize("rows", [slice(None), slice(2, None), slice(None, None, -1), [5, 0, 1], [2, 3], slice(0, 0)])
def test_dates_are_those_that_have_rows_and_ascend(rows):
    index = pd.MultiIndex.from_product([DAYS, ["A", "B"]])[rows]
    day_of, days = dates_of(index)
    assert days.tolist() == sorted(set(index.get_level_values(0)))
    assert days[day_of].tolist() == index.get_level_values(0).tolist()


def test_rows_are_sorted_by_date_and_column_without_those_of_no_column():
    rng = np.random.default_rng(3)
    for _ in range(50):
        cells = rng.permutation(30)[: rng.integers(1, 30)]
        day_of, columns = cells // 6, cells % 6 - 1
        wanted = sorted((d, c, row) for row, (d, c) in enumerate(zip(day_of, columns, strict=True)) if c >= 0)
        kept = sorted_rows(columns, day_of)
        assert (np.arange(len(cells)) if kept is None else kept).tolist() == [row for _, _, row in wanted]


def test_rows_that_every_date_repeats_are_sorted_by_one_date():
    day_of = np.repeat(np.arange(3, dtype=np.int8), 4)
    assert sorted_rows(np.array([2, -1, 0, 1]), day_of).tolist() == [2, 3, 0, 6, 7, 4, 10, 11, 8]
    assert sorted_rows(np.array([0, 1, 3, 4]), day_of) is None
    assert sorted_rows(np.array([0, 1, 3, -1]), day_of).tolist() == [0, 1, 2, 4, 5, 6, 8, 9, 10]


def test_offsets_are_the_first_rows_of_the_dates_and_the_end():
    assert offsets_of(np.array([0, 0, 0, 1, 2, 2], dtype=np.int8), 3).tolist() == [0, 3, 4, 6]
    assert offsets_of(np.array([], dtype=np.int8), 0).tolist() == [0]
