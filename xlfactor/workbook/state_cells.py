"""Where the Log keeps two states, `xlf_last_…` and `xlf_previous_…`: plain values, names that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from xlfactor.errors import FactorError
from xlfactor.tables import cells
from xlfactor.workbook.addresses import address
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, block, sheet_of
from xlfactor.workbook.results import Area, Cell
from xlfactor.workbook.state import TABLES, State, state_of, table_rows
from xlfactor.workbook.writing.names import named_area
from xlfactor.workbook.writing.patch import Block
from xlfactor.workbook.writing.spill import contents_beyond, inside

Which = Literal["last", "previous"]
PIECES = ("as_of", *TABLES)
GAP = 1  # blank columns kept between two blocks


@dataclass(frozen=True)
class Kept:
    """One named block: where it is, its rows, and where it will be."""

    name: str
    old: Rectangle
    rows: list[list[Cell]]
    new: Rectangle


def kept_at(ws: Workspace) -> dict[str, Rectangle]:
    """The blocks of both states by name, in the order of their columns; empty where the book has not all of them."""
    found = {name: named_area(ws.book, name) for name in (f"xlf_{w}_{p}" for w in ("last", "previous") for p in PIECES)}
    places = {name: Rectangle(*place) for name, place in found.items() if place is not None}
    if len(places) < len(found) or len({place.sheet for place in places.values()}) > 1:
        return {}
    return dict(sorted(places.items(), key=lambda item: item[1].area[1]))


def stored_state(ws: Workspace, places: Mapping[str, Rectangle], which: Which) -> State | None:
    """The state that the book holds; None where it is blank, or somebody edited it so that it cannot be read."""
    try:
        rows = {piece: block(ws, places[f"xlf_{which}_{piece}"]) for piece in PIECES}
        as_of = cells.date(rows["as_of"][0][0])
        return None if as_of is None else state_of(as_of, {name: rows[name] for name in TABLES})
    except FactorError:
        return None


def state_blocks(ws: Workspace, places: Mapping[str, Rectangle], states: Mapping[Which, State | None]) -> list[Kept]:
    """All ten blocks, each where it was; one that its neighbour has grown into moves to the right.

    FactorError STATE_BLOCKED where something else stands in the way.
    """
    rows = {
        f"xlf_{which}_{piece}": piece_rows(state, piece)
        for which, state in states.items() for piece in PIECES
    }  # fmt: skip
    found: list[Kept] = []
    free = 1
    for name, old in places.items():
        top, left = old.area[0], max(old.area[1], free)
        height, width = len(rows[name]), len(rows[name][0])
        new = Rectangle(old.sheet, (top, left, top + height - 1, left + width - 1))
        found.append(Kept(name, old, rows[name], new))
        free = left + width + GAP
    refuse_blocked(found, ws)
    return found


def piece_rows(state: State | None, piece: str) -> list[list[Cell]]:
    if state is None:
        return [[None]]
    return [[state.as_of]] if piece == "as_of" else table_rows(state, piece)


def refuse_blocked(found: list[Kept], ws: Workspace) -> None:
    ours = [area_with_title(kept.old.area) for kept in found]
    for kept in found:
        sheet = sheet_of(ws, kept.old.sheet)
        for cell, what in contents_beyond(area_with_title(kept.new.area), kept.old.area, sheet):
            if not any(inside(cell, area) for area in ours):
                raise FactorError(
                    "STATE_BLOCKED", f"{kept.name} needs this cell for the day's state, and it holds {what}",
                    "move what is there", where=address(kept.old.sheet, cell),
                )  # fmt: skip


def area_with_title(area: Area) -> Area:
    """A block and the cell above it, which says its name."""
    return max(area[0] - 1, 1), area[1], area[2], area[3]


def patch_block(kept: Kept) -> Block:
    """The block as it is written, its name in the row above."""
    area = kept.new.area
    if area[0] == 1:
        return Block(area[:2], kept.rows, kept.old.area, "constants")
    title: list[Cell] = [kept.name, *[None] * (len(kept.rows[0]) - 1)]
    return Block((area[0] - 1, area[1]), [title, *kept.rows], area_with_title(kept.old.area), "constants")
