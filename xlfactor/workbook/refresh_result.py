"""What a refresh did, in data: all that its lines on the screen and its `--json` say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from xlfactor.errors import FactorError
from xlfactor.workbook.formulas.display import as_shown, same
from xlfactor.workbook.reading.sheet import Sheet
from xlfactor.workbook.results import Cell, Evaluation, FormulaResult, Note
from xlfactor.workbook.writing.spill import new_area, shown_rows

LineStatus = Literal["ok", "unchanged", "blocked", "cycle", "unsupported", "upstream", "error"]


@dataclass(frozen=True)
class FormulaLine:
    """One catalogue formula: its sizes before and now, how many cells differ, and why it failed if it did."""

    sheet: str
    cell: tuple[int, int]
    function: str
    status: LineStatus
    rows: int
    columns: int
    previous_rows: int
    previous_columns: int
    changed_cells: int
    seconds: float
    error: FactorError | None


@dataclass(frozen=True)
class RefreshResult:
    """`outputs` are the files that were written, none where nothing changed, on a dry run or after a failure."""

    file: str
    ok: bool
    checks: tuple[Note, ...]
    formulas: tuple[FormulaLine, ...]
    left_to_excel: tuple[tuple[str, tuple[int, int]], ...]
    changed_parts: tuple[str, ...]
    outputs: tuple[str, ...]
    backup: str | None
    input_hash: str
    as_of: str
    seconds: float


def formula_lines(found: Evaluation, sheet: Callable[[str], Sheet], dates_1904: bool) -> tuple[FormulaLine, ...]:
    return tuple(formula_line(result, sheet, dates_1904) for result in found.formulas)


def formula_line(result: FormulaResult, sheet: Callable[[str], Sheet], dates_1904: bool) -> FormulaLine:
    old, new = result.old, new_area(result)
    blocked = result.error is not None and result.error.code == "SPILL_BLOCKED"
    status: LineStatus = "blocked" if blocked else result.status
    values = sheet(result.sheet).values
    shown = [[as_shown(value, dates_1904) for value in row] for row in shown_rows(result)]
    if status == "ok" and old == new and same(shown, values, old):
        status = "unchanged"
    height, width = max(old[2], new[2]) - new[0] + 1, max(old[3], new[3]) - new[1] + 1
    before = [row[new[1] - 1 :][:width] for row in values[new[0] - 1 :][:height]]
    return FormulaLine(
        result.sheet, result.cell, result.function, status, new[2] - new[0] + 1, new[3] - new[1] + 1,
        old[2] - old[0] + 1, old[3] - old[1] + 1, 0 if status == "unchanged" else differing(shown, before),
        result.seconds, result.error,
    )  # fmt: skip


def differing(now: Sequence[Sequence[Cell]], before: Sequence[Sequence[Cell]]) -> int:
    """How many cells show something else, those that come or go among them."""
    lines = zip_longest(now, before, fillvalue=())
    return sum(a != b for new, old in lines for a, b in zip_longest(new, old))
