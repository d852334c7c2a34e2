"""The report as a workbook of values and native charts."""

from __future__ import annotations

from typing import Any

from openpyxl.workbook import Workbook
from openpyxl.worksheet.pagebreak import Break

from xlfactor.workbook.report.document import (
    Chart,
    Document,
    Item,
    Note,
    Page,
    Table,
    Tiles,
    is_text,
    number_of,
    shown,
    words,
)
from xlfactor.workbook.report.xlsx_bytes import workbook_bytes
from xlfactor.workbook.report.xlsx_cells import HEAD_ROWS, new_sheet, put_heading, put_note, put_table, put_tiles
from xlfactor.workbook.report.xlsx_charts import native_chart, place

SERIES = "Series"
NARROW, LABEL, LONGEST = 11.0, 24.0, 62.0  # widths of columns
LEAST = 14  # columns of a page
CHART_ROWS = 18
WIDEST = 165.0  # the least width of a page: a narrower one would be printed larger than the others
ROWS_A_WIDTH = 0.26  # rows that fit on A4 landscape, for each character of width


def xlsx(document: Document) -> bytes:
    """One sheet a page, and the sheet Series with the rows behind the charts."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = [new_sheet(book, page.name, document, widths(page)) for page in document.pages]
    series = new_sheet(book, SERIES, document, [1.5, *[13.0] * LEAST])
    column = 2
    for page, sheet in zip(document.pages, sheets, strict=True):
        column = fill_page(sheet, page, series, column)
    series.print_area = "A1:O40"  # a look at it; all of it would be many pages
    book.properties.title, book.properties.creator = f"{document.title} · factor risk", "xlfactor"
    book.properties.created = document.day
    return workbook_bytes(book, document.day)


def split(page: Page) -> int:
    """The first column of what stands right in a band of two; the left side ends two columns before."""
    left = [len(band[0].rows[0]) for band in page.bands if len(band) > 1 and isinstance(band[0], Table)]
    return 2 + max([*left, 5]) + 1


def last_column(page: Page) -> int:
    ends = [LEAST]
    for band in page.bands:
        for k, item in enumerate(band):
            if isinstance(item, Table):
                ends.append((split(page) if k else 2) + len(item.rows[0]) - 1)
            elif isinstance(item, Chart) and k:
                ends.append(split(page) + 6)
    return max(ends)


def widths(page: Page) -> list[float]:
    """Widths from column A on: labels and words as wide as they need, numbers alike, a narrow gap between halves."""
    found = [1.5, LABEL, *[NARROW] * (last_column(page) - 2)]
    two = any(len(band) > 1 for band in page.bands)
    wide_tables = [b[0] for b in page.bands if len(b) == 1 and isinstance(b[0], Table)]
    if two and not any(len(table.rows[0]) > split(page) - 3 for table in wide_tables):
        found[split(page) - 2] = 3.0
    for band in page.bands:
        for k, item in enumerate(band):
            if isinstance(item, Table):
                for j in range(len(item.rows[0])):
                    at = (split(page) if k else 2) - 1 + j
                    found[at] = max(found[at], needed(item, j))
    while sum(found) < WIDEST:
        found.append(NARROW)
    return found


def needed(table: Table, column: int) -> float:
    texts = [words(table.rows[0][column])] if not is_text(table, column) else [str(r[column] or "") for r in table.rows]
    texts += [shown(table.rows[-1][column], number_of(table, len(table.rows) - 1, column))]
    return min(max(map(len, texts)) * 1.05 + 1.5, LONGEST)


def fill_page(sheet: Any, page: Page, series: Any, column: int) -> int:
    """Bands one below the other; a band that would be cut by the paper begins a new one."""
    row, used, end = HEAD_ROWS, HEAD_ROWS, len(widths(page))
    paper = int(sum(widths(page)) * ROWS_A_WIDTH)
    for band in page.bands:
        height = max(rows_of(item) for item in band)
        if row > HEAD_ROWS and used + height > paper:
            sheet.row_breaks.append(Break(row - 1))
            used = HEAD_ROWS
        after = row
        for k, item in enumerate(band):
            left = split(page) if k else 2
            right = end if k or len(band) == 1 else split(page) - 2
            if isinstance(item, Chart):
                after = max(after, row + put_chart(sheet, item, series, column, (row, left, right)))
                column += len(item.rows[0]) + 1
            else:
                after = max(after, put_item(sheet, item, row, left, right))
        row, used = after + 1, used + height + 1
    return column


def rows_of(item: Item) -> int:
    if isinstance(item, Table):
        return len(item.rows) + 2
    return chart_rows(item) if isinstance(item, Chart) else 4


def chart_rows(chart: Chart) -> int:
    return max(14, len(chart.rows) + 4) if chart.kind == "bars" else CHART_ROWS


def put_item(sheet: Any, item: Table | Tiles | Note, row: int, left: int, right: int) -> int:
    if isinstance(item, Table):
        return put_table(sheet, row, left, item)
    if isinstance(item, Tiles):
        return put_tiles(sheet, row, right, item)
    return put_note(sheet, row, left, right, item)


def put_chart(sheet: Any, chart: Chart, series: Any, column: int, at: tuple[int, int, int]) -> int:
    """A chart at (row, first column, last column) over its rows on Series; gives the rows it takes."""
    top = HEAD_ROWS + 1
    number = {str(label): chart.number for label in chart.rows[0]}
    put_heading(series, HEAD_ROWS, column, min(len(chart.rows[0]), 6), chart.title)
    put_table(series, top, column, Table("", "", chart.rows, default=chart.number, numbers=number))
    area = (top, column, top + len(chart.rows) - 1, column + len(chart.rows[0]) - 1)
    rows = chart_rows(chart)
    place(sheet, native_chart(series, chart, area), (at[0], at[1], at[0] + rows - 1, at[2]))
    return rows
