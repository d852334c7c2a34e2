"""The native charts of the risk sheet: what stands where, and what they say to who cannot see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlfactor.tables.cells import Rows
from xlfactor.workbook.template.cells import Draft, spilled
from xlfactor.workbook.template.chart_kinds import bar_chart, daily_fit, history, line_chart, scatter_chart
from xlfactor.workbook.template.layout import block
from xlfactor.workbook.template.layout_pages import POINTS_ROW
from xlfactor.workbook.template.layout_risk import (
    HEALTH_CHART_ROWS,
    HEALTH_CHARTS,
    RISK_FACTORS,
    RISK_TOP,
    VOLATILITY_CHART,
    VOLATILITY_ROWS,
)
from xlfactor.workbook.template.layout_scatter import POOR, STRONG

CHART_ROWS = 15
LEFT, RIGHT = (1, 706), (9, 737)  # first column from 0, width in pixels: columns B to H, J to R
ROW_HEIGHT = 18


def insert_charts(draft: Draft, spills: Mapping[str, Rows]) -> None:
    """Nothing on the bare book, where no size is known yet."""
    by_factor, exposures = spills["xlf_by_factor"], spills["xlf_exposures"]
    if len(by_factor) == 1:
        return
    count = [row[0] for row in by_factor].index("idio")  # the factors, then idio: the rows before the totals
    _insert(draft, RISK_TOP, LEFT, bar_chart(draft, "Contribution to annual volatility", "xlf_by_factor",
            "contribution", count, by_factor), "Bars: what each factor and the idio risk contribute to annual "
            "volatility")  # fmt: skip
    _insert(draft, VOLATILITY_CHART, RIGHT, history(draft), "Lines: total and active volatility of each run",
            VOLATILITY_ROWS)  # fmt: skip
    _insert(draft, RISK_FACTORS, LEFT, bar_chart(draft, "Active exposure", "xlf_exposures", "active",
            len(exposures) - 1, exposures), "Bars: exposure of portfolio minus benchmark for each factor")  # fmt: skip
    first, second = _two_groups(draft)
    _insert(draft, RISK_FACTORS, RIGHT, line_chart(draft, *first),
            "Lines: compounded returns of the market and the style factors")  # fmt: skip
    _insert(draft, HEALTH_CHARTS, LEFT, daily_fit(draft), "Line: share of each day's returns that the factors explain",
            HEALTH_CHART_ROWS)  # fmt: skip
    _insert(draft, HEALTH_CHARTS, RIGHT, line_chart(draft, *second), "Lines: compounded returns of the families",
            HEALTH_CHART_ROWS)  # fmt: skip
    for place, column, words in ((LEFT, STRONG, "strongest"), (RIGHT, POOR, "poorest")):
        chart = scatter_chart(draft, words, column)
        _insert(draft, POINTS_ROW, place, chart, f"Points: daily returns of one asset against the {words} factor, "
                "with the least-squares line", 22)  # fmt: skip


def _two_groups(draft: Draft) -> tuple[tuple[str, list[int]], tuple[str, list[int]]]:
    """Columns of xlf_cumulative in two charts, each with its title: market and styles, and families."""
    factors = [str(name) for name in spilled(draft, block("xlf_cumulative"))[0][1:]]
    groups: tuple[list[int], list[int]] = ([], [])
    for k, factor in enumerate(factors, 1):
        groups[factor in draft.family].append(k)
    if draft.shapes is not None:  # the user's own factors, in their order
        half = (len(factors) + 1) // 2
        groups = (list(range(1, half + 1)), list(range(half + 1, len(factors) + 1)))
        return (f"Cumulative, factors 1 to {half}", groups[0]), ("Cumulative, further factors", groups[1])
    return ("Market and styles, cumulative", groups[0]), ("Industries, cumulative", groups[1])


def _insert(
    draft: Draft, heading: int, place: tuple[int, int], chart: Any, description: str, rows: int = CHART_ROWS
) -> None:
    """A chart under the heading in that row."""
    column, width = place
    chart.set_size({"width": width, "height": rows * ROW_HEIGHT - 6})
    where = {"object_position": 2, "description": description, "y_offset": 3}
    draft.sheets["Risk"].insert_chart(heading, column, chart, where)
