"""Attribution: which factors, and how much idio, made a portfolio's return."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from xlfactor.engine import attribution as engine
from xlfactor.engine.arrays import BoolArray
from xlfactor.errors import FactorError, FactorWarning, first_five
from xlfactor.functions.kinds import FactorReturns, Lag, Loadings, PortfolioHistory, Returns
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.history import history


@worksheet_function("Risk")
def attribute_returns(
    portfolio: PortfolioHistory,
    returns: Returns,
    loadings: Loadings,
    factor_returns: FactorReturns,
    lag: Lag = 1,
) -> pd.DataFrame:
    """A portfolio's return split into factors and idio, for each date and linked over all dates.

    Question: where did my return come from?

        r_pt = Σ_k x_k f_kt + Σ_i w_i ε_it, x = B'w, ε_t = r_t − B f_t
        linked: Σ_t c_t k_t/k, k_t = ln(1 + r_pt)/r_pt, k the same of the compounded return

    c_t are the contributions of date t. The linked ones sum exactly to the compounded return (Carino); that of one
    factor is not its own compounded return.

    portfolio : constant weights (a benchmark column is not used), or dates × assets: then, as for dated loadings, the
    weights of the lag-th last date strictly before t. Weights need not sum to 1: the rest earns 0.

    Returns the dates of returns and factor_returns, sorted, and `total` × the K factors, idio, total; decimals. A date
    before the first weights or loadings, or without a factor return that is needed, is missing: it is not in the
    total, with a warning.
    Raises RETURN_MISSING for a held asset without a return; ASSET_NOT_IN_RETURNS, ASSET_NOT_IN_LOADINGS,
    LOADING_MISSING, WEIGHT_MISSING, FACTOR_UNKNOWN, FEW_DATES; RETURN_RANGE for a return of −100 % or less.
    Source: methodology 8; Carino 1999.

    Example: 3 % and 10 % compound to 13.3 %, of which the market earned 12.25 and the stock itself 1.05.

    >>> days = pd.to_datetime(["2026-01-29", "2026-01-30"])
    >>> portfolio = pd.DataFrame({"weight": [1.0]}, ["AAA"])
    >>> returns = pd.DataFrame({"AAA": [0.03, 0.10]}, days)
    >>> loadings = pd.DataFrame({"market": [2.0]}, ["AAA"])
    >>> factor_returns = pd.DataFrame({"market": [0.01, 0.05]}, days)
    >>> table = xlfactor.attribute_returns(portfolio, returns, loadings, factor_returns)
    >>> table.round(6).rename_axis(None)
                           market      idio  total
    2026-01-29 00:00:00  0.020000  0.010000  0.030
    2026-01-30 00:00:00  0.100000  0.000000  0.100
    total                0.122505  0.010495  0.133
    """
    p = history(portfolio, returns, loadings, factor_returns, lag)
    C = engine.attribution(p.W, p.R, p.F, p.sections)
    known = np.asarray(~np.isnan(C).any(axis=1))
    _say_what_is_missing(known, p.dates)
    r = C.sum(axis=1)
    ruin = p.dates[known & ~(r > -1)]
    if len(ruin):
        raise FactorError(
            "RETURN_RANGE", f"the portfolio loses 100 % or more on {first_five(d.date() for d in ruin)}",
            "check the units: 0.01 = 1 %", argument="returns",
        )  # fmt: skip
    linked = engine.carino(C[known])
    values = np.vstack([np.column_stack([C, r]), [*linked, linked.sum()]])
    return pd.DataFrame(values, pd.Index([*p.dates, "total"], name="Date"), [*p.factors, "idio", "total"])


def _say_what_is_missing(known: BoolArray, dates: pd.DatetimeIndex) -> None:
    without = dates[~known]
    if not known.any():
        raise FactorError(
            "FEW_DATES", "no date has weights, loadings and the factor returns they need",
            "check the dates: weights and loadings count from the date after their own (lag)", argument="portfolio",
        )  # fmt: skip
    if len(without):
        days = first_five(d.date() for d in without)
        text = f"DATES_MISSING: {len(without)} dates lack weights, loadings or factor returns, not in the total: "
        warnings.warn(FactorWarning(text + days), stacklevel=5)
