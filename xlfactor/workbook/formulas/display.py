"""Results as their cells will show them, and whether the file shows them already."""

from __future__ import annotations

import datetime

from xlfactor.workbook.formulas.scan import Entry
from xlfactor.workbook.formulas.workspace import Workspace, sheet_of, write
from xlfactor.workbook.reading.sheet import Grid, serial
from xlfactor.workbook.results import Area, Cell

Rows = list[list[Cell]]


def put(entry: Entry, rows: Rows, ws: Workspace) -> bool:
    """Write rows as they will show; True if the file already shows exactly these."""
    sheet, cell = entry.key
    shown = [[as_shown(value, ws.book.dates_1904) for value in row] for row in rows]
    write(ws.grids[sheet], cell, shown)
    area: Area = (*cell, cell[0] + len(rows) - 1, cell[1] + len(rows[0]) - 1)
    if area != entry.formula.area or not entry.formula.cached:
        return False
    return same(shown, sheet_of(ws, sheet).values, area)


def as_shown(value: Cell, dates_1904: bool) -> Cell:
    """A missing number shows as #N/A; a date is its serial number, as it will be read from the file."""
    if value is None:
        return "#N/A"
    if isinstance(value, datetime.datetime) and not dates_1904:
        return serial(value)
    return value


def same(rows: Rows, grid: Grid, area: Area) -> bool:
    r1, c1, r2, c2 = area
    old = [row[c1 - 1 : c2] for row in grid[r1 - 1 : r2]]
    return old == rows and all(
        isinstance(a, bool) is isinstance(b, bool)
        for new, was in zip(rows, old, strict=True)
        for a, b in zip(new, was, strict=True)
    )
