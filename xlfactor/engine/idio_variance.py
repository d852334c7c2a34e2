"""Idio variances from idio returns: exponential weights, Newey-West, and what the assets of like size say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.regime import multiplier
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError

Status = Literal["ok", "short history", "not identified"]

ENOUGH = 21  # values: with fewer a variance is off by a third or more, and the group says more
ROUNDING = 1e-6  # a variance below this share of the median is what rounding leaves of h = 1
DECILES, MEMBERS = 10, 10  # groups of cap, fewer where they would have fewer members


@dataclass(frozen=True)
class Estimate:
    """psi (N,) idio variances per period, the status of each, and λ² by which the regime has multiplied them."""

    psi: Array
    status: list[Status]
    regime: float


def estimate(
    E: Array,
    half_life: float = 84,
    newey_west: int = 5,
    caps: Array | None = None,
    shrinkage: float = 0.1,
    regime_half_life: float = 0,
) -> Estimate:
    """psi_i = λ² s_i², s_i the volatility of `variances` shrunk by size (`shrink`), λ² the regime (`multiplier`).

    An asset with fewer than 21 values ("short history"), or whose idio returns are 0 but for rounding, as those of
    the only stock of an industry ("not identified"), takes its size group's cap-weighted mean volatility.
    E : (T, N) idio returns, decimals per period, ascending dates, NaN where missing. caps : (N,), not positive or NaN
    where unknown (such an asset is compared with the mean of all); None: all alike, one group. Leverage is not
    corrected for: the E of a regression is low by 1 − h (`idio.estimate` corrects).
    Raises VALUE_RANGE; FEW_DATES if no asset has 21 values, ALL_ZERO if all of them are 0.
    Source: methodology 7.5; USE4 Methodology Notes, 5.6 to 5.9 and the volatility regime.
    """
    for name, value in (("half_life", half_life), ("newey_west", newey_west), ("shrinkage", shrinkage),
                        ("regime_half_life", regime_half_life)):  # fmt: skip
        if not value >= 0:
            raise FactorError("VALUE_RANGE", f"{name} is {value:g}", "write 0 or more", argument=name)
    n = np.isfinite(E).sum(axis=0)
    V = variances(E, ewma_weights(len(E), half_life), newey_west)
    identified = with_enough(V, n, "idio_returns")
    size = np.ones(E.shape[1]) if caps is None else np.where(caps > 0, caps, 0.0)
    s = shrink(np.sqrt(V), identified, size, shrinkage)
    regime = (
        multiplier(E[:, identified], half_life, regime_half_life, _shares(size[identified]))
        if regime_half_life
        else 1.0
    )
    status: list[Status] = [
        "ok" if fine else "not identified" if enough else "short history"
        for fine, enough in zip(identified, n >= ENOUGH, strict=True)
    ]
    return Estimate(regime * s**2, status, regime)


def variances(E: Array, w: Array, lags: int) -> Array:
    """The diagonal of `covariance.second_moment`, (N,), for as many columns as there are: 0 where nothing is seen.

    V_i = [sum_t w_t e_t² + 2 sum_{l≤L} (1 − l/(L+1)) sum_t sqrt(w_t w_{t−l}) e_t e_{t−l}] / sum w_t over the dates
    that i has (for products: both dates). Never negative. Source: methodology 7.1.
    """
    seen = np.isfinite(E)
    Y = np.sqrt(w)[:, None] * np.where(seen, E, 0.0)
    V = np.einsum("ti,ti->i", Y, Y)
    for lag in range(1, min(lags, len(E) - 1) + 1):
        V += 2 * (1 - lag / (lags + 1)) * np.einsum("ti,ti->i", Y[lag:], Y[:-lag])
    weight = w @ seen
    return np.asarray(np.maximum(V, 0.0) / np.where(weight > 0, weight, 1.0))


def with_enough(V: Array, n: Array, argument: str) -> BoolArray:
    """(N,) the assets whose own n values tell their variance V; the others take their group's. FEW_DATES, ALL_ZERO."""
    long = n >= ENOUGH
    if not long.any():
        raise FactorError("FEW_DATES", f"no asset has {ENOUGH} idio returns", "give more dates", argument=argument)
    identified = np.asarray(long & (ROUNDING * np.median(V[long]) < V))
    if not identified.any():
        raise FactorError("ALL_ZERO", "all idio returns are zero", "check the loadings", argument=argument)
    return identified


def shrink(s: Array, identified: BoolArray, size: Array, q: float) -> Array:
    """s ← v s̄ + (1 − v) s, v = q|s − s̄|/(Δ + q|s − s̄|): the further from its group, the more; (N,).

    s̄ : mean volatility of the cap decile weighted by `size`, Δ its standard deviation there (ddof 1), of the
    identified assets; the others get s̄. Source: USE4 Methodology Notes, 5.6 to 5.9.
    """
    out = s.copy()
    groups = _deciles(size)
    for group in np.unique(groups):
        members = groups == group
        like = members & identified & (size > 0)
        if not like.any():
            like = identified
        mean = float(_shares(size[like]) @ s[like])
        spread = float(s[like].std(ddof=1)) if like.sum() > 1 else 0.0
        away = q * np.abs(s - mean)
        v = np.where(spread + away > 0, away / np.where(spread + away > 0, spread + away, 1.0), 0.0)
        out[members] = np.where(identified, v * mean + (1 - v) * s, mean)[members]
    return out


def _deciles(size: Array) -> IntArray:
    """Group of each asset by size (N,), at most ten and of ten assets or more; −1 without a size."""
    known = size > 0
    n = min(DECILES, int(known.sum()) // MEMBERS)
    if n < 2 or np.ptp(size[known]) == 0:
        return np.where(known, 0, -1).astype(np.int64)
    edges = np.quantile(size[known], np.arange(1, n) / n)
    return np.where(known, np.searchsorted(edges, size, side="right"), -1).astype(np.int64)


def _shares(size: Array) -> Array:
    """Sizes as weights of sum 1; equal ones where none is known."""
    return np.asarray(size / size.sum()) if size.sum() > 0 else np.full(len(size), 1 / len(size))
