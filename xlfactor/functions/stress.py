"""Stress test: a portfolio under shocks to some factors."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd

from xlfactor.engine import stress as engine
from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, first_five, one_of
from xlfactor.functions.kinds import FactorCovariance, Kind, Loadings, Portfolio, Shocks
from xlfactor.functions.registry import worksheet_function
from xlfactor.functions.risk import View, ViewOption
from xlfactor.tables.holdings import holdings, model_covariance
from xlfactor.tables.instruments import factor_places

By = Literal["factor", "asset"]
Propagate = Annotated[
    bool, Kind("flag", "TRUE: the other factors move as the covariance expects; FALSE: they stay at 0.")
]


@worksheet_function("Risk")
def stress_test(
    portfolio: Portfolio,
    loadings: Loadings,
    factor_covariance: FactorCovariance,
    shocks: Shocks,
    propagate: Propagate = True,
    by: Annotated[By, Kind("choice", "Rows: factor or asset.")] = "factor",
    view: ViewOption = "portfolio",
) -> pd.DataFrame:
    """Gain or loss of a portfolio if some factors move by given shocks, and the others as the covariance expects.

    Question: what do I lose if value falls 5 %?

        f_u = Ω_us Ω_ss^+ f_s

    f_s are the shocks that are given; with `propagate` the other factors f_u move as the covariance expects, else they
    stay at 0. Idio returns are 0.

    shocks : factor and shock, decimals; a blank shock is not given.

    Returns factor or asset (`by`) and `total` × shock, contribution, both decimals of the portfolio.
    shock : given or implied: f_k, or b_i'f of an asset; none for the total.
    contribution : x_k f_k with x = B'w, or w_i b_i'f; they sum to the gain or loss.

    Raises as EXPOSURES; FACTOR_UNKNOWN; SHOCK_IMPOSSIBLE for shocks to a combination of factors without variance, as
    to a whole family whose factor returns sum to zero, if they do not.
    Source: methodology 8.

    Example: value falls 5 %; its covariance with the market is half its variance, so that the market falls 2.5 %. The
    loss is 7.5 %.

    >>> portfolio = pd.DataFrame({"weight": [0.5, 0.5]}, ["AAA", "BBB"])
    >>> loadings = pd.DataFrame({"market": [1.0, 1.0], "value": [2.0, 0.0]}, ["AAA", "BBB"])
    >>> names = ["market", "value"]
    >>> covariance = pd.DataFrame([[0.0004, 0.0001], [0.0001, 0.0002]], names, names)
    >>> shocks = pd.DataFrame({"shock": [-0.05]}, ["value"])
    >>> xlfactor.stress_test(portfolio, loadings, covariance, shocks).round(6).rename_axis(None)
            shock  contribution
    market -0.025        -0.025
    value  -0.050        -0.050
    total     NaN        -0.075
    """
    chosen, rows = one_of(view, View, "view"), one_of(by, By, "by")
    h = holdings(portfolio, loadings, (chosen,))
    Omega_f = model_covariance(factor_covariance, h.factors, bool(h.family))
    f, w = _factor_shocks(Omega_f, h.factors, shocks, propagate), h.weights[chosen]
    if rows == "factor":
        index, moved, parts = pd.Index([*h.factors, "total"], name="Factor"), f, h.B.project(w) * f
    else:
        index = pd.Index([*h.assets, "total"], name="Asset")
        asset = h.B.predict(f)
        moved, parts = np.where(h.known, asset, np.nan), w * asset
    return pd.DataFrame({"shock": [*moved, np.nan], "contribution": [*parts, parts.sum()]}, index)


def _factor_shocks(Omega_f: Array, factors: list[str], shocks: pd.DataFrame, propagate: bool) -> Array:
    """f (K,): the shocks given, and those implied."""
    places = factor_places(factors, list(shocks.index), "shocks")
    s = shocks["shock"].to_numpy(dtype=float)
    places, s = places[~np.isnan(s)], s[~np.isnan(s)]
    if not len(s):
        raise FactorError("NO_NUMBERS", "shocks has no number", "type at least one shock", argument="shocks")
    f, given = np.zeros(len(factors)), np.zeros(len(factors), dtype=bool)
    f[places], given[places] = s, True
    broken = engine.impossible_shocks(Omega_f, given, f[given])
    if broken.any():
        names = first_five(np.array(factors)[broken])
        raise FactorError(
            "SHOCK_IMPOSSIBLE", f"factor_covariance never moves {names} together as shocks do",
            "make a whole family's (weighted) shocks sum to 0, or shock fewer factors", argument="shocks",
        )  # fmt: skip
    return engine.implied_shocks(Omega_f, given, f[given]) if propagate else f
