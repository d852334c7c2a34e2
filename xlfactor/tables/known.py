"""Tables of a further date that have the labels of the one before, in its order: one comparison reads all of them.

Each function gives None where anything is new or unusual; the table is then read label by label (`parse.read`), which
alone words what is wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from xlfactor.engine.sections import Loadings
from xlfactor.tables.factors import FactorTable
from xlfactor.tables.frames import text_columns
from xlfactor.tables.parse import CODED


def known_returns(given: object, assets: pd.Index) -> pd.DataFrame | None:
    """One date of returns of these assets, none infinite."""
    if not isinstance(given, pd.DataFrame) or not given.columns.equals(assets):
        return None
    dates, r = given.index, given.to_numpy()
    if not isinstance(dates, pd.DatetimeIndex) or dates.tz is not None or dates.hasnans or r.dtype != np.float64:
        return None
    if len(dates) != 1 or np.isinf(r).any():
        return None
    return pd.DataFrame(r, pd.DatetimeIndex(dates.normalize().as_unit("ns").to_numpy(), name="Date"), assets, copy=False)


def known_caps(given: object, assets: pd.Index) -> pd.DataFrame | None:
    """One column of numbers of these assets, none infinite."""
    if not isinstance(given, pd.DataFrame) or given.shape[1] != 1 or not given.index.equals(assets):
        return None
    v = given.to_numpy()
    if v.dtype != np.float64 or np.isinf(v).any():
        return None
    return pd.DataFrame(v, assets.rename(None), ["caps"], copy=True)  # the model keeps them


def known_loadings(given: object, before: pd.DataFrame, table: FactorTable) -> tuple[pd.DataFrame, FactorTable] | None:
    """Complete loadings of these assets on these columns, each in its family as before; table : of `before`."""
    if not isinstance(given, pd.DataFrame) or not given.index.equals(before.index):
        return None
    if not given.columns.equals(before.columns) or given.dtypes.tolist() != before.dtypes.tolist():
        return None
    texts = text_columns(before)
    if not all(given.iloc[:, j].array.equals(before.iloc[:, j].array) for j in texts) or (table.B.codes < 0).any():
        return None
    styles = [j for j in range(given.shape[1]) if j not in texts]
    if not CODED.isdisjoint(name.casefold() for name in before.columns[styles]):
        return None
    S = given.take(styles, axis=1).to_numpy()
    if not np.isfinite(S).all():
        return None
    B = Loadings(S, table.B.codes, table.B.sizes, table.B.order)
    clean = given.set_axis(before.index).set_axis(before.columns, axis=1)
    clean.attrs = {}
    return clean, replace(table, B=B)
