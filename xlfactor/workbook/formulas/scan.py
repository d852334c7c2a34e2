"""Every formula of a workbook, and what a refresh can do with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from xlfactor.errors import FactorError
from xlfactor.functions.names import catalogue_name
from xlfactor.workbook.formulas.parse import parse
from xlfactor.workbook.formulas.plain import is_plain
from xlfactor.workbook.formulas.references import Place, place_of, read_by
from xlfactor.workbook.formulas.tree import Call, Foreign, Name, Node, Spill, walk
from xlfactor.workbook.formulas.workspace import Key, Rectangle, Workspace
from xlfactor.workbook.reading.package import read_part
from xlfactor.workbook.reading.sheet import Formula, may_hold_formulas, read_sheet
from xlfactor.workbook.results import Note

Role = Literal["ours", "plain", "opaque"]

REACHING = frozenset({"INDIRECT", "OFFSET"})  # what they read cannot be told from their text
VOLATILE = frozenset({"TODAY", "NOW", "RAND", "RANDBETWEEN", "RANDARRAY", "CELL", "INFO"})
UNREAD = 100_000_000  # bytes kept of sheets without formulas, so that reading one need not unpack it again
OUTERMOST = re.compile(r"\s*(?:_xlfn\.SINGLE\()?([^\s(]+)\(", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A formula in its place. `ours`: the outermost call is the catalogue's, and `tree` is that call.

    `error` is why the text could not be read.
    """

    key: Key
    formula: Formula
    tree: Node
    role: Role
    top_left: bool = False  # within SINGLE( ), stored for @
    error: FactorError | None = None

    @property
    def place(self) -> Place:
        return place_of(self.key[0], self.formula)


def all_formulas(ws: Workspace) -> tuple[dict[Key, Entry], list[Note]]:
    """Scan every sheet, hidden ones too; sheets without formulas are left unread."""
    entries: dict[Key, Entry] = {}
    notes: list[Note] = []
    for part in ws.book.sheets:
        if part.name not in ws.sheets:
            data = ws.unread.pop(part.name, None) or read_part(ws.book, part.part)
            if not may_hold_formulas(data):
                if len(data) + sum(map(len, ws.unread.values())) <= UNREAD:
                    ws.unread[part.name] = data
                continue
            ws.sheets[part.name] = read_sheet(ws.book, part, data)
        for cell, formula in ws.sheets[part.name].formulas.items():
            entry = classify((part.name, cell), formula, ws.names)
            entries[entry.key] = entry
            notes.extend(inner_calls(entry))
    return entries, notes


def classify(key: Key, formula: Formula, names: frozenset[str]) -> Entry:
    if formula.kind == "table":
        return Entry(key, formula, Foreign(formula.text, "a data table"), "opaque")
    try:
        tree = parse(formula.text, names)
    except FactorError as error:
        start = OUTERMOST.match(formula.text)
        name = catalogue_name(start[1], names) if start else None
        if name:
            return Entry(key, formula, Call(name, (), True), "ours", error=error)
        return Entry(key, formula, Foreign(formula.text, error.message), "opaque", error=error)
    if isinstance(tree, Call):
        inner = tree.arguments[0] if tree.name == "SINGLE" and len(tree.arguments) == 1 else tree
        if isinstance(inner, Call) and inner.ours:
            return Entry(key, formula, inner, "ours", top_left=inner is not tree)
    one_cell = formula.area[:2] == formula.area[2:]
    return Entry(key, formula, tree, "plain" if one_cell and is_plain(tree) else "opaque")


def inner_calls(entry: Entry) -> Iterator[Note]:
    """A note for a catalogue function inside a formula that is not the catalogue's."""
    if entry.role != "opaque":  # no plain formula has one
        return
    inside = [node.name for node in walk(entry.tree) if isinstance(node, Call) and node.ours]
    if inside:
        yield Note(
            "NOT_OUTERMOST",
            "warn",
            *entry.key,
            f"{inside[0]} stands inside another function, so this formula is left as it is",
            f"give {inside[0]} cells of its own and refer to them",
        )


def reaches_anywhere(entry: Entry) -> bool:
    """May a formula of the user's read cells that its text does not show?"""
    if entry.role != "opaque" or entry.formula.kind == "table":
        return False
    return entry.error is not None or any(
        isinstance(node, Call) and (node.name in REACHING or ":" in node.name) for node in walk(entry.tree)
    )


def unknowable(entry: Entry) -> bool:
    """May the cached value of a formula of the user's be out of date though nothing it names changed?"""
    return entry.role == "opaque" and (
        reaches_anywhere(entry) or any(isinstance(node, Call) and node.name in VOLATILE for node in walk(entry.tree))
    )


def is_still(entry: Entry) -> bool:
    """Does a formula read the same cells whatever size the spills have?"""
    return not any(isinstance(node, Name | Spill) for node in walk(entry.tree))


def rectangles_of(entry: Entry, ws: Workspace) -> list[Rectangle]:
    """What a formula reads, as far as it can be told; what cannot is refused when it is evaluated."""
    found = read_by(entry.tree, entry.place, ws)
    return [rectangle for rectangle in found if isinstance(rectangle, Rectangle)]
