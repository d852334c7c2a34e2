"""The workbook that is open in Excel, through xlwings: rows into its tables, and what its formulas then show.

Written against xlwings' API and tested with a stand-in for Excel: not verified in Excel. Nothing is saved: that is
left to who has the book open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlwings as xw

from xlfactor.errors import FactorError, did_you_mean
from xlfactor.functions import catalogue
from xlfactor.functions.names import catalogue_name
from xlfactor.tables.cells import OUR_ERROR, Cell, Rows

OUTERMOST = re.compile(r"=@?([^(\"]+)\(")
NATIVE = re.compile(r"#[A-Z][A-Z_/0-9]*[!?]$")
Area = tuple[int, int, int, int]


@dataclass(frozen=True)
class LiveTable:
    """A table as Excel has it now; `area` is that of the whole table, `rows` are its body."""

    table: Any
    name: str
    sheet: str
    area: Area
    labels: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True)
class LiveFormula:
    """A catalogue formula of the open book after its calculation; `error` is the line that its cell shows."""

    sheet: str
    cell: tuple[int, int]
    function: str
    rows: int
    columns: int
    error: str


def open_workbook(path: Path) -> Any:
    """The xlwings book of a file that is open in Excel. FactorError EXCEL_MISSING, BOOK_NOT_OPEN."""
    try:
        books = [book for app in xw.apps for book in app.books]
    except xw.XlwingsError as error:
        raise FactorError(
            "EXCEL_MISSING", "no Excel can be reached from here", "--live needs Windows or macOS with Excel open"
        ) from error
    wanted = path.resolve()
    for book in books:
        name = str(book.fullname)
        in_cloud = "://" in name and name.rpartition("/")[2].casefold() == wanted.name.casefold()
        if in_cloud or str(Path(name).resolve()).casefold() == str(wanted).casefold():
            return book
    raise FactorError(
        "BOOK_NOT_OPEN", "Excel has no such workbook open", "open it, or leave --live out", where=path.name
    )


def live_table(book: Any, name: str) -> LiveTable:
    """A table of the open book. FactorError TABLE_MISSING; TABLE_BLOCKED for a totals row or a formula inside."""
    tables = {table.name.casefold(): table for sheet in book.sheets for table in sheet.tables}
    table = tables.get(name.casefold())
    if table is None:
        names = [table.name for table in tables.values()]
        raise FactorError(
            "TABLE_MISSING", f"the open workbook has no table {name}", did_you_mean(name, names) or "make it"
        )
    whole = table.range
    top, left, (height, width) = whole.row, whole.column, whole.shape
    if table.totals_row_range is not None:
        raise FactorError("TABLE_BLOCKED", f"{name} has a totals row", "switch the totals row off")
    if any(str(text).startswith("=") for row in grid(whole.formula2) for text in row):
        raise FactorError("TABLE_BLOCKED", f"a formula is inside {name}", "keep calculated columns beside the table")
    labels, *rows = whole.options(ndim=2, err_to_str=True).value
    if all(value in (None, "") for row in rows for value in row):
        rows = []
    area = (top, left, top + height - 1, left + width - 1)
    return LiveTable(table, table.name, whole.sheet.name, area, tuple(str(label) for label in labels), rows)


def refuse_no_room(live: LiveTable, rows: Sequence[Sequence[Cell]]) -> None:
    """TABLE_BLOCKED where something stands under the table: Excel would take it in and lose it."""
    top, left, bottom, right = live.area
    last = top + max(len(rows), 1)
    if last > bottom and any(
        text not in (None, "")
        for row in grid(live.table.range.sheet.range((bottom + 1, left), (last, right)).formula2)
        for text in row
    ):
        raise FactorError(
            "TABLE_BLOCKED", f"{live.name} has to grow by {last - bottom} rows, but its way down is not free",
            "move what is under it",
        )  # fmt: skip


def put_rows(live: LiveTable, rows: Sequence[Sequence[Cell]], first: int) -> None:
    """The table with this body; rows before `first` are as they were. Text stays text, whatever it begins with."""
    sheet = live.table.range.sheet
    top, left, bottom, right = live.area
    last = top + max(len(rows), 1)
    if last != bottom:
        live.table.resize(sheet.range((top, left), (last, right)))
    if last < bottom:
        sheet.range((last + 1, left), (bottom, right)).clear_contents()
    if first < len(rows):
        values = [[f"'{value}" if isinstance(value, str) else value for value in row] for row in rows[first:]]
        sheet.range((top + 1 + first, left), (top + len(rows), right)).value = values


@contextmanager
def calculating_at_the_end(book: Any) -> Iterator[None]:
    """Excel waits with its calculation until all is written, then calculates once."""
    mode = book.app.calculation
    book.app.calculation = "manual"
    try:
        yield
    finally:
        book.app.calculation = mode
    book.app.calculate()


def live_formulas(book: Any) -> list[LiveFormula]:
    """The catalogue formulas of the open book with the sizes and error lines that they show."""
    names, found = catalogue(), []
    for sheet in book.sheets:
        used = sheet.used_range
        texts, values = grid(used.formula2), used.options(ndim=2, err_to_str=True).value
        for i, row in enumerate(texts):
            for j, text in enumerate(row):
                match = OUTERMOST.match(str(text))
                name = catalogue_name(match[1].strip(), names) if match else None
                # a spill's cells repeat the formula of its first
                if name and text not in (i and texts[i - 1][j], j and row[j - 1]):
                    rows = next((k for k in range(i, len(texts)) if texts[k][j] != text), len(texts)) - i
                    columns = next((k for k in range(j, len(row)) if row[k] != text), len(row)) - j
                    cell = (used.row + i, used.column + j)
                    found.append(LiveFormula(sheet.name, cell, name, rows, columns, error_line(values[i][j])))
    return found


def error_line(value: object) -> str:
    """What a cell says went wrong: our own line, or Excel's word for it."""
    text = value if isinstance(value, str) else ""
    if text == "#NAME?":
        return "ADDIN_MISSING: Excel does not know the function: install the add-in (xlfactor addin install)"
    return text.removeprefix(OUR_ERROR) if text.startswith(OUR_ERROR) or NATIVE.match(text) else ""


def grid(value: Any) -> list[list[Any]]:
    """xlwings gives one cell bare, and one row or column flat or as a tuple of tuples."""
    if not isinstance(value, list | tuple):
        return [[value]]
    return [list(row) if isinstance(row, list | tuple) else [row] for row in value]
