"""Hedge instruments and neutral factors, joined to a portfolio and its model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.errors import FactorError, did_you_mean, first_five
from xlfactor.tables.holdings import Holdings, newest


def with_instruments(portfolio: pd.DataFrame, loadings: pd.DataFrame, instruments: list[str]) -> pd.DataFrame:
    """The portfolio with a row of weight 0 for every instrument it does not list; each has complete loadings."""
    _, current = newest(loadings)
    unknown = [name for name in instruments if name not in current.index]
    if unknown:
        raise FactorError(
            "ASSET_NOT_IN_LOADINGS", f"loadings do not have the instruments {first_five(unknown)}",
            did_you_mean(unknown[0], current.index) or "add their loadings", argument="instruments",
        )  # fmt: skip
    blank = [name for name in instruments if current.loc[name].isna().any()]
    if blank:
        raise FactorError(
            "LOADING_MISSING", f"loadings have blanks for the instruments {first_five(blank)}",
            "fill them, or leave the instrument out", argument="loadings",
        )  # fmt: skip
    new = [name for name in instruments if name not in portfolio.index]
    zero = {side: 0.0 if portfolio[side].notna().any() else np.nan for side in portfolio.columns}
    return pd.concat([portfolio, pd.DataFrame(zero, new)]) if new else portfolio


def instrument_places(h: Holdings, psi: Array, instruments: list[str]) -> IntArray:
    """Where the instruments stand in the portfolio; each has an idio variance."""
    places = h.assets.get_indexer(pd.Index(instruments))
    blank = h.assets[places[np.isnan(psi[places])]]
    if len(blank):
        raise FactorError(
            "IDIO_MISSING", f"idio_variance has no number for the instruments {first_five(blank)}",
            "add it: 0 for a pure factor fund", argument="idio_variance",
        )  # fmt: skip
    return np.asarray(places, dtype=np.int64)


def factor_places(factors: list[str], names: list[str], argument: str) -> IntArray:
    """Where `names` stand among the factors of the loadings."""
    unknown = [name for name in names if name not in factors]
    if unknown:
        raise FactorError(
            "FACTOR_UNKNOWN", f"{argument} has {first_five(unknown)}, which is no factor of loadings",
            did_you_mean(unknown[0], factors) or "name factors as EXPOSURES does", argument=argument,
        )  # fmt: skip
    return np.array([factors.index(name) for name in names], dtype=np.int64)
