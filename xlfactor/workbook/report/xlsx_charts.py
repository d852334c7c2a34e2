"""The report's native charts: editable, on plain ranges, with every default that hurts switched off."""

from __future__ import annotations

from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference, ScatterChart, Series
from openpyxl.chart.axis import ChartLines, DateAxis
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import Marker
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties

from xlfactor.workbook.report.document import Chart
from xlfactor.workbook.report.scale import LONG, days_of
from xlfactor.workbook.template.styles import FONT, NAVY, NUMBER, SERIES

Area = tuple[int, int, int, int]  # first row, first column, last row, last column, from 1


def native_chart(sheet: Any, chart: Chart, area: Area) -> Any:
    """A chart of the rows that stand at `area` of `sheet`, its first row the header."""
    make = {"bars": bar_chart, "stacked": stacked_chart, "lines": line_chart, "scatter": scatter_chart}[chart.kind]
    made: Any = make(sheet, area, chart)
    _axes(made, AXIS.get(chart.number, "0.0"))
    _title(made, chart.title)
    if chart.kind == "bars":
        made.y_axis.tickLblPos = "high"  # low would be on top: the other axis is reversed
    else:
        made.legend = Legend()
        made.legend.position, made.legend.txPr = "b", _text(900)
    return made


AXIS = {"contribution": "0.0%", "share": "0%", "volatility": "0.0%", "return": "0%", "weight": "0%", "loading": "0.0"}


def bar_chart(sheet: Any, area: Area, chart: Chart) -> BarChart:
    """One horizontal bar a row, the first on top."""
    made = BarChart()
    made.type, made.gapWidth, made.legend = "bar", 40, None
    _bars(made, sheet, area)
    made.series[0].dLbls = _value_labels(NUMBER[chart.number])
    made.x_axis.scaling.orientation = "maxMin"
    made.x_axis.tickLblSkip = 1
    return made


def stacked_chart(sheet: Any, area: Area, chart: Chart) -> BarChart:
    """Columns, one series on the other; negative parts hang below."""
    made = BarChart()
    made.type, made.grouping, made.overlap, made.gapWidth = "col", "stacked", 100, 40
    _bars(made, sheet, area)
    made.x_axis.tickLblSkip = 1
    return made


def _bars(made: BarChart, sheet: Any, area: Area) -> None:
    top, left, bottom, right = area
    for k, column in enumerate(range(left + 1, right + 1)):
        series = Series(Reference(sheet, min_col=column, min_row=top, max_row=bottom), title_from_data=True)
        series.invertIfNegative = False
        series.graphicalProperties = GraphicalProperties(solidFill=SERIES[k % len(SERIES)])
        made.append(series)
    made.set_categories(Reference(sheet, min_col=left, min_row=top + 1, max_row=bottom))


def line_chart(sheet: Any, area: Area, chart: Chart) -> LineChart:
    """Lines over dates."""
    made = LineChart()
    top, left, bottom, right = area
    for k, column in enumerate(range(left + 1, right + 1)):
        series = Series(Reference(sheet, min_col=column, min_row=top, max_row=bottom), title_from_data=True)
        series.smooth = False
        series.marker.symbol = "none"
        series.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=SERIES[k % len(SERIES)], w=19050))
        made.append(series)
    made.set_categories(Reference(sheet, min_col=left, min_row=top + 1, max_row=bottom))
    made.x_axis = DateAxis(crossAx=100)
    axis, days = made.x_axis, days_of(chart)
    axis.baseTimeUnit, axis.majorTimeUnit, axis.majorUnit, axis.number_format = "days", "months", 3, "mmm yy"
    if days < LONG:
        axis.majorTimeUnit, axis.majorUnit, axis.number_format = "days", max(1, days // 6), "d mmm"
    made.y_axis.crossAx = 500
    return made


def scatter_chart(sheet: Any, area: Area, chart: Chart) -> ScatterChart:
    """Points of the first series and a line through the others."""
    made = ScatterChart()
    made.style, made.scatterStyle = None, "lineMarker"
    top, left, bottom, right = area
    x = Reference(sheet, min_col=left, min_row=top + 1, max_row=bottom)
    for k, column in enumerate(range(left + 1, right + 1)):
        y = Reference(sheet, min_col=column, min_row=top, max_row=bottom)
        series = Series(y, x, title_from_data=True)
        series.smooth = False
        line = LineProperties(solidFill=SERIES[1], w=19050) if k else LineProperties(noFill=True)
        series.graphicalProperties = GraphicalProperties(ln=line)
        series.marker = Marker("none") if k else _dots()
        made.series.append(series)
    made.x_axis.number_format = AXIS[chart.number]
    return made


def _dots() -> Marker:
    dots = Marker("circle", 4)
    dots.graphicalProperties = GraphicalProperties(solidFill=SERIES[0], ln=LineProperties(noFill=True))
    return dots


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
