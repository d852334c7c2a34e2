"""Clean DataFrames: labels checked once a level, numbers once a column; nothing canonical is copied from pandas 3 on.

What is unusual in any way is None here: raw.py then reads it cell by cell, and names the cell that is wrong.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
import pandas as pd

from xlfactor.tables import cells
from xlfactor.tables.rows import DENSE, Codes, rows_a_date

COPIED = pd.__version__ < "3"  # pandas 2 has no Copy-on-Write: a shared number, changed later, would change in both
REFUSED = cells.ERRORS | (cells.MISSING - {"NA", "NaN", "-"})  # as labels
_RECENT: deque[pd.Index] = deque(maxlen=8)  # the tables of a call mostly share their labels: then one Index serves all
_RECENT_DATES: deque[tuple[pd.Index, pd.DatetimeIndex]] = deque(maxlen=4)
MANY = 100  # columns
LONG = 100_000  # rows
SOME = 0.1  # of the rows: more texts than this that differ from the date before, and all are looked at


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
    repeated = rows_a_date(*index.codes) if isinstance(index, pd.MultiIndex) else 0
    clean, dtypes = _relabelled(frame, index, columns), frame.dtypes.tolist()
    floats = [j for j, dtype in enumerate(dtypes) if dtype == np.float64]
    bare = frame.reset_index(drop=True)  # a column costs pandas a third of what it does with the labels of its rows
    if _infinite_among(bare, floats):
        return None
    for j in sorted(set(range(len(dtypes))) - set(floats)):
        given = bare.iloc[:, j]
        column = _text(given, repeated) if _may_be_text(given.dtype) else _as_floats(given)
        if column is None:
            return None
        if column is not given:
            clean.isetitem(j, column.array)
    return clean


def text_columns(frame: pd.DataFrame) -> list[int]:
    """Places of the columns that hold no numbers; one row tells whether there are any in thousands of columns."""
    if frame.shape[1] > MANY and frame.iloc[:1].to_numpy().dtype.kind in "fiu":
        return []
    return [j for j, dtype in enumerate(frame.dtypes.tolist()) if not pd.api.types.is_numeric_dtype(dtype)]


def _relabelled(frame: pd.DataFrame, index: pd.Index, columns: pd.Index) -> pd.DataFrame:
    """The same numbers under other labels; from pandas 3 on not copied."""
    clean = frame.copy(deep=COPIED)
    clean.index, clean.columns, clean.attrs = index, columns, {}
    return clean


def _numeric(frame: pd.DataFrame, index: pd.Index, columns: pd.Index) -> pd.DataFrame | None:
    values = frame.to_numpy()
    if values.dtype.kind not in "fiub":
        return None
    if values.dtype.kind == "f" and _any_infinite(values):
        return None
    if values.dtype == np.float64 and not COPIED:
        return _relabelled(frame, index, columns)
    return pd.DataFrame(values.astype(float, order="C"), index, columns)


def _infinite_among(frame: pd.DataFrame, floats: list[int]) -> bool:
    """Whether any of these columns holds an infinite number; together if a copy is cheap, else one by one."""
    if len(frame) < LONG and floats:
        return _any_infinite(frame.take(floats, axis=1).to_numpy())
    return any(_any_infinite(column.to_numpy()) for _, column in frame.items() if column.dtype == np.float64)


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


def _text(column: pd.Series, repeated: int) -> pd.Series | None:
    """A column of text alone, canonical: each value is looked at once, not each row."""
    codes, found = _factorized(column, repeated)
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
    text = pd.Series([*names, None]).array  # pandas' own choice for text: in pandas 2 "str" would make "None" of a gap
    return pd.Series(text.take(codes), column.index)


def _factorized(column: pd.Series, repeated: int) -> tuple[Codes, pd.Index]:
    """Codes of a column and its values; where dates repeat their rows, most values are those of the date before."""
    if isinstance(column.dtype, pd.CategoricalDtype) and (column.array.codes >= 0).any():
        return column.array.codes, column.array.categories  # one that no row has may be among them
    if not 0 < repeated < len(column) or column.dtype != "str":  # others tell no difference where text is missing
        return pd.factorize(column)
    text = column.array
    new = np.flatnonzero(text[repeated:] != text[:-repeated]) + repeated
    if len(new) > SOME * len(column):
        return pd.factorize(column)
    found, values = pd.factorize(text.take(np.concatenate([np.arange(repeated), new, new - repeated])))
    found = found.astype(np.min_scalar_type(-2 * len(values) - 1))  # as small as they and their differences are
    codes = np.tile(found[:repeated], len(column) // repeated)
    if len(new):
        now, before = np.split(found[repeated:], 2)
        steps = np.zeros_like(codes)
        steps[new] = now - before
        codes += steps.reshape(-1, repeated).cumsum(axis=0, dtype=codes.dtype).reshape(-1)
    return codes, pd.Index(values)


def _meanings(codes: Codes, names: list[str | None]) -> tuple[Codes, list[str]]:
    """Codes of the different names among `names`, in their order; -1 for none."""
    found = [name for name in dict.fromkeys(names) if name]
    places = [found.index(name) if name else -1 for name in names]
    return np.array([*places, -1])[codes], found


def _dates(index: pd.Index) -> pd.DatetimeIndex | None:
    """Labels as dates, each known on its day; those of an index that was read before are at hand."""
    for given, known in tuple(_RECENT_DATES):
        if given is index:
            return known
    if isinstance(index, pd.DatetimeIndex):
        if index.hasnans:
            return None
        found = index.tz_localize(None)
        if not found.is_normalized:
            found = found.normalize()
    else:
        days = [cells.date(v) for v in index.tolist()]
        if None in days:
            return None
        found = pd.DatetimeIndex(days)
    dates = pd.DatetimeIndex(found.as_unit("ns").to_numpy(), name="Date")
    _RECENT_DATES.append((index, dates))
    return dates


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
    if _twice(day_of, asset_of, len(days), len(names)):
        return None
    levels, codes = [days, names], [day_of, asset_of]
    return pd.MultiIndex(levels, codes, names=["Date", "Asset"], verify_integrity=False)  # type: ignore[arg-type]


def _merged(codes: Codes, level: pd.Index, *, sort: bool) -> tuple[Codes, pd.Index]:
    """Labels that are one in canonical form get one code."""
    if level.is_unique and not (sort and not level.is_monotonic_increasing):
        return codes, level
    place, found = pd.factorize(level, sort=sort)
    return place[codes], pd.Index(found)


def _twice(day_of: Codes, asset_of: Codes, days: int, names: int) -> bool:
    """Whether a (date, asset) row stands twice; of dates that repeat their rows one is looked at."""
    n = rows_a_date(day_of, asset_of) or len(day_of)
    key = np.multiply(day_of[:n], names, dtype=np.int64) + asset_of[:n]
    if (key[1:] > key[:-1]).all():
        return False
    if days * names > DENSE * len(key):
        return len(np.unique(key)) < len(key)
    marked = np.zeros(days * names, dtype=bool)
    marked[key] = True
    return int(marked.sum()) < len(key)
