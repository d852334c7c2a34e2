"""The body of a table: its rows as read, and what a new body means for the sheet and for the table's part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from xlfactor.errors import FactorError
from xlfactor.tables import cells
from xlfactor.workbook.addresses import LAST_COLUMN, LAST_ROW, address, area_of, area_text, cell_text, meet
from xlfactor.workbook.reading.package import Book, Table
from xlfactor.workbook.reading.sheet import Sheet
from xlfactor.workbook.results import Area, Cell, Note
from xlfactor.workbook.writing.follow import Resize, to_bytes
from xlfactor.workbook.writing.patch import Block, Position
from xlfactor.workbook.writing.sheet_bytes import parser
from xlfactor.workbook.writing.spill import contents_beyond

Row = list[Cell]


@dataclass(frozen=True)
class Body:
    """A table, its labels, and its rows without header and totals; a single blank row counts as none."""

    table: Table
    labels: tuple[str, ...]
    rows: list[Row]


def body_of(table: Table, sheet: Sheet) -> Body:
    """The body of a table. FactorError TABLE_BLOCKED where a formula stands in it."""
    area = body_area(table)
    formulas = [cell for cell in sheet.formulas if meet((*cell, *cell), area)]
    if formulas:
        raise blocked(table, min(formulas), "a formula is inside it", "keep calculated columns beside the table")
    _, left, _, right = area
    rows = []
    for number in range(area[0], area[2] + 1):
        line = list(sheet.values[number - 1][left - 1 : right]) if number <= len(sheet.values) else []
        rows.append(line + [None] * (right - left + 1 - len(line)))
    if len(rows) == 1 and all(cells.is_empty(value) for value in rows[0]):
        rows = []
    return Body(table, tuple(cells.label(name) for name in table.columns), rows)


def body_area(table: Table) -> Area:
    top, left, bottom, right = table.area
    return top + table.header_rows, left, bottom - table.totals_rows, right


def where(body: Body, row: int, column: int) -> str:
    """The address of a cell of the body, row and column from 0."""
    top, left, _, _ = body_area(body.table)
    return address(body.table.sheet, (top + row, left + column))


def note(code: str, body: Body, message: str, fix: str, count: int) -> Note:
    return Note(code, "warn", body.table.sheet, None, message, fix, count)


def body_block(body: Body, rows: Sequence[Row]) -> Block | None:
    """The cells to write, from the first row that differs on; None if no row does."""
    top, left, bottom, right = body_area(body.table)
    same = 0
    while same < min(len(rows), len(body.rows)) and rows[same] == body.rows[same]:
        same += 1
    if same == len(rows) == len(body.rows):
        return None
    first = min(same, max(len(body.rows) - 1, 0), len(rows) - 1)  # an old row, whose styles new rows take
    return Block((top + first, left), rows[first:], (top + first, left, bottom, right), "constants")


def resize_of(body: Body, rows: Sequence[Row], sheet: Sheet, book: Book) -> Resize | None:
    """The table's new size, None if it stays. FactorError TABLE_BLOCKED where something is in its way."""
    table, old = body.table, book.tables[body.table.name.casefold()].area
    top, left, _, right = table.area
    new = (top, left, body_area(table)[0] + len(rows) - 1 + table.totals_rows, right)
    if new == old:
        return None
    if table.totals_rows:
        raise blocked(table, (old[2], left), "its totals row would have to change", "switch the totals row off")
    if new[2] > LAST_ROW or right > LAST_COLUMN:
        raise blocked(table, (LAST_ROW, left), "the sheet ends", "keep big panels in Parquet or CSV")
    found = next(contents_beyond(new, old, sheet), None)
    obstacles = [found[0]] if found else []
    others = [other.area for other in book.tables.values() if other.sheet == table.sheet]
    for area in [*sheet.merged, *(area for area in others if area != old)]:
        if meet(area, new):
            obstacles.append((max(area[0], top), max(area[1], left)))
    if obstacles:
        raise blocked(table, min(obstacles), f"it has to grow to {area_text(new)}", "move what is in its way")
    return Resize(table.sheet, old, new)


def blocked(table: Table, cell: Position, why: str, fix: str) -> FactorError:
    return FactorError(
        "TABLE_BLOCKED", f"{table.name} cannot take the new data: {why} ({cell_text(cell)})", fix,
        where=address(table.sheet, cell),
    )  # fmt: skip


def table_bytes(data: bytes, resize: Resize) -> bytes:
    """The table's part with its new area, and that of its filter and sort order."""
    root = etree.fromstring(data, parser())
    for element in root.iter():
        ref = element.get("ref")
        if ref and area_of(ref)[2] == resize.old[2]:
            top, left, _, right = area_of(ref)
            element.set(
                "ref", area_text((top, left, resize.new[2], resize.new[3] if right == resize.old[3] else right))
            )
    return to_bytes(root)
