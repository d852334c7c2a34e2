"""The report: a new workbook of values and native charts from a refreshed one; Excel is not needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl.workbook import Workbook
from openpyxl.worksheet.pagebreak import Break

from xlfactor.errors import FactorError
from xlfactor.tables.cells import Rows
from xlfactor.workbook.report.charts import bar_chart, line_chart, place
from xlfactor.workbook.report.data import Findings, largest, named_rows, read_findings, row_of, table_value
from xlfactor.workbook.report.page import HEAD_ROWS, heading, new_page, table, tile
from xlfactor.workbook.report.save import save
from xlfactor.workbook.template.layout import MEASURES, block

__all__ = ["named_rows", "write_report"]

WIDTHS = (1.5, 26, *[13] * 12, 1.5)
TOP = HEAD_ROWS
RISK = {"weight": "weight", "exposure": "loading", "volatility": "volatility", "correlation": "loading",
        "marginal": "contribution", "contribution": "contribution", "share": "volatility",
        "factor_contribution": "contribution", "idio_contribution": "contribution"}  # fmt: skip


def write_report(book_path: Path, out: Path, force: bool = False) -> None:
    """`out`: Summary, Contributions, Exposures, Factor returns, Model health, and the series behind the charts.

    FactorError where the book is no template or was never refreshed, and FILE_EXISTS unless `force`.
    """
    if out.exists() and (not force or out.resolve() == book_path.resolve()):
        raise FactorError("FILE_EXISTS", f"{out.name} is there already", "choose another name or add --force")
    if not out.parent.is_dir():
        raise FactorError("FOLDER_MISSING", f"there is no folder {out.parent}", "make it first")
    found = read_findings(book_path)
    book = Workbook()
    book.remove(book.worksheets[0])
    series = found.tables["cumulative"], found.tables["regression"]
    pages = [new_page(book, name, found, WIDTHS) for name in (
        "Summary", "Contributions", "Exposures", "Factor returns", "Model health", "Series")]  # fmt: skip
    areas = _series(pages[5], *series)
    _summary(pages[0], found)
    _contributions(pages[1], found)
    _exposures(pages[2], found)
    _factor_returns(pages[3], found, pages[5], areas[0])
    _health(pages[4], found, pages[5], areas[1])
    book.properties.title, book.properties.creator = f"{found.title} · factor risk", "xlfactor"
    book.properties.created = found.as_of
    save(book, out, found.as_of)


def _summary(sheet: Any, found: Findings) -> None:
    risk, columns = found.tables["risk"], (2, 3, 5, 7, 9, 11, 13)
    tiles = (
        ("Total volatility", "annual_volatility", "portfolio", "volatility", "a year"),
        ("Active volatility", "annual_volatility", "active", "volatility", f"a year, to {found.benchmark}"),
        ("Factor share", "factor_share", "portfolio", "share", "of variance"),
        ("Beta", "beta", "portfolio", "loading", f"to {found.benchmark}"),
        ("Value at risk", "value_at_risk", "portfolio", "contribution", found.level),
        ("Expected shortfall", "expected_shortfall", "portfolio", "contribution", found.level),
        ("Effective assets", "effective_assets", "portfolio", "z", "1 / sum of squared weights"),
    )
    for column, (label, measure, of, number, note) in zip(columns, tiles, strict=True):
        value = table_value(risk, row_of(risk, measure), of)
        tile(sheet, TOP, column, 1 if column == 2 else 2, label, value, number, note)
    heading(sheet, TOP + 4, 2, 4, "Risk measures", "Annual, except value at risk and shortfall.")
    end = table(sheet, TOP + 6, 2, risk, dict.fromkeys(map(str, risk[0][1:]), "volatility"), MEASURES)
    rows = largest(found.tables["by_factor"])
    heading(sheet, TOP + 4, 7, 8, "What drives the risk", "The ten largest contributions to annual volatility.")
    shown = [[row[0], row[rows[0].index("contribution")]] for row in rows[:-1]][:11]
    heading(sheet, end + 2, 2, 4, "Largest contributions")
    first = table(sheet, end + 3, 2, shown, {"contribution": "contribution"}) - len(shown) + 1
    chart = bar_chart(sheet, "Contribution to annual volatility", (first, first + len(shown) - 2), 2, 3, "0.0%")
    place(sheet, chart, (TOP + 6, 7, end + 2 + len(shown), 14))


def _contributions(sheet: Any, found: Findings) -> None:
    factors, assets = largest(found.tables["by_factor"]), largest(found.tables["by_asset"])
    heading(sheet, TOP, 2, len(factors[0]), "By factor", "Annual, largest first; they sum to total volatility.")
    end = table(sheet, TOP + 2, 2, factors, RISK)
    heading(sheet, TOP, 10, 5, "Chart")
    column = 2 + factors[0].index("contribution")
    chart = bar_chart(sheet, "Contribution to annual volatility", (TOP + 3, end - 2), 2, column, "0.00%")
    place(sheet, chart, (TOP + 2, 10, end - 1, 14))
    named = [[assets[0][0], "Name", *assets[0][1:]]]
    named += [[row[0], found.names.get(str(row[0]), ""), *row[1:]] for row in assets[1:]]
    heading(sheet, end + 2, 2, len(named[0]) + 1, "By asset", "Annual, the 20 largest; other holds the rest.")
    sheet.row_breaks.append(Break(end))
    _wide_name(sheet, table(sheet, end + 4, 2, [[r[0], r[1], None, *r[2:]] for r in named], RISK), len(named))


def _wide_name(sheet: Any, after: int, rows: int) -> None:
    """The name takes two columns."""
    for row in range(after - rows, after):
        sheet.merge_cells(start_row=row, end_row=row, start_column=3, end_column=4)


def _exposures(sheet: Any, found: Findings) -> None:
    rows = found.tables["exposures"]
    heading(sheet, TOP, 2, 4, "Exposures", block("xlf_exposures").meaning)
    end = table(sheet, TOP + 2, 2, rows, {})
    heading(sheet, TOP, 7, 8, "Where the portfolio differs from its benchmark")
    if any(row[rows[0].index("active")] is not None for row in rows[1:]):
        chart = bar_chart(sheet, "Active exposure", (TOP + 3, end - 1), 2, 2 + rows[0].index("active"), "0.00")
        place(sheet, chart, (TOP + 2, 7, max(end - 1, TOP + 16), 14))


def _factor_returns(sheet: Any, found: Findings, series: Any, area: tuple[int, int, int, int]) -> None:
    heading(sheet, TOP, 2, 13, "Cumulative factor returns", "Compounded from the first date.")
    labels = {str(label): area[1] + k for k, label in enumerate(found.tables["cumulative"][0]) if k}
    family = [column for label, column in labels.items() if label in found.families]
    others = [column for label, column in labels.items() if label not in found.families]
    split = 7 if family and others else 14
    charts = (("Market and styles", others, 2, split), ("Industries", family, 15 - split, 14))
    for title, columns, left, right in charts:
        if columns:
            place(sheet, line_chart(series, title, area, columns, "0%"), (TOP + 2, left, TOP + 23, right))
    sheet.row_breaks.append(Break(TOP + 23))
    rows, formats, row = found.tables["performance"], block("xlf_performance").formats, TOP + 25
    latest = rows[0].index("last_day")
    for title, first, last in (("Performance", 1, latest), ("Latest returns", latest, len(rows[0]))):
        part = [[cells[0], *cells[first:last]] for cells in rows]
        heading(sheet, row, 2, len(part[0]), title)
        row = table(sheet, row + 1, 2, part, formats) + 2


def _health(sheet: Any, found: Findings, series: Any, area: tuple[int, int, int, int]) -> None:
    fits, idio = found.tables["regression"], found.tables["idio_covariance"]
    column = idio[0].index("status")
    counts = Counter(str(row[column]) for row in idio[1:])
    heading(sheet, TOP, 2, 13, "Explained each day")
    column = area[1] + fits[0].index("r_squared")
    chart = line_chart(series, "R² of the cross-section", area, [column], "0%")
    place(sheet, chart, (TOP + 2, 2, TOP + 18, 14))
    heading(sheet, TOP + 20, 2, len(fits[0]), "Last ten dates")
    table(sheet, TOP + 21, 2, [fits[0], *fits[-10:]], block("xlf_regression").formats | {"n_assets": "count",
                                                                                        "rank": "count"})  # fmt: skip
    heading(sheet, TOP + 20, 9, 3, "Idio variances")
    rows: Rows = [["Status", "assets"]]
    rows += [[word, float(count)] for word, count in counts.items()]
    table(sheet, TOP + 21, 9, rows, {"assets": "count"})


def _series(sheet: Any, *tables: Rows) -> Sequence[tuple[int, int, int, int]]:
    """The dated tables behind the charts, side by side, from the second column on."""
    areas, column = [], 2
    names = (("Cumulative factor returns", "xlf_cumulative"), ("Regression quality", "xlf_regression"))
    for rows, (title, name) in zip(tables, names, strict=True):
        heading(sheet, TOP, column, min(len(rows[0]), 6), title)
        number = block(name)
        table(sheet, TOP + 1, column, rows, dict.fromkeys(map(str, rows[0]), number.default) | number.formats)
        areas.append((TOP + 1, column, TOP + len(rows), column + len(rows[0]) - 1))
        column += len(rows[0]) + 1
    sheet.print_area = f"A1:O{TOP + 40}"  # a look at it; all of it would be many pages
    return areas
