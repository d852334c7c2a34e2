"""The native charts of the template; their series are plain ranges (a named one is drawn from a wrong cache)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xlfactor.tables.cells import Rows
from xlfactor.workbook.template.cells import Draft, spilled
from xlfactor.workbook.template.layout import RISK_HEALTH, block
from xlfactor.workbook.template.styles import FONT, NAVY, SERIES

CHART_ROWS = 15
RISK_CHARTS = {"contributions": 10, "exposures": 10, "cumulative": 89, "industries": 89, "explained": RISK_HEALTH}
LEFT, RIGHT = 706, 737  # pixels: columns B to H, J to R
ROW_HEIGHT = 18
_GRID = {"visible": True, "line": {"color": "#E7E6E6", "width": 0.75}}
_SMALL = {"name": FONT, "size": 9, "color": "#595959"}


def insert_risk_charts(draft: Draft, spills: Mapping[str, Rows]) -> None:
    """Nothing on the bare book, where no size is known yet."""
    by_factor, exposures = spills["xlf_by_factor"], spills["xlf_exposures"]
    if len(by_factor) == 1:
        return
    labels = [row[0] for row in by_factor]
    count = labels.index("idio")  # the factors and, after the header, idio: the rows before the totals
    _insert(draft, "contributions", 1, LEFT,
            _bars(draft, "Contribution to annual volatility", "xlf_by_factor", "contribution", count, by_factor),
            "Bars: what each factor and the idio risk contribute to annual volatility")  # fmt: skip
    _insert(draft, "exposures", 9, RIGHT,
            _bars(draft, "Active exposure", "xlf_exposures", "active", len(exposures) - 1, exposures),
            "Bars: exposure of portfolio minus benchmark for each factor")  # fmt: skip
    factors = [str(name) for name in spilled(draft, block("xlf_cumulative"))[0][1:]]
    family = draft.family
    _insert(draft, "cumulative", 1, LEFT,
            _lines(draft, "Market and styles, cumulative", [k for k, f in enumerate(factors, 1) if f not in family]),
            "Lines: compounded returns of the market and the style factors")  # fmt: skip
    _insert(draft, "industries", 9, RIGHT,
            _lines(draft, "Industries, cumulative", [k for k, f in enumerate(factors, 1) if f in family]),
            "Lines: compounded returns of the industry factors")  # fmt: skip
    _insert(draft, "explained", 9, RIGHT, _explained(draft), "Line: R² of each day's regression, and its 21-day mean")


def _insert(draft: Draft, key: str, column: int, width: int, chart: Any, description: str) -> None:
    chart.set_size({"width": width, "height": CHART_ROWS * ROW_HEIGHT - 6})
    place = {"object_position": 2, "description": description, "y_offset": 3}
    draft.sheets["Risk"].insert_chart(RISK_CHARTS[key] - 1, column, chart, place)


def _bars(draft: Draft, title: str, name: str, label: str, count: int, rows: Rows) -> Any:
    """One horizontal bar a row, the first on top."""
    b = block(name)
    column = b.column - 1 + rows[0].index(label)
    chart = draft.book.add_chart({"type": "bar"})
    chart.add_series({
        "name": title, "gap": 40, "fill": {"color": f"#{NAVY}"}, "invert_if_negative": False,
        "categories": [b.sheet, b.row, b.column - 1, b.row + count - 1, b.column - 1],
        "values": [b.sheet, b.row, column, b.row + count - 1, column],
        "data_labels": {"value": True, "font": {**_SMALL, "size": 8}, "position": "outside_end"},
    })  # fmt: skip
    chart.set_y_axis({"reverse": True, "num_font": {**_SMALL, "size": 8}, "label_position": "low", "interval_unit": 1,
                      "line": {"color": "#BFBFBF"}, "major_tick_mark": "none"})  # fmt: skip
    number = "0%" if label == "contribution" else "0.0"
    chart.set_x_axis({"num_font": _SMALL, "num_format": number, "major_gridlines": _GRID, "line": {"none": True},
                      "label_position": "high"})  # fmt: skip
    _finish(chart, title)
    chart.set_legend({"none": True})
    return chart


def _lines(draft: Draft, title: str, columns: Sequence[int]) -> Any:
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
    _finish(chart, title)
    chart.set_legend({"position": "bottom", "font": _SMALL})
    return chart


def _explained(draft: Draft) -> Any:
    b = block("xlf_regression")
    rows = len(spilled(draft, b))
    column = b.column + 1  # r_squared
    chart = draft.book.add_chart({"type": "line"})
    chart.add_series({
        "name": "R² of the day", "line": {"color": "#9DC3E6", "width": 1},
        "categories": [b.sheet, b.row, b.column - 1, b.row + rows - 2, b.column - 1],
        "values": [b.sheet, b.row, column, b.row + rows - 2, column],
        "trendline": {"type": "moving_average", "period": 21, "name": "21-day mean",
                      "line": {"color": f"#{NAVY}", "width": 2}},
    })  # fmt: skip
    _dates(chart, "0%")
    _finish(chart, "R² through time")
    chart.set_legend({"position": "bottom", "font": _SMALL})
    return chart


def _dates(chart: Any, number: str) -> None:
    chart.set_x_axis({"date_axis": True, "num_format": "mmm yy", "num_font": _SMALL, "major_unit": 3,
                      "major_unit_type": "months", "label_position": "low", "line": {"color": "#BFBFBF"},
                      "major_tick_mark": "none"})  # fmt: skip
    chart.set_y_axis({"num_format": number, "num_font": _SMALL, "major_gridlines": _GRID, "line": {"none": True}})


def _finish(chart: Any, title: str) -> None:
    chart.set_title({"name": title, "name_font": {"name": FONT, "size": 11, "bold": True, "color": f"#{NAVY}"},
                     "overlay": False})  # fmt: skip
    chart.set_chartarea({"border": {"none": True}})
    chart.show_na_as_empty_cell()
