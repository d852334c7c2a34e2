"""The state of one evaluation: sheets read so far, the values of this round, what each spill covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from xlfactor.errors import FactorError, did_you_mean
from xlfactor.workbook.addresses import LAST_COLUMN, LAST_ROW, area_text, meet
from xlfactor.workbook.reading.numeric_rows import MAX_CELLS
from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.reading.sheet import Grid, Position, Sheet, outside, read_sheet
from xlfactor.workbook.results import Area, Cell

Key = tuple[str, Position]  # a sheet's name as the book writes it, and a cell


class Argument(Protocol):
    """What an evaluation needs of a catalogue function's argument."""

    @property
    def name(self) -> str: ...


class Function(Protocol):
    """What an evaluation needs of a catalogue function."""

    @property
    def name(self) -> str: ...

    @property
    def arguments(self) -> Sequence[Argument]: ...

    def spill(self, values: Any) -> list[list[Cell]]: ...


Catalogue = Mapping[str, Function]


@dataclass(frozen=True)
class Rectangle:
    """An area of a sheet; whole columns and rows run to the sheet's edge."""

    sheet: str
    area: Area


@dataclass(frozen=True)
class Block:
    """Rows of cells, and where they come from if they are a reference."""

    rows: Sequence[Sequence[Cell]]
    source: Rectangle | None = None


Value = Cell | Block


@dataclass(frozen=True)
class Workspace:
    """`sheets` as the file has them, `grids` as this round sees them, `spills` of array anchors.

    `blocks` are areas of sheets that no round changes, cut out once; nobody may write into them. `unread` are the
    unpacked bytes of sheets in which no formula was found, until something reads them.
    """

    book: Book
    catalogue: Catalogue
    sheets: dict[str, Sheet] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)
    spills: dict[Key, Area] = field(default_factory=dict)
    blocks: dict[Rectangle, list[list[Cell]]] = field(default_factory=dict)
    unread: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """The worksheet names of the catalogue."""
        return frozenset(self.catalogue)


def sheet_named(ws: Workspace, name: str) -> str:
    """A sheet's name as the book writes it; FactorError UNSUPPORTED if there is none."""
    for part in ws.book.sheets:
        if part.name.casefold() == name.casefold():
            return part.name
    near = did_you_mean(name, [part.name for part in ws.book.sheets])
    raise FactorError("UNSUPPORTED", f"there is no worksheet '{name}'", near or "check the sheet's name")


def sheet_of(ws: Workspace, name: str) -> Sheet:
    """A sheet's content, read when it is first wanted."""
    if name not in ws.sheets:
        part = next(part for part in ws.book.sheets if part.name == name)
        ws.sheets[name] = read_sheet(ws.book, part, ws.unread.pop(name, None))
    return ws.sheets[name]


def grid_of(ws: Workspace, name: str) -> Grid:
    """The values of a sheet in this round."""
    return ws.grids[name] if name in ws.grids else sheet_of(ws, name).values


def block(ws: Workspace, rectangle: Rectangle) -> list[list[Cell]]:
    """The cells of an area, blanks as None; whole columns and rows end with the last cell that is not blank.

    FactorError for a cell whose content cannot be a value, and for a sheet outside the limits.
    """
    if rectangle.sheet in ws.grids:
        return cut_out(ws, rectangle)
    if rectangle not in ws.blocks:
        ws.blocks[rectangle] = cut_out(ws, rectangle)
    return ws.blocks[rectangle]


def cut_out(ws: Workspace, rectangle: Rectangle) -> list[list[Cell]]:
    sheet = sheet_of(ws, rectangle.sheet)
    if sheet.beyond is not None:
        raise outside(sheet)
    for cell, fault in sheet.faults.items():
        if meet((*cell, *cell), rectangle.area):
            raise fault
    r1, c1, r2, c2 = trimmed(grid_of(ws, rectangle.sheet), rectangle.area)
    width = c2 - c1 + 1
    if (r2 - r1 + 1) * width > MAX_CELLS:
        raise FactorError(
            "SHEET_TOO_LARGE", f"{area_text((r1, c1, r2, c2))} has {(r2 - r1 + 1) * width:,} cells",
            "refer to the cells that are filled", where=rectangle.sheet,
        )  # fmt: skip
    rows = [row[c1 - 1 : c2] for row in grid_of(ws, rectangle.sheet)[r1 - 1 : r2]]
    rows += [[] for _ in range(r2 - r1 + 1 - len(rows))]
    return [row if len(row) == width else row + [None] * (width - len(row)) for row in rows]


def trimmed(grid: Grid, area: Area) -> Area:
    r1, c1, r2, c2 = area
    if r1 == 1 and r2 == LAST_ROW:
        r2 = max((r for r, row in enumerate(grid, 1) if any_value(row[c1 - 1 : c2])), default=1)
    if c1 == 1 and c2 == LAST_COLUMN:
        widths = (last_value(row) for row in grid[r1 - 1 : r2])
        c2 = max(widths, default=1) or 1
    return r1, c1, r2, c2


def any_value(cells: list[Cell]) -> bool:
    return any(cell is not None for cell in cells)


def last_value(row: list[Cell]) -> int:
    return next((c for c in range(len(row), 0, -1) if row[c - 1] is not None), 0)


def write(grid: Grid, cell: Position, rows: Sequence[Sequence[Cell]]) -> None:
    """Put rows of cells into a grid, from `cell` on."""
    r, c = cell
    while len(grid) < r - 1 + len(rows):
        grid.append([])
    for line, row in zip(grid[r - 1 :], rows, strict=False):
        if len(line) < c - 1 + len(row):
            line.extend([None] * (c - 1 + len(row) - len(line)))
        line[c - 1 : c - 1 + len(row)] = row


def clear(grid: Grid, area: Area) -> None:
    """Blank an area of a grid."""
    r1, c1, r2, c2 = area
    for line in grid[r1 - 1 : r2]:
        end = min(c2, len(line))
        if end >= c1:
            line[c1 - 1 : end] = [None] * (end - c1 + 1)
