"""`xlfactor check`: a workbook's inputs read as its formulas would read them; every bad cell is named."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue
from xlfactor.tables.align import panel
from xlfactor.tables.holdings import holdings
from xlfactor.tables.parse import read
from xlfactor.workbook.addresses import cell_text
from xlfactor.workbook.formulas.references import read_by, resolve
from xlfactor.workbook.formulas.scan import Entry, all_formulas
from xlfactor.workbook.formulas.tree import Call, walk
from xlfactor.workbook.formulas.workspace import Key, Rectangle, Workspace, block, sheet_of
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.reading.preflight import preflight
from xlfactor.workbook.results import Cell, Note
from xlfactor.workbook.suspects import SHOWN, suspects

MAIN_INPUTS = {
    "returns": ("returns",),
    "loadings": ("loadings",),
    "portfolio": ("portfolio", "weights"),
    "caps": ("caps",),
}
SCALARS = frozenset({"number", "whole", "flag", "choice", "text"})
ONE_CELL = frozenset({"NUM_BAD", "NUM_TEXT", "CELL_ERROR", "VALUE_INF"})  # mended in thought to find the next one


@dataclass(frozen=True)
class CheckResult:
    """What `check` found; `inputs` are the tables it read, `formulas` the number of catalogue formulas."""

    file: str
    notes: list[Note]
    inputs: dict[str, Rectangle] = field(default_factory=dict)
    formulas: int = 0

    @property
    def ok(self) -> bool:
        return all(note.severity != "error" for note in self.notes)


def check(path: Path) -> CheckResult:
    """Preflight, the inputs, and whether every formula can be resolved. Reads only.

    FactorError only for a file that cannot be read at all; all else is a note with its cell and its cure.
    """
    preflight(path)
    ws = Workspace(open_book(path), catalogue())
    entries, notes = all_formulas(ws)
    found = inputs(entries, ws)
    ours = sum(entry.role == "ours" for entry in entries.values())
    places = {name: rectangle for name, (_, rectangle) in found.items()}
    return CheckResult(str(path), notes + findings(entries, ws, found), places, ours)


def findings(entries: dict[Key, Entry], ws: Workspace, found: dict[str, tuple[str, Rectangle]]) -> list[Note]:
    """Every formula that cannot be resolved, and every bad or suspect cell of the inputs `found`."""
    notes = [note for entry in entries.values() for note in unresolved(entry, ws)]
    tables: dict[str, pd.DataFrame] = {}
    for argument, (kind, rectangle) in found.items():
        table, more = examine(kind, argument, rectangle, ws)
        notes += more
        if table is not None:
            tables[argument] = table
    if not found:
        fix = "make tables tblReturns, tblLoadings, tblPortfolio, or write a formula of the catalogue"
        notes.append(Note("SHEET_MISSING", "error", "", None, "there is nothing that xlfactor would read", fix))
    return notes + joined(tables)


def unresolved(entry: Entry, ws: Workspace) -> Iterator[Note]:
    """Why a catalogue formula could not be evaluated, without evaluating it."""
    if entry.role != "ours":
        return
    errors = (
        [entry.error]
        if entry.error
        else [e for e in read_by(entry.tree, entry.place, ws) if isinstance(e, FactorError)]
    )
    for error in errors:
        yield Note(error.code, "error", *entry.key, error.message, error.fix)


def inputs(entries: dict[Key, Entry], ws: Workspace) -> dict[str, tuple[str, Rectangle]]:
    """Argument name -> kind and place: what formulas pass, else the tables and sheets named for it."""
    functions = catalogue()
    spills = {(entry.key[0], entry.key[1]) for entry in entries.values() if entry.role == "ours"}
    found: dict[str, tuple[str, Rectangle]] = {}
    for entry in entries.values():
        for call in walk(entry.tree):
            if not isinstance(call, Call) or not call.ours:
                continue
            for argument, node in zip(functions[call.name].arguments, call.arguments, strict=False):
                if argument.kind in SCALARS or argument.name in found:
                    continue
                try:
                    place = resolve(node, entry.place, ws)
                except FactorError:
                    continue  # `unresolved` says so; or a nested call, which is no input
                if isinstance(place, Rectangle) and (place.sheet, place.area[:2]) not in spills:
                    found[argument.name] = (argument.kind, place)
    for name, titles in MAIN_INPUTS.items():
        own = named_for(name, titles, ws)
        if name not in found and own is not None:
            found[name] = (name, own)
    return found


def named_for(name: str, titles: tuple[str, ...], ws: Workspace) -> Rectangle | None:
    """The table `tblReturns` or the sheet `Returns`, whatever its case and outer spaces."""
    table = ws.book.tables.get(f"tbl{name}")
    if table is not None:
        return Rectangle(table.sheet, table.area)
    for part in ws.book.sheets:
        if part.name.strip().casefold() in titles:
            grid = sheet_of(ws, part.name).values
            return Rectangle(part.name, (1, 1, max(len(grid), 1), max(map(len, grid), default=1) or 1))
    return None


def examine(kind: str, argument: str, place: Rectangle, ws: Workspace) -> tuple[pd.DataFrame | None, list[Note]]:
    """The table as a function would read it, None where it would refuse it; and every bad or suspect cell."""
    try:
        rows: list[list[Cell]] = [list(row) for row in block(ws, place)]
    except FactorError as error:
        return None, [note_of(error, place)]
    notes: list[Note] = []
    while len(notes) < SHOWN:
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", FactorWarning)
                table = read(kind, rows, argument)
        except FactorError as error:
            notes.append(note_of(error, place))
            if error.code not in ONE_CELL or not error.cells:
                return None, notes
            row, column = error.cells[0]
            rows[row][column] = None
        else:
            notes += [warning_note(w, place.sheet) for w in caught]
            bad = len(notes) > len(caught)
            return (None if bad else table), notes + suspects(kind, argument, table, place, rows)
    last = Note("NUM_BAD", "error", place.sheet, None, f"{argument} has more cells like these", "mend these first")
    return None, [*notes, last]


def note_of(error: FactorError, place: Rectangle) -> Note:
    """An error with the address of its first cell."""
    cell = None
    if error.cells:
        cell = (place.area[0] + error.cells[0][0], place.area[1] + error.cells[0][1])
    others = [cell_text((place.area[0] + r, place.area[1] + c)) for r, c in error.cells[1:]]
    also = f" (also {', '.join(others[:5])})" if others else f" ({error.where})" if error.where and not cell else ""
    return Note(error.code, "error", place.sheet, cell, error.message + also, error.fix)


def warning_note(warning: warnings.WarningMessage, sheet: str) -> Note:
    code, _, message = str(warning.message).partition(": ")
    return Note(code, "warn", sheet, None, message, "")


def joined(tables: dict[str, pd.DataFrame]) -> list[Note]:
    """What only shows when the tables meet: assets that one of them lacks, weights, too few assets."""
    notes: list[Note] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FactorWarning)
        try:
            if {"returns", "loadings"} <= tables.keys():
                panel(tables["returns"], tables["loadings"], caps=tables.get("caps"))
            if {"portfolio", "loadings"} <= tables.keys():
                holdings(tables["portfolio"], tables["loadings"])
        except FactorError as error:
            where = f" ({error.where})" if error.where else ""
            notes.append(Note(error.code, "error", "", None, error.message + where, error.fix))
    return notes + [warning_note(w, "") for w in caught]
