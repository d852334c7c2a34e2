"""What a report shows: the values of a refreshed workbook, and the facts that stand on every page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from xlfactor import __version__
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.tables.cells import Cell, Rows, date
from xlfactor.workbook.formulas.inputs import as_of, input_hash
from xlfactor.workbook.formulas.scan import all_formulas
from xlfactor.workbook.formulas.workspace import Workspace
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.reading.preflight import preflight
from xlfactor.workbook.report import locate
from xlfactor.workbook.report.locate import FUNCTIONS, Source

WRITTEN = ("moved", "moved_factors")  # by refresh, as values
SHEET_TABLES = {"checks": "tblChecks", "log": "tblLog", "portfolio": "tblPortfolio", "loadings": "tblLoadings"}
TITLES = {
    "risk": "risk measures", "by_factor": "risk by factor", "by_asset": "risk by asset", "exposures": "exposures",
    "factor_returns": "factor returns", "performance": "factor performance", "cumulative": "cumulative factor returns",
    "correlation": "factor volatilities", "regression": "regression quality", "idio_covariance": "idio variances",
    "hedge": "hedge", "diagnosis": "model diagnosis", "screen": "factor screen", "check_returns": "suspect returns",
    "moved": "what moved", "moved_factors": "what moved by factor", "checks": "checks", "log": "log of runs",
}  # fmt: skip


@dataclass(frozen=True)
class Findings:
    """The values behind a report. `tables`: blocks by name, missing numbers as None; `missing` says why one is not."""

    title: str
    benchmark: str
    as_of: dt.datetime | None
    status: str
    version: str
    input_hash: str
    level: str  # of value at risk: confidence and horizon
    periods_per_year: float
    moved_note: str
    names: dict[str, str]  # of assets, where the portfolio table has a column Name
    families: frozenset[str]  # factors that are values of a text column, such as industries
    scatter: tuple[str, str, Rows]  # asset, factor, their returns: Date, x, y; no rows where the book names none
    tables: dict[str, Rows]
    missing: dict[str, str]


def read_findings(book: Path) -> Findings:
    """FactorError NO_RISK where nothing is to be reported, NOT_REFRESHED or UPSTREAM where the risk has no value."""
    ws = _workspace(book)
    source = Source(ws, all_formulas(ws)[0])
    tables, missing = _tables(source)
    day = date(locate.value(ws, "xlf_as_of")) or date(as_of(source.entries, ws))
    if day is None and locate.has_name(ws, "xlf_as_of"):
        raise FactorError("NOT_REFRESHED", "xlf_as_of has no date", "run xlfactor refresh first")
    return Findings(
        locate.text(ws, "xlf_portfolio_name") or book.stem, locate.text(ws, "xlf_benchmark_name"), day,
        locate.text(ws, "xlf_status") or "not checked", locate.text(ws, "xlf_version") or __version__,
        input_hash(source.entries, ws), _level(ws), _periods_per_year(ws), locate.text(ws, "xlf_moved_note"),
        _asset_names(tables.get("portfolio")), _families(tables.get("loadings")), _scatter(ws, tables), tables, missing,
    )  # fmt: skip


def named_rows(book: Path, name: str) -> Rows:
    """The block behind a name such as xlf_risk as the file holds it: dates as dates, missing numbers as None."""
    return locate.table(_workspace(book), name)


def _workspace(book: Path) -> Workspace:
    preflight(book)
    return Workspace(open_book(book), catalogue())


def _tables(source: Source) -> tuple[dict[str, Rows], dict[str, str]]:
    """Every block that the book has; of the others, why not. Without the risk there is no report."""
    tables: dict[str, Rows] = {}
    missing: dict[str, str] = {}
    for name in (*FUNCTIONS, *WRITTEN, *SHEET_TABLES):
        try:
            sheet_table = SHEET_TABLES.get(name)
            rows = locate.sheet_table(source.ws, sheet_table) if sheet_table else locate.rows_of(source, name)
        except FactorError as error:
            if name == "risk":
                raise
            missing[name] = error.message
            continue
        if rows is not None:
            tables[name] = rows
        elif name in TITLES:
            missing[name] = ""
    if not tables.keys() & {"risk", "by_factor", "by_asset", "exposures"}:
        raise FactorError(
            "NO_RISK", "the workbook has neither xlf_risk nor a formula such as RISK_DECOMPOSITION",
            "start from xlfactor template",
        )  # fmt: skip
    return tables, missing


def hash_of_last_run(found: Findings) -> str:
    """The input hash of the last run in the book's log; of the inputs as they are where there is no log."""
    log = found.tables.get("log") or [[]]
    hashes = [str(row[log[0].index("input_hash")] or "") for row in log[1:]] if "input_hash" in log[0] else []
    return next((text for text in reversed(hashes) if text), found.input_hash)


