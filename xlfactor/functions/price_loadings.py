"""Loadings from returns alone."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from xlfactor.engine import price_loadings as engine
from xlfactor.errors import FactorError, FactorWarning, first_five
from xlfactor.functions.kinds import AsOf, Market, Returns
from xlfactor.functions.registry import worksheet_function


@worksheet_function("Loadings")
def price_loadings(returns: Returns, market: Market, as_of: AsOf = None) -> pd.DataFrame:
    """Loadings from past returns: momentum, reversal, beta and the volatilities, as of a date.

    Question: what are the momentum, beta and volatility of my stocks, from prices alone?

    Windows are in periods: 252 is a year of days, 21 a month.

    momentum : Σ ln(1 + r) of the last 252 without the last 21.
    reversal : −Σ ln(1 + r), last 21.
    beta : of the regression on the market with intercept, exponential weights of half-life 63, last 252.
    volatility : exponentially weighted root mean square, half-life 42, last 252.
    idio_volatility : of what that beta leaves, √(Σ w ε²/(n − 2)).
    downside_volatility : √(mean of min(r, 0)²), last 252.
    max_return : largest return of the last 21.
    volatility_of_volatility : standard deviation of ln of the rolling 21-period standard deviation, last 252.

    returns : dates × N assets, decimals per period.
    market : its returns, joined by date.
    as_of : later dates do not count; blank: the last date.

    Returns N assets × the 8 characteristics, raw: winsorize and standardize them. Volatilities are per period. An
    asset with less than half of a window is missing there.
    Raises FEW_DATES where fewer than 11 dates are left, VALUE_RANGE for a return of −1 or less, DATE_BAD.
    Source: methodology, section 4 (close to USE4 and skfolio).

    Example: 140 dates are enough for every window. The stock moves half as much again as the market; of its volatility
    of 1.6 % a day, 0.5 % is its own.

    >>> dates = pd.bdate_range("2026-01-01", periods=140)
    >>> r = pd.DataFrame(
    ...     {"AAA": [0.02, -0.01, 0.01, -0.02, 0.03, -0.01, -0.01, 0, 0.01, -0.02] * 14}, dates)
    >>> m = pd.DataFrame(
    ...     {"market": [0.01, -0.01, 0.01, -0.01, 0.02, 0, -0.01, 0, 0.01, -0.01] * 14}, dates)
    >>> shown = ["momentum", "reversal", "beta", "volatility", "idio_volatility"]
    >>> xlfactor.price_loadings(r, m)[shown].round(4)
           momentum  reversal    beta  volatility  idio_volatility
    Asset
    AAA      0.0047    0.0228  1.4673      0.0161            0.005
    """
    known = returns if as_of is None else returns[returns.index <= as_of]
    if 2 * len(known) < engine.MONTH:
        raise FactorError(
            "FEW_DATES", f"{len(known)} dates of returns up to as_of", f"give {engine.MONTH // 2 + 1} dates or more",
            argument="returns" if as_of is None else "as_of",
        )  # fmt: skip
    m = market.iloc[:, 0].reindex(known.index).to_numpy(dtype=float)
    without = known.index[~np.isfinite(m)]
    if len(without):
        text = f"DATES_UNUSED: {len(without)} dates have no market return: beta and idio_volatility leave them out"
        warnings.warn(FactorWarning(text), stacklevel=3)
    R = np.ascontiguousarray(known.to_numpy(dtype=float))  # sums round by how numbers lie in memory
    try:
        X = engine.price_loadings(R, m)
    except FactorError as error:
        names = first_five(known.columns[j] for _, j in error.cells) if error.argument == "returns" else "market"
        raise FactorError(error.code, error.message, error.fix, where=names, argument=error.argument) from None
    return pd.DataFrame(X, known.columns.rename("Asset"), list(engine.NAMES))
