"""A day's state: the portfolio and the model that a risk figure rests on, kept so that the next day can be compared."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue
from xlfactor.tables.holdings import newest
from xlfactor.tables.parse import read
from xlfactor.workbook.formulas.inputs import Entries
from xlfactor.workbook.formulas.references import Place, resolve
from xlfactor.workbook.formulas.tree import Call, Constant, Node
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, block
from xlfactor.workbook.results import Cell, Evaluation

TABLES = ("portfolio", "loadings", "idio_variance", "factor_covariance")
RISK = "RISK_DECOMPOSITION"


@dataclass(frozen=True)
class State:
    """Tables as `tables.parse` reads them; loadings of the last date only; variances per period."""

    as_of: datetime.datetime
    portfolio: pd.DataFrame
    loadings: pd.DataFrame
    idio_variance: pd.DataFrame
    factor_covariance: pd.DataFrame


def state_of(as_of: datetime.datetime, tables: dict[str, Sequence[Sequence[Cell]]]) -> State:
    """A state from the cells of its tables. FactorError where a function would refuse them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FactorWarning)  # the function that read them has said it
        found = {name: read(name, [list(row) for row in tables[name]], name) for name in TABLES}
    return State(as_of, **(found | {"loadings": newest(found["loadings"])[1]}))


def state_now(
    as_of: datetime.datetime | None, found: Evaluation, entries: Entries, ws: Workspace
) -> tuple[State, float] | None:
    """What the book's first RISK_DECOMPOSITION was given, and periods a year; None where it gave no result."""
    risk = next((result for result in found.formulas if result.function == RISK and result.rows), None)
    entry = entries[risk.sheet, risk.cell] if risk else None
    if as_of is None or entry is None or not isinstance(entry.tree, Call) or risk is None or risk.status != "ok":
        return None
    arguments = {a.name: a for a in catalogue()[RISK].arguments}
    given = dict(zip(arguments, entry.tree.arguments, strict=False))
    try:
        tables = {name: argument_rows(given[name], entry.place, found, ws) for name in TABLES}
        year = argument_rows(given.get("periods_per_year", Constant(None)), entry.place, found, ws)
    except (FactorError, KeyError):  # a nested call has no cells that could be kept
        return None
    return state_of(as_of, tables), float(arguments["periods_per_year"].read(year[0][0]))


def argument_rows(node: Node, place: Place, found: Evaluation, ws: Workspace) -> Sequence[Sequence[Cell]]:
    """The cells of an argument: a formula's new result, or an input as it stands in the book."""
    area = node if isinstance(node, Constant) else resolve(node, place, ws)
    if not isinstance(area, Rectangle):
        return [[area.value]] if isinstance(area, Constant) else area.rows
    for result in found.formulas:
        if (result.sheet, result.cell) == (area.sheet, area.area[:2]) and result.rows is not None:
            return result.rows
    return block(ws, area)


def after_run(now: State, last: State | None, previous: State | None) -> tuple[State, State | None]:
    """The last state and the one of the date before it, once `now` is known.

    A later date moves last to previous; the same date, or one between the two, replaces last.
    """
    if last is not None and last.as_of < now.as_of:
        return now, last
    return now, previous if previous is not None and previous.as_of < now.as_of else None


def table_rows(state: State, name: str) -> list[list[Cell]]:
    """A table of the state as cells, its labels in the first row and column; missing as None."""
    table: pd.DataFrame = getattr(state, name)
    corner = "Factor" if name == "factor_covariance" else "Asset"
    columns = [table[column].tolist() for column in table.columns]
    body = [[label, *map(cell, values)] for label, *values in zip(table.index.tolist(), *columns, strict=True)]
    return [[corner, *map(str, table.columns)], *body]


def cell(value: str | float | None) -> Cell:
    """Text as it is, a missing text or number as None."""
    return value if isinstance(value, str) else None if value is None or value != value else float(value)
