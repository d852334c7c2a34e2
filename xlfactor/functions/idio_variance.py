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

    ψ = λ² s²; s² = sum w e² + 2 sum_l (1 − l/(L+1)) sum_t sqrt(w_t w_{t−l}) e_t e_{t−l}, then s ← v s̄ + (1 − v) s,
    v = q|s − s̄|/(Δ + q|s − s̄|), s̄ and Δ the cap-weighted mean and the standard deviation of the cap decile (fewer
    groups where they had fewer than ten assets; without caps one), q = `shrinkage`. λ²: EWMA with `regime_half_life`
    of the cap-weighted mean of (e_t/σ_t−1)², λ in [.5, 2]; 0 = none.

    idio_returns : T dates × N assets, decimals per period; missing values leave out their own products only.
    caps : of dated ones the last of each asset. With few assets a factor the idio returns of a regression are low
    by the leverage: IDIO_COVARIANCE corrects for it.
    Returns variance, per period; annual_volatility; status: ok; short history (fewer than 21 values) and not
    identified (always 0, as the only stock of an industry): both have the s̄ of their cap decile.
    Raises FEW_DATES, ALL_ZERO, VALUE_RANGE. Source: methodology 7.5; USE4 Methodology Notes, 5.6 to 5.9.

    >>> dates = pd.bdate_range("2026-01-01", periods=30)
    >>> idio_returns = pd.DataFrame({"A": [0.01, -0.01] * 15, "B": [0.03, -0.03] * 15}, dates)
    >>> xlfactor.idio_variance(idio_returns, half_life=0, newey_west=0, shrinkage=0)["variance"].round(6).to_dict()
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
