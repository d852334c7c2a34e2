"""What a refresh did, in data: all that its lines on the screen and its `--json` say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from xlfactor.errors import FactorError
from xlfactor.workbook.formulas.display import as_shown, same
from xlfactor.workbook.reading.sheet import Sheet
from xlfactor.workbook.results import Evaluation, FormulaResult, Note
from xlfactor.workbook.writing.spill import new_area, shown_rows

LineStatus = Literal["ok", "unchanged", "blocked", "cycle", "unsupported", "upstream", "error"]


@dataclass(frozen=True)
class FormulaLine:
    """One catalogue formula: its sizes before and now, and why it failed if it did."""

    sheet: str
    cell: tuple[int, int]
    function: str
    status: LineStatus
    rows: int
    columns: int
    previous_rows: int
    previous_columns: int
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
    if status == "ok" and old == new:
        shown = [[as_shown(value, dates_1904) for value in row] for row in shown_rows(result)]
        status = "unchanged" if same(shown, sheet(result.sheet).values, old) else "ok"
    return FormulaLine(
        result.sheet, result.cell, result.function, status, new[2] - new[0] + 1, new[3] - new[1] + 1,
        old[2] - old[0] + 1, old[3] - old[1] + 1, result.seconds, result.error,
    )  # fmt: skip
