"""A result as rows of cells, and in the order of the input it came from."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

from xlfactor.tables.cells import Cell, Rows
from xlfactor.tables.dated import GIVEN_ORDER

Result = TypeVar("Result")


def spill(result: object) -> Rows:
    """A DataFrame with its labels, or a single value; a missing or infinite number is None."""
    if not isinstance(result, pd.DataFrame):
        return [[_cell(result)]]
    corner: list[Cell] = [str(name) if name else "" for name in result.index.names]
    labels = [[_cell(v) for v in result.index.get_level_values(k)] for k in range(result.index.nlevels)]
    header: list[Cell] = [str(name) for name in result.columns]
    columns = [_column(result.iloc[:, j]) for j in range(result.shape[1])]
    return [[*corner, *header], *map(list, zip(*labels, *columns, strict=True))]


def _column(series: pd.Series) -> list[Cell]:
    if not pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        return [_cell(v) for v in series]
    values = series.to_numpy(dtype=float)
    cells: list[Cell] = values.tolist()
    for k in np.flatnonzero(~np.isfinite(values)):
        cells[k] = None
    return cells


def _cell(value: object) -> Cell:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.number):
        return float(value) if np.isfinite(value) else None
    return None if value is None or value is pd.NaT or value is pd.NA else str(value)


def restore_order(result: Result, values: dict[str, object]) -> Result:
    """A result by date in the order in which the first table gave its dates."""
    first = next((v for v in values.values() if isinstance(v, pd.DataFrame)), None)
    if first is None or not isinstance(result, pd.DataFrame) or not isinstance(result.index, pd.DatetimeIndex):
        return result
    order = first.attrs.get(GIVEN_ORDER)
    if order is None:
        return result
    kept = order[order.isin(result.index)]
    result = result.loc[kept] if len(kept) == len(result) else result.copy()
    result.attrs.pop(GIVEN_ORDER, None)
    return result
