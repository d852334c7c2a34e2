"""Dates that can be read but are hardly meant: weekends, gaps, the future, texts, times of day; too few."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd

from xlfactor.errors import counted
from xlfactor.workbook.checking.table import Severity, Table
from xlfactor.workbook.results import Note

GAP = pd.Timedelta(days=14)  # longer than any holidays of a daily series
USUAL = 5  # times the usual distance of two dates
FEW_DATES = 20  # of which a volatility is known to about a sixth


def date_notes(table: Table) -> Iterator[Note]:
    dates = pd.DatetimeIndex(table.frame.index)
    rows = table.body_rows()
    given = [table.rows[i][0] for i in rows]
    weekend = np.flatnonzero(dates.day_of_week >= 5)
    yield from _first(table, "DATE_WEEKEND", "warn", "on a weekend", weekend, "check these dates")
    today = pd.Timestamp(dt.date.today()) + pd.Timedelta(days=1)  # it may be tomorrow elsewhere
    future = np.flatnonzero(dates > today)
    yield from _first(table, "DATE_FUTURE", "warn", "in the future", future, "check the year, or delete them")
    steps = dates[1:] - dates[:-1]
    if len(steps):
        gaps = np.flatnonzero(steps > max(GAP, USUAL * steps.to_series().median())) + 1
        yield from _first(table, "DATE_GAP", "warn", "after a long gap", gaps, "add the dates that are missing")
    texts = np.flatnonzero([isinstance(value, str) for value in given])
    yield from _first(table, "DATE_TEXT", "warn", "as text", texts, "turn them into dates (Data, Text to Columns)")
    times = np.flatnonzero([has_time(value) for value in given])
    yield from _first(table, "DATE_TIME", "info", "with a time of day, which is dropped", times, "")
    if table.argument == "returns" and len(dates) < FEW_DATES:
        text = f"{table.argument} have {counted(len(dates), 'date')}: too few for a reliable covariance"
        yield Note("FEW_DATES", "warn", table.place.sheet, None, text, f"give at least {FEW_DATES}, better 250")


def has_time(value: object) -> bool:
    if isinstance(value, dt.datetime):
        return value.time() != dt.time()
    return isinstance(value, float) and not value.is_integer()


def _first(table: Table, code: str, severity: Severity, what: str, odd: np.ndarray, fix: str) -> Iterator[Note]:
    """One note for all such dates at the cell of the first: they come in hundreds."""
    if len(odd):
        cell = table.at(table.body_rows()[odd[0]], 0)
        date = f"{table.frame.index[odd[0]]:%Y-%m-%d}"
        text = f"{table.argument}: {counted(len(odd), 'date')} {what}, the first {date}"
        yield Note(code, severity, table.place.sheet, cell, text, fix, len(odd))
