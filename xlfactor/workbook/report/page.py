"""A page of the report: its head with what every page must say, tables with formats by label, tiles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from xlfactor.tables.cells import Cell, Rows
from xlfactor.workbook.report.data import Findings
from xlfactor.workbook.template.styles import BAD, FONT, GOOD, GREY, LINE, NAVY, NUMBER, PALE, SIZE, WARN
from xlfactor.workbook.text import put_text

COLUMNS = 14
HEAD_ROWS = 5  # title, facts, their values, a line, a gap: pages begin below
WORDS = {"OK": GOOD, "WARN": WARN, "FAIL": BAD}
THIN, THICK = Side("thin", f"FF{LINE}"), Side("medium", f"FF{NAVY}")


def font(size: float = SIZE, bold: bool = False, colour: str = "000000", italic: bool = False) -> Font:
    return Font(name=FONT, size=size, bold=bold, italic=italic, color=f"FF{colour}")


def fill(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=f"FF{colour}")


def put(cell: Any, value: Cell, number: str = "text") -> None:
    """One value; every text goes through put_text, a missing number leaves the cell blank."""
    cell.font = font()
    if isinstance(value, str):
        put_text(cell, value)
    elif isinstance(value, dt.datetime):
        cell.value, cell.number_format = value, NUMBER["date"]
    elif value is not None and value == value:
        cell.value, cell.number_format = value, NUMBER[number]


def new_page(book: Workbook, name: str, found: Findings, widths: Sequence[float]) -> Any:
    """A sheet with title, as of, coverage, status, version and input hash on top, set up for A4 landscape."""
    sheet = book.create_sheet(name)
    sheet.sheet_view.showGridLines = False
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    put(sheet.cell(1, 2), f"{found.title} · {name}")
    sheet.cell(1, 2).font = font(18, True, NAVY)
    sheet.row_dimensions[1].height = 28
    facts: tuple[tuple[str, Cell], ...] = (
        ("As of", found.as_of), ("Status", found.status), ("Coverage", found.coverage),
        ("Benchmark", found.benchmark), ("xlfactor", found.version), ("Input hash", found.input_hash),
    )  # fmt: skip
    for column, (label, value) in zip((2, 3, 5, 8, 10, 11), facts, strict=True):
        put(sheet.cell(2, column), label)
        sheet.cell(2, column).font = font(9, colour=GREY)
        put(sheet.cell(3, column), value)
        sheet.cell(3, column).font = font(bold=True)
        sheet.cell(3, column).alignment = Alignment(horizontal="left")
    for column in range(2, len(widths) + 1):
        sheet.cell(3, column).border = Border(bottom=THICK)
    colour_word(sheet.cell(3, 3))
    sheet.freeze_panes = "A5"
    page = sheet.page_setup
    page.orientation, page.paperSize, page.fitToWidth, page.fitToHeight = "landscape", 9, 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = sheet.page_margins.top = 0.4
    sheet.oddFooter.left.text = "&F"
    sheet.oddFooter.center.text = f"as of {found.as_of:%Y-%m-%d}"
    sheet.oddFooter.right.text = "&P of &N"
    sheet.print_title_rows = "1:3"
    return sheet


def colour_word(cell: Any) -> None:
    """OK, WARN, FAIL in their colours."""
    if cell.value in WORDS:
        background, letters = WORDS[cell.value]
        cell.fill, cell.font = fill(background), font(bold=True, colour=letters)


def heading(sheet: Any, row: int, column: int, width: int, text: str, note: str = "") -> None:
    for k in range(column, column + width):
        sheet.cell(row, k).border = Border(bottom=THICK)
    put(sheet.cell(row, column), text)
    sheet.cell(row, column).font = font(12, True, NAVY)
    sheet.row_dimensions[row].height = 17
    if note:
        put(sheet.cell(row + 1, column), note)
        sheet.cell(row + 1, column).font = font(9, colour=GREY, italic=True)


def table(
    sheet: Any, row: int, column: int, rows: Rows, formats: Mapping[str, str], by_row: Mapping[str, str] | None = None
) -> int:
    """A labelled table; the row `total` stands out. Gives the row after it."""
    for i, cells in enumerate(rows):
        for j, value in enumerate(cells):
            cell = sheet.cell(row + i, column + j)
            number = (by_row or {}).get(str(cells[0])) or formats.get(str(rows[0][j]), "loading")
            put(cell, value, number)
            cell.border = Border(bottom=THIN)
            if i == 0:
                cell.font, cell.fill = font(bold=True, colour="FFFFFF"), fill(NAVY)
                cell.alignment = Alignment(horizontal="left" if _is_text(rows, j) else "right", shrink_to_fit=True)
            elif str(cells[0]) == "total":
                cell.font, cell.fill, cell.border = font(bold=True), fill(PALE), Border(top=Side("thin", f"FF{NAVY}"))
            elif isinstance(value, dt.datetime):
                cell.alignment = Alignment(horizontal="left")
    return row + len(rows)


def _is_text(rows: Rows, j: int) -> bool:
    return j == 0 or isinstance(rows[1][j], str)


def tile(sheet: Any, row: int, column: int, width: int, label: str, value: Cell, number: str, note: str) -> None:
    """A figure to be seen from afar, over `width` columns and three rows."""
    for k, (content, look, height) in enumerate((
        (label, font(colour=GREY), 15.0), (value, font(18, True, NAVY), 28.0), (note, font(8, colour=GREY), 14.0),
    )):  # fmt: skip
        sheet.row_dimensions[row + k].height = height
        for c in range(column, column + width):
            sheet.cell(row + k, c).fill = fill(PALE)
            sheet.cell(row + k, c).border = Border(top=THICK) if k == 0 else Border()
        if width > 1:
            sheet.merge_cells(start_row=row + k, end_row=row + k, start_column=column, end_column=column + width - 1)
        cell = sheet.cell(row + k, column)
        put(cell, content, number)
        cell.font, cell.alignment = look, Alignment(horizontal="center", vertical="center")
        if cell.value in WORDS:
            cell.fill, cell.font = fill(WORDS[cell.value][0]), font(18, True, WORDS[cell.value][1])
