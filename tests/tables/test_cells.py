"""Cells as numbers, labels and dates; blocks of cells as hosts hand them over."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from xlfactor.errors import FactorError
from xlfactor.tables import cells


@pytest.mark.parametrize("value", [None, "", "#N/A", "#N/A N/A", "N/A", "NA", "NaN", "-", " - ", float("nan")])
def test_what_data_vendors_write_for_missing_is_missing(value):
    assert cells.is_missing(value)


@pytest.mark.parametrize("value", [0, 0.0, "0", "n.a.", "--", "#REF!"])
def test_nothing_else_is_missing(value):
    assert not cells.is_missing(value)


def test_numbers_are_read_with_blanks_as_nan_and_true_as_one():
    body = cells.numbers([[1.5, 2, True], [None, "N/A", "#N/A"]], "returns", 1, 1)
    np.testing.assert_array_equal(body, [[1.5, 2.0, 1.0], [np.nan] * 3])


@pytest.mark.parametrize(
    ("value", "code"),
    [("abc", "NUM_BAD"), ("0.5", "NUM_TEXT"), ("12 %", "NUM_TEXT"), ("1,5", "NUM_TEXT"), ("#DIV/0!", "CELL_ERROR")],
)
def test_the_first_cell_that_is_no_number_is_named(value, code):
    with pytest.raises(FactorError) as caught:
        cells.numbers([[1.0, 2.0], [3.0, value]], "returns", 1, 1)
    assert caught.value.code == code
    assert caught.value.cells == ((2, 2),)
    assert "row 3, column 3" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(10107.0, "10107"), (10107, "10107"), (" 10107 ", "10107"), ("Cafe\u0301", "Café"), (1.5, "1.5"), (None, "")],
)
def test_labels_of_cells_and_of_pandas_are_one_label(value, text):
    assert cells.label(value) == text


@pytest.mark.parametrize(
    "value",
    [
        45292,
        45292.75,
        "2024-01-01",
        dt.datetime(2024, 1, 1, 16, 30),
        dt.date(2024, 1, 1),
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        pd.Timestamp("2024-01-01"),
        np.datetime64("2024-01-01"),
    ],
)
def test_dates_come_as_serials_datetimes_or_iso_text(value):
    assert cells.date(value) == dt.datetime(2024, 1, 1)


@pytest.mark.parametrize("value", ["01/02/2024", "Source: vendor", None, -3, 1e9, "", pd.NaT])
def test_what_is_no_date_is_none(value):
    assert cells.date(value) is None


def test_a_whole_column_is_cut_to_its_filled_rows():
    rows = [["a", "b"], [1.0, 2.0], *[[None, ""] for _ in range(1000)]]
    assert cells.block(rows, "values") == [["a", "b"], [1.0, 2.0]]


def test_a_scalar_and_a_flat_row_become_rows():
    assert cells.block(3.0, "x") == [[3.0]]
    assert cells.block([1.0, 2.0], "x") == [[1.0, 2.0]]


def test_the_error_of_another_formula_says_whose_it_is():
    with pytest.raises(FactorError, match="UPSTREAM: returns are an error: DUP_ASSET: prices list A twice"):
        cells.block([["#XLF! DUP_ASSET: prices list A twice: rename or delete one"]], "returns")
