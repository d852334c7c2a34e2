"""Cells that can be read but are hardly meant: returns of −100 %, prices for returns, outliers, weekends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import BoolArray
from xlfactor.tables import cells
from xlfactor.tables.lists import LISTS
from xlfactor.workbook.formulas.workspace import Rectangle
from xlfactor.workbook.results import Cell, Note

SHOWN = 20
OUTLIER = 10.0  # |ln(1 + r)| over its median: 6.7 standard deviations of a normal return (methodology 1)


def suspects(kind: str, argument: str, table: pd.DataFrame, place: Rectangle, rows: list[list[Cell]]) -> list[Note]:
    """Notes on a table that was read; `rows` are the cells it came from."""
    found: list[Note] = []
    if kind in LISTS:
        return found  # names, each of which was read
    if isinstance(table.index, pd.DatetimeIndex):
        found += weekends(argument, table.index, place)
    if kind in {"returns", "realised"}:
        found += returns(argument, table, place, rows)
    numbers = table.select_dtypes("number")
    missing = int(numbers.isna().to_numpy().sum())
    if missing:
        share = missing / max(numbers.size, 1)
        text = f"{missing} missing in {argument} ({share:.1%} of the cells)"
        found.append(Note("MISSING", "info", place.sheet, None, text, "", missing))
    return found


def weekends(argument: str, dates: pd.DatetimeIndex, place: Rectangle) -> Iterator[Note]:
    odd = dates[dates.day_of_week >= 5]
    if len(odd):
        text = f"{argument} has {len(odd)} dates on a weekend, the first {odd[0]:%Y-%m-%d}"
        yield Note("DATE_WEEKEND", "warn", place.sheet, None, text, "check the dates", len(odd))


def returns(argument: str, table: pd.DataFrame, place: Rectangle, rows: list[list[Cell]]) -> list[Note]:
    R = table.to_numpy(dtype=float)
    typical = float(np.nanmedian(np.abs(R))) if np.isfinite(R).any() else 0.0
    if typical > 1:
        text = f"{argument} look like prices or percent: half of them exceed {typical:.3g} in size"
        return [
            Note("LOOKS_LIKE_PRICES", "error", place.sheet, None, text, "use RETURNS_FROM_PRICES, or divide by 100")
        ]
    where = addresses(table, place, rows)
    lost = R <= -1
    notes = cell_notes("RETURN_LT_MINUS_1", "error", "a return of −100 % or less", "clear or mend it", lost, R, where)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.abs(np.log1p(np.where(lost, np.nan, R)))
        median = np.nanmedian(np.where(np.isfinite(size).any(axis=0), size, 0.0), axis=0)
        jump = size > OUTLIER * np.where(median > 0, median, np.nan)
    fix = "clear it if it is an error"
    return notes + cell_notes("OUTLIER", "warn", "an unusual return", fix, jump, R, where)


def cell_notes(
    code: str, severity: Literal["warn", "error"], what: str, fix: str, odd: BoolArray, R: np.ndarray, where: Addresses
) -> list[Note]:
    """One note a cell, the first twenty; then how many more there are."""
    at = np.argwhere(odd)
    sheet = where[0]
    notes = [
        Note(code, severity, sheet, (where[1][t], where[2][i]), f"{what}: {R[t, i]:.2%}", fix) for t, i in at[:SHOWN]
    ]
    if len(at) > SHOWN:
        notes.append(Note(code, severity, sheet, None, f"and {len(at) - SHOWN} more", fix, len(at) - SHOWN))
    return notes


Addresses = tuple[str, list[int], list[int]]


def addresses(table: pd.DataFrame, place: Rectangle, rows: list[list[Cell]]) -> Addresses:
    """Sheet, and for each date and asset of a table its row and column there."""
    top, left = place.area[:2]
    row_of = {cells.date(row[0]): top + k for k, row in enumerate(rows)}
    column_of = {cells.label(value): left + k for k, value in enumerate(rows[0])}
    return place.sheet, [row_of[d.to_pydatetime()] for d in table.index], [column_of[a] for a in table.columns]
