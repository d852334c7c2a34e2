"""What a report shows: the values of a refreshed workbook by the names of the template, sorted and cut."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.tables.cells import OUR_ERROR, Cell, Rows, date, is_missing
from xlfactor.workbook.formulas.inputs import input_hash
from xlfactor.workbook.formulas.references import Place, resolve
from xlfactor.workbook.formulas.scan import all_formulas
from xlfactor.workbook.formulas.tree import Name
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, block
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.reading.preflight import preflight

TABLES = ("risk", "by_factor", "by_asset", "exposures", "performance", "cumulative", "regression", "idio_covariance")
TOP = 20


@dataclass(frozen=True)
class Findings:
    """The values behind a report. `tables`: the template's blocks by name, missing numbers as None."""

    title: str
    benchmark: str
    as_of: dt.datetime
    coverage: str
    status: str
    version: str
    input_hash: str
    level: str  # of value at risk: confidence and horizon
    names: dict[str, str]  # of assets, where the portfolio table has a column Name
    families: frozenset[str]  # factors that are values of a text column, such as industries
    tables: dict[str, Rows]


def read_findings(book: Path) -> Findings:
    """FactorError NAME_MISSING where the book is no template, NOT_REFRESHED where a block has no value."""
    ws = _workspace(book)
    tables = {name: _table(ws, f"xlf_{name}") for name in TABLES}
    as_of = date(_value(ws, "xlf_as_of"))
    if as_of is None:
        raise FactorError("NOT_REFRESHED", "xlf_as_of has no date", "run xlfactor refresh first")
    used = table_value(tables["regression"], len(tables["regression"]) - 1, "n_assets")
    given = len(_rows(ws, "xlf_assets"))
    coverage = f"{used:.0f} of {given} assets, {len(tables['regression']) - 1} dates"
    return Findings(
        str(_value(ws, "xlf_portfolio_name")), str(_value(ws, "xlf_benchmark_name")), as_of, coverage,
        str(_value(ws, "xlf_status")), str(_value(ws, "xlf_version")), input_hash(all_formulas(ws)[0], ws),
        _level(ws), _asset_names(ws), _families(ws), tables,
    )  # fmt: skip


def named_rows(book: Path, name: str) -> Rows:
    """The block behind a name such as xlf_risk as the file holds it: dates as dates, missing numbers as None."""
    return _table(_workspace(book), name)


def _workspace(book: Path) -> Workspace:
    preflight(book)
    return Workspace(open_book(book), catalogue())


def _rows(ws: Workspace, name: str) -> Rows:
    key = ("", name.casefold())
    if key not in ws.book.names:
        raise FactorError("NAME_MISSING", f"the workbook has no name {name}", "start from xlfactor template")
    area = resolve(Name(None, name), Place(ws.book.sheets[0].name, (1, 1), (0, 0)), ws)
    if not isinstance(area, Rectangle):
        raise FactorError("NAME_MISSING", f"{name} is no range", "start from xlfactor template")
    return block(ws, area)


def _value(ws: Workspace, name: str) -> Cell:
    return _rows(ws, name)[0][0]


def _table(ws: Workspace, name: str) -> Rows:
    """A block's rows: dates as dates, missing numbers as None."""
    rows = _rows(ws, name)
    head = rows[0][0] if rows else None
    if isinstance(head, str) and head.startswith(OUR_ERROR):
        raise FactorError("UPSTREAM", f"{name} is an error: {head.removeprefix(OUR_ERROR)}", "mend that formula first")
    if len(rows) < 2 or head is None:
        raise FactorError("NOT_REFRESHED", f"{name} has no values", "run xlfactor refresh first")
    dated = str(head) == "Date"
    body = [[date(row[0]) if dated else row[0], *map(_number, row[1:])] for row in rows[1:]]
    return [rows[0], *body]


def _number(value: Cell) -> Cell:
    return None if is_missing(value) else value


def _level(ws: Workspace) -> str:
    confidence, horizon = _value(ws, "xlf_confidence"), _value(ws, "xlf_horizon")
    if not isinstance(confidence, float) or not isinstance(horizon, float):
        return ""
    return f"{100 * confidence:g} %, {horizon:g} period{'' if horizon == 1 else 's'}"


def _families(ws: Workspace) -> frozenset[str]:
    table = ws.book.tables.get("tblloadings")
    rows = block(ws, Rectangle(table.sheet, table.area))[1:] if table else []
    return frozenset(value.strip() for row in rows for value in row[1:] if isinstance(value, str))


def _asset_names(ws: Workspace) -> dict[str, str]:
    table = ws.book.tables.get("tblportfolio")
    if table is None or "Name" not in table.columns:
        return {}
    rows = block(ws, Rectangle(table.sheet, table.area))
    column = list(table.columns).index("Name")
    return {str(row[0]): str(row[column]) for row in rows[1:] if row[0] is not None and row[column] is not None}


def table_value(rows: Rows, row: int, column: str) -> float:
    """A number of a labelled table by row and label of its column; a missing one is NaN."""
    value = rows[row][rows[0].index(column)]
    return float(value) if isinstance(value, int | float) else float("nan")


def row_of(rows: Rows, label: str) -> int:
    return next(i for i, row in enumerate(rows) if row[0] == label)


def largest(rows: Rows, column: str = "contribution") -> Rows:
    """Header; the rows of largest |column|, at most 20; one row for all others; `total`. Family totals are left out.

    Only what adds up is summed in the other row: weight, contributions and shares.
    """
    header, j = rows[0], rows[0].index(column)
    total = rows[row_of(rows, "total")]
    parts = [row for row in rows[1:] if row is not total and not str(row[0]).endswith("(total)")]
    ranked = sorted(parts, key=lambda row: -abs(_float(row[j])))
    rest = ranked[TOP:]
    sums = {label for label in map(str, header) if label in ("weight", "share") or label.endswith("contribution")}
    other: list[Cell] = [f"other ({len(rest)})"]
    other += [sum(_float(row[k]) for row in rest) if str(header[k]) in sums else None for k in range(1, len(header))]
    return [header, *ranked[:TOP], *([other] if rest else []), total]


def _float(value: Cell) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
