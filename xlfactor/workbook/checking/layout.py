"""How a table lies on its sheet: titles above it, turned on its side, cells beside it, hidden or merged ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from xlfactor.errors import FactorError, clipped, subject
from xlfactor.tables import cells
from xlfactor.workbook.addresses import area_text, cell_text, column_letters, meet
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, grid_of, sheet_of
from xlfactor.workbook.reading.package import read_part
from xlfactor.workbook.results import Area, Cell, Note

DATED = frozenset({"returns", "prices", "idio_returns", "realised", "factor_returns", "factors", "vendor"})
HIDES = re.compile(rb"""\shidden\s*=\s*["'](?:1|true)["']""")
ROWS = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
COLUMNS = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
NUMBER = re.compile(rb"""\s(r|min|max)\s*=\s*["']([0-9]{1,7})["']""")
TITLE_ROWS = 10  # a header is looked for so far below the top
Rows = list[list[Cell]]


def explained(error: FactorError, kind: str, argument: str, rows: Rows) -> FactorError:
    """The same refusal in other words where the table as a whole lies wrong and no single cell is to blame."""
    if error.code not in ("NAME_BLANK", "DATE_BAD", "NO_ROWS", "COLUMN_UNKNOWN", "NUM_BAD", "DATE_SERIAL"):
        return error
    if turned(kind, rows):
        message = f"{subject(argument, 'has')} dates across and labels down"
        fix = "turn the table: copy, Paste Special, Transpose"
        if kind not in DATED:
            message = f"{subject(argument, 'has')} {len(rows[0]) - 1} columns and {len(rows) - 1} row: assets go down"
        return FactorError("TRANSPOSED", message, fix, argument=argument, cells=[(0, 0)])
    top = header_row(rows)
    if top:
        title = next((value for row in rows[:top] for value in row if not cells.is_empty(value)), "")
        message = f"'{clipped(title)}' stands above the header of {argument}"
        return FactorError(
            "HEADER_OFFSET", message, f"begin the range at row {top + 1} of it, or delete the rows above",
            argument=argument, cells=[(0, 0)],
        )  # fmt: skip
    return error


def turned(kind: str, rows: Rows) -> bool:
    """Dates across and none down; or a portfolio of one or two rows and many columns."""
    across = [cells.date(v) for v in rows[0][1:] if not cells.is_empty(v)]
    if kind in DATED:
        down = [cells.date(row[0]) for row in rows[1:] if not cells.is_empty(row[0])]
        return len(across) > 1 and all(across) and not any(down)
    return kind == "portfolio" and len(rows) <= 3 < len(rows[0])


def header_row(rows: Rows) -> int:
    """The row that looks like the header under titles: the first as wide as the table; 0 if that is the top one."""
    filled = [sum(not cells.is_empty(v) for v in row) for row in rows[: TITLE_ROWS + 1]]
    widest = max(filled)
    top = next(i for i, n in enumerate(filled) if n >= max(widest - 1, 2)) if widest > 2 else 0
    return top if all(n <= max(2, widest // 4) for n in filled[:top]) else 0


def layout_notes(argument: str, place: Rectangle, ws: Workspace) -> Iterator[Note]:
    """Merged areas, hidden rows and columns inside a table, and cells next to it that nobody reads."""
    sheet = sheet_of(ws, place.sheet)
    for area in sheet.merged:
        if meet(area, place.area):
            text = f"{area_text(area)} is merged: only its first cell holds a value"
            yield Note("MERGED_CELLS", "warn", place.sheet, area[:2], text, "unmerge it and fill every cell")
            break
    hidden = list(hidden_parts(ws, filled(place, ws)))
    if hidden:
        text = f"{argument} are read with hidden {', '.join(hidden[:3])}" + (" and more" if len(hidden) > 3 else "")
        yield Note("HIDDEN_DATA", "warn", place.sheet, None, text, "show them, or delete what should not count")
    yield from stray(argument, place, ws)


def filled(place: Rectangle, ws: Workspace) -> Rectangle:
    """The part of a reference that the sheet fills: a whole column ends with its last value."""
    grid = grid_of(ws, place.sheet)
    r1, c1, r2, c2 = place.area
    return replace(place, area=(r1, c1, min(r2, max(len(grid), r1)), min(c2, max(map(len, grid), default=c1))))


def hidden_parts(ws: Workspace, place: Rectangle) -> Iterator[str]:
    part = next(part for part in ws.book.sheets if part.name == place.sheet)
    if part.hidden:
        yield f"sheet {part.name}"
    data = read_part(ws.book, part.part)
    if not HIDES.search(data):
        return
    r1, c1, r2, c2 = place.area
    for match in COLUMNS.finditer(data):
        numbers = {key: int(value) for key, value in NUMBER.findall(match[0])}
        first, last = max(numbers.get(b"min", 0), c1), min(numbers.get(b"max", 0), c2)
        if HIDES.search(match[0]) and first <= last:
            yield f"column {column_letters(first)}" + (f" to {column_letters(last)}" if last > first else "")
    for match in ROWS.finditer(data):
        numbers = {key: int(value) for key, value in NUMBER.findall(match[0])}
        if HIDES.search(match[0]) and r1 <= numbers.get(b"r", 0) <= r2:
            yield f"row {numbers[b'r']}"


def stray(argument: str, place: Rectangle, ws: Workspace) -> Iterator[Note]:
    """A row right under a range, or a column right beside it, in line with its labels: a range that did not grow.

    Not where a Table holds the cells: its other columns are left out on purpose, and it grows by itself.
    """
    grid = grid_of(ws, place.sheet)
    r1, c1, r2, c2 = place.area

    def at(row: int, column: int) -> Cell:
        return grid[row - 1][column - 1] if row <= len(grid) and column <= len(grid[row - 1]) else None

    below: Area = (r2 + 1, c1, r2 + 1, c2)
    beside: Area = (r1, c2 + 1, r2, c2 + 1)
    for area, what in ((below, "row"), (beside, "column")):
        first = area[:2]
        values = [at(r, c) for r in range(area[0], area[2] + 1) for c in range(area[1], area[3] + 1)]
        kept = any(t.sheet == place.sheet and meet(t.area, area) for t in ws.book.tables.values())
        if not kept and not cells.is_empty(values[0]) and sum(not cells.is_empty(v) for v in values) > 1:
            text = f"the {what} at {cell_text(first)} is outside the range that is read as {argument}"
            yield Note("STRAY_CELLS", "warn", place.sheet, first, text, "make the range larger, or a Table (Ctrl+T)")
