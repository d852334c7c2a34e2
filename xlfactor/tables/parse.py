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
from xlfactor.tables import cells, frames
from xlfactor.tables.columns import (
    alpha,
    column,
    descriptor_weights,
    groups,
    market,
    portfolio,
    portfolio_history,
    weights,
)
from xlfactor.tables.dated import as_raw, by_date, dated, frame_of, is_date_column
from xlfactor.tables.lists import LISTS, shocks
from xlfactor.tables.raw import (
    Raw,
    column_names,
    labels,
    refuse_twice,
    row_dates,
    row_names,
    with_dates,
)
from xlfactor.tables.scalars import SCALARS, one_cell

CODED = {"industry", "sector", "country", "group", "currency", "region"}


def read(kind: str, value: object, argument: str) -> Any:
    """`value` (rows of cells, a scalar, a DataFrame or a Series) as the canonical form of `kind`."""
    if kind in SCALARS:
        return SCALARS[kind](one_cell(value, argument), argument)
    if kind in LISTS:
        return LISTS[kind](value, argument)
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


def _square(value: object, argument: str) -> pd.DataFrame:
    raw = as_raw(value, argument)
    rows, columns = row_names(raw, "DUP_FACTOR"), column_names(raw, "DUP_FACTOR")
    if set(rows) != set(columns):
        odd = sorted(set(rows) ^ set(columns))[0]
        raise FactorError(
            "NOT_SQUARE",
            f"{subject(argument, 'has')} '{clipped(odd)}' on one side only",
            "label rows and columns alike",
            argument=argument,
        )
    frame = frame_of(raw, pd.Index(rows), columns)
    return frame.loc[:, rows]


def _loadings(value: object, argument: str) -> pd.DataFrame:
    """Style columns as floats, text columns as families; (date, asset) rows where a Date column leads."""
    table = frames.loadings(value) if isinstance(value, pd.DataFrame) else None
    if table is None:
        raw = as_raw(value, argument, _label_columns(value))
        names = column_names(raw, "DUP_FACTOR")
        columns = {name: raw.texts(j) if raw.is_text(j) else raw.column(j) for j, name in enumerate(names)}
        table = pd.DataFrame(columns, index=_panel_index(raw, "DUP_ASSET"))
    for name, dtype in zip(table.columns.tolist(), table.dtypes.tolist(), strict=True):
        if name.casefold() in CODED and pd.api.types.is_numeric_dtype(dtype):
            text = f"FAMILY_CODES: {name} of {argument} holds numbers and is read as a style: use text for a family"
            warnings.warn(FactorWarning(text), stacklevel=3)
    return table


def _values(value: object, argument: str) -> pd.DataFrame:
    """Any labelled table: numeric columns as floats, text columns as they are, dates where the header says so."""
    raw = as_raw(value, argument, _label_columns(value))
    names, by_dates = column_names(raw, "DUP_LABEL"), len(raw.index) == 1 and is_date_column(raw)
    index: pd.Index
    raw, index = with_dates(raw) if by_dates else (raw, _panel_index(raw, "DUP_LABEL"))
    columns = {name: raw.texts(j) if raw.is_text(j) else raw.column(j) for j, name in enumerate(names)}
    frame = pd.DataFrame(columns, index=index)
    if by_dates:
        return by_date(frame, argument)
    return frame if len(raw.index) > 1 else frame.rename_axis(raw.corner[0] or None)


def _label_columns(value: Any) -> int:
    """2 where dates lead the assets, else 1."""
    if isinstance(value, pd.DataFrame):
        return min(value.index.nlevels, 2)
    head = [cells.label(v).casefold() for v in value[0][:2]] if value and isinstance(value[0], list | tuple) else []
    return 2 if head == ["date", "asset"] else 1


def _panel_index(raw: Raw, code: str) -> pd.Index:
    if len(raw.index) == 1:
        return pd.Index(row_names(raw, code), name="Asset" if code == "DUP_ASSET" else None)
    dates = row_dates(raw)
    assets = labels(raw, 1)
    refuse_twice(list(zip(dates, assets, strict=True)), raw.argument, code, [(i, 1) for i in raw.rows])
    return pd.MultiIndex.from_arrays([dates, assets], names=["Date", "Asset"])


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "returns": dated("DUP_ASSET"),
    "prices": dated("DUP_ASSET"),
    "vendor": dated("DUP_ASSET"),
    "idio_returns": dated("DUP_ASSET"),
    "realised": dated("DUP_ASSET"),
    "forecast_volatility": dated("DUP_ASSET"),
    "factor_returns": dated("DUP_FACTOR"),
    "factors": dated("DUP_FACTOR"),
    "values": _values,
    "characteristics": _values,
    "loadings": _loadings,
    "alpha": alpha,
    "weights": weights,
    "caps": weights,
    "market": market,
    "descriptor_weights": descriptor_weights,
    "groups": groups,
    "portfolio": portfolio,
    "portfolio_history": portfolio_history,
    "shocks": shocks,
    "factor_covariance": _square,
    "noise": _square,
    "idio_variance": column,
}
