"""A portfolio's weights, returns, loadings and factor returns over dates, joined by label, once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError, FactorWarning, did_you_mean, first_five
from xlfactor.tables.align import as_of
from xlfactor.tables.factors import FactorTable, factor_table


@dataclass(frozen=True)
class History:
    """Common dates and held assets: W, R (T, N), F (T, K), and the loadings with the dates that each explains."""

    dates: pd.DatetimeIndex
    factors: list[str]
    W: Array
    R: Array
    F: Array
    sections: list[tuple[Loadings, IntArray]]


def history(
    portfolio: pd.DataFrame, returns: pd.DataFrame, loadings: pd.DataFrame, factor_returns: pd.DataFrame, lag: int
) -> History:
    """Join by date and label; what a portfolio holds has a return and complete loadings, or is an error that says so.

    Dates without weights, loadings or any factor return are in no section.
    """
    if lag < 0:
        raise FactorError("VALUE_RANGE", f"lag is {lag}", "type 0 or more", argument="lag")
    table = factor_table(loadings)
    dates = _common_dates(returns, factor_returns)
    F = _factor_returns(factor_returns, dates, table)
    W, weighted = _weights(portfolio, dates, lag)
    usable = weighted & np.isfinite(F).any(axis=1)
    held = ((W != 0) & usable[:, None]).any(axis=0)
    assets, W = portfolio_assets(portfolio)[held], W[:, held]
    _refuse_absent(assets, returns.columns, "returns", "ASSET_NOT_IN_RETURNS")
    _refuse_absent(assets, loadings.index.get_level_values(-1).unique(), "loadings", "ASSET_NOT_IN_LOADINGS")
    sections = _sections(table, loadings, assets, dates, lag, W, usable)
    R = returns.loc[dates, assets].to_numpy(dtype=float)
    for _, rows in sections:
        _refuse_missing_returns(R[rows], W[rows], assets, dates[rows])
    return History(dates, table.names, W, R, F, sections)


def portfolio_assets(portfolio: pd.DataFrame) -> pd.Index:
    """Assets across of a dated portfolio, down of a constant one."""
    return portfolio.columns if isinstance(portfolio.index, pd.DatetimeIndex) else portfolio.index


def _common_dates(returns: pd.DataFrame, factor_returns: pd.DataFrame) -> pd.DatetimeIndex:
    dates = pd.DatetimeIndex(returns.index.intersection(factor_returns.index), name="Date")
    if not len(dates):
        raise FactorError(
            "FEW_DATES", "returns and factor_returns have no date in common", "check the dates",
            argument="factor_returns",
        )  # fmt: skip
    for table, name in ((returns, "returns"), (factor_returns, "factor_returns")):
        if len(table) > len(dates):
            _warn(f"DATES_UNUSED: {len(table) - len(dates)} dates of {name} are in no other table and are left out")
    return dates


def _factor_returns(factor_returns: pd.DataFrame, dates: pd.DatetimeIndex, table: FactorTable) -> Array:
    """F in the order of the loadings' factors; a factor of the returns alone may only be a family value."""
    missing = [name for name in table.names if name not in factor_returns.columns]
    extra = [str(name) for name in factor_returns.columns if name not in table.names]
    if missing:
        raise FactorError(
            "FACTOR_UNKNOWN", f"factor_returns have no factor {first_five(missing)}",
            did_you_mean(missing[0], extra) or "use tables of one model", argument="factor_returns",
        )  # fmt: skip
    if extra and not table.family:
        raise FactorError(
            "FACTOR_UNKNOWN", f"loadings have no factor {first_five(extra)}, and factor_returns have",
            "use the loadings that the factor returns were made with", argument="loadings",
        )  # fmt: skip
    if extra:
        _warn(f"FACTOR_UNUSED: no asset has loadings on {first_five(extra)} of factor_returns: exposure 0")
    return np.asarray(factor_returns.loc[dates, table.names].to_numpy(dtype=float))


