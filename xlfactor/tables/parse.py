"""An argument of a worksheet function as what the function computes on, by its kind.

Cell blocks and DataFrames take the same way, so that a bad cell and a bad DataFrame get the same words.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from xlfactor.errors import FactorError, FactorWarning, clipped, subject
from xlfactor.tables import cells
from xlfactor.tables.raw import (
    Raw,
    column_names,
    from_cells,
    from_frame,
    labels,
    refuse_twice,
    row_dates,
    row_names,
    with_dates,
)
from xlfactor.tables.scalars import SCALARS, one_cell

GIVEN_ORDER = "xlfactor_given_order"  # attrs: the dates as they stood, where they were out of order
CODED = {"industry", "sector", "country", "group", "currency", "region"}


def read(kind: str, value: object, argument: str) -> Any:
    """`value` (rows of cells, a scalar, a DataFrame or a Series) as the canonical form of `kind`."""
    if kind in SCALARS:
        return SCALARS[kind](one_cell(value, argument), argument)
    if isinstance(value, pd.Series):
        value = value.to_frame(value.name if value.name is not None else argument)
    if not isinstance(value, pd.DataFrame | list | tuple):
        one_cell(value, argument)
        what, fix = f"the single value '{clipped(value)}'", "pass a range with labels"
        if not np.isscalar(value):  # from Python only
            what, fix = f"of type {type(value).__name__}", "pass a DataFrame with labels"
        raise FactorError(
            "NOT_A_TABLE", f"{subject(argument, 'is')} {what}, not a table", fix,
            argument=argument,
        )  # fmt: skip
    return _READERS[kind](value, argument)


def _raw(value: object, argument: str, label_columns: int = 1) -> Raw:
    if isinstance(value, pd.DataFrame):
        return from_frame(value, argument, label_columns)
    return from_cells(value, argument, label_columns)


def _frame(raw: Raw, index: pd.Index, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(raw.numbers(), index, columns)


def _dated(column_code: str) -> Callable[[object, str], pd.DataFrame]:
    def reader(value: object, argument: str) -> pd.DataFrame:
        raw, dates = with_dates(_raw(value, argument))
        return _by_date(_frame(raw, dates, column_names(raw, column_code)), argument)

    return reader


def _by_date(frame: pd.DataFrame, argument: str) -> pd.DataFrame:
    if frame.index.is_monotonic_increasing:
        return frame
    given = frame.index
    frame = frame.sort_index()
    frame.attrs[GIVEN_ORDER] = given
    warnings.warn(FactorWarning(f"DATES_SORTED: the dates of {argument} are out of order: sorted"), stacklevel=4)
    return frame


def _square(value: object, argument: str) -> pd.DataFrame:
    raw = _raw(value, argument)
    rows, columns = row_names(raw, "DUP_FACTOR"), column_names(raw, "DUP_FACTOR")
    if set(rows) != set(columns):
        odd = sorted(set(rows) ^ set(columns))[0]
        raise FactorError(
            "NOT_SQUARE",
            f"{subject(argument, 'has')} '{clipped(odd)}' on one side only",
            "label rows and columns alike",
            argument=argument,
        )
    frame = _frame(raw, pd.Index(rows), columns)
    return frame.loc[:, rows]


def _column(value: object, argument: str) -> pd.DataFrame:
    """One column of numbers: the column `variance`, or the only one."""
    raw = _raw(value, argument)
    names = column_names(raw, "DUP_LABEL")
    lower = [name.casefold() for name in names]
    if len(names) > 1 and "variance" not in lower:
        raise FactorError(
            "COLUMN_UNKNOWN", f"{subject(argument, 'has')} {len(names)} columns and none is called variance",
            "pass one column, or name it variance", argument=argument,
        )  # fmt: skip
    j = lower.index("variance") if len(names) > 1 else 0
    if "volatility" in lower[j]:
        raise FactorError(
            "UNITS_COLUMN", f"{subject(argument, 'has')} the column {names[j]}, not variances",
            "pass the column variance",
            argument=argument,
        )  # fmt: skip
    return pd.DataFrame({"variance": raw.column(j)}, index=row_names(raw, "DUP_ASSET"))


def _weights(value: object, argument: str) -> pd.DataFrame:
    """Assets down and one column, or dates down and assets across."""
    raw = _raw(value, argument)
    if _is_date_column(raw):
        return _dated("DUP_ASSET")(value, argument)
    if len(raw.header) > 1:
        raise FactorError(
            "COLUMN_UNKNOWN", f"{subject(argument, 'has')} {len(raw.header)} columns",
            "pass one column, or head the dates with Date", argument=argument,
        )  # fmt: skip
    return pd.DataFrame({argument: raw.column(0)}, index=row_names(raw, "DUP_ASSET"))


def _is_date_column(raw: Raw) -> bool:
    first = raw.index[0][0]
    return raw.corner[0].casefold() == "date" or (
        not isinstance(first, str | int | float) and cells.date(first) is not None
    )


def _groups(value: object, argument: str) -> pd.DataFrame:
    raw = _raw(value, argument)
    if len(raw.header) > 1:
        raise FactorError(
            "COLUMN_UNKNOWN",
            f"{subject(argument, 'has')} {len(raw.header)} columns",
            "pass one text column",
            argument=argument,
        )
    return pd.DataFrame({raw.header[0]: raw.texts(0)}, index=row_names(raw, "DUP_ASSET"))


def _portfolio(value: object, argument: str) -> pd.DataFrame:
    raw = _raw(value, argument)
    if len(raw.header) > 2:
        raise FactorError(
            "COLUMN_UNKNOWN", f"{subject(argument, 'has')} {len(raw.header)} columns of weights",
            "pass the portfolio weights and, if any, the benchmark weights", argument=argument,
        )  # fmt: skip
    frame = _frame(raw, pd.Index(row_names(raw, "DUP_ASSET")), ["portfolio", "benchmark"][: len(raw.header)])
    return frame


def _loadings(value: object, argument: str) -> pd.DataFrame:
    """Style columns as floats, text columns as families; (date, asset) rows where a Date column leads."""
    raw = _raw(value, argument, _label_columns(value))
    names = column_names(raw, "DUP_FACTOR")
    columns = {}
    for j, name in enumerate(names):
        columns[name] = raw.texts(j) if raw.is_text(j) else raw.column(j)
        if not raw.is_text(j) and name.casefold() in CODED:
            text = f"FAMILY_CODES: {name} of {argument} holds numbers and is read as a style: use text for a family"
            warnings.warn(FactorWarning(text), stacklevel=3)
    return pd.DataFrame(columns, index=_panel_index(raw, "DUP_ASSET"))


def _values(value: object, argument: str) -> pd.DataFrame:
    """Any labelled table: numeric columns as floats, text columns as they are, dates where the header says so."""
    raw = _raw(value, argument, _label_columns(value))
    names, by_date = column_names(raw, "DUP_LABEL"), len(raw.index) == 1 and _is_date_column(raw)
    index: pd.Index
    raw, index = with_dates(raw) if by_date else (raw, _panel_index(raw, "DUP_LABEL"))
    columns = {name: raw.texts(j) if raw.is_text(j) else raw.column(j) for j, name in enumerate(names)}
    frame = pd.DataFrame(columns, index=index)
    if by_date:
        return _by_date(frame, argument)
    return frame if len(raw.index) > 1 else frame.rename_axis(raw.corner[0] or None)


def _label_columns(value: Any) -> int:
    """2 where dates lead the assets, else 1."""
    if isinstance(value, pd.DataFrame):
        return min(value.index.nlevels, 2)
    head = [cells.label(v).casefold() for v in value[0][:2]] if isinstance(value[0], list | tuple) else []
    return 2 if head == ["date", "asset"] else 1


def _panel_index(raw: Raw, code: str) -> pd.Index:
    if len(raw.index) == 1:
        return pd.Index(row_names(raw, code), name="Asset" if code == "DUP_ASSET" else None)
    dates = row_dates(raw)
    assets = labels(raw, 1)
    refuse_twice(list(zip(dates, assets, strict=True)), raw.argument, code, [(i, 1) for i in raw.rows])
    return pd.MultiIndex.from_arrays([dates, assets], names=["Date", "Asset"])


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "returns": _dated("DUP_ASSET"),
    "prices": _dated("DUP_ASSET"),
    "idio_returns": _dated("DUP_ASSET"),
    "factor_returns": _dated("DUP_FACTOR"),
    "factors": _dated("DUP_FACTOR"),
    "values": _values,
    "loadings": _loadings,
    "weights": _weights,
    "caps": _weights,
    "groups": _groups,
    "portfolio": _portfolio,
    "factor_covariance": _square,
    "noise": _square,
    "idio_variance": _column,
}
