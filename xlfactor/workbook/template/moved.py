"""The block of Risk that says what moved since the run of the date before: plain values, written by refresh."""

from __future__ import annotations

from collections.abc import Sequence

from xlfactor.tables.cells import Cell
from xlfactor.workbook.moved import Report
from xlfactor.workbook.template.cells import Draft
from xlfactor.workbook.template.log import write_value
from xlfactor.workbook.writing.names import area_reference

TITLE, NOTE, TABLE, FACTORS = 0, 1, 4, 8  # rows of the block; the note takes two, for it is long
ROWS, COLUMNS = 14, 9
NUMBERS = {"previous": "contribution", "now": "contribution", "parts - change": "exact"}  # all else: changes


def write_moved(draft: Draft, report: Report, row: int, column: int) -> None:
    """ROWS × COLUMNS cells of Risk from (row, column from 1) on, and the names of their three parts."""
    sheet, style = draft.sheets["Risk"], draft.style
    top, left = row - 1, column - 1
    for j in range(COLUMNS):
        title = "What moved since the day before" if j == 0 else ""
        sheet.write_string(top + TITLE, left + j, title, style("section"))
    sheet.merge_range(top + NOTE, left, top + NOTE + 1, left + COLUMNS - 1, "", style("moved_note"))
    sheet.write_string(top + NOTE, left, report.note, style("moved_note"))
    _write_rows(draft, "xlf_moved", report.table, row + TABLE, column)
    _write_rows(draft, "xlf_moved_factors", report.factors, row + FACTORS, column)
    note = (row + NOTE, column, row + NOTE, column)
    draft.book.define_name("xlf_moved_note", f"={area_reference('Risk', note)}")


def _write_rows(draft: Draft, name: str, rows: Sequence[Sequence[Cell]], row: int, column: int) -> None:
    """A table of fixed size at (row, column from 1), with its name."""
    sheet, style = draft.sheets["Risk"], draft.style
    for i, cells in enumerate(rows):
        for j, value in enumerate(cells):
            number = NUMBERS.get(str(rows[0][j]), "return")
            role = ("head" if j == 0 else "head_right") if i == 0 else "row_text" if j == 0 else "row"
            place, look = (row - 1 + i, column - 1 + j), style(role, "text" if i == 0 or j == 0 else number)
            if j == COLUMNS - 2:  # its long heading takes what is free beside it
                sheet.merge_range(*place, place[0], place[1] + 1, "", look)
            write_value(sheet, *place, value, look)
    area = (row, column, row + len(rows) - 1, column + len(rows[0]) - 1)
    draft.book.define_name(name, f"={area_reference('Risk', area)}")
