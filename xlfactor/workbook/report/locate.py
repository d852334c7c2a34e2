"""Where a workbook keeps what a report shows: by the template's names, else by its catalogue formulas."""

from __future__ import annotations

from dataclasses import dataclass

from xlfactor.errors import FactorError
from xlfactor.tables.cells import OUR_ERROR, Cell, Rows, date, is_missing
from xlfactor.workbook.formulas.inputs import Entries
from xlfactor.workbook.formulas.references import Place, resolve
from xlfactor.workbook.formulas.tree import Call, Name
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, block

FUNCTIONS = {  # block xlf_…: the function that fills it
    "risk": "RISK_DECOMPOSITION", "by_factor": "RISK_BY_FACTOR", "by_asset": "RISK_BY_ASSET",
    "exposures": "EXPOSURES", "factor_returns": "FACTOR_RETURNS", "performance": "FACTOR_PERFORMANCE",
    "cumulative": "CUMULATIVE_RETURNS", "correlation": "COVARIANCE_SUMMARY", "regression": "REGRESSION_SUMMARY",
    "idio_covariance": "IDIO_COVARIANCE", "hedge": "HEDGE", "diagnosis": "DIAGNOSE_MODEL",
    "screen": "SCREEN_FACTORS", "check_returns": "CHECK_RETURNS",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A workbook and its formulas."""

    ws: Workspace
    entries: Entries


def rows_of(source: Source, name: str) -> Rows | None:
    """The block behind xlf_`name`, else what the first formula of its function fills; None where there is neither.

    FactorError UPSTREAM where the block is an error, NOT_REFRESHED where it has no values.
    """
    if has_name(source.ws, f"xlf_{name}"):
        return table(source.ws, f"xlf_{name}")
    for entry in source.entries.values():
        if entry.role == "ours" and isinstance(entry.tree, Call) and entry.tree.name == FUNCTIONS.get(name):
            where = Rectangle(entry.key[0], entry.formula.area)
            return labelled(block(source.ws, where), entry.tree.name)
    return None


def has_name(ws: Workspace, name: str) -> bool:
    return ("", name.casefold()) in ws.book.names


def named(ws: Workspace, name: str) -> Rows:
    """The cells behind a name. FactorError NAME_MISSING."""
    if not has_name(ws, name):
        raise FactorError("NAME_MISSING", f"the workbook has no name {name}", "start from xlfactor template")
    area = resolve(Name(None, name), Place(ws.book.sheets[0].name, (1, 1), (0, 0)), ws)
    if not isinstance(area, Rectangle):
        raise FactorError("NAME_MISSING", f"{name} is no range", "start from xlfactor template")
    return block(ws, area)


def value(ws: Workspace, name: str) -> Cell:
    """The one cell behind a name; None where the book has no such name."""
    return named(ws, name)[0][0] if has_name(ws, name) else None


def text(ws: Workspace, name: str) -> str:
    found = value(ws, name)
    return "" if found is None else str(found).strip()


def table(ws: Workspace, name: str) -> Rows:
    return labelled(named(ws, name), name)


def labelled(rows: Rows, name: str) -> Rows:
    """A block's rows: dates as dates, missing numbers as None."""
    head = rows[0][0] if rows else None
    if isinstance(head, str) and head.startswith(OUR_ERROR):
        raise FactorError("UPSTREAM", f"{name} is an error: {head.removeprefix(OUR_ERROR)}", "mend that formula first")
    if len(rows) < 2 or head is None:
        raise FactorError("NOT_REFRESHED", f"{name} has no values", "run xlfactor refresh first")
    dates = [j for j, label in enumerate(rows[0]) if str(label) in ("Date", "as_of", "utc_time")]
    return [rows[0], *([date(v) if j in dates else missing(v) for j, v in enumerate(row)] for row in rows[1:])]


def missing(cell: Cell) -> Cell:
    return None if is_missing(cell) else cell


def sheet_table(ws: Workspace, name: str) -> Rows | None:
    """An Excel table by its name, with its header; None where the book has none or it is empty."""
    found = ws.book.tables.get(name.casefold())
    if found is None:
        return None
    rows = [row for row in block(ws, Rectangle(found.sheet, found.area)) if any(cell is not None for cell in row)]
    return labelled(rows, found.name) if len(rows) > 1 and rows[0][0] is not None else None
