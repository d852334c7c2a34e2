"""How each kind of native chart is made; series are plain ranges (a named one is drawn from a wrong cache)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlfactor.tables.cells import Rows
from xlfactor.workbook.template.cells import Draft, spilled
from xlfactor.workbook.template.layout import block
from xlfactor.workbook.template.layout_scatter import ASSET, FIRST, LAST
from xlfactor.workbook.template.log import LOG
from xlfactor.workbook.template.styles import FONT, NAVY, SERIES

_GRID = {"visible": True, "line": {"color": "#E7E6E6", "width": 0.75}}
_SMALL = {"name": FONT, "size": 9, "color": "#595959"}
_AXIS = {"color": "#BFBFBF"}
_BLEAK = "9DC3E6"


def bar_chart(draft: Draft, title: str, name: str, label: str, count: int, rows: Rows) -> Any:
    """One horizontal bar a row, the first on top."""
    b = block(name)
    column = b.column - 1 + rows[0].index(label)
    chart = draft.book.add_chart({"type": "bar"})
    number = "0.0%" if label == "contribution" else "0.00"
    chart.add_series({
        "name": title, "gap": 40, "fill": {"color": f"#{NAVY}"}, "invert_if_negative": False,
        "categories": [b.sheet, b.row, b.column - 1, b.row + count - 1, b.column - 1],
        "values": [b.sheet, b.row, column, b.row + count - 1, column],
        "data_labels": {"value": True, "font": {**_SMALL, "size": 8}, "position": "outside_end", "num_format": number},
    })  # fmt: skip
    chart.set_y_axis({"reverse": True, "num_font": {**_SMALL, "size": 8}, "label_position": "low", "interval_unit": 1,
                      "line": _AXIS, "major_tick_mark": "none"})  # fmt: skip
    number = "0%" if label == "contribution" else "0.0"
    chart.set_x_axis({"num_font": _SMALL, "num_format": number, "major_gridlines": _GRID, "line": {"none": True},
                      "label_position": "high"})  # fmt: skip
    return _finished(chart, title, legend=False)


def line_chart(draft: Draft, title: str, columns: Sequence[int]) -> Any:
    """Lines through time of these columns of xlf_cumulative."""
    b = block("xlf_cumulative")
    rows = len(spilled(draft, b))
    chart = draft.book.add_chart({"type": "line"})
    for k, column in enumerate(columns):
        chart.add_series({
            "name": [b.sheet, b.row - 1, b.column - 1 + column],
            "categories": [b.sheet, b.row, b.column - 1, b.row + rows - 2, b.column - 1],
            "values": [b.sheet, b.row, b.column - 1 + column, b.row + rows - 2, b.column - 1 + column],
            "line": {"color": f"#{SERIES[k % len(SERIES)]}", "width": 1.5},
        })  # fmt: skip
    _dates(chart, "0%")
    return _finished(chart, title)


def daily_fit(draft: Draft) -> Any:
    """R² of each day with its mean over a month."""
    b = block("xlf_regression")
    rows = len(spilled(draft, b))
    column = b.column + 1  # r_squared
    chart = draft.book.add_chart({"type": "line"})
    chart.add_series({
        "name": "R² of the day", "line": {"color": f"#{_BLEAK}", "width": 1},
        "categories": [b.sheet, b.row, b.column - 1, b.row + rows - 2, b.column - 1],
        "values": [b.sheet, b.row, column, b.row + rows - 2, column],
        "trendline": {"type": "moving_average", "period": 21, "name": "21-day mean",
                      "line": {"color": f"#{NAVY}", "width": 2}},
    })  # fmt: skip
    _dates(chart, "0%")
    return _finished(chart, "R² through time")


def history(draft: Draft) -> Any:
    """Total and active volatility of the runs in tblLog."""
    labels = list(LOG)
    chart = draft.book.add_chart({"type": "line"})
    first, last = 1, draft.log_rows  # tblLog begins in the sheet's first row
    for label, words, colour in (("annual_volatility", "Total", NAVY), ("active_volatility", "Active", SERIES[1])):
        dates, values = labels.index("as_of"), labels.index(label)
        chart.add_series({
            "name": words, "line": {"color": f"#{colour}", "width": 2}, "marker": {"type": "none"},
            "categories": ["Log", first, dates, last, dates],
            "values": ["Log", first, values, last, values],
        })  # fmt: skip
    chart.set_x_axis({"num_format": "dd mmm", "num_font": _SMALL, "label_position": "low", "line": _AXIS,
                      "text_axis": True, "major_tick_mark": "none"})  # fmt: skip
    chart.set_y_axis({"num_format": "0%", "num_font": _SMALL, "major_gridlines": _GRID, "line": {"none": True},
                      "min": 0})  # fmt: skip
    return _finished(chart, "")


def scatter_chart(draft: Draft, words: str, factor: int) -> Any:
    """Points of the factor page with a native trend line; `factor` is the column of its returns."""
    x, y, first, last = factor - 1, ASSET - 1, FIRST - 1, LAST - 1
    chart = draft.book.add_chart({"type": "scatter"})
    chart.add_series({
        "name": "Daily returns", "categories": ["Risk", first, x, last, x], "values": ["Risk", first, y, last, y],
        "marker": {"type": "circle", "size": 3, "border": {"none": True},
                   "fill": {"color": "#2E75B6", "transparency": 35}},
        "trendline": {"type": "linear", "name": "Least-squares line",
                      "line": {"color": f"#{SERIES[1]}", "width": 2}},
    })  # fmt: skip
    names = {"name_font": {**_SMALL, "bold": False}, "num_font": _SMALL, "num_format": "0.0%",
             "major_gridlines": _GRID, "label_position": "low", "line": _AXIS}  # fmt: skip
    chart.set_x_axis({**names, "name": f"{words} factor, return of the day"})
    chart.set_y_axis({**names, "name": "asset, return of the day"})
    return _finished(chart, "")


def _dates(chart: Any, number: str) -> None:
    chart.set_x_axis({"date_axis": True, "num_format": "mmm yy", "num_font": _SMALL, "major_unit": 3,
                      "major_unit_type": "months", "label_position": "low", "line": _AXIS,
                      "major_tick_mark": "none"})  # fmt: skip
    chart.set_y_axis({"num_format": number, "num_font": _SMALL, "major_gridlines": _GRID, "line": {"none": True}})


def _finished(chart: Any, title: str, legend: bool = True) -> Any:
    font = {"name": FONT, "size": 11, "bold": True, "color": f"#{NAVY}"}
    chart.set_title({"name": title, "name_font": font, "overlay": False} if title else {"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.show_na_as_empty_cell()
    chart.set_legend({"position": "bottom", "font": _SMALL} if legend else {"none": True})
    return chart
