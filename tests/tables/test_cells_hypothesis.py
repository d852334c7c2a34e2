"""Any mixture of cells as a table: the same labels and numbers, or a refusal that names a cell inside the block."""

import datetime as dt
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from xlfactor.errors import FactorError, FactorWarning
from xlfactor.tables.parse import read

ASSETS = ["AAPL", "6758", "TRUE", "NA", "MAR1", "1E5", "=CMD()", "-Growth", "أرامكو", "Cafe\u0301", "\u200bX", " B "]
WILD = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(-(10**20), 10**20), st.text(max_size=8),
    st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2900, 1, 1)),
    st.sampled_from(
                    ["", "#N/A", "#REF!", "N/A", "NaN", "-", "1,5", "12 %", "(3)", "\u0661", "1_0", "inf", "1e400",
                     "#XLF! DUP_ASSET: x: y", "2024-01-31", "31/01/2024", "01/02/2024", "\ud800", "\x00", "x" * 40000,
                     1e400, -0.0, 1e308, 45292.0, 45292.5, 18263.0, 2958466.0]),
)  # fmt: skip
KINDS = ["returns", "loadings", "portfolio", "weights", "factor_covariance", "idio_variance", "groups", "values",
         "prices", "alpha", "market", "portfolio_history", "descriptor_weights", "shocks", "assets"]  # fmt: skip


def outcome(kind, rows, argument):
    """The table that cells are, or why they are none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FactorWarning)
        try:
            return read(kind, [list(row) for row in rows], argument)
        except FactorError as error:
            return error


@given(st.sampled_from(KINDS), st.lists(st.lists(WILD, min_size=1, max_size=6), min_size=1, max_size=6))
@settings(max_examples=600, deadline=None)
def test_any_cells_are_a_table_or_refused_at_a_cell_inside_the_block(kind, rows):
    found = outcome(kind, rows, "x")
    if isinstance(found, FactorError):
        assert found.code.isupper()
        assert found.message
        assert found.fix
        assert len(found.line) <= 200
        assert "\n" not in found.line
        assert all(0 <= r < len(rows) and 0 <= c < max(map(len, rows)) for r, c in found.cells)
    elif isinstance(found, pd.DataFrame):
        assert found.index.is_unique
        assert found.columns.is_unique
        assert not np.isinf(found.select_dtypes("number").to_numpy(dtype=float)).any()


@pytest.mark.parametrize("kind", ["returns", "loadings", "weights", "values", "idio_variance", "groups", "portfolio"])
def test_half_a_letter_in_a_label_becomes_the_sign_for_one_that_is_lost(kind):
    """Arrow holds no lone surrogate; a text cut in the middle of a letter beyond the first 65,536 has one."""
    rows = [["Date", "A\ud83d"], ["2026-01-05", 0.1]] if kind == "returns" else [["", "x\ud83d"], ["A\ud83d", 0.1]]
    if kind in ("loadings", "groups"):
        rows = [["", "x\ud83d"], ["A\ud83d", "I\ud83d"]]
    found = read(kind, rows, "x")
    given = {*found.columns, *found.index, *found.iloc[:, 0]}
    assert given & {"A\N{REPLACEMENT CHARACTER}"}
    assert all(text.encode() for text in given if isinstance(text, str))


def test_half_a_letter_in_a_refused_cell_leaves_a_line_that_can_be_printed():
    error = outcome("returns", [["Date", "A"], ["2026-01-05", "\ud83d"]], "returns")
    assert error.line.encode()
    assert error.code == "NUM_BAD"


NUMBER = st.floats(-10, 10).map(lambda x: x + 0.0) | st.none() | st.sampled_from(["#N/A", "NA", "-", "", 3, True])


def as_float(cell):
    return float("nan") if cell is None or isinstance(cell, str) else float(cell)


@given(st.data(), st.lists(st.sampled_from(ASSETS), min_size=1, max_size=5, unique=True), st.integers(1, 6))
@settings(max_examples=200, deadline=None)
def test_a_table_of_good_cells_keeps_its_labels_and_numbers_to_the_bit(data, assets, dates):
    body = [data.draw(st.lists(NUMBER, min_size=len(assets), max_size=len(assets))) for _ in range(dates)]
    rows = [["Date", *assets], *([45292.0 + t, *row] for t, row in enumerate(body))]
    found = read("returns", rows, "returns")
    assert list(found.index) == [pd.Timestamp(2024, 1, 1) + pd.Timedelta(days=t) for t in range(dates)]
    expected = {"Cafe\u0301": "Café", "\u200bX": "X", " B ": "B"}
    assert list(found.columns) == [expected.get(asset, asset) for asset in assets]
    np.testing.assert_array_equal(found.to_numpy(), [[as_float(cell) for cell in row] for row in body])


@given(st.integers(0, 3), st.integers(0, 2), WILD)
@settings(max_examples=300, deadline=None)
def test_one_bad_cell_among_good_ones_is_the_one_that_is_named(row, column, value):
    rows = [["Date", "A", "B", "C"], *([45292.0 + t, 0.1, 0.2, 0.3] for t in range(4))]
    rows[row + 1][column + 1] = value
    found = outcome("returns", rows, "returns")
    if isinstance(found, FactorError):
        assert found.cells == ((row + 1, column + 1),)
        return
    assume(not isinstance(value, str) and value is not None)
    cell = found.iloc[row, column]
    assert cell == float(value) or (math.isnan(cell) and math.isnan(float(value)))
