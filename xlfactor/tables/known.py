"""The tables of a further date, read: at once where they have the labels of the date before, else one by one.

What has the labels that the model knows, in its order, is taken as it stands after one comparison; anything new or
unusual goes on to `parse.read`, which alone words what is wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.engine.sections import Loadings
from xlfactor.tables.continuation import of_day, refuse_other_columns, refuse_other_than_next
from xlfactor.tables.factors import FactorTable, factor_table
from xlfactor.tables.parse import CODED, read

CAPS = pd.Index(["caps"])  # made once: a new Index of text costs more than the caps


def day_of_returns(given: object, assets: pd.Index, before: pd.Timestamp) -> tuple[pd.Timestamp, pd.DataFrame]:
    """The date, which must be after `before`, and its returns, one row × assets. Raises DATE_ORDER; else as `read`."""
    if isinstance(given, pd.DataFrame) and len(given) == 1 and given.columns.equals(assets) and _plain(given):
        date = given.index[0]
        if isinstance(date, pd.Timestamp) and date.tz is None and date.normalize() > before:
            return date.normalize().as_unit("ns"), given
    day = read("returns", given.to_frame().T if isinstance(given, pd.Series) else given, "returns")
    refuse_other_than_next(day, before)
    return day.index[0], day


def day_of_caps(given: object, assets: pd.Index, date: pd.Timestamp) -> pd.DataFrame:
    """Assets × one column. Raises DATE_ORDER; else as `read`."""
    if isinstance(given, pd.DataFrame) and given.shape[1] == 1 and given.index.equals(assets) and _plain(given):
        return _relabelled(given, assets.rename(None), CAPS)
    return of_day(read("caps", given, "caps"), date, "caps")


def day_of_loadings(
    given: object, before: pd.DataFrame, table: FactorTable, date: pd.Timestamp
) -> tuple[pd.DataFrame, FactorTable]:
    """Assets × the columns of `before`, in its order, and their factors; table : those of `before`.

    Raises DATE_ORDER, FACTOR_UNKNOWN for another set of columns; else as `read` and `factor_table`.
    """
    if isinstance(given, pd.DataFrame):
        S = _styles_as_before(given, before, table)
        if S is not None:
            B = Loadings(S, table.B.codes, table.B.sizes, table.B.order)
            return _relabelled(given, before.index, before.columns), replace(table, B=B)
    rows = of_day(read("loadings", given, "loadings"), date, "loadings")
    refuse_other_columns(before, rows)
    rows = rows if rows.columns.equals(before.columns) else rows[before.columns.tolist()]
    return rows, factor_table(rows)


def _relabelled(given: pd.DataFrame, index: pd.Index, columns: pd.Index) -> pd.DataFrame:
    """The same numbers, not copied, under the labels that the model holds."""
    frame = given.set_axis(index).set_axis(columns, axis=1)
    frame.attrs = {}
    return frame


def _plain(given: pd.DataFrame) -> bool:
    """Floats alone, none infinite."""
    values = given.to_numpy()
    return values.dtype == np.float64 and not np.isinf(values).any()


def _styles_as_before(given: pd.DataFrame, before: pd.DataFrame, table: FactorTable) -> Array | None:
    """The styles of loadings that are complete, each asset in the families it was in; else None."""
    if not (given.index.equals(before.index) and given.columns.equals(before.columns)):
        return None
    families = set(table.family.values())
    names = list(dict.fromkeys(table.family.get(name, name) for name in table.names))  # of the columns, in their order
    styles = [j for j, name in enumerate(names) if name not in families]
    dtypes = given.dtypes.tolist()
    if any(dtypes[j] != np.float64 or names[j].casefold() in CODED for j in styles):
        return None
    if not all(given[name].array.equals(before[name].array) for name in families):
        return None
    S = given.take(styles, axis=1).to_numpy()
    return S if np.isfinite(S).all() else None