def changed_since_run(found: Findings) -> bool:
    """Are the inputs other ones than the last run of the book's log had? Where there is no log, nobody knows."""
    return hash_of_last_run(found) != found.input_hash


def coverage(found: Findings) -> str:
    """Assets held, assets estimated of those given, dates: as far as the book says."""
    parts = []
    assets = found.tables.get("by_asset")
    if assets and "weight" in assets[0]:
        weights = [table_value(assets, i, "weight") for i, row in enumerate(assets) if i and row[0] != "total"]
        parts.append(f"{sum(weight != 0 for weight in weights)} held")
    fits, given = found.tables.get("regression"), found.tables.get("loadings")
    if fits:
        used = f"{table_value(fits, len(fits) - 1, 'n_assets'):.0f}"
        parts.append(f"{used} of {len(given) - 1} assets covered" if given else f"{used} assets covered")
        parts.append(f"{len(fits) - 1} dates")
    return ", ".join(parts) or "not known"


def _level(ws: Workspace) -> str:
    confidence, horizon = locate.value(ws, "xlf_confidence"), locate.value(ws, "xlf_horizon")
    if not isinstance(confidence, float) or not isinstance(horizon, float):
        return ""
    return f"{100 * confidence:g} %, {horizon:g} period{'' if horizon == 1 else 's'}"


def _periods_per_year(ws: Workspace) -> float:
    given = locate.value(ws, "xlf_periods_per_year")
    default = next(a.default for a in catalogue()["RISK_DECOMPOSITION"].arguments if a.name == "periods_per_year")
    return float(given) if isinstance(given, int | float) else float(default)


def _families(rows: Rows | None) -> frozenset[str]:
    return frozenset(cell.strip() for row in (rows or [])[1:] for cell in row[1:] if isinstance(cell, str))


def _asset_names(rows: Rows | None) -> dict[str, str]:
    if not rows or "Name" not in rows[0]:
        return {}
    column = rows[0].index("Name")
    return {str(row[0]): str(row[column]) for row in rows[1:] if row[0] is not None and row[column] is not None}


def _scatter(ws: Workspace, tables: dict[str, Rows]) -> tuple[str, str, Rows]:
    """The factor page's asset against its strongest factor, where the book names both."""
    asset, factor = locate.text(ws, "xlf_page_asset"), locate.text(ws, "xlf_strong_factor")
    factors, returns = tables.get("factor_returns"), locate.sheet_table(ws, "tblReturns") if asset else None
    if not factors or not returns or asset not in returns[0] or factor not in factors[0]:
        return asset, factor, []
    j, k = factors[0].index(factor), returns[0].index(asset)
    y = {row[0]: row[k] for row in returns[1:]}
    pairs: Rows = [[row[0], row[j], y.get(row[0])] for row in factors[1:]]
    return asset, factor, [["Date", factor, asset], *(p for p in pairs if None not in p)]


def table_value(rows: Rows, row: int, column: str) -> float:
    """A number of a labelled table by row and label of its column; a missing one is NaN."""
    cell: Cell = rows[row][rows[0].index(column)]
    return float(cell) if isinstance(cell, int | float) else float("nan")


def row_of(rows: Rows, label: str) -> int:
    """The row with this label; 0, the header, where there is none."""
    return next((i for i, row in enumerate(rows) if i and row[0] == label), 0)
