"""Values and formulas into XlsxWriter sheets: exact numbers, missing ones, spills, merged tiles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xlfactor.tables.cells import EPOCH, Cell, Rows
from xlfactor.workbook.addresses import column_letters
from xlfactor.workbook.template.schema import Block, Plain
from xlfactor.workbook.template.styles import Style
from xlfactor.workbook.text import write_text

Place = tuple[str, int, int]  # sheet, row, column from 1
Values = Mapping[Place, Rows]  # what each formula gives: a spill, or one cell

MADE = (2026, 1, 30, 0, 0, 0)  # the time of every member: the same build, the same bytes
_MISSING = 9.99e307  # stands for #N/A: XlsxWriter writes no error cell without a formula
_EMPTY = "\ue000"  # stands for the text "" that a formula gives: XlsxWriter writes it as a formula without a value
_STAND_INS = ((b"><v>9.99e+307</v>", b' t="e"><v>#N/A</v>'), (f"<v>{_EMPTY}</v>".encode(), b"<v></v>"))


class Exact(float):
    """A number that XlsxWriter writes in its shortest exact form; its own %.16G drops the last bit."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


NOTHING_YET = "#XLF! NO_ROWS: paste returns, loadings and portfolio, then refresh"


@dataclass(frozen=True)
class Draft:
    """The workbook in the making, what its formulas give, and its formats.

    `shapes`: an empty template's spills as the sample has them, for formats and charts without the numbers.
    """

    book: Any
    sheets: dict[str, Any]
    style: Style
    values: Values
    family: frozenset[str] = frozenset()  # values of the text columns of the loadings
    shapes: Values | None = None
    log_rows: int = 1  # of tblLog, for the chart of volatility


def write_cell(sheet: Any, row: int, column: int, value: Cell, style: Any) -> None:
    """One value at (row, column from 0); a missing number is #N/A."""
    if isinstance(value, str):
        write_text(sheet, row, column, value, style)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, dt.datetime):
        sheet.write_number(row, column, (value - EPOCH).days, style)
    else:
        sheet.write_number(row, column, Exact(_MISSING if value is None else value), style)


def write_plain(draft: Draft, cell: Plain) -> None:
    """A plain formula with its cached value; without one a spreadsheet calculates it at load."""
    sheet, style = draft.sheets[cell.sheet], draft.style(cell.role, cell.number)
    place = cell.sheet, cell.row, cell.column
    value: Cell = draft.values[place][0][0] if place in draft.values else ""
    if isinstance(value, dt.datetime):
        value = (value - EPOCH).days
    elif place in draft.values and value in (None, ""):
        value = _EMPTY if value == "" else "#N/A"
    row, column = cell.row - 1, cell.column - 1
    if cell.to > cell.column:
        sheet.merge_range(row, column, row, cell.to - 1, "", style)
    sheet.write_formula(row, column, cell.formula, style, value)
    if cell.name:
        draft.book.define_name(cell.name, f"={cell.sheet}!{absolute(cell.row, cell.column)}")


def write_block(draft: Draft, block: Block) -> Rows:
    """A live formula, the cells of its spill with formats by label, and the name of the spill."""
    sheet, rows = draft.sheets[block.sheet], spilled(draft, block)
    top, left = block.row - 1, block.column - 1
    bottom, right = top + len(rows) - 1, left + len(rows[0]) - 1
    table = len(rows) > 1
    anchor_style = draft.style("head" if table else "fact")
    blank = draft.shapes is not None
    shown = NOTHING_YET if blank and table else rows[0][0]
    sheet.write_dynamic_array_formula(top, left, bottom, right, block.formula, anchor_style, shown)
    for i, cells in enumerate(rows):
        for j, value in enumerate(cells):
            if i == 0 and j == 0:
                continue
            style = draft.style(*look(block, rows, i, j))
            if blank:
                sheet.write_blank(top + i, left + j, None, style)
            else:
                write_cell(sheet, top + i, left + j, value, style)
    if table and block.spare_rows < 100:  # formats wait for the rows that may come
        for j in range(len(rows[0])):
            style = draft.style(*look(block, rows, 1, j))
            for i in range(len(rows), len(rows) + block.spare_rows):
                sheet.write_blank(top + i, left + j, None, style)
    draft.book.define_name(block.name, f"=_xlfn.ANCHORARRAY({block.sheet}!{absolute(block.row, block.column)})")
    return rows


def spilled(draft: Draft, block: Block) -> Rows:
    """What a block gives; in an empty template what it gives for the sample."""
    values = draft.values if draft.shapes is None else draft.shapes
    return list(values.get((block.sheet, block.row, block.column), [[""]]))


def look(block: Block, rows: Rows, i: int, j: int) -> tuple[str, str]:
    """Role and number format of cell (i, j) of a spill, by its labels."""
    if i == 0:
        return ("head_right" if isinstance(rows[-1][j], float | int | None) else "head"), "text"
    if j == 0 or isinstance(rows[i][j], str):
        return "label", "date" if isinstance(rows[i][j], dt.datetime) else "text"
    by_row = block.row_formats.get(str(rows[i][0]))
    return "calc", by_row or block.formats.get(str(rows[0][j]), block.default)


def absolute(row: int, column: int) -> str:
    return f"${column_letters(column)}${row}"


def true_values(member: str, data: bytes) -> bytes:
    """A sheet's XML with what the stand-ins mean."""
    if member.startswith("xl/worksheets/sheet"):
        for stand_in, meant in _STAND_INS:
            data = data.replace(stand_in, meant)
    return data
