"""New returns beside the ones before them: what cannot be a return is refused, what hardly is one is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.engine.checks import copies
from xlfactor.engine.suspects import far_off
from xlfactor.errors import FactorError
from xlfactor.tables import cells
from xlfactor.workbook.checking.dates import GAP, USUAL
from xlfactor.workbook.checking.table import listed
from xlfactor.workbook.newdata.table_body import Body, Row, body_area, note
from xlfactor.workbook.results import Note
from xlfactor.workbook.suspects import units

HISTORY = 250  # dates before the new ones that they are held against
KNOWN = 20  # dates that a median needs
ENOUGH = 5  # returns of one date that tell its units
FAR = 10.0  # times the usual size: the worst days of a century are below, percent are a hundred


def screened(body: Body, rows: Sequence[Row], fresh: Sequence[int], file: str) -> list[Note]:
    """Notes on the `fresh` rows of the table's new rows, which stand in the order of their dates.

    FactorError UNITS_PERCENT, LOOKS_LIKE_PRICES, RETURN_LT_MINUS_1: a model would take such a day for the truth.
    """
    if not fresh:
        return []
    start = max(0, fresh[0] - HISTORY)
    known = np.array([numbers(row) for row in rows[start : fresh[-1] + 1]], dtype=float)
    at = np.array(fresh) - start
    old = np.delete(known, at, axis=0)  # a revised date stands among older ones
    before = old[-HISTORY:] if len(old) >= KNOWN else old[:0]
    suspect = refuse_units(body, rows, fresh, known[at], before, file)
    refuse_lost(body, rows, fresh, known[at], file)
    return [
        *suspect,
        *odd_dates(body, rows, fresh),
        *odd_rows(body, rows, fresh, known, at),
        *outliers(body, fresh, known[at], before),
    ]


def numbers(row: Row) -> list[float]:
    return [float(v) if isinstance(v, float | int) else np.nan for v in row[1:]]


def refuse_units(
    body: Body, rows: Sequence[Row], fresh: Sequence[int], new: Array, before: Array, file: str
) -> list[Note]:
    """Percent or prices on one date: half of its returns are beyond what an asset does, and beyond what these do.

    Without dates to compare with, what may be percent is a note.
    """
    past = np.abs(before[np.isfinite(before)])
    usual = float(np.median(past)) if past.size else 0.0
    unsure = []
    for i, r in zip(fresh, new, strict=True):
        r = r[np.isfinite(r)]
        if len(r) < ENOUGH or np.median(np.abs(r)) <= FAR * usual:
            continue
        found = units(f"the returns of {day(rows[i])}", r, body.table.sheet)
        if found is not None and (usual > 0 or found.severity == "error"):
            raise FactorError(found.code, found.message, found.fix, where=file)
        if found is not None:
            unsure.append(found)
    return unsure


def refuse_lost(body: Body, rows: Sequence[Row], fresh: Sequence[int], new: Array, file: str) -> None:
    lost = np.argwhere(new <= -1)
    if len(lost):
        t, j = lost[0]
        more = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
        text = f"{body.labels[j + 1]} returns {new[t, j]:.0%} on {day(rows[fresh[t]])}{more}: less than nothing is left"
        raise FactorError("RETURN_LT_MINUS_1", text, "clear or mend it", where=file)


def odd_dates(body: Body, rows: Sequence[Row], fresh: Sequence[int]) -> Iterator[Note]:
    """New dates on a weekend where no date before is, in the future, or long after the date before."""
    dates = [date for row in rows if (date := cells.date(row[0]))]
    place = [cells.date(rows[i][0]) or dt.datetime.min for i in fresh]
    tomorrow = dt.datetime.combine(dt.date.today(), dt.time()) + dt.timedelta(days=1)  # it may be that elsewhere
    steps = sorted(b - a for a, b in pairwise(dates))
    long = max(GAP.to_pytimedelta(), USUAL * steps[len(steps) // 2]) if steps else GAP.to_pytimedelta()
    weekends = any(date.weekday() >= 5 for date in dates[: fresh[0]])
    found = {
        "DATE_WEEKEND": [d for d in place if d.weekday() >= 5 and not weekends],
        "DATE_FUTURE": [d for d in place if d > tomorrow],
        "DATE_GAP": [dates[i] for i in fresh if i and dates[i] - dates[i - 1] > long],
    }
    said = {
        "DATE_WEEKEND": ("falls on a weekend", "check this date"),
        "DATE_FUTURE": ("lies in the future", "check the year"),
        "DATE_GAP": ("comes after a long gap", "add the dates that are missing"),
    }
    for code, odd in found.items():
        if odd:
            what, fix = said[code]
            yield note(code, body, f"the new date {odd[0]:%Y-%m-%d} {what}", fix, len(odd))


def odd_rows(body: Body, rows: Sequence[Row], fresh: Sequence[int], known: Array, at: Array) -> Iterator[Note]:
    """New dates whose returns are all 0, those of another date, or few beside the date before."""
    copied = copies(known)
    count = np.isfinite(known).sum(axis=1)
    for i, t in zip(fresh, at.tolist(), strict=True):
        if count[t] and not np.nan_to_num(known[t]).any():
            text = f"every return of {day(rows[i])} is 0"
            yield note("ZERO_ROW", body, text, "delete the row if it was a holiday", 1)
        elif copied[t]:
            text = f"{day(rows[i])} repeats the returns of another date"
            yield note("DUP_SERIES", body, text, "check that the file is the new day's", 1)
        elif t and count[t] < count[t - 1] / 2:
            text = f"{day(rows[i])} has {count[t]} returns, the date before {count[t - 1]}"
            yield note("ASSET_NO_DATA", body, text, "check the file", 1)


def outliers(body: Body, fresh: Sequence[int], new: Array, before: Array) -> list[Note]:
    """New returns far beyond what their asset did before."""
    if not len(before):
        return []
    top, left, _, _ = body_area(body.table)
    found = [
        ((top + fresh[t], left + j + 1), f"an unusual return of {body.labels[j + 1]}: {new[t, j]:.2%}")
        for t, j in np.argwhere(far_off(new, before)).tolist()
    ]
    return listed("OUTLIER", "warn", body.table.sheet, found, "clear it if it is an error, such as a split")


def day(row: Row) -> str:
    return f"{cells.date(row[0]):%Y-%m-%d}"
