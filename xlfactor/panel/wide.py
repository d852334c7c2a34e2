"""The tables of the catalogue as the rows of a panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from xlfactor.tables.parse import read

Rows = Callable[[pd.Timestamp], pd.DataFrame]


def panel_of(
    returns: pd.DataFrame,
    loadings: pd.DataFrame,
    caps: pd.DataFrame | None = None,
    weights: pd.DataFrame | None = None,
) -> Iterator[pd.DataFrame]:
    """Rows (date, asset) date by date, for `write_panel`, from tables as FACTOR_RETURNS takes them.

    Static loadings, caps and weights are repeated on every date of returns: read such a panel with lag 0. Assets
    without returns are left out, as a regression on these tables would.
    """
    R, B = read("returns", returns, "returns"), read("loadings", loadings, "loadings")
    given = {"cap": caps, "weight": weights}
    numbers = {role: read(f"{role}s", table, f"{role}s") for role, table in given.items() if table is not None}
    dated = [table.index.get_level_values(0) for table in (B, *numbers.values()) if _is_dated(table)]
    dates = pd.DatetimeIndex(R.index).append([pd.DatetimeIndex(d) for d in dated]).unique().sort_values()
    loadings_of = _loadings_by_date(B)
    numbers_of = {"return": _numbers_by_date(R), **{role: _numbers_by_date(table) for role, table in numbers.items()}}
    for date in dates:
        here = loadings_of(date)
        here = here[here.index.isin(R.columns)]
        assets = here.index.append(R.columns.difference(here.index, sort=False))
        columns = {role: of(date).iloc[:, 0].reindex(assets) for role, of in numbers_of.items()}
        frame = pd.concat([pd.DataFrame(columns, index=assets), here.reindex(assets)], axis=1).dropna(how="all")
        frame.insert(0, "asset", frame.index)
        frame.insert(0, "date", date)
        yield frame


def _is_dated(table: pd.DataFrame) -> bool:
    return isinstance(table.index, pd.MultiIndex | pd.DatetimeIndex)


def _loadings_by_date(B: pd.DataFrame) -> Rows:
    if not isinstance(B.index, pd.MultiIndex):
        return lambda date: B
    by_date = B.groupby(B.index.get_level_values(0), sort=False)
    groups: dict[object, pd.DataFrame] = {date: group.droplevel(0) for date, group in by_date}
    return lambda date: groups.get(date, B.iloc[:0].droplevel(0))


def _numbers_by_date(table: pd.DataFrame) -> Rows:
    """One column, assets down."""
    if not isinstance(table.index, pd.DatetimeIndex):
        return lambda date: table
    return lambda date: table.loc[[d for d in [date] if d in table.index]].T.reindex(columns=[date])
