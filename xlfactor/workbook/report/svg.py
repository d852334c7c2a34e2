"""Charts as inline SVG for the HTML page.

Our own few lines and no plotting library, because every colour has to be a class of the page's style sheet: only so
do the charts follow its light, dark and print looks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape

from xlfactor.tables.cells import Cell
from xlfactor.workbook.report.document import Chart, shown, words
from xlfactor.workbook.report.scale import apart, date_ticks, finite, tick_text, ticks
from xlfactor.workbook.text import clean

WIDTH, ROW = 640.0, 25.0
LABELS, VALUES = 150.0, 60.0  # room left of bars and for their values
LEGEND_STEP = 180.0
TOP, LEFT, RIGHT, BOTTOM, HEIGHT = 12.0, 48.0, 104.0, 28.0, 300.0  # of a plot with two axes


def svg(chart: Chart) -> str:
    height, parts = {"bars": bars, "stacked": stacked, "lines": lines, "scatter": scatter}[chart.kind](chart)
    title = text_of(chart.title)
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {height:g}" role="img" aria-label="{title}">'
        f"<title>{title}</title>{''.join(parts)}</svg>"
    )


def text_of(value: Cell) -> str:
    return escape(clean("" if value is None else str(value)))


def label(x: float, y: float, text: str, anchor: str = "start", look: str = "", most: int = 24) -> str:
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{look}">{text_of(cut)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, look: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{look}"/>'


def box(x: float, y: float, width: float, height: float, look: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0.5):.1f}" class="{look}"/>'
    )


def bars(chart: Chart) -> tuple[float, list[str]]:
    """Horizontal bars from zero, the value at the end of each."""
    values = [v[0] if (v := finite([row[1]])) else 0.0 for row in chart.rows[1:]]
    low, high = min([0.0, *values]), max([0.0, *values])
    left, right = LABELS + (VALUES if low < 0 else 4), WIDTH - VALUES
    scale = (right - left) / ((high - low) or 1.0)
    zero, parts = left - low * scale, []
    for i, (row, value) in enumerate(zip(chart.rows[1:], values, strict=True)):
        y, end = 4 + i * ROW, zero + value * scale
        parts.append(label(LABELS - 6, y + 16, words(row[0]), "end"))
        parts.append(box(min(zero, end), y + 3, abs(end - zero), ROW - 6, "s0"))
        x, anchor = (end - 5, "end") if value < 0 else (end + 5, "start")
        parts.append(label(x, y + 16, shown(value, chart.number), anchor, "value"))
    height = 8 + ROW * len(values)
    return height, [*parts, line(zero, 2, zero, height - 2, "axis")]


def plot(low: float, high: float, number: str) -> tuple[list[str], float, float]:
    """Grid and ticks of the vertical axis; y = a + b · value."""
    marks = ticks(low, high)
    b = -(HEIGHT - TOP - BOTTOM) / (marks[-1] - marks[0])
    a = HEIGHT - BOTTOM - b * marks[0]
    parts, form = [], tick_text(marks, number)
    for mark in marks:
        parts.append(line(LEFT, a + b * mark, WIDTH - RIGHT, a + b * mark, "axis" if abs(mark) < 1e-12 else "grid"))
        parts.append(label(LEFT - 6, a + b * mark + 4, format(mark + 0.0, form), "end"))
    return parts, a, b


def stacked(chart: Chart) -> tuple[float, list[str]]:
    """Columns of positive parts upwards and negative ones downwards from zero, below the names of the parts."""
    body = [[max(v, 0.0) if isinstance(v, float) else 0.0 for v in row[1:]] for row in chart.rows[1:]]
    below = [[min(v, 0.0) if isinstance(v, float) else 0.0 for v in row[1:]] for row in chart.rows[1:]]
    parts, a, b = plot(min([0.0, *map(sum, below)]), max([0.0, *map(sum, body)]), chart.number)
    step = (WIDTH - RIGHT - LEFT) / max(len(body), 1)
    for i, row in enumerate(chart.rows[1:]):
        x = LEFT + step * i + step * 0.15
        for sign in (body, below):
            base = 0.0
            for k, value in enumerate(sign[i]):
                y1, y2 = a + b * base, a + b * (base + value)
                if value:
                    parts.append(box(x, min(y1, y2), step * 0.7, abs(y2 - y1), f"s{k % 15}"))
                base += value
        at = f'transform="rotate(-45 {x + step * 0.35:.1f} {HEIGHT - BOTTOM + 12:.1f})"'
        name = label(x + step * 0.35, HEIGHT - BOTTOM + 12, words(row[0]), "end", most=12)
        parts.append(name.replace("<text ", f"<text {at} ", 1))
    legend = []
    for k, cell in enumerate(chart.rows[0][1:]):
        x = LEFT + LEGEND_STEP * k
        legend += [box(x, 4, 8, 8, f"s{k % 15}"), label(x + 12, 12, words(cell))]
    return HEIGHT + 50, [*legend, '<g transform="translate(0 18)">', *parts, "</g>"]


def lines(chart: Chart) -> tuple[float, list[str]]:
    """Lines over dates, each named at its end; a missing value is a gap."""
    rows = [row for row in chart.rows[1:] if isinstance(row[0], dt.datetime)]
    values = finite([cell for row in rows for cell in row[1:]])
    if len(rows) < 2 or not values:
        return 40.0, [label(LEFT, 24, "too few dates for a chart")]
    parts, a, b = plot(min(values), max(values), chart.number)
    days = [row[0].toordinal() for row in rows if isinstance(row[0], dt.datetime)]
    step = (WIDTH - RIGHT - LEFT) / ((days[-1] - days[0]) or 1)
    parts += [
        label(LEFT + step * (day.toordinal() - days[0]), HEIGHT - 8, text, "middle")
        for day, text in date_ticks(dt.datetime.fromordinal(days[0]), dt.datetime.fromordinal(days[-1]))
    ]
    ends = []
    for k in range(1, len(chart.rows[0])):
        series = [row[k] for row in rows]
        points = [
            (LEFT + step * (d - days[0]), a + b * v) if isinstance(v, int | float) else None
            for d, v in zip(days, series, strict=True)
        ]
        parts.append(f'<path d="{path(points)}" class="line s{(k - 1) % 15}"/>')
        ends.append(next((p[1] for p in reversed(points) if p), a))
    names = [words(cell) for cell in chart.rows[0][1:]]
    return HEIGHT, [*parts, *side_labels(names, apart([y + 4 for y in ends], 13, TOP + 4, HEIGHT - BOTTOM + 4))]


def path(points: Iterable[tuple[float, float] | None]) -> str:
    text, pen = [], "M"
    for point in points:
        if point:
            text.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L" if point else "M"
    return "".join(text)


def side_labels(names: Sequence[str], at: Sequence[float]) -> list[str]:
    """The names of the series, right of the plot, in their colours."""
    x = WIDTH - RIGHT + 6
    marks = [box(x, y - 7, 8, 8, f"s{k % 15}") for k, y in enumerate(at)]
    return [*marks, *(label(x + 12, y, name, most=15) for name, y in zip(names, at, strict=True))]


def scatter(chart: Chart) -> tuple[float, list[str]]:
    """Dots of the first series and a line through the second."""
    rows = sorted([v for row in chart.rows[1:] if len(v := finite(row)) == len(row)])
    parts, a, b = plot(min(min(row[1:]) for row in rows), max(max(row[1:]) for row in rows), chart.number)
    marks = ticks(rows[0][0], rows[-1][0], 8)
    step = (WIDTH - RIGHT - LEFT) / (marks[-1] - marks[0])
    form = tick_text(marks, chart.number)
    parts += [label(LEFT + step * (m - marks[0]), HEIGHT - 8, format(m + 0.0, form), "middle") for m in marks]
    for x, y, *_ in rows:
        parts.append(f'<circle cx="{LEFT + step * (x - marks[0]):.1f}" cy="{a + b * y:.1f}" r="2.2" class="s0 dot"/>')
    ends = [(LEFT + step * (row[0] - marks[0]), a + b * row[2]) for row in (rows[0], rows[-1])]
    return HEIGHT, [*parts, f'<path d="{path(ends)}" class="line s1"/>']
