"""The report's native charts: editable, on plain ranges, with every default that hurts switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.axis import ChartLines, DateAxis
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.legend import Legend
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties

from xlfactor.workbook.template.styles import FONT, NAVY, SERIES

Area = tuple[int, int, int, int]  # first row, first column, last row, last column, from 1


def bar_chart(sheet: Any, title: str, rows: tuple[int, int], labels: int, values: int, number: str) -> BarChart:
    """One horizontal bar a row (first, last), the first on top."""
    chart = BarChart()
    chart.type, chart.gapWidth, chart.legend = "bar", 40, None
    series = Series(Reference(sheet, min_col=values, min_row=rows[0], max_row=rows[1]), title=title)
    series.invertIfNegative = False
    series.graphicalProperties = GraphicalProperties(solidFill=NAVY)
    series.dLbls = _value_labels(number)
    chart.append(series)
    chart.set_categories(Reference(sheet, min_col=labels, min_row=rows[0], max_row=rows[1]))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.tickLblSkip = 1
    _axes(chart, "0%" if number.endswith("%") else "0.0")
    chart.y_axis.tickLblPos = "high"  # low would be on top: the other axis is reversed
    _title(chart, title)
    return chart


def line_chart(sheet: Any, title: str, area: Area, columns: Sequence[int], number: str) -> LineChart:
    """Lines over dates: headers in the area's first row, dates in its first column."""
    chart = LineChart()
    top, left, bottom, _ = area
    for k, column in enumerate(columns):
        series = Series(Reference(sheet, min_col=column, min_row=top, max_row=bottom), title_from_data=True)
        series.smooth = False
        series.marker.symbol = "none"
        series.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=SERIES[k % len(SERIES)], w=19050))
        chart.append(series)
    chart.set_categories(Reference(sheet, min_col=left, min_row=top + 1, max_row=bottom))
    chart.x_axis = DateAxis(crossAx=100)
    chart.x_axis.majorUnit, chart.x_axis.majorTimeUnit, chart.x_axis.baseTimeUnit = 3, "months", "days"
    chart.x_axis.number_format = "mmm yy"
    chart.y_axis.crossAx = 500
    _axes(chart, number)
    _title(chart, title)
    chart.legend = Legend()
    chart.legend.position, chart.legend.txPr = "b", _text(900)
    return chart


def place(sheet: Any, chart: Any, area: Area) -> None:
    """Between two cells: a size in centimetres would overlap where fonts differ."""
    top, left, bottom, right = area
    chart.anchor = TwoCellAnchor(
        editAs="oneCell", _from=AnchorMarker(left - 1, 0, top - 1, 0), to=AnchorMarker(right, 0, bottom, 0)
    )
    sheet.add_chart(chart)
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.roundedCorners = False


def _axes(chart: Any, number: str) -> None:
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False
        axis.tickLblPos = "low"
        axis.majorTickMark = axis.minorTickMark = "none"
        axis.title = None
        axis.txPr = _text(800)
    grey = LineProperties(solidFill="BFBFBF", w=9525)
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=grey)
    chart.x_axis.majorGridlines = None
    chart.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.y_axis.majorGridlines = ChartLines(GraphicalProperties(ln=LineProperties(solidFill="E7E6E6", w=9525)))
    chart.y_axis.number_format = number


def _value_labels(number: str) -> DataLabelList:
    labels = DataLabelList()
    labels.numFmt, labels.position, labels.showVal = number, "outEnd", True
    labels.showSerName = labels.showCatName = labels.showLegendKey = labels.showPercent = labels.showLeaderLines = False
    labels.txPr = _text(800)
    return labels


def _title(chart: Any, title: str) -> None:
    chart.title = title
    chart.title.overlay = False
    bold = CharacterProperties(sz=1100, b=True, solidFill=NAVY, latin=Font(typeface=FONT))
    for paragraph in chart.title.tx.rich.p:
        paragraph.pPr = ParagraphProperties(defRPr=bold)
        for run in paragraph.r:
            run.rPr = bold


def _text(size: int) -> RichText:
    look = CharacterProperties(sz=size, solidFill="595959", latin=Font(typeface=FONT))
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=look), endParaRPr=look)])
