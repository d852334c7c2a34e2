"""Catalogue formulas that a refresh would refuse, told without evaluating any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xlfactor.errors import FactorError, clipped
from xlfactor.functions.registry import Function
from xlfactor.workbook.addresses import address, meet
from xlfactor.workbook.checking.table import listed
from xlfactor.workbook.formulas.graph import edges, order
from xlfactor.workbook.formulas.plain import FUNCTIONS, LAZY
from xlfactor.workbook.formulas.references import read_by
from xlfactor.workbook.formulas.scan import Entry, rectangles_of
from xlfactor.workbook.formulas.tree import Call, Node, walk
from xlfactor.workbook.formulas.workspace import Key, Rectangle, Workspace
from xlfactor.workbook.results import Note

Entries = dict[Key, Entry]
OPEN_SAVE = "open the book in Excel and save it"


def formula_notes(entries: Entries, catalogue: dict[str, Function], ws: Workspace) -> Iterator[Note]:
    """Why catalogue formulas cannot be evaluated: references, arguments, circles."""
    for entry in entries.values():
        if entry.role == "ours":
            for error in refusals(entry, catalogue, ws):
                yield Note(error.code, "error", *entry.key, error.message, error.fix)
    yield from circles(entries, ws)


def refusals(entry: Entry, catalogue: dict[str, Function], ws: Workspace) -> Iterator[FactorError]:
    if entry.error is not None:
        yield entry.error
        return
    broken = [found for found in read_by(entry.tree, entry.place, ws) if isinstance(found, FactorError)]
    yield from broken
    for call in walk(entry.tree):
        if not isinstance(call, Call) or not call.ours:
            continue
        most = len(catalogue[call.name].arguments)
        if len(call.arguments) > most:
            text = f"{call.name} takes {most} arguments and got {len(call.arguments)}"
            yield FactorError("ARGUMENT_TOO_MANY", text, f'see XLFACTOR_HELP("{call.name}")')
        if not broken and not all(map(evaluable, call.arguments)):
            text = f"an argument of {call.name} uses functions that are not evaluated here"
            yield FactorError("UNSUPPORTED", text, "put it into cells of its own and refer to them")


def evaluable(node: Node) -> bool:
    """Does an argument use no function but ours and those of the closed set?"""
    return all(not isinstance(n, Call) or n.ours or n.name in FUNCTIONS | LAZY for n in walk(node))


def circles(entries: Entries, ws: Workspace) -> Iterator[Note]:
    """Catalogue formulas that need each other's cells, at the size that the file has."""
    reads = edges(
        {key: (entry.formula.area,) for key, entry in entries.items()},
        {key: rectangles_of(entry, ws) for key, entry in entries.items()},
    )
    for circle in order(reads)[1]:
        way = " → ".join(address(*key) for key in [*circle, circle[0]])
        for key in [key for key in circle if entries[key].role == "ours"][:1]:
            yield Note("CYCLE", "error", *key, f"these cells need each other: {way}", "move one out of what it reads")


def without_value(entries: Entries, inputs: Iterable[Rectangle]) -> Iterator[Note]:
    """Formulas inside the inputs whose value the file does not hold: another program wrote it."""
    places = list(inputs)
    found: dict[str, list[tuple[tuple[int, int] | None, str]]] = {}
    for (sheet, cell), entry in entries.items():
        if entry.role == "ours" or entry.formula.cached:
            continue
        if any(sheet == place.sheet and meet((*cell, *cell), place.area) for place in places):
            text = f"the formula ={clipped(entry.formula.text)} has no value in the file"
            found.setdefault(sheet, []).append((cell, text))
    for sheet, some in found.items():
        yield from listed("CELL_FORMULA_NO_VALUE", "error", sheet, some, OPEN_SAVE)
