"""The report's first pages: summary, contributions, exposures, factor returns; what the book lacks is absent."""

from __future__ import annotations

import datetime as dt
import math

from xlfactor.tables.cells import Cell, Rows
from xlfactor.workbook.report.data import Findings, row_of, table_value
from xlfactor.workbook.report.document import MEASURES, Band, Chart, Item, Page, Table, Tile, Tiles
from xlfactor.workbook.report.select import TOP, by_family, columns, is_sum, largest, number

BARS = 12  # of a chart that is read at a glance
HORIZONS = ("last_day", "last_week", "month_to_date", "year_to_date")
TILES = (
    ("Total volatility", "annual_volatility", "portfolio", "volatility", "a year"),
    ("Active volatility", "annual_volatility", "active", "volatility", "a year, to {benchmark}"),
    ("Factor share", "factor_share", "portfolio", "share", "of variance"),
    ("Beta", "beta", "portfolio", "loading", "to {benchmark}"),
    ("Value at risk", "value_at_risk", "portfolio", "contribution", "{level}"),
    ("Expected shortfall", "expected_shortfall", "portfolio", "contribution", "{level}"),
    ("Effective assets", "effective_assets", "portfolio", "z", "1 / sum of squared weights"),
)


def page(name: str, *bands: Band) -> Page:
    """A page of the bands that have something on them."""
    return Page(name, tuple(band for band in bands if band))


def summary(found: Findings) -> Page:
    risk, factors = found.tables.get("risk"), found.tables.get("by_factor")
    left: list[Item] = []
    if risk:
        left.append(Table("risk", "Risk measures", risk, "Annual, except value at risk and expected shortfall.",
                          "volatility", row_numbers=MEASURES))  # fmt: skip
    if factors:
        left.append(contribution_chart(factors))
    return page("Summary", tiles(found, risk) if risk else (), tuple(left))


def tiles(found: Findings, risk: Rows) -> Band:
    fields = {"benchmark": found.benchmark or "the benchmark", "level": found.level}
    made = [
        Tile(label, table_value(risk, row_of(risk, measure), of), kind, note.format(**fields))
        for label, measure, of, kind, note in TILES
        if row_of(risk, measure) and of in risk[0]
    ]
    return (Tiles(tuple(made)),)


def contribution_chart(factors: Rows) -> Chart:
    shown = columns(largest(factors), ("Factor", "contribution"))
    body = [row for row in shown[1:] if not is_sum(row[0])][:BARS]
    return Chart("bars", "Largest contributions to annual volatility", [shown[0], *body], "contribution")


def contributions(found: Findings) -> Page:
    factors = found.tables.get("by_factor")
    bands: list[Band] = []
    if factors:
        bands.append(
            (
                Table(
                    "by_factor",
                    "By factor",
                    largest(factors),
                    "Annual, the largest first; they sum to total volatility.",
                ),
            )
        )
        families = by_family(factors, found.families)
        if families:
            bands.append((
                Table("by_family", "By family", columns(families, ("Factor", "exposure", "contribution", "share")),
                      "Families in one row each; they sum to the same total."),
                Chart("bars", "Contribution to annual volatility by family",
                      [row for row in columns(families, ("Factor", "contribution")) if row[0] != "total"],
                      "contribution"),
            ))  # fmt: skip
    return page("Contributions", *bands)


def by_asset(found: Findings) -> Page:
    if "by_asset" not in found.tables:
        return page("By asset")
    rows = largest(found.tables["by_asset"])
    parts = columns([row for row in rows if not is_sum(row[0])], ("Asset", "factor_contribution", "idio_contribution"))
    note = "Annual, the 20 largest; other holds the rest, so that the rows sum to total volatility."
    title = "Contributions by asset: from factors and from its own risk"
    return page(
        "By asset",
        (Chart("stacked", title, parts[: TOP + 1], "contribution"),) if len(parts[0]) == 3 else (),
        (Table("by_asset", "By asset", with_names(rows, found.names), note),),
    )


def with_names(rows: Rows, names: dict[str, str]) -> Rows:
    if not names:
        return rows
    return [[rows[0][0], "Name", *rows[0][1:]], *([r[0], names.get(str(r[0]), ""), *r[1:]] for r in rows[1:])]


def exposures(found: Findings) -> Page:
    rows = found.tables.get("exposures")
    if not rows:
        return page("Exposures")
    table = Table("exposures", "Exposures", rows, "Loadings × weights; active = portfolio − benchmark.")
    active = columns(rows, (str(rows[0][0]), "active"))
    if len(active[0]) < 2 or all(row[1] is None for row in active[1:]):
        return page("Exposures", (table,))
    return page("Exposures", (table, Chart("bars", "Active exposure", active, "loading")))


def factor_returns(found: Findings) -> Page:
    bands: list[Band] = []
    cumulative, rows = found.tables.get("cumulative"), found.tables.get("performance")
    if cumulative:
        labels = [str(label) for label in cumulative[0][1:]]
        charts = {
            "Market and styles, cumulative": [label for label in labels if label not in found.families],
            "Industries and other families, cumulative": [label for label in labels if label in found.families],
        }
        drawn = {title: columns(cumulative, ("Date", *some)) for title, some in charts.items() if some}
        bands.append(tuple(Chart("lines", title, rows, "share") for title, rows in drawn.items()))
    if rows:
        latest = [label for label in HORIZONS if label in rows[0]]
        rest = [str(label) for label in rows[0] if label not in latest]
        if latest:
            bands.append((Table("latest", "Latest factor returns", with_z(found, columns(rows, ("Factor", *latest))),
                                "z: standard deviations of that horizon.", "z"),))  # fmt: skip
        bands.append((Table("performance", "Performance of the whole sample", columns(rows, rest)),))
    return page("Factor returns", *bands)


def with_z(found: Findings, rows: Rows) -> Rows:
    """After each return its z = return / (annual volatility · √(days / periods a year)), where both are known."""
    volatility, days = found.tables.get("correlation"), horizon_days(found)
    if not volatility or not days:
        return rows
    annual = {row[0]: row[1] for row in volatility[1:]}
    header = [cell for label in rows[0][1:] for cell in (label, f"z {NAMES[str(label)]}")]
    made: Rows = [[rows[0][0], *header]]
    for row in rows[1:]:
        cells: list[Cell] = [row[0]]
        for label, value in zip(rows[0][1:], row[1:], strict=True):
            sigma = number(annual.get(row[0])) * math.sqrt(days[str(label)] / found.periods_per_year)
            z = number(value) / sigma if value is not None and sigma > 0 else None
            cells += [value, z]
        made.append(cells)
    return made


NAMES = {"last_day": "day", "last_week": "week", "month_to_date": "MTD", "year_to_date": "YTD"}


def horizon_days(found: Findings) -> dict[str, int]:
    """How many dates each horizon has so far."""
    rows = found.tables.get("factor_returns") or found.tables.get("cumulative")
    dates = [row[0] for row in (rows or [])[1:] if isinstance(row[0], dt.datetime)]
    if not dates:
        return {}
    year = [day for day in dates if day.year == dates[-1].year]
    month = [day for day in year if day.month == dates[-1].month]
    return {"last_day": 1, "last_week": min(5, len(dates)), "month_to_date": len(month), "year_to_date": len(year)}
