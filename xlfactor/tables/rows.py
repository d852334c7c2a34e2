"""The rows of a loadings table as places among the dates and labels that there are, read from the index's codes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from xlfactor.engine.arrays import IntArray

Codes = npt.NDArray[np.integer]
DENSE = 4  # times as many places as rows: rows are then told apart by marking places


def rows_a_date(day_of: Codes, asset_of: Codes) -> int:
    """How many rows a date has where all have the same assets in the same order and the dates ascend; else 0."""
    n = int(np.searchsorted(day_of, day_of[:1], side="right")[0]) if len(day_of) else 0
    if not n or len(day_of) % n:
        return 0
    days = day_of.reshape(-1, n)
    ascending = (days[1:, 0] > days[:-1, 0]).all() and (days == days[:, :1]).all()
    return n if ascending and np.array_equal(asset_of[n:], asset_of[:-n]) else 0


def labels_of(index: pd.Index) -> tuple[Codes, pd.Index]:
    """The last label of each row as a code, and what the codes mean; a label may stand there that no row has.

    Where all dates have the same assets in the same order, the codes are those of one date.
    """
    if not isinstance(index, pd.MultiIndex):
        return np.arange(len(index)), index
    day_of, asset_of = (np.asarray(codes) for codes in index.codes)
    return asset_of[: rows_a_date(day_of, asset_of) or None], index.levels[-1]


def dates_of(index: pd.MultiIndex) -> tuple[Codes, pd.DatetimeIndex]:
    """The date of each row as a place among the dates that there are, ascending."""
    codes, level = np.asarray(index.codes[0]), pd.DatetimeIndex(index.levels[0])
    used = np.zeros(len(level), dtype=bool)
    used[codes[:1]] = used[codes[1:][codes[1:] != codes[:-1]]] = True  # where a date begins: few rows
    if used.all() and level.is_monotonic_increasing:
        return codes, level
    days = level[used].sort_values()
    return days.get_indexer(level).astype(np.int64)[codes], days


def sorted_rows(columns: IntArray, day_of: Codes) -> IntArray | None:
    """The rows whose asset has a column, by date and column; None where all are and stand so already.

    columns : of every row, -1 where the returns do not know its asset; or of one date's, if all dates repeat it.
    """
    n = len(columns)
    N = int(columns.max(initial=0)) + 1
    key = np.multiply(day_of[:n], N, dtype=np.int64) + columns
    if columns.min(initial=0) == 0 and (key[1:] > key[:-1]).all():
        return None
    rows = np.flatnonzero(columns >= 0)
    order = rows[_sorted(key[rows])]
    first = np.arange(0, len(day_of), n)
    return np.asarray((first[:, None] + order).ravel())


def _sorted(key: IntArray) -> IntArray:
    """The places of different numbers in rising order: by marking where each belongs, if they lie close together."""
    least = int(key.min(initial=0))
    places = int(key.max(initial=0)) - least + 1
    if places > DENSE * len(key):
        return np.argsort(key)
    found = np.full(places, -1)
    found[key - least] = np.arange(len(key))
    return found[found >= 0]


def offsets_of(day_of: Codes, days: int) -> IntArray:
    """The first row of each date, and the number of rows: of dates that ascend and have a row each."""
    return np.append(np.searchsorted(day_of, np.arange(days, dtype=day_of.dtype)), len(day_of)).astype(np.int64)
