"""What an evaluation of a workbook found: the contract between reading (evaluate.py) and writing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from xlfactor.errors import FactorError

Cell = float | int | str | bool | datetime.datetime | None
Area = tuple[int, int, int, int]  # first row, first column, last row, last column, from 1
Status = Literal["ok", "error", "cycle", "unsupported", "upstream"]

# A result that is one of these texts is an error value in its cell.
ERROR_TEXTS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
    | {"#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!", "#PYTHON!"}
)


@dataclass(frozen=True)
class FormulaResult:
    """One catalogue formula: what it gave, or why it gave nothing.

    `rows` are the cells as they are to be shown from the anchor on (already cut or repeated to the size
    of a fixed array, one cell for a plain or `@` formula); None is a missing number, shown as #N/A.
    """

    sheet: str
    cell: tuple[int, int]
    function: str
    rows: list[list[Cell]] | None
    old: Area
    dynamic: bool  # may resize
    status: Status
    error: FactorError | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class PlainResult:
    """One plain formula that reads a refreshed cell; errors are their text, `value` is never blank."""

    sheet: str
    cell: tuple[int, int]
    value: Cell


@dataclass(frozen=True)
class Note:
    """One line of the checks list of `--json`."""

    code: str
    severity: Literal["info", "warn", "error"]
    sheet: str
    cell: tuple[int, int] | None
    message: str
    fix: str
    count: int = 1


@dataclass(frozen=True)
class Evaluation:
    """All that a refresh computes before anything is written; `left_to_excel` cells lose their cache."""

    formulas: tuple[FormulaResult, ...]
    plain: tuple[PlainResult, ...]
    left_to_excel: tuple[tuple[str, tuple[int, int]], ...]
    notes: tuple[Note, ...]
