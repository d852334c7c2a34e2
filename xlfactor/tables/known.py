"""A further date's tables, read and checked: at once where they have the labels of the date before, else one by one.

What has the labels that the model knows, in its order, is taken as it stands after one comparison; anything new or
unusual goes on to `parse.read`, which alone words what is wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError, first_five
from xlfactor.tables.factors import FactorTable, factor_table
from xlfactor.tables.frames import text_columns
from xlfactor.tables.parse import CODED, read

CAPS = pd.Index(["caps"])  # made once: a new Index of text costs more than the caps


def day_of_returns(given: object, assets: pd.Index, before: pd.Timestamp) -> tuple[pd.Timestamp, pd.DataFrame]:
    """The date, which must be after `before`, and its returns, one row × assets. Raises DATE_ORDER; else as `read`."""
    if isinstance(given, pd.DataFrame) and len(given) == 1 and given.columns.equals(assets) and _plain(given):
        date = given.index[0]
        if isinstance(date, pd.Timestamp) and date.tz is None and date.normalize() > before:
            return date.normalize().as_unit("ns"), given
    day = read("returns", given.to_frame().T if isinstance(given, pd.Series) else given, "returns")
    _refuse_other_than_next(day, before)
    return day.index[0], day


def day_of_caps(given: object, assets: pd.Index, date: pd.Timestamp) -> pd.DataFrame:
    """Assets × one column. Raises DATE_ORDER; else as `read`."""
    if isinstance(given, pd.DataFrame) and given.shape[1] == 1 and given.index.equals(assets) and _plain(given):
        return _relabelled(given, assets.rename(None), CAPS)
    return _of_day(read("caps", given, "caps"), date, "caps")


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
    rows = _of_day(read("loadings", given, "loadings"), date, "loadings")
    _refuse_other_columns(before, rows)
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


def _refuse_other_than_next(day: pd.DataFrame, before: pd.Timestamp) -> None:
    if len(day) != 1:
        raise FactorError("DATE_ORDER", f"returns have {len(day)} dates", "update by one", argument="returns")
    if day.index[0] <= before:
        raise FactorError(
            "DATE_ORDER", f"returns of {day.index[0].date()} are not after the model's {before.date()}",
            "update by a later date", argument="returns",
        )  # fmt: skip


def _of_day(given: pd.DataFrame, date: pd.Timestamp, argument: str) -> pd.DataFrame:
    """A table of the date alone without its date: assets down."""
    if not isinstance(given.index, pd.MultiIndex | pd.DatetimeIndex):
        return given
    if (given.index.get_level_values(0) != date).any():
        raise FactorError("DATE_ORDER", f"{argument} are not those of {date.date()}", "give that date's",
                          argument=argument)  # fmt: skip
    return given.droplevel(0) if isinstance(given.index, pd.MultiIndex) else given.T.set_axis([argument], axis=1)


def _refuse_other_columns(before: pd.DataFrame, given: pd.DataFrame) -> None:
    """Styles and families stay what they are; only a family's values may be new, or without an asset."""
    if given.columns.equals(before.columns) and given.dtypes.tolist() == before.dtypes.tolist():
        return
    text, was_text = ({table.columns[j] for j in text_columns(table)} for table in (given, before))
    odd = [name for name in given.columns if name not in before.columns]
    lost = [name for name in before.columns if name not in given.columns]
    turned = [name for name in given.columns if name in before.columns and (name in text) != (name in was_text)]
    for names, what in (
        (odd, "are not in the model"), (lost, "are missing"), (turned, "were text and are numbers now, or the reverse"),
    ):  # fmt: skip
        if names:
            raise FactorError(
                "FACTOR_UNKNOWN", f"columns {first_five(names)} of the loadings {what}",
                "give the model's columns, or estimate a new one", argument="loadings",
            )  # fmt: skip
