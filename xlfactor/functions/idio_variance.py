"""Idio variances from idio returns, with the structural value of assets that have too few."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import pandas as pd

from xlfactor.engine.blocks import last_known
from xlfactor.engine.idio_variance import ENOUGH
from xlfactor.engine.idio_variance import estimate as engine_estimate
from xlfactor.errors import FactorWarning, first_five
from xlfactor.functions.kinds import Caps, HalfLife, IdioReturns, Kind, NeweyWest, PeriodsPerYear, RegimeHalfLife
from xlfactor.functions.options import positive
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.align import by_asset_or_date

ShrinkageBySize = Annotated[
    float, Kind("number", "Shrinkage of volatilities to the mean of their cap decile: 0 = none, 0.1 little, 1 much.")
]


@worksheet_function("Covariance")
def idio_variance(
    idio_returns: IdioReturns,
    half_life: HalfLife = 84,
    newey_west: NeweyWest = 5,
    caps: Caps = None,
    shrinkage: ShrinkageBySize = 0.1,
    regime_half_life: RegimeHalfLife = 0,
    periods_per_year: PeriodsPerYear = 252,
) -> pd.DataFrame:
    """Idio variance of each asset from its idio returns: exponentially weighted, Newey-West, shrunk by size.

    Question: how risky has each stock been by itself lately?

        s² = Σ_t w_t e_t² + 2 Σ_l (1 − l/(L + 1)) Σ_t √(w_t w_{t−l}) e_t e_{t−l}
        s ← v s̄ + (1 − v) s, v = q|s − s̄|/(Δ + q|s − s̄|), ψ = λ² s²

    w_t ∝ 2^(−age/half_life) of sum 1. s̄ is the cap-weighted mean and Δ the standard deviation of the cap decile
    (fewer groups where they had fewer than ten assets; without caps one), q = `shrinkage`. λ² is the EWMA with
    `regime_half_life` of the cap-weighted mean of (e_t/σ_{t−1})², λ from 0.5 to 2; none at 0.

    With few assets a factor the idio returns of a regression are too small by the leverage, which IDIO_COVARIANCE
    corrects and this function cannot see.

    idio_returns : T dates × N assets, decimals per period; missing values leave out their own products only.
    caps : of dated ones the last of each asset.

    Returns one row an asset.
    variance : ψ per period.
    annual_volatility : √(variance · periods_per_year).
    status : ok; short history (fewer than 21 values) or not identified (always 0, as the only stock of an industry):
    both have the s̄ of their cap decile.

    Raises FEW_DATES, ALL_ZERO, VALUE_RANGE.
    Source: methodology 7.5; USE4 Methodology Notes, 5.6 to 5.9.

    Example: ±1 % a day is a variance of 0.0001, ±3 % one of 0.0009.

    >>> dates = pd.bdate_range("2026-01-01", periods=30)
    >>> idio_returns = pd.DataFrame({"A": [0.01, -0.01] * 15, "B": [0.03, -0.03] * 15}, dates)
    >>> variance = xlfactor.idio_variance(idio_returns, half_life=0, newey_west=0, shrinkage=0)
    >>> variance["variance"].round(6).to_dict()
    {'A': 0.0001, 'B': 0.0009}
    """
    positive(periods_per_year, "periods_per_year")
    assets = idio_returns.columns
    size = None
    if caps is not None:
        dates = pd.DatetimeIndex(caps.index if isinstance(caps.index, pd.DatetimeIndex) else [])
        size = last_known(by_asset_or_date(caps, "caps", dates, assets, lag=0))
        if (size == 0).any():
            names = first_five(assets[size == 0])
            _warn(f"CAP_MISSING: {(size == 0).sum()} assets without a cap are compared with all assets: {names}")
    found = engine_estimate(
        idio_returns.to_numpy(dtype=float), half_life, newey_west, size, shrinkage, regime_half_life
    )
    structural = assets[np.array(found.status) != "ok"]
    if len(structural):
        _warn(f"STRUCTURAL: {len(structural)} assets with fewer than {ENOUGH} idio returns, or with zeros only, have "
              f"their group's volatility: {first_five(structural)}")  # fmt: skip
    columns = {
        "variance": found.psi,
        "annual_volatility": np.sqrt(found.psi * periods_per_year),
        "status": found.status,
    }
    return pd.DataFrame(columns, assets.rename("Asset"))


def _warn(text: str) -> None:
    warnings.warn(FactorWarning(text), stacklevel=4)
