"""The charts of the PDF: matplotlib axes placed in points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from matplotlib.axes import Axes

from xlfactor.tables.cells import Cell
from xlfactor.workbook.report.document import Chart, shown, words
from xlfactor.workbook.report.pdf_paper import HEIGHT, WIDTH, Paper, put_text
from xlfactor.workbook.report.scale import apart, date_ticks, finite, tick_text, ticks
from xlfactor.workbook.template.styles import GREY, LINE, NAVY, SERIES
from xlfactor.workbook.text import clean

BAR, PLOT = 15.0, 172.0  # height of a bar's row, of a plot


def chart_height(chart: Chart, width: float) -> float:
    return 22 + (BAR * (len(chart.rows) - 1) + 8 if chart.kind == "bars" else PLOT)


def put_chart(paper: Paper, chart: Chart, x: float, y: float, width: float) -> float:
    height = chart_height(chart, width)
    put_text(paper, x, y + 9, chart.title, 9, NAVY, bold=True)
    left, right = (86, 34) if chart.kind == "bars" else (34, 84)
    bottom = y + height - (4 if chart.kind == "bars" else 22 if chart.kind != "stacked" else 44)
    area = ((x + left) / WIDTH, 1 - bottom / HEIGHT, (width - left - right) / WIDTH, (bottom - y - 18) / HEIGHT)
    axes = paper.figure.add_axes(area)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(f"#{GREY}")
    axes.tick_params(length=0, labelsize=6.5, labelcolor=f"#{GREY}")
    {"bars": bars, "stacked": stacked, "lines": lines, "scatter": scatter}[chart.kind](axes, chart)
    return y + height


def value_axis(axes: Axes, values: Sequence[float], number: str) -> None:
    marks = ticks(min(values), max(values))
    form = tick_text(marks, number)
    axes.set_ylim(marks[0], marks[-1])
    axes.set_yticks(marks, [format(mark + 0.0, form) for mark in marks])
    axes.grid(axis="y", color=f"#{LINE}", linewidth=0.5)
    axes.set_axisbelow(True)


def bars(axes: Axes, chart: Chart) -> None:
    values = [v[0] if (v := finite([row[1]])) else 0.0 for row in chart.rows[1:]]
    places = range(len(values))
    axes.barh(places, values, height=0.7, color=f"#{SERIES[0]}")
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_yticks(places, [shortened(row[0], 20) for row in chart.rows[1:]])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=f"#{GREY}", linewidth=0.8)
    for k, value in enumerate(values):
        axes.annotate(shown(value, chart.number), (value, k), xytext=(3 if value >= 0 else -3, 0), fontsize=6.5,
                      textcoords="offset points", va="center", ha="left" if value >= 0 else "right")  # fmt: skip
    axes.margins(x=0.12)


def stacked(axes: Axes, chart: Chart) -> None:
    count = len(chart.rows) - 1
    up, down = [0.0] * count, [0.0] * count
    for k in range(1, len(chart.rows[0])):
        values = [v[0] if (v := finite([row[k]])) else 0.0 for row in chart.rows[1:]]
        base = [a if v >= 0 else b for v, a, b in zip(values, up, down, strict=True)]
        axes.bar(range(count), values, 0.7, bottom=base, color=f"#{SERIES[(k - 1) % len(SERIES)]}",
                 label=words(chart.rows[0][k]))  # fmt: skip
        up = [a + max(v, 0.0) for a, v in zip(up, values, strict=True)]
        down = [a + min(v, 0.0) for a, v in zip(down, values, strict=True)]
    value_axis(axes, [0.0, *up, *down], chart.number)
    axes.set_xticks(range(count), [shortened(row[0], 12) for row in chart.rows[1:]], rotation=45, ha="right")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=6.5, handlelength=1)


def lines(axes: Axes, chart: Chart) -> None:
    rows = [row for row in chart.rows[1:] if isinstance(row[0], dt.datetime)]
    values = finite([cell for row in rows for cell in row[1:]])
    if len(rows) < 2 or not values:
        axes.set_axis_off()
        return
    days = [row[0].toordinal() for row in rows if isinstance(row[0], dt.datetime)]
    names, ends = chart.rows[0][1:], []
    for k in range(1, len(names) + 1):
        series = [float(v) if isinstance(v, int | float) else float("nan") for v in (row[k] for row in rows)]
        axes.plot(days, series, color=f"#{SERIES[(k - 1) % len(SERIES)]}", linewidth=0.9)
        ends.append(next((v for v in reversed(series) if v == v), 0.0))
    value_axis(axes, values, chart.number)
    axes.set_xlim(days[0], days[-1])
    marks = date_ticks(dt.datetime.fromordinal(days[0]), dt.datetime.fromordinal(days[-1]))
    axes.set_xticks([day.toordinal() for day, _ in marks], [text for _, text in marks])
    low, high = axes.get_ylim()
    places = apart(ends, (high - low) * 0.048, low, high)
    for k, (name, at) in enumerate(zip(names, places, strict=True)):
        axes.annotate(shortened(name, 18), (1.01, at), xycoords=("axes fraction", "data"), fontsize=6.5, va="center",
                      color=f"#{SERIES[k % len(SERIES)]}", annotation_clip=False)  # fmt: skip


def scatter(axes: Axes, chart: Chart) -> None:
    rows = sorted([v for row in chart.rows[1:] if len(v := finite(row)) == len(row)])
    axes.plot([r[0] for r in rows], [r[1] for r in rows], "o", color=f"#{SERIES[0]}", markersize=1.8, alpha=0.6)
    axes.plot([rows[0][0], rows[-1][0]], [rows[0][2], rows[-1][2]], color=f"#{SERIES[1]}", linewidth=1.2)
    value_axis(axes, [v for row in rows for v in row[1:]], chart.number)
    marks = ticks(rows[0][0], rows[-1][0], 8)
    form = tick_text(marks, chart.number)
    axes.set_xticks(marks, [format(mark + 0.0, form) for mark in marks])


def shortened(value: Cell, most: int) -> str:
    text = clean(words(value))
    return text if len(text) <= most else f"{text[: most - 1]}…"
