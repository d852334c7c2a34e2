"""`xlfactor check`: a workbook's inputs read as its formulas would read them; every bad cell is named."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from xlfactor.errors import FactorError, FactorWarning, did_you_mean
from xlfactor.functions import catalogue
from xlfactor.tables.cells import is_blank, is_unfilled
from xlfactor.tables.lists import LISTS
from xlfactor.tables.parse import read
from xlfactor.workbook.addresses import cell_text, meet
from xlfactor.workbook.checking.formulas import formula_notes, without_value
from xlfactor.workbook.checking.layout import explained, layout_notes
from xlfactor.workbook.checking.table import SHOWN, Table
from xlfactor.workbook.checking.together import together, warning_note
from xlfactor.workbook.formulas.inputs import input_hash
from xlfactor.workbook.formulas.references import resolve
from xlfactor.workbook.formulas.scan import Entry, all_formulas
from xlfactor.workbook.formulas.tree import Call, walk
from xlfactor.workbook.formulas.workspace import Key, Rectangle, Workspace, block, sheet_of
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.reading.preflight import preflight
from xlfactor.workbook.reading.sheet import outside
from xlfactor.workbook.results import Cell, Note
from xlfactor.workbook.suspects import suspects
from xlfactor.workbook.writing.safe_write import open_in

MAIN_INPUTS = {
    "returns": ("returns",),
    "loadings": ("loadings",),
    "portfolio": ("portfolio", "weights"),
    "caps": ("caps",),
}
SCALARS = frozenset({"number", "whole", "flag", "choice", "text"})
MENDED = 200  # bad cells of one table that are looked for
ONE_CELL = frozenset({"NUM_BAD", "NUM_TEXT", "CELL_ERROR", "VALUE_INF"})  # mended in thought to find the next one


@dataclass(frozen=True)
class CheckResult:
    """What `check` found; `inputs` are the tables it read, `formulas` the number of catalogue formulas."""

    file: str
    notes: list[Note]
    inputs: dict[str, Rectangle] = field(default_factory=dict)
    formulas: int = 0
    input_hash: str = ""  # of what the formulas read, as a refresh gives it; "" without formulas or with errors
    as_of: str = ""

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
    more, tables = findings(entries, ws, found)
    notes += [*more, *opened(path)]
    ours = formula_count(entries)
    sound = ours and all(note.severity != "error" for note in notes)
    return CheckResult(
        str(path), notes, {name: rectangle for name, (_, rectangle) in found.items()}, ours,
        input_hash(entries, ws) if sound else "", last_date(tables),
    )  # fmt: skip


def findings(
    entries: dict[Key, Entry], ws: Workspace, found: Mapping[str, tuple[str, Rectangle]]
) -> tuple[list[Note], dict[str, Table]]:
    """Every formula that cannot be resolved, every bad or suspect cell of the inputs `found`, and their tables."""
    notes = list(formula_notes(entries, catalogue(), ws))
    tables: dict[str, Table] = {}
    for argument, (kind, rectangle) in found.items():
        table, more = examine(kind, argument, rectangle, ws)
        notes += more
        if table is not None:
            tables[argument] = table
    notes += [*missing_sheets(found, formula_count(entries), ws), *together(tables)]
    notes += without_value(entries, [place for _, place in found.values()])
    return notes, tables


def formula_count(entries: Mapping[Key, Entry]) -> int:
    return sum(entry.role == "ours" for entry in entries.values())


def last_date(tables: Mapping[str, Table]) -> str:
    """The last date of the returns as ISO text; "" without them."""
    return f"{tables['returns'].frame.index.max():%Y-%m-%d}" if "returns" in tables else ""


def missing_sheets(found: Mapping[str, object], formulas: int, ws: Workspace) -> Iterator[Note]:
    """Without formulas, returns and loadings are what everything else rests on."""
    if not found:
        fix = "make tables tblReturns, tblLoadings, tblPortfolio, or write a formula of the catalogue"
        yield Note("SHEET_MISSING", "error", "", None, "there is nothing that xlfactor would read", fix)
    elif not formulas:
        for name in ("returns", "loadings"):
            if name not in found:
                near = did_you_mean(name, [part.name for part in ws.book.sheets])
                fix = near or f"call the sheet {name.title()}, or its table tbl{name.title()}"
                yield Note("SHEET_MISSING", "error", "", None, f"there is no sheet or table of {name}", fix)


def opened(path: Path) -> Iterator[Note]:
    """What is checked is the file as it was saved last."""
    program = open_in(path)
    if program:
        text = f"the book is open in {program}: this is what was saved last"
        yield Note("FILE_OPEN_IN_EXCEL", "warn", "", None, text, "save it there, and check again")


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
                if not isinstance(place, Rectangle) or (not argument.required and left_blank(place, ws)):
                    continue
                if (place.sheet, place.area[:2]) not in spills:
                    found[argument.name] = (argument.kind, place)
    for name, titles in MAIN_INPUTS.items():
        own = named_for(name, titles, ws)
        if name not in found and own is not None:
            found[name] = (name, own)
    return found


def left_blank(place: Rectangle, ws: Workspace) -> bool:
    """A cell left empty on purpose: a blank option means its default."""
    return place.area[:2] == place.area[2:] and is_blank(block(ws, place))


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


def examine(kind: str, argument: str, place: Rectangle, ws: Workspace) -> tuple[Table | None, list[Note]]:
    """The table as a function would read it, None where it would refuse it; and every bad or suspect cell."""
    notes = list(unusable(place, ws))
    if notes:
        return None, notes
    try:
        rows: list[list[Cell]] = [list(row) for row in block(ws, place)]
    except FactorError as error:
        return None, [note_of(error, place)]
    if kind == "caps" and is_unfilled(rows):
        text = "caps have no rows: every asset counts alike"
        return None, [Note("CAPS_MISSING", "warn", place.sheet, None, text, "type the caps if you have them")]
    odd = list(layout_notes(argument, place, ws))
    bad: list[FactorError] = []
    while True:
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", FactorWarning)
                frame = read(kind, rows, argument)
            break
        except FactorError as error:
            if error.code not in ONE_CELL or not error.cells or len(bad) >= MENDED:
                told = error if bad else explained(error, kind, argument, rows)
                return None, [*odd, *map(partial(note_of, place=place), [*bad, told])]
            bad.append(error)
            row, column = error.cells[0]
            rows[row][column] = None
    if kind in LISTS:  # names: to read them is to check them
        return None, [*odd, *refused(bad, place)]
    table = Table(kind, argument, frame, place, rows)
    notes = [*odd, *refused(bad, place), *(warning_note(w, place.sheet) for w in caught), *suspects(table)]
    return (None if bad else table), notes


def refused(bad: list[FactorError], place: Rectangle) -> list[Note]:
    """A note for each bad cell; of one code the first twenty, then how many more."""
    notes: list[Note] = []
    for code in dict.fromkeys(error.code for error in bad):
        same = [note_of(error, place) for error in bad if error.code == code]
        more = len(same) - SHOWN
        notes += same[:SHOWN]
        if more > 0:
            notes.append(Note(code, "error", place.sheet, None, f"and {more} more", same[0].fix, more))
    return notes


def unusable(place: Rectangle, ws: Workspace) -> Iterator[Note]:
    """Cells whose content cannot be a value, and the first one too far away to be kept."""
    sheet = sheet_of(ws, place.sheet)
    if sheet.beyond is not None:
        error = outside(sheet)
        yield Note(error.code, "error", place.sheet, sheet.beyond, error.message, error.fix)
    faults = [(cell, error) for cell, error in sheet.faults.items() if meet((*cell, *cell), place.area)]
    for cell, error in faults[:SHOWN]:
        yield Note(error.code, "error", place.sheet, cell, error.message, error.fix)
    if len(faults) > SHOWN:
        code, fix = faults[0][1].code, faults[0][1].fix
        yield Note(code, "error", place.sheet, None, f"and {len(faults) - SHOWN} more", fix, len(faults) - SHOWN)


def note_of(error: FactorError, place: Rectangle) -> Note:
    """An error with the address of its first cell."""
    cell = None
    if error.cells:
        cell = (place.area[0] + error.cells[0][0], place.area[1] + error.cells[0][1])
    others = [cell_text((place.area[0] + r, place.area[1] + c)) for r, c in error.cells[1:]]
    also = f" (also {', '.join(others[:5])})" if others else f" ({error.where})" if error.where and not cell else ""
    return Note(error.code, "error", place.sheet, cell, error.message + also, error.fix)
