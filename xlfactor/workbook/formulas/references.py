"""What the references of a formula mean in this workbook: rectangles of cells, or a name's constant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xlfactor.errors import FactorError, did_you_mean
from xlfactor.workbook.addresses import LAST_COLUMN, LAST_ROW, address
from xlfactor.workbook.formulas.parse import parse, unsupported
from xlfactor.workbook.formulas.structured import structured_area
from xlfactor.workbook.formulas.tree import (
    ArrayConstant,
    Call,
    Constant,
    Foreign,
    Name,
    Node,
    Operation,
    Range,
    Spill,
    Structured,
    walk,
)
from xlfactor.workbook.formulas.workspace import Key, Rectangle, Workspace, sheet_named, sheet_of
from xlfactor.workbook.reading.sheet import Formula, Position
from xlfactor.workbook.results import Area

DEEPEST_NAME = 20  # names that refer to names; Excel refuses a circle, a file may hold one


@dataclass(frozen=True)
class Place:
    """Where a formula stands, and how far its relative references are moved (`shift`)."""

    sheet: str
    cell: Position
    shift: Position
    depth: int = 0


def place_of(sheet: str, formula: Formula) -> Place:
    return Place(sheet, formula.cell, formula.shift)


def resolve(node: Node, place: Place, ws: Workspace) -> Rectangle | Constant | ArrayConstant:
    """The cells that a reference means, or the constant behind a name. FactorError UNSUPPORTED."""
    if isinstance(node, Range):
        sheet = place.sheet if node.sheet is None else sheet_named(ws, node.sheet)
        return Rectangle(sheet, shifted(node, place.shift))
    if isinstance(node, Structured):
        return table_rectangle(node, place, ws)
    if isinstance(node, Spill):
        return spill_rectangle(node, place, ws)
    if isinstance(node, Name):
        tree, origin = meaning(node, place, ws)
        if isinstance(tree, Call | Operation):
            raise unsupported(node.name, "this name holds a formula")
        return tree if isinstance(tree, Constant | ArrayConstant) else resolve(tree, origin, ws)
    if isinstance(node, Foreign) and is_broken(node):
        raise unsupported(node.text, node.why, "undo the deletion, or let it refer to a cell again")
    if isinstance(node, Foreign):
        raise unsupported(node.text, node.why)
    raise unsupported(type(node).__name__, "this is not a reference")


def shifted(node: Range, shift: Position) -> Area:
    """A shared formula's relative references move with it, around the sheet's edges as in Excel."""
    r1, c1, r2, c2 = node.area
    if shift != (0, 0):
        rows, columns = shift
        r1_moves, c1_moves, r2_moves, c2_moves = node.relative
        r1 = (r1 + rows - 1) % LAST_ROW + 1 if r1_moves else r1
        c1 = (c1 + columns - 1) % LAST_COLUMN + 1 if c1_moves else c1
        r2 = (r2 + rows - 1) % LAST_ROW + 1 if r2_moves else r2
        c2 = (c2 + columns - 1) % LAST_COLUMN + 1 if c2_moves else c2
    return min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2)


def table_rectangle(node: Structured, place: Place, ws: Workspace) -> Rectangle:
    table = ws.book.tables.get(node.table.casefold())
    if table is None:
        near = did_you_mean(node.table, [table.name for table in ws.book.tables.values()])
        raise FactorError("UNSUPPORTED", f"there is no table '{node.table}'", near or "check the table's name")
    return Rectangle(table.sheet, structured_area(node, table, place.cell[0]))


def spill_rectangle(node: Spill, place: Place, ws: Workspace) -> Rectangle:
    anchor = resolve(node.anchor, place, ws)
    if isinstance(anchor, Rectangle) and anchor.area[:2] == anchor.area[2:]:
        key: Key = (anchor.sheet, anchor.area[:2])
        if key in ws.spills:
            return Rectangle(anchor.sheet, ws.spills[key])
        formula = sheet_of(ws, anchor.sheet).formulas.get(anchor.area[:2])
        if formula is not None and formula.kind in ("dynamic", "array"):  # LibreOffice saves every array as fixed
            return Rectangle(anchor.sheet, formula.area)
        where = address(*key)
        raise unsupported(f"{where}#", "no formula spills from there", "refer to the spill's first cell")
    raise unsupported("#", "a spill reference needs a single cell")


def meaning(node: Name, place: Place, ws: Workspace) -> tuple[Node, Place]:
    """The tree of a name and the place its relative references count from; sheet scope comes first."""
    wanted = node.name.casefold()
    scope = place.sheet if node.sheet is None else sheet_named(ws, node.sheet)
    text = ws.book.names.get((scope.casefold(), wanted), ws.book.names.get(("", wanted)))
    if text is None:
        if node.sheet is None and wanted in ws.book.tables:
            return Structured(node.name, ""), place
        known = [name for _, name in ws.book.names] + [table.name for table in ws.book.tables.values()]
        near = did_you_mean(node.name, known)
        raise FactorError("UNSUPPORTED", f"there is no name '{node.name}'", near or "define it, or check it")
    if place.depth >= DEEPEST_NAME:
        raise unsupported(node.name, "this name leads back to itself")
    tree = parse(text, ws.names)
    if isinstance(tree, Foreign) and is_broken(tree):
        raise FactorError(
            "NAME_MISSING", f"the cell that {node.name} names was deleted",
            "undo the deletion, take the row from a backup, or give the name a cell with its value",
        )  # fmt: skip
    if isinstance(tree, Operation) and tree.symbol == "u-" and isinstance(tree.operands[0], Constant):
        number = tree.operands[0].value
        tree = Constant(-number) if isinstance(number, float) else tree
    # A name's relative references are stored as seen from A1.
    return tree, Place(place.sheet, place.cell, (place.cell[0] - 1, place.cell[1] - 1), place.depth + 1)


def is_broken(node: Foreign) -> bool:
    """What it referred to was deleted."""
    return "#REF!" in node.text.upper()


def read_by(tree: Node, place: Place, ws: Workspace) -> Iterator[Rectangle | FactorError]:
    """Every rectangle that a formula reads; an error for each reference that cannot be followed.

    ROWS of a range reads no cell of it: ROWS(A$1:A5) may stand in A5.
    """
    nodes = list(walk(tree))
    counts = [node for node in nodes if isinstance(node, Call) and node.name == "ROWS"]
    unread = {id(argument) for node in counts for argument in node.arguments if isinstance(argument, Range)}
    for node in nodes:
        try:
            if id(node) in unread:
                continue
            if isinstance(node, Name):
                inner, origin = meaning(node, place, ws)
                if isinstance(inner, Call | Operation):
                    yield unsupported(node.name, "this name holds a formula")
                yield from read_by(inner, origin, ws)
            elif isinstance(node, Range | Structured | Spill | Foreign):
                found = resolve(node, place, ws)
                if isinstance(found, Rectangle):
                    yield found
        except FactorError as error:
            yield error