def _weights(portfolio: pd.DataFrame, dates: pd.DatetimeIndex, lag: int) -> tuple[Array, BoolArray]:
    """Weights held over each date (T, N), and which dates have any known."""
    dated = isinstance(portfolio.index, pd.DatetimeIndex)
    given = portfolio.to_numpy(dtype=float) if dated else portfolio.iloc[:, :1].to_numpy(dtype=float).T
    blank = np.argwhere(np.isnan(given))
    if len(blank):
        t, i = blank[0]
        when = f" on {portfolio.index[t].date().isoformat()}" if dated else ""
        raise FactorError(
            "WEIGHT_MISSING", f"the portfolio weight of {portfolio_assets(portfolio)[i]}{when} is blank",
            "type 0 if not held", argument="portfolio",
        )  # fmt: skip
    place = as_of(pd.DatetimeIndex(portfolio.index), dates, lag) if dated else np.zeros(len(dates), dtype=np.int64)
    known = place >= 0
    W = np.where(known[:, None], given[place], 0.0)
    if not W.any():
        raise FactorError(
            "WEIGHT_ALL_ZERO", "every portfolio weight is 0, or dated after the returns", "check weights and dates",
            argument="portfolio",
        )  # fmt: skip
    return W, known


def _sections(
    table: FactorTable,
    loadings: pd.DataFrame,
    assets: pd.Index,
    dates: pd.DatetimeIndex,
    lag: int,
    W: Array,
    usable: BoolArray,
) -> list[tuple[Loadings, IntArray]]:
    """The loadings of `assets` and the dates they explain; every asset held then has them complete."""
    names = loadings.index.get_level_values(-1)
    if not isinstance(loadings.index, pd.MultiIndex):
        rows = np.flatnonzero(usable)
        return [(_rows_of(table, names, np.arange(len(names)), assets, W[rows], ""), rows)]
    stamps = pd.DatetimeIndex(loadings.index.get_level_values(0))
    days = stamps.unique().sort_values()
    day_of, place = days.get_indexer(stamps), as_of(days, dates, lag)
    sections = []
    for d in np.unique(place[usable & (place >= 0)]):
        rows = np.flatnonzero(usable & (place == d))
        own = np.flatnonzero(day_of == d)
        when = f" of {days[d].date().isoformat()}"
        sections.append((_rows_of(table, names[own], own, assets, W[rows], when), rows))
    return sections


def _rows_of(table: FactorTable, names: pd.Index, own: IntArray, assets: pd.Index, W: Array, when: str) -> Loadings:
    """The loadings of `assets` among the rows `own`; 0 where an asset has none and W (T, N) does not hold it."""
    place = names.get_indexer(assets)
    B = table.B.take(own[np.maximum(place, 0)])
    known = (place >= 0) & B.complete
    lacking = assets[(W != 0).any(axis=0) & ~known]
    if len(lacking):
        raise FactorError(
            "LOADING_MISSING", f"loadings{when} are blank for the held {first_five(lacking)}",
            "fill them, or set the weight to 0", argument="loadings",
        )  # fmt: skip
    return Loadings(np.where(known[:, None], B.S, 0.0), np.where(known[:, None], B.codes, 0), B.sizes, B.order)


def _refuse_absent(assets: pd.Index, names: pd.Index, argument: str, code: str) -> None:
    absent = assets[~assets.isin(names)]
    if len(absent):
        hint = did_you_mean(absent[0], names.difference(assets))
        raise FactorError(
            code, f"portfolio holds {first_five(absent)}, which {argument} do not have",
            hint or f"add the {argument}, or set the weight to 0", argument="portfolio",
        )  # fmt: skip


def _refuse_missing_returns(R: Array, W: Array, assets: pd.Index, dates: pd.DatetimeIndex) -> None:
    """Left out, a held asset's gain or loss would vanish from the sum."""
    missing = np.argwhere((W != 0) & np.isnan(R))
    if len(missing):
        t = missing[0, 0]
        names = first_five(assets[missing[missing[:, 0] == t, 1]])
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise FactorError(
            "RETURN_MISSING", f"returns are blank for the held {names} on {dates[t].date().isoformat()}{more}",
            "type the return (0 if not traded), or set the weight to 0", argument="returns",
        )  # fmt: skip


def _warn(text: str) -> None:
    warnings.warn(FactorWarning(text), stacklevel=6)
