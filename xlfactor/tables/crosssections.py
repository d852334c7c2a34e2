"""A table of values as cross-sections: its numbers, block by date, and the caps and groups of its assets."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.errors import FactorError, FactorWarning, counted, did_you_mean, first_five, subject
from xlfactor.tables.align import as_of, by_asset_or_date


@dataclass(frozen=True)
class Numbers:
    """The numeric columns of a table as one array; text columns stay behind in `frame`."""

    frame: pd.DataFrame
    columns: list[str]
    body: Array  # (rows, columns)

    def replaced(self, body: Array) -> pd.DataFrame:
        """The table with other numbers in the place of its own; its text as it was."""
        result = self.frame.copy()
        result[self.columns] = body
        return result


def numbers(frame: pd.DataFrame, argument: str) -> Numbers:
    """The numeric columns of a parsed table; a table of text alone is refused."""
    columns = [name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name].dtype)]
    if not columns:
        message = f"{subject(argument, 'has')} no column of numbers"
        raise FactorError("NO_NUMBERS", message, "pass at least one", argument=argument)
    return Numbers(frame, columns, frame[columns].to_numpy(dtype=float))


def row_label(label: object) -> str:
    """`2026-01-30, AAPL`: a row's label or labels as text."""
    parts = label if isinstance(label, tuple) else (label,)
    return ", ".join(p.date().isoformat() if isinstance(p, pd.Timestamp) else str(p) for p in parts)


def date_blocks(index: pd.Index) -> list[IntArray]:
    """The rows of each date of a (date, asset) index, in order of first appearance; else all rows as one block."""
    if not isinstance(index, pd.MultiIndex):
        return [np.arange(len(index))]
    codes, dates = pd.factorize(index.get_level_values(0))
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, len(dates))))


def group_codes(groups: pd.DataFrame | None, members: pd.Index, argument: str) -> IntArray | None:
    """The group of each member as a code from 0, −1 where it has none; joined by label."""
    if groups is None:
        return None
    codes, _ = pd.factorize(groups.iloc[:, 0].reindex(members))
    without = members[codes < 0].unique()
    if (codes < 0).all():
        near = "" if members.isin(groups.index).any() else did_you_mean(members[0], groups.index)
        raise FactorError(
            "ASSET_UNKNOWN", f"groups give no group to any asset of {argument}, such as {members[0]}",
            near or "name the assets alike in both tables, and their groups", argument="groups",
        )  # fmt: skip
    if len(without):
        text = f"GROUP_MISSING: no group for {counted(len(without), 'asset')}: {first_five(without)}"
        warnings.warn(FactorWarning(text), stacklevel=4)
    return codes.astype(np.int64)


def caps_by_row(caps: pd.DataFrame | None, index: pd.Index) -> Array | None:
    """The cap of each row of a loadings table, NaN where none is known; the assets without one are named."""
    v = by_row(caps, "caps", index)
    if v is not None and not (v > 0).all():
        without = index.get_level_values(-1)[~(v > 0)].unique()
        text = f"CAP_MISSING: no cap, and so no say in the weighted mean, for {counted(len(without), 'asset')}: "
        warnings.warn(FactorWarning(text + first_five(without)), stacklevel=4)
    return v


def by_row(table: pd.DataFrame | None, argument: str, index: pd.Index) -> Array | None:
    """The cap or weight of each row of a loadings table, NaN where none is known.

    Dated loadings take dated values of their own date, or else the last before it; undated loadings the last of all.
    """
    if table is None:
        return None
    names = index.get_level_values(-1)
    assets = names.unique()
    day, dates = np.zeros(len(index), dtype=np.int64), pd.DatetimeIndex([])
    if isinstance(table.index, pd.DatetimeIndex):
        dates = table.index[-1:]
        if isinstance(index, pd.MultiIndex):
            day, found = pd.factorize(index.get_level_values(0))
            dates = pd.DatetimeIndex(found)
    V = by_asset_or_date(table, argument, dates, assets, lag=0)
    return np.asarray(V[day, assets.get_indexer(names)])


def rows_of(table: pd.Index, index: pd.Index) -> IntArray:
    """For each row of `index` the row of another loadings table that belongs to it, -1 if none.

    Dates as `by_row`: dated rows of their own date, or else of the last date before it; for undated rows the last.
    """
    names = index.get_level_values(-1)
    if not isinstance(table, pd.MultiIndex):
        return np.asarray(table.get_indexer(names), dtype=np.int64)
    days = pd.DatetimeIndex(table.get_level_values(0).unique()).sort_values()
    if isinstance(index, pd.MultiIndex):
        place = as_of(days, pd.DatetimeIndex(index.get_level_values(0)), lag=0)
    else:
        place = np.full(len(index), len(days) - 1)
    wanted = pd.MultiIndex.from_arrays([days[np.maximum(place, 0)], names])
    return np.where(place >= 0, table.get_indexer(wanted), -1).astype(np.int64)
