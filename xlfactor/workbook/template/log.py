"""The sheet Log of the template: the table of runs, and to its right the states of the last two dates."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xlfactor.tables.cells import EPOCH, Cell
from xlfactor.workbook.state import State
from xlfactor.workbook.state_cells import PIECES, piece_rows
from xlfactor.workbook.template.cells import Draft, write_cell
from xlfactor.workbook.template.record import Record
from xlfactor.workbook.writing.names import area_reference

LOG = {  # label: number format; a run's row takes the style of the row above
    "run": "count", "utc_time": "time", "version": "text", "input_hash": "text", "as_of": "date", "assets": "count",
    "factors": "count", "dates": "count", "seconds": "z", "status": "text", "annual_volatility": "contribution",
    "active_volatility": "contribution",
}  # fmt: skip
WIDTHS = {"utc_time": 17, "input_hash": 34, "annual_volatility": 17, "active_volatility": 17}
WIDE = {
    "as_of": 1,
    "portfolio": 3,
    "loadings": 9,
    "idio_variance": 2,
    "factor_covariance": 16,
}  # columns, of the sample
SPARE = {"loadings": 10, "factor_covariance": 10}  # columns kept after the tables that may get more of them
NUMBERS = {"as_of": "date", "portfolio": "weight", "loadings": "loading"}  # all else: variances
STATES_ROW, STATES_COLUMN = 2, len(LOG) + 3  # names stand in the row above, which is frozen


def write_log(draft: Draft, record: Record) -> None:
    sheet, style = draft.sheets["Log"], draft.style
    for column, (label, number) in enumerate(LOG.items()):
        sheet.set_column(column, column, WIDTHS.get(label, 11), style("calc", number))
    columns = [{"header": label, "header_format": style("head")} for label in LOG]
    last = max(len(record.runs), 1)
    sheet.add_table(0, 0, last, len(LOG) - 1, {"name": "tblLog", "style": None, "columns": columns})
    for i in range(last):
        run = record.runs[i] if record.runs else {}
        for column, (label, number) in enumerate(LOG.items()):
            write_value(sheet, i + 1, column, run.get(label), style("calc", number))
    left = STATES_COLUMN
    for which, state in (("last", record.last), ("previous", record.previous)):
        for piece in PIECES:
            _write_piece(draft, which, piece, state, left)
            left += WIDE[piece] + 1 + SPARE.get(piece, 0)
    sheet.freeze_panes(1, 0)


def _write_piece(draft: Draft, which: str, piece: str, state: State | None, left: int) -> None:
    """A block of a state under its name; `left` from 1."""
    sheet, name = draft.sheets["Log"], f"xlf_{which}_{piece}"
    rows = piece_rows(state, piece)
    sheet.write_string(STATES_ROW - 2, left - 1, name, draft.style("section"))
    for k in range(1, WIDE[piece]):
        sheet.write_blank(STATES_ROW - 2, left - 1 + k, None, draft.style("section"))
    sheet.set_column(left - 1, left + WIDE[piece] + SPARE.get(piece, 0) - 2, 11, draft.style("calc"))
    number = NUMBERS.get(piece, "variance")
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            head = piece != "as_of" and i == 0
            role = ("head" if j == 0 else "head_right") if head else "label" if isinstance(value, str) else "calc"
            write_value(sheet, STATES_ROW - 1 + i, left - 1 + j, value, draft.style(role, "text" if head else number))
    area = (STATES_ROW, left, STATES_ROW + len(rows) - 1, left + len(rows[0]) - 1)
    draft.book.define_name(name, f"={area_reference('Log', area)}")


def write_value(sheet: Any, row: int, column: int, value: Cell, style: Any) -> None:
    """A constant as refresh writes it: a missing one is a blank cell; row and column from 0."""
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, float) and value.is_integer():
        sheet.write_number(row, column, int(value), style)
    elif isinstance(value, dt.datetime):
        sheet.write_number(row, column, (value - EPOCH).total_seconds() / 86400, style)
    else:
        write_cell(sheet, row, column, value, style)
