"""The findings of a run as the rows of tblChecks: code, severity, where (a link), what, fix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlfactor.workbook.addresses import address, sheet_text
from xlfactor.workbook.results import Cell, FormulaResult, Note
from xlfactor.workbook.text import clean

CHECKS = "tblchecks"
LABELS = ("code", "severity", "where", "what", "fix")
MOST = 200  # rows; who has more findings mends the first ones first
RANK = {"error": 0, "warn": 1, "info": 2}
NOTHING = ("OK", "ok", "", "nothing was found", "")


def formula_notes(formulas: Iterable[FormulaResult]) -> list[Note]:
    """An error for each formula that failed."""
    return [
        Note(f.error.code, "error", f.sheet, f.cell, f"{f.function}: {f.error.message}", f.error.fix)
        for f in formulas
        if f.error is not None
    ]


def in_order(notes: Iterable[Note]) -> list[Note]:
    """Errors first, then warnings; each finding once, otherwise as they were found."""
    once: dict[tuple[object, ...], Note] = {}
    for note in notes:
        once.setdefault((note.code, note.sheet, note.cell, note.message if note.cell is None else ""), note)
    return sorted(once.values(), key=lambda note: RANK[note.severity])


def check_rows(notes: Sequence[Note]) -> list[dict[str, Cell]]:
    """One row a finding by the labels of the table, at most MOST; one that says so where nothing was found."""
    lines: list[tuple[str, ...]] = [(n.code, n.severity, where(n), n.message, n.fix) for n in notes[:MOST]]
    if len(notes) > MOST:
        rest = f"and {len(notes) - MOST + 1} more findings"
        lines[-1] = ("MORE", notes[MOST - 1].severity, "", rest, "xlfactor check lists all")
    return [{k: clean(v) or None for k, v in zip(LABELS, line, strict=True)} for line in lines or [NOTHING]]


def where(note: Note) -> str:
    if not note.sheet:
        return ""
    return address(note.sheet, note.cell) if note.cell else note.sheet


def target(note: Note) -> str:
    """The address that the row's link leads to."""
    return address(note.sheet, note.cell) if note.cell else f"{sheet_text(note.sheet)}!A1"
