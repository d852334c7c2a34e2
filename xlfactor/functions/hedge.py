"""Hedge: the trades that leave a portfolio the least risk."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from xlfactor.engine import hedge as engine
from xlfactor.engine.risk import portfolio_risk
from xlfactor.errors import FactorWarning, one_of
from xlfactor.functions.kinds import AssetNames, FactorCovariance, FactorNames, IdioVariance, Loadings, Portfolio
from xlfactor.functions.registry import worksheet_function
from xlfactor.functions.risk import View, ViewOption
from xlfactor.tables.holdings import held_idio_variances, holdings, model_covariance
from xlfactor.tables.instruments import factor_places, instrument_places, with_instruments


@worksheet_function("Risk")
def hedge(
    portfolio: Portfolio,
    loadings: Loadings,
    factor_covariance: FactorCovariance,
    idio_variance: IdioVariance,
    instruments: AssetNames,
    neutralize: FactorNames = None,
    view: ViewOption = "portfolio",
) -> pd.DataFrame:
    """Trades in the instruments that leave the least risk, with the exposures of `neutralize` at zero if any.

    Question: what do I sell to take the market, or all the risk I can, out of my portfolio?

        q = −(G'Ω_r G)^+ G'Ω_r w

    G picks the instruments among the assets. With `neutralize` q is the least risk among the trades that bring these
    exposures to 0. Where several q leave the same risk, the smallest (Σ q²) and a warning. Trades need not sum to 0:
    the rest is cash.

    instruments : assets of the loadings, held or not, each with an idio variance (0 for a pure factor fund).
    view : which weights are hedged; the trades of `active` are trades of the portfolio.

    Returns for each instrument its `trade`, as a portfolio weight to add; then `risk_before` and `risk_after`, σ per
    period.
    Raises as RISK_BY_FACTOR; ASSET_NOT_IN_LOADINGS, FACTOR_UNKNOWN for an unknown name, NEUTRAL_IMPOSSIBLE if the
    instruments cannot reach these exposures.
    Source: methodology 8.

    Example: all in AAA with market loading 1.2 and no idio risk; the fund FUT has loading 1: sell 1.2 of it, and no
    risk is left.

    >>> portfolio = pd.DataFrame({"weight": [1.0]}, ["AAA"])
    >>> loadings = pd.DataFrame({"market": [1.2, 1.0]}, ["AAA", "FUT"])
    >>> covariance = pd.DataFrame({"market": [0.0001]}, ["market"])
    >>> variance = pd.DataFrame({"variance": [0.0, 0.0]}, ["AAA", "FUT"])
    >>> xlfactor.hedge(portfolio, loadings, covariance, variance, ["FUT"]).round(6).rename_axis(None)
                 trade
    FUT         -1.200
    risk_before  0.012
    risk_after   0.000
    """
    chosen = one_of(view, View, "view")
    h = holdings(with_instruments(portfolio, loadings, instruments), loadings, (chosen,))
    Omega_f = model_covariance(factor_covariance, h.factors, bool(h.family))
    psi = held_idio_variances(h, idio_variance)
    G, w = instrument_places(h, psi, instruments), h.weights[chosen]
    found = engine.hedge(h.B, Omega_f, psi, w, G, factor_places(h.factors, neutralize or [], "neutralize"))
    if found.free:
        text = f"HEDGE_NOT_UNIQUE: {found.free} combinations of the instruments change no risk: the smallest trades"
        warnings.warn(FactorWarning(text), stacklevel=4)
    after = w.copy()
    after[G] += found.q
    risks = [portfolio_risk(h.B, Omega_f, psi, v).volatility for v in (w, after)]
    rows = pd.Index([*instruments, "risk_before", "risk_after"], name="Instrument")
    return pd.DataFrame({"trade": np.array([*found.q, *risks])}, rows)
