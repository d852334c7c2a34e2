"""Cells of the report's workbook: a sheet with the facts on top, headings, tables, tiles, paragraphs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from xlfactor.tables.cells import Cell
from xlfactor.workbook.report.document import Document, Note, Table, Tiles, is_text, mark, number_of, role, words
from xlfactor.workbook.template.styles import BAD, FONT, GOOD, GREY, LINE, NAVY, NUMBER, PALE, SIZE, WARN
from xlfactor.workbook.text import put_text

HEAD_ROWS = 5  # title, facts, their values, a line, a gap: pages begin below
WORDS = {"OK": GOOD, "ok": GOOD, "WARN": WARN, "warn": WARN, "FAIL": BAD, "error": BAD}
FORMATS = NUMBER | {"p": "0.000", "decimal": "#,##0.000"}
MARKS = {"warn": WARN, "bad": BAD}
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
        cell.value, cell.number_format = value, FORMATS[number]


def new_sheet(book: Workbook, name: str, document: Document, widths: Sequence[float]) -> Any:
    """A sheet with the title and the facts on top, set up for A4 landscape; `widths` from column A on."""
    sheet = book.create_sheet(name)
    sheet.sheet_view.showGridLines = False
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    put(sheet.cell(1, 2), f"{document.title} · {name}")
    sheet.cell(1, 2).font = font(18, True, NAVY)
    sheet.row_dimensions[1].height = 28
    for column in range(2, len(widths) + 1):
        sheet.cell(3, column).border = Border(bottom=THICK)
    for (label, value), (first, to) in zip(document.facts, fact_columns(document, widths), strict=True):
        put(sheet.cell(2, first), label)
        sheet.cell(2, first).font = font(9, colour=GREY)
        put(sheet.cell(3, first), value)
        sheet.cell(3, first).font = font(bold=True)
        sheet.cell(3, first).alignment = Alignment(horizontal="left", shrink_to_fit=True)
        colour_word(sheet.cell(3, first))
        if to > first:
            sheet.merge_cells(start_row=3, end_row=3, start_column=first, end_column=to)
    sheet.freeze_panes = "A5"
    _print_setup(sheet, document)
    return sheet


def fact_columns(document: Document, widths: Sequence[float]) -> list[tuple[int, int]]:
    """The columns (first, last) of each fact: as wide as its text needs, as far as there are columns."""
    places: list[tuple[int, int]] = []
    column, facts = 2, document.facts
    for k, (label, value) in enumerate(facts):
        last_possible = max(column, len(widths) - (len(facts) - 1 - k))
        to = column
        while to < last_possible and sum(widths[column - 1 : to]) < max(len(label), len(value)) + 2:
            to += 1
        places.append((column, to))
        column = to + 1
    return places


def _print_setup(sheet: Any, document: Document) -> None:
    page = sheet.page_setup
    page.orientation, page.paperSize, page.fitToWidth, page.fitToHeight = "landscape", 9, 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = sheet.page_margins.top = 0.4
    sheet.oddFooter.left.text = "&F"
    sheet.oddFooter.center.text = f"as of {dict(document.facts)['As of']}"
    sheet.oddFooter.right.text = "&P of &N"
    sheet.print_title_rows = "1:3"


def colour_word(cell: Any) -> None:
    """OK, WARN, FAIL in their colours."""
    if cell.value in WORDS:
        background, letters = WORDS[cell.value]
        cell.fill, cell.font = fill(background), font(bold=True, colour=letters)


def put_heading(sheet: Any, row: int, column: int, width: int, text: str, note: str = "") -> int:
    """A heading and a line below it over `width` columns; gives the next free row."""
    if text:
        for k in range(column, column + width):
            sheet.cell(row, k).border = Border(bottom=THICK)
        put(sheet.cell(row, column), text)
        sheet.cell(row, column).font = font(12, True, NAVY)
        sheet.row_dimensions[row].height = 17
        row += 1
    if note:
        put(sheet.cell(row, column), note)
        sheet.cell(row, column).font = font(9, colour=GREY, italic=True)
        row += 1
    return row


def put_note(sheet: Any, row: int, column: int, last: int, note: Note) -> int:
    """A paragraph over the columns to `last`."""
    row = put_heading(sheet, row, column, last - column + 1, note.title)
    cell = sheet.cell(row, column)
    put(cell, note.text)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=row, end_row=row, start_column=column, end_column=last)
    sheet.row_dimensions[row].height = 14.0 * (1 + len(note.text) // 130)
    return row + 1


def put_table(sheet: Any, row: int, column: int, table: Table) -> int:
    """A table with its heading; the row `total` stands out. Gives the row after it."""
    row = put_heading(sheet, row, column, len(table.rows[0]), table.title, table.note)
    texts = [is_text(table, j) for j in range(len(table.rows[0]))]
    for i, cells in enumerate(table.rows):
        for j, value in enumerate(cells):
            cell = sheet.cell(row + i, column + j)
            put(cell, words(value) if (i == 0 or j == 0) and isinstance(value, str) else value, number_of(table, i, j))
            cell.border = Border(bottom=THIN)
            if i == 0:
                cell.font, cell.fill = font(bold=True, colour="FFFFFF"), fill(NAVY)
                cell.alignment = Alignment(horizontal="left" if texts[j] else "right", indent=int(texts[j] and j > 0))
            elif role(table, i) == "total":
                cell.font, cell.fill, cell.border = font(bold=True), fill(PALE), Border(top=Side("thin", f"FF{NAVY}"))
            elif role(table, i) == "subtotal":
                cell.font = font(italic=True)
            elif marked := mark(table, i, j):
                cell.fill, cell.font = fill(MARKS[marked][0]), font(bold=True, colour=MARKS[marked][1])
            elif isinstance(value, dt.datetime):
                cell.alignment = Alignment(horizontal="left")
            elif isinstance(value, str):
                colour_word(cell)
                cell.alignment = Alignment(horizontal="left", indent=1 if j else 0)
    return row + len(table.rows)


def put_tiles(sheet: Any, row: int, last: int, tiles: Tiles) -> int:
    """Figures to be seen from afar, over the columns 2 to `last` and three rows."""
    count = len(tiles.tiles)
    ends = [2 + round((last - 1) * k / count) for k in range(count + 1)]
    for k, height in enumerate((15.0, 28.0, 14.0)):
        sheet.row_dimensions[row + k].height = height
    for tile, first, after in zip(tiles.tiles, ends, ends[1:], strict=False):
        lines = ((tile.label, font(colour=GREY)), (tile.value, font(18, True, NAVY)), (tile.note, font(8, colour=GREY)))
        for k, (content, look) in enumerate(lines):
            for c in range(first, after):
                sheet.cell(row + k, c).fill = fill(PALE)
                sheet.cell(row + k, c).border = Border(top=THICK) if k == 0 else Border()
            cell = sheet.cell(row + k, first)
            put(cell, content, tile.number)
            cell.font = look
            cell.alignment = Alignment(horizontal="center", vertical="center", shrink_to_fit=k == 2)
            if after - 1 > first:
                sheet.merge_cells(start_row=row + k, end_row=row + k, start_column=first, end_column=after - 1)
    return row + 3
