"""The report's later pages: what moved, hedge, model health, checks, and the factor page."""

from __future__ import annotations

from collections import Counter

import numpy as np

from xlfactor.tables.cells import Cell, Rows
from xlfactor.workbook.report.data import TITLES, Findings, row_of
from xlfactor.workbook.report.document import Band, Chart, Note, Page, Table
from xlfactor.workbook.report.pages import page
from xlfactor.workbook.report.select import columns

LAST_DATES = 10


def moved(found: Findings) -> Page:
    bands: list[Band] = []
    tables = found.tables
    if "moved" in tables:
        if found.moved_note:
            bands.append((Note("", found.moved_note),))
        bands.append((Table("moved", "Annual volatility, split", tables["moved"], default="contribution",
                            numbers={"parts - change": "exact"}),))  # fmt: skip
    factors = [row for row in tables.get("moved_factors", []) if row[0] is not None]
    if len(factors) > 1:
        chart = Chart(
            "bars", "Change of the contribution", columns(factors, (str(factors[0][0]), "change")), "contribution"
        )
        bands.append(
            (Table("moved_factors", "Factors whose contribution changed most", factors, default="contribution"), chart)
        )
    return page("What moved", *bands)


def hedge(found: Findings) -> Page:
    rows = found.tables.get("hedge")
    if not rows:
        return page("Hedge")
    before, after = row_of(rows, "risk_before"), row_of(rows, "risk_after")
    trades = [row for i, row in enumerate(rows) if i not in (before, after) or i == 0]
    bands: Band = (
        Table("hedge", "Suggested trades", trades, "Weight to be bought (+) or sold (−), in share of the portfolio."),
    )
    if before and after:
        risk: Rows = [["Risk", "volatility"], ["before the trades", rows[before][1]], ["after them", rows[after][1]]]
        bands = (
            *bands,
            Table("hedge_risk", "Risk before and after", risk, "Per period.", numbers={"volatility": "contribution"}),
        )
    return page("Hedge", bands)


def health(found: Findings) -> Page:
    bands: list[Band] = []
    tables = found.tables
    log, fits, idio = tables.get("log"), tables.get("regression"), tables.get("idio_covariance")
    charts: list[Chart] = []
    if fits and "r_squared" in fits[0]:
        charts.append(
            Chart("lines", "R² of the cross-section through time", columns(fits, ("Date", "r_squared")), "share")
        )
    if log and len(log) > 2 and "annual_volatility" in log[0]:
        runs = columns(latest_runs(log), ("as_of", "annual_volatility", "active_volatility"))
        header: list[Cell] = ["Date", "total", "active"]
        series = [header[: len(runs[0])], *runs[1:]]
        charts.append(Chart("lines", "Volatility through time", series, "volatility"))
    bands.append(tuple(charts))
    small: list[Table] = []
    if fits:
        small.append(Table("regression", "Last ten dates", [fits[0], *fits[1:][-LAST_DATES:]]))
    if idio and "status" in idio[0]:
        counts = Counter(str(row[idio[0].index("status")]) for row in idio[1:])
        rows: Rows = [["Status", "assets"]]
        rows += [[word, float(n)] for word, n in counts.items()]
        small.append(Table("idio_status", "Idio variances", rows))
    bands.append(tuple(small))
    return page("Model health", *bands)


def diagnosis(found: Findings) -> Page:
    rows = found.tables.get("diagnosis")
    note = "The four risks of a factor model, each with its tests."
    return page("Diagnosis", (Table("diagnosis", "Diagnosis", rows, note, "decimal"),) if rows else ())


def latest_runs(log: Rows) -> Rows:
    """The last run of each as-of date, in order of the dates."""
    at = log[0].index("as_of")
    last = {row[at]: row for row in log[1:] if row[at] is not None}
    return [log[0], *(last[day] for day in sorted(last))]  # type: ignore[type-var]


def factors(found: Findings) -> Page:
    """Strong and poor factors, and the asset of the factor page against its strongest factor."""
    bands: list[Band] = []
    if "screen" in found.tables:
        bands.append((Table("screen", "Which factors explain, which do not", found.tables["screen"]),))
    asset, factor, rows = found.scatter
    if len(rows) > 2:
        x, y = np.array([row[1:] for row in rows[1:]], dtype=float).T
        slope, start = np.polyfit(x, y, 1)
        share = float(np.corrcoef(x, y)[0, 1] ** 2)
        title = f"{found.names.get(asset, asset)} against {factor}, daily: slope {slope:.2f}, R² {share:.0%}"
        fitted: Rows = [["x", "return", "fitted"]]
        fitted += [[float(a), float(b), float(start + slope * a)] for a, b in zip(x, y, strict=True)]
        bands.append((Chart("scatter", title, fitted, "return"),))
    return page("Factor page", *bands)


def checks(found: Findings) -> Page:
    bands: list[Band] = []
    if "checks" in found.tables:
        bands.append(
            (Table("checks", "Findings", found.tables["checks"], "Written by xlfactor refresh, the worst first."),)
        )
    if "check_returns" in found.tables:
        bands.append((Table("check_returns", "Suspect returns", found.tables["check_returns"], default="decimal"),))
    absent = [TITLES[name] + (f" ({why})" if why else "") for name, why in found.missing.items() if name in TITLES]
    if absent:
        bands.append((Note("Not in this book", ", ".join(absent) + "."),))
    return page("Checks", *bands)
