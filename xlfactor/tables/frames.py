"""Clean DataFrames: labels checked once a level, numbers once a column, nothing copied that is already canonical.

What is unusual in any way is None here: raw.py then reads it cell by cell, and names the cell that is wrong.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
import pandas as pd

from xlfactor.engine.arrays import IntArray
from xlfactor.tables import cells

REFUSED = cells.ERRORS | (cells.MISSING - {"NA", "NaN", "-"})  # as labels
_RECENT: deque[pd.Index] = deque(maxlen=8)  # the tables of a call mostly share their labels: then one Index serves all
MANY = 100  # columns
LONG = 100_000  # rows
DENSE = 4  # times as many places as rows: duplicates are then found by marking places


def dated(frame: pd.DataFrame) -> pd.DataFrame | None:
    """Dates down, numbers across."""
    if frame.empty or isinstance(frame.index, pd.MultiIndex):
        return None
    index, columns = _dates(frame.index), _labels(frame.columns)
    if index is None or columns is None or not (index.is_unique and columns.is_unique):
        return None
    return _numeric(frame, index, columns)


def by_asset(frame: pd.DataFrame, column: str) -> pd.DataFrame | None:
    """Labels down, one column of numbers, which gets a new name."""
    if frame.empty or frame.shape[1] != 1 or isinstance(frame.index, pd.MultiIndex):
        return None
    index, columns = _labels(frame.index), _labels(frame.columns)
    if index is None or columns is None or not index.is_unique:
        return None
    return _numeric(frame, index, pd.Index([column]))


def loadings(frame: pd.DataFrame) -> pd.DataFrame | None:
    """Styles and text columns by asset, or by date and asset; a categorical text column stays one."""
    if frame.empty or frame.index.nlevels > 2:
        return None
    columns = _labels(frame.columns)
    if columns is None or not columns.is_unique:
        return None
    index = _panel_index(frame.index) if isinstance(frame.index, pd.MultiIndex) else _unique_labels(frame.index)
    if index is None:
        return None
    clean, dtypes = _relabelled(frame, index, columns), frame.dtypes.tolist()
    floats = [j for j, dtype in enumerate(dtypes) if dtype == np.float64]
    if _infinite_among(frame, floats):
        return None
    for j in sorted(set(range(len(dtypes))) - set(floats)):
        given = frame.iloc[:, j]
        column = _text(given) if _may_be_text(given.dtype) else _as_floats(given)
        if column is None:
            return None
        if column is not given:
            clean.isetitem(j, column.array)  # its rows are these: nothing to align
    return clean


def text_columns(frame: pd.DataFrame) -> list[int]:
    """Places of the columns that hold no numbers; one row tells whether there are any in thousands of columns."""
    if frame.shape[1] > MANY and frame.iloc[:1].to_numpy().dtype.kind in "fiu":
        return []
    dtypes = frame.dtypes.tolist()
    numeric = {dtype: pd.api.types.is_numeric_dtype(dtype) for dtype in set(dtypes)}
    return [] if all(numeric.values()) else [j for j, dtype in enumerate(dtypes) if not numeric[dtype]]


def labels_of(index: pd.Index) -> tuple[IntArray, pd.Index]:
    """The last label of each row as a code, and what the codes mean; a label may stand there that no row has."""
    if isinstance(index, pd.MultiIndex):
        return np.asarray(index.codes[-1], dtype=np.int64), index.levels[-1]
    return np.arange(len(index)), index


def dates_of(index: pd.MultiIndex) -> tuple[IntArray, pd.DatetimeIndex]:
    """The date of each row as a place among the dates that there are, ascending."""
    codes, level = np.asarray(index.codes[0]), pd.DatetimeIndex(index.levels[0])
    used = np.bincount(codes, minlength=len(level)) > 0
    if used.all() and level.is_monotonic_increasing:
        return codes.astype(np.int64), level
    days = level[used].sort_values()
    return days.get_indexer(level).astype(np.int64)[codes], days


def _relabelled(frame: pd.DataFrame, index: pd.Index, columns: pd.Index) -> pd.DataFrame:
    """The same numbers, not copied, under other labels."""
    clean = frame.set_axis(columns, axis=1).set_axis(index, axis=0)
    clean.attrs = {}
    return clean


def _numeric(frame: pd.DataFrame, index: pd.Index, columns: pd.Index) -> pd.DataFrame | None:
    values = frame.to_numpy()
    if values.dtype.kind not in "fiub":
        return None
    if values.dtype.kind == "f" and _any_infinite(values):
        return None
    if values.dtype == np.float64:
        return _relabelled(frame, index, columns)
    return pd.DataFrame(values.astype(float), index, columns)


def _infinite_among(frame: pd.DataFrame, floats: list[int]) -> bool:
    """Whether any of these columns holds an infinite number; together if a copy is cheap, else one by one."""
    if len(frame) < LONG and floats:
        return _any_infinite(frame.take(floats, axis=1).to_numpy())
    return any(_any_infinite(frame.iloc[:, j].to_numpy()) for j in floats)


def _any_infinite(values: npt.NDArray[np.floating]) -> bool:
    with np.errstate(all="ignore"):
        if np.isfinite(values.sum()):  # a sum passes over the numbers without writing any
            return False
    return bool(np.isinf(values).any())


def _as_floats(column: pd.Series) -> pd.Series | None:
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "fiub":
        return None
    return None if column.dtype.kind == "f" and _any_infinite(column.to_numpy()) else column.astype(float)


def _may_be_text(dtype: object) -> bool:
    return isinstance(dtype, pd.CategoricalDtype | pd.StringDtype) or dtype == np.dtype(object)


def _text(column: pd.Series) -> pd.Series | None:
    """A column of text alone, canonical: each value is looked at once, not each row."""
    codes, found = pd.factorize(column)
    values = list(found)
    if not all(isinstance(v, str) for v in values) or any(map(cells.is_error, values)):
        return None
    names = [None if cells.is_missing(v) else cells.label(v) for v in values]
    if not any(names):
        return None
    canonical = names == values
    if isinstance(column.dtype, pd.CategoricalDtype) and canonical:
        return column
    if len(column) >= LONG:  # whoever reads it next finds the values without looking at each row again
        places, meanings = (codes, names) if canonical else _meanings(codes, names)
        return pd.Series(pd.Categorical.from_codes(places, pd.Index(meanings), validate=False), column.index)
    if canonical and column.dtype != np.dtype(object):
        return column
    text = pd.array(np.array([*names, None], dtype=object), dtype="str")
    return pd.Series(text.take(codes), column.index)


def _meanings(codes: IntArray, names: list[str | None]) -> tuple[IntArray, list[str]]:
    """Codes of the different names among `names`, in their order; -1 for none."""
    found = [name for name in dict.fromkeys(names) if name]
    places = [found.index(name) if name else -1 for name in names]
    return np.array([*places, -1])[codes], found


def _dates(index: pd.Index) -> pd.DatetimeIndex | None:
    """Labels as dates, each known on its day."""
    if isinstance(index, pd.DatetimeIndex):
        if index.hasnans:
            return None
        found = index.tz_localize(None).normalize()
    else:
        given = [cells.date(v) for v in index.tolist()]
        if None in given:
            return None
        found = pd.DatetimeIndex(given)
    return pd.DatetimeIndex(found.as_unit("ns").to_numpy(), name="Date")


def _labels(index: pd.Index) -> pd.Index | None:
    """Labels as canonical text; the index itself where they are, or one that was read before and is equal to it."""
    if isinstance(index, pd.MultiIndex) or not len(index):
        return None
    for known in tuple(_RECENT):
        if len(known) == len(index) and known.dtype == index.dtype and known[-1] == index[-1] and known.equals(index):
            return known
    given = index.tolist()
    try:
        plain = "".join(given).isascii()
    except TypeError:  # numbers, dates, missing labels
        plain = False
    found = [v.strip() for v in given] if plain else [cells.label(v) for v in given]
    if not REFUSED.isdisjoint(found):
        return None
    same = found == given and isinstance(index.dtype, pd.StringDtype)
    labels = index.rename(None) if same else pd.Index(found)
    _RECENT.append(labels)
    return labels


def _unique_labels(index: pd.Index) -> pd.Index | None:
    names = _labels(index)
    return names.rename("Asset") if names is not None and names.is_unique else None


def _panel_index(index: pd.MultiIndex) -> pd.MultiIndex | None:
    """(date, asset) rows, each once."""
    given_days, given_names = _dates(index.levels[0]), _labels(index.levels[1])
    if given_days is None or given_names is None or min(codes.min() for codes in index.codes) < 0:
        return None
    day_of, days = _merged(index.codes[0], given_days, sort=True)
    asset_of, names = _merged(index.codes[1], given_names, sort=False)
    key = np.asarray(day_of, dtype=np.int64) * len(names) + asset_of
    if not (key[1:] > key[:-1]).all() and _twice(key, len(days) * len(names)):
        return None
    levels, codes = [days, names], [day_of, asset_of]
    return pd.MultiIndex(levels, codes, names=["Date", "Asset"], verify_integrity=False)  # type: ignore[arg-type]


def _merged(codes: npt.NDArray[np.integer], level: pd.Index, *, sort: bool) -> tuple[npt.NDArray[np.integer], pd.Index]:
    """Labels that are one in canonical form get one code."""
    if level.is_unique and not (sort and not level.is_monotonic_increasing):
        return codes, level
    place, found = pd.factorize(level, sort=sort)
    return place[codes], pd.Index(found)


def _twice(key: IntArray, places: int) -> bool:
    if places > DENSE * len(key):
        return len(np.unique(key)) < len(key)
    marked = np.zeros(places, dtype=bool)
    marked[key] = True
    return int(marked.sum()) < len(key)
