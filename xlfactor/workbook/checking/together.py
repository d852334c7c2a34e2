"""What only shows when the tables meet: assets that one of them lacks, weights, factors that repeat one another."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from xlfactor.codes import CODES
from xlfactor.engine.collinearity import collinearity
from xlfactor.errors import FactorError, FactorWarning, clipped, first_five
from xlfactor.tables.align import panel
from xlfactor.tables.holdings import holdings, newest
from xlfactor.workbook.checking.table import Table, listed
from xlfactor.workbook.results import Note

EXACT = 1e10  # variance inflation of a factor that is a combination of others, but for rounding
NEARLY = 100.0  # its standard error is ten times that of a factor by itself


def together(tables: dict[str, Table]) -> list[Note]:
    """Notes on the main inputs as far as they could be read."""
    frames = {name: table.frame for name, table in tables.items()}
    notes: list[Note] = []
    if "loadings" in tables:
        notes += factors(tables["loadings"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FactorWarning)
        if {"returns", "loadings"} <= tables.keys():
            try:
                panel(frames["returns"], frames["loadings"], caps=frames.get("caps"))
            except FactorError as error:
                notes += joined_error(error, tables)
        if {"portfolio", "loadings"} <= tables.keys():
            try:
                holdings(frames["portfolio"], frames["loadings"])
            except FactorError as error:
                notes += joined_error(error, tables)
    if {"portfolio", "returns"} <= tables.keys():
        notes += held_without_returns(tables["portfolio"], tables["returns"])
    return notes + [warning_note(w, "") for w in caught]


def warning_note(warning: warnings.WarningMessage, sheet: str) -> Note:
    code, _, message = str(warning.message).partition(": ")
    fix = CODES[code].fix if code in CODES else ""
    return Note(code, "warn", sheet, None, message, fix)


def joined_error(error: FactorError, tables: dict[str, Table]) -> Iterator[Note]:
    """The error at the cells that are to blame, if they can be told; else at its table, or at none."""
    if error.code == "FEW_ASSETS" and swapped(tables):
        text = "loadings have factors down and assets across"
        place = tables["loadings"].place
        yield Note("TRANSPOSED", "error", place.sheet, place.area[:2], text, "turn it: copy, Paste Special, Transpose")
        return
    found = blamed(error.code, tables)
    if found:
        table, cells = found
        text = error.message + (f" ({error.where})" if error.where else "")
        yield Note(error.code, "error", table.place.sheet, cells[0], text, error.fix, len(cells))
        return
    table = tables.get(error.argument)  # type: ignore[assignment]
    where = f" ({error.where})" if error.where else ""
    yield Note(error.code, "error", table.place.sheet if table else "", None, error.message + where, error.fix)


def swapped(tables: dict[str, Table]) -> bool:
    assets = set(tables["returns"].frame.columns)
    loadings = tables["loadings"].frame
    return len(assets & set(loadings.columns)) > len(assets & set(loadings.index.get_level_values(-1)))


def blamed(code: str, tables: dict[str, Table]) -> tuple[Table, list[tuple[int, int]]] | None:
    """The cells of a portfolio, or of loadings, that make such an error."""
    if "portfolio" not in tables or "loadings" not in tables:
        return None
    portfolio, loadings = tables["portfolio"], tables["loadings"]
    weights = portfolio.frame
    held = weights.index[(weights.fillna(0) != 0).any(axis=1)]
    if code == "ASSET_NOT_IN_LOADINGS":
        known = loadings.frame.index.get_level_values(-1)
        return portfolio, [portfolio.at(portfolio.row_of(asset), 0) for asset in held if asset not in known]
    if code == "WEIGHT_MISSING":
        rows, columns = portfolio.body_rows(), portfolio.body_columns()
        return portfolio, [portfolio.at(rows[i], columns[j]) for i, j in np.argwhere(weights.isna().to_numpy())]
    if code == "LOADING_MISSING":
        _, current = newest(loadings.frame)
        blank = current.reindex([asset for asset in held if asset in current.index]).isna()
        columns = loadings.body_columns()
        cells = [
            loadings.at(loadings.row_of(asset), columns[j])
            for asset, row in zip(blank.index, blank.to_numpy(), strict=True)
            for j in np.flatnonzero(row)
        ]
        return (loadings, cells) if cells else None
    return None


def held_without_returns(portfolio: Table, returns: Table) -> list[Note]:
    weights = portfolio.frame
    held = set(weights.index[(weights.fillna(0) != 0).any(axis=1)])
    blank = [name for name in returns.frame.columns if name in held and returns.frame[name].isna().all()]
    found = [(returns.column_of(name), f"the portfolio holds {clipped(name)}, which has no return") for name in blank]
    return listed("ASSET_NO_DATA", "error", returns.place.sheet, list(found), "fill the column, or set the weight to 0")


def factors(loadings: Table) -> Iterator[Note]:
    """Factors that no regression can tell apart, or that nobody has."""
    try:
        table, current = newest(loadings.frame)
    except FactorError as error:
        yield Note(error.code, "error", loadings.place.sheet, None, error.message, error.fix)
        return
    sheet = loadings.place.sheet
    numbers = current.select_dtypes("number")
    zero = [str(name) for name in numbers.columns if not np.nan_to_num(numbers[name]).any()]
    found = [(loadings.column_of(name), f"every loading on {clipped(name)} is 0") for name in zero]
    yield from listed("FACTOR_ZERO", "error", sheet, list(found), "fill or delete the column")
    constant = [str(name) for name in numbers.columns if name not in zero and numbers[name].nunique() == 1]
    if len(constant) > 1:
        text = f"{first_five(constant)} are each one number for every asset"
        yield Note(
            "FACTOR_COLLINEAR", "error", sheet, loadings.column_of(constant[-1]), text, "keep one", len(constant)
        )
    B = table.B.take(np.flatnonzero(table.B.complete))
    if zero or len(B.S) <= B.n_factors:
        return
    vif = pd.Series(collinearity(B, np.ones(len(B.S)), table.constant).vif, table.names)
    for code, severity, low, high, fix in (
        ("FACTOR_COLLINEAR", "error", EXACT, np.inf, "delete one of them"),
        ("FACTOR_ILL_COND", "warn", NEARLY, EXACT, "drop one of them, or see COLLINEARITY"),
    ):
        names = list(vif.index[(vif >= low) & (vif < high if high < np.inf else True)])
        if names:
            what = (
                "are combinations of one another" if severity == "error" else "are nearly combinations of one another"
            )
            at = loadings.column_of(names[-1]) if names[-1] in loadings.frame.columns else None
            yield Note(code, severity, sheet, at, f"{first_five(names)} {what}", fix, len(names))  # type: ignore[arg-type]
