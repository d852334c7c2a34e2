"""What the catalogue formulas of a workbook take as inputs: their tables, their hash, their last date."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator
from hashlib import blake2b

from xlfactor.errors import FactorError
from xlfactor.tables import cells
from xlfactor.workbook.addresses import meet
from xlfactor.workbook.formulas.references import Place, meaning, resolve
from xlfactor.workbook.formulas.scan import Entry, rectangles_of
from xlfactor.workbook.formulas.tree import Call, Name, Node, Range, Structured, walk
from xlfactor.workbook.formulas.workspace import Key, Rectangle, Workspace, block
from xlfactor.workbook.reading.package import Table
from xlfactor.workbook.results import Cell

Entries = dict[Key, Entry]
NAN = float("nan")
NUMBERS = frozenset({float, type(None)})


def passed_as(argument: str, entries: Entries, ws: Workspace) -> Iterator[tuple[Node, Place]]:
    """What catalogue formulas, nested ones too, pass as that argument; names are replaced by their meaning."""
    for entry in entries.values():
        for call in walk(entry.tree):
            if not isinstance(call, Call) or not call.ours:
                continue
            for known, node in zip(ws.catalogue[call.name].arguments, call.arguments, strict=False):
                if known.name == argument:
                    yield meaning(node, entry.place, ws) if isinstance(node, Name) else (node, entry.place)


def table_for(argument: str, entries: Entries, ws: Workspace) -> Table:
    """The table that new data of this argument go into: the one the formulas read, else tblReturns and so on.

    FactorError NOT_A_TABLE where they read a plain range, TABLE_MISSING where there is nothing,
    TABLE_AMBIGUOUS where they read several tables.
    """
    found: dict[str, Table] = {}
    ranges: list[Rectangle] = []
    for node, place in passed_as(argument, entries, ws):
        if isinstance(node, Structured) and node.table.casefold() in ws.book.tables:
            found[node.table.casefold()] = ws.book.tables[node.table.casefold()]
        elif isinstance(node, Range):
            area = resolve(node, place, ws)
            if isinstance(area, Rectangle):
                ranges.append(area)
    own = f"tbl{argument.capitalize()}"
    key = own.casefold()
    if key in found or (not found and key in ws.book.tables):
        return ws.book.tables[key]
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        names = ", ".join(table.name for table in found.values())
        raise FactorError(
            "TABLE_AMBIGUOUS", f"formulas take {argument} from {names}", f"call the one to be filled {own}"
        )
    if ranges:
        raise FactorError(
            "NOT_A_TABLE", f"formulas take {argument} from a plain range", "make it a Table: Ctrl+T",
            where=ranges[0].sheet,
        )  # fmt: skip
    raise FactorError("TABLE_MISSING", f"no table holds {argument}", f"make one called {own}: Ctrl+T")


def input_cells(entries: Entries, ws: Workspace) -> Iterator[tuple[Rectangle, list[list[Cell]]]]:
    """Each area that a catalogue formula reads and none fills, once, in the order of sheets and cells."""
    ours = [entry for entry in entries.values() if entry.role == "ours"]
    filled = [Rectangle(entry.key[0], entry.formula.area) for entry in ours]
    areas = {area for entry in ours for area in rectangles_of(entry, ws)}
    place = {part.name: i for i, part in enumerate(ws.book.sheets)}
    for area in sorted(areas, key=lambda area: (place[area.sheet], area.area)):
        if not any(area.sheet == other.sheet and meet(area.area, other.area) for other in filled):
            yield area, block(ws, area)


def input_hash(entries: Entries, ws: Workspace) -> str:
    """blake2b of the labels and float64 bytes of all inputs: the same data give the same hash in any file."""
    total = blake2b(digest_size=16)
    for _, rows in input_cells(entries, ws):
        for row in rows:
            if NUMBERS.issuperset(map(type, row)):
                numbers: list[Cell] = [NAN if value is None else value for value in row]
                texts = [""] * row.count(None)
            else:
                numbers = [value if isinstance(value, float) else NAN for value in row]
                texts = [as_text(value) for value in row if not isinstance(value, float)]
            total.update(struct.pack(f"<q{len(numbers)}d", len(row), *numbers))
            total.update("\x1f".join(texts).encode("utf-8", "surrogatepass") + b"\x1e")
    return total.hexdigest()


def as_text(value: Cell) -> str:
    return value.isoformat() if isinstance(value, datetime.datetime) else "" if value is None else str(value)


def as_of(entries: Entries, ws: Workspace) -> str:
    """The last date of the returns that catalogue formulas read, as ISO text; "" without one."""
    dates: list[datetime.datetime] = []
    for node, place in passed_as("returns", entries, ws):
        try:
            area = resolve(node, place, ws)
            rows = block(ws, area) if isinstance(area, Rectangle) else []
        except FactorError:
            continue  # the formula itself will say so
        dates.extend(date for row in rows[1:] if (date := cells.date(row[0])))
    return f"{max(dates):%Y-%m-%d}" if dates else ""
