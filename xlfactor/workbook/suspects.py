"""Cells that can be read but are hardly meant: returns of −100 %, prices for returns, outliers, copies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xlfactor.engine import checks
from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.engine.suspects import LARGE, far_off
from xlfactor.workbook.checking.dates import date_notes
from xlfactor.workbook.checking.labels import label_notes
from xlfactor.workbook.checking.table import Severity, Table, listed
from xlfactor.workbook.results import Note


def suspects(table: Table) -> Iterator[Note]:
    """Notes on a table that was read."""
    yield from label_notes(table)
    if table.dated:
        yield from date_notes(table)
    if table.kind in {"returns", "realised"}:
        yield from returns(table)
    numbers = table.frame.select_dtypes("number")
    missing = int(numbers.isna().to_numpy().sum())
    if missing:
        share = missing / max(numbers.size, 1)
        text = f"{missing} missing in {table.argument} ({share:.1%} of the cells)"
        yield Note("MISSING", "info", table.place.sheet, None, text, "", missing)


def returns(table: Table) -> list[Note]:
    R = table.frame.to_numpy(dtype=float)
    if not np.isfinite(R).any():
        return []  # `together` says that nothing can be estimated
    unit = units(table.argument, R, table.place.sheet)
    if unit is not None:
        return [unit]
    return [*empty_or_zero(table, R), *copied(table, R), *impossible_or_odd(table, R)]


def units(argument: str, R: Array, sheet: str) -> Note | None:
    """Prices have no sign; percent are large, and below −1 on many dates."""
    finite = R[np.isfinite(R)]
    typical = float(np.median(np.abs(finite)))
    if typical <= LARGE:
        return None
    if finite.min() > 0:
        text = f"{argument} look like prices: none is negative and half exceed {typical:.3g}"
        return Note("LOOKS_LIKE_PRICES", "error", sheet, None, text, "use RETURNS_FROM_PRICES")
    text = f"{argument} look like percent: half of them exceed {typical:.3g} in size, that is {typical:.0%}"
    severity: Severity = "error" if typical > 1 or finite.min() <= -1 else "warn"
    return Note("UNITS_PERCENT", severity, sheet, None, text, "divide them by 100")


def empty_or_zero(table: Table, R: Array) -> Iterator[Note]:
    sheet, columns, rows = table.place.sheet, table.body_columns(), table.body_rows()
    here = np.isfinite(R)
    if not np.nan_to_num(R).any():
        text = f"every number of {table.argument} is 0"
        yield Note("ALL_ZERO", "error", sheet, None, text, "paste the returns again")
        return
    blank = [
        (table.at(0, columns[i]), f"{table.frame.columns[i]} has no return")
        for i in np.flatnonzero(~here.any(0)).tolist()
    ]
    yield from listed("ASSET_NO_DATA", "warn", sheet, blank, "fill or delete the column")
    zero = here.any(1) & ~np.nan_to_num(R).any(1)
    flat = [
        (table.at(rows[t], 0), f"every return of {table.frame.index[t]:%Y-%m-%d} is 0")
        for t in np.flatnonzero(zero).tolist()
    ]
    yield from listed("ZERO_ROW", "warn", sheet, flat, "delete the row if it was a holiday")


def copied(table: Table, R: Array) -> list[Note]:
    """One series under two names, one day under two dates."""
    columns, rows, sheet = table.body_columns(), table.body_rows(), table.place.sheet
    assets = np.flatnonzero(checks.copies(np.ascontiguousarray(R.T))).tolist()
    dates = np.flatnonzero(checks.copies(R)).tolist()
    found = [
        (table.at(0, columns[i]), f"{table.frame.columns[i]} repeats the returns of another asset") for i in assets
    ]
    found += [
        (table.at(rows[t], 0), f"{table.frame.index[t]:%Y-%m-%d} repeats the returns of another date") for t in dates
    ]
    return listed("DUP_SERIES", "warn", sheet, found, "delete one of the two if it is a copy")


def impossible_or_odd(table: Table, R: Array) -> list[Note]:
    lost = "a return of −100 % or less"
    return [
        *cell_notes(table, "RETURN_LT_MINUS_1", "error", lost, "clear or mend it", R <= -1),
        *cell_notes(table, "OUTLIER", "warn", "an unusual return", "clear it if it is an error", far_off(R, R)),
    ]


def cell_notes(table: Table, code: str, severity: Severity, what: str, fix: str, odd: BoolArray) -> list[Note]:
    if not odd.any():
        return []
    rows, columns, R = table.body_rows(), table.body_columns(), table.frame.to_numpy(dtype=float)
    found = [(table.at(rows[t], columns[i]), f"{what}: {R[t, i]:.2%}") for t, i in np.argwhere(odd)]
    return listed(code, severity, table.place.sheet, found, fix)
