"""Axes of the charts that we draw ourselves: round ticks, months, and labels that do not lie on each other."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from xlfactor.tables.cells import Cell
from xlfactor.workbook.report.document import SHOWN, Chart

LONG = 120  # days, from which on an axis shows months


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values from below `low` to above `high`, about `count` steps, zero among them if it is between."""
    span = (high - low) or abs(high) or 1.0
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= raw * 0.999) * power
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [k * step for k in range(first, max(last, first + 1) + 1)]


def tick_text(values: Sequence[float], number: str) -> str:
    """The format that tells ticks apart: as many decimals as their step needs."""
    percent = SHOWN[number].endswith("%")
    step = abs(values[1] - values[0]) * (100 if percent else 1)
    decimals = next((d for d in range(4) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 3)
    return f".{decimals}{'%' if percent else 'f'}"


def months(first: dt.datetime, last: dt.datetime, count: int = 8) -> list[dt.datetime]:
    """First days of months between two dates, at most about `count`; none where they lie within one month."""
    span = (last.year - first.year) * 12 + last.month - first.month
    every = next((m for m in (1, 2, 3, 6, 12, 24, 60) if span / m <= count), 120)
    found = []
    for k in range(span + 1):
        year, month = divmod(first.year * 12 + first.month - 1 + k, 12)
        day = dt.datetime(year, month + 1, 1)
        if day >= first and month % min(every, 12) == 0 and (every <= 12 or year % (every // 12) == 0):
            found.append(day)
    return found


def date_ticks(first: dt.datetime, last: dt.datetime) -> list[tuple[dt.datetime, str]]:
    """Dates and their labels: days where the span is short, else first days of months."""
    span = (last - first).days
    if span >= LONG:
        return [(day, f"{day:%b %y}") for day in months(first, last)]
    marks = [first + dt.timedelta(days=k) for k in range(0, span + 1, max(1, span // 6))]
    return [(day, f"{day.day} {day:%b}") for day in marks]


def days_of(chart: Chart) -> int:
    """Days from the first date of a chart to its last."""
    dates = [row[0] for row in chart.rows[1:] if isinstance(row[0], dt.datetime)]
    return (max(dates) - min(dates)).days if dates else 0


def apart(wanted: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Positions as near as may be to `wanted`, `least` apart, between `low` and `high` if there is room."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: list[float] = []
    for i in order:
        placed.append(max(wanted[i], placed[-1] + least if placed else low))
    over = placed[-1] - high if placed else 0.0
    for k in reversed(range(len(placed))):
        if over <= 0:
            break
        placed[k] = min(placed[k], high - (len(placed) - 1 - k) * least)
    found = [0.0] * len(wanted)
    for i, y in zip(order, placed, strict=True):
        found[i] = y
    return found


def finite(cells: Sequence[Cell]) -> list[float]:
    return [float(v) for v in cells if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
