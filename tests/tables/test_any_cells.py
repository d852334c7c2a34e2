"""Any mixture of cells is a table or a refusal in one line: never another error, and never a number nobody typed."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.tables import cells
from xlfactor.tables.parse import read

KINDS = sorted(
    {a.kind for f in catalogue().values() for a in f.arguments} - {"path", "flag", "option", "number", "whole", "text"}
)
cell = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 10**12), st.floats(), st.text(max_size=6),
    st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)),
    st.sampled_from(["Date", "Asset", "A", "B", "#N/A", "NA", "#DIV/0!", "#XLF! X: y", "=CMD()", "1,5", "12%", " A"]),
    st.sampled_from(["2026-01-30", "é", "e\u0301", 45000.0, 0.01, np.float64(0.5), pd.Timestamp("2026-01-30")]),
)  # fmt: skip
blocks = st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), max_size=6))
near_tables = st.builds(  # mostly right, so that the later checks are reached
    lambda header, rows: [["Date", *header], *[[45000.0 + i, *row] for i, row in enumerate(rows)]],
    st.lists(cell, min_size=3, max_size=3), st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=5),
)  # fmt: skip


def outcome(work):
    """What it gives, or its refusal; anything else that is raised fails the test."""
    try:
        return work()
    except FactorError as error:
        return error


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(value=st.one_of(blocks, near_tables, cell, st.lists(cell, max_size=4)))
def test_any_mixture_of_cells_is_a_table_or_a_refusal(kind, value):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = outcome(lambda: read(kind, value, kind))
    if isinstance(found, FactorError):
        assert found.code.replace("_", "").isalnum()
        assert "\n" not in found.line
        assert len(found.line) <= 200
    elif isinstance(found, pd.DataFrame):
        assert found.columns.is_unique


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.lists(cell, min_size=2, max_size=2), min_size=1, max_size=4))
def test_a_number_that_is_read_is_the_number_of_the_cell_and_a_missing_one_is_nan(rows):
    found = outcome(lambda: cells.numbers(rows, "returns", 0, 0))
    if isinstance(found, FactorError):
        assert found.code in {"NUM_BAD", "NUM_TEXT", "CELL_ERROR"}
        return
    for row, got in zip(rows, found, strict=True):
        for value, number in zip(row, got, strict=True):
            assert np.isnan(number) if cells.is_missing(value) else number == float(value)


@settings(max_examples=300, deadline=None)
@given(value=cell)
def test_a_date_is_a_day_and_a_label_is_trimmed_and_stays_what_it_is(value):
    date = cells.date(value)
    assert date is None or (date.hour, date.minute, date.tzinfo) == (0, 0, None)
    label = cells.label(value)
    assert label == label.strip() == cells.label(label)


def test_the_last_day_that_excel_knows_is_refused_by_its_place():
    rows = [["Date", "A"], [45000.0, 0.01], [2958465.0, 0.02]]
    assert "DATE_SERIAL: returns have the number 2958465 where" in str(
        outcome(lambda: read("returns", rows, "returns"))
    )
