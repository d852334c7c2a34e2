"""Loadings that come from prices alone: momentum, reversal, beta and the family of volatilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from xlfactor.engine.arrays import Array
from xlfactor.engine.timeseries import timeseries_loadings
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError, first_five

YEAR, MONTH = 252, 21
BETA_HALF_LIFE, VOLATILITY_HALF_LIFE = 63.0, 42.0
NAMES = (
    "momentum", "reversal", "beta", "volatility", "idio_volatility", "downside_volatility", "max_return",
    "volatility_of_volatility",
)  # fmt: skip


def price_loadings(R: Array, m: Array) -> Array:
    """The eight characteristics of NAMES after the last row of R, (N, 8).

    momentum = Σ ln(1 + r), last 252 periods without the last 21; reversal = −Σ ln(1 + r), last 21; beta: EWMA
    regression with intercept on m, half-life 63, last 252; volatility: EWMA sd (mean 0), half-life 42, last 252;
    idio_volatility = sqrt(Σ w ε²/(n − 2)) of the beta regression; downside_volatility = sqrt(mean min(r, 0)²), last
    252; max_return: last 21; volatility_of_volatility: sd of ln of the rolling 21-period sd, last 252.

    R : (T, N) returns, decimals per period, NaN where missing. m : (T,) market returns.
    NaN where less than half of a window is present. Raises VALUE_RANGE for a return of −1 or less.
    Source: methodology, section 4 (close to USE4 and skfolio).
    """
    year, month = R[-YEAR:], R[-MONTH:]
    _refuse_impossible(year)
    beta, idio_volatility = _beta(year, m[-YEAR:])
    return np.column_stack([
        _enough(year[: max(len(year) - MONTH, 0)], YEAR - MONTH, lambda r: np.nansum(np.log1p(r), axis=0)),
        _enough(month, MONTH, lambda r: -np.nansum(np.log1p(r), axis=0)),
        beta,
        _enough(year, YEAR, _ewma_volatility),
        idio_volatility,
        _enough(year, YEAR, lambda r: np.sqrt(np.nanmean(np.minimum(r, 0.0) ** 2, axis=0))),
        _enough(month, MONTH, lambda r: np.nanmax(r, axis=0)),
        _volatility_of_volatility(year),
    ])  # fmt: skip


def _enough(R: Array, window: int, measure: Callable[[Array], Array]) -> Array:
    """measure(R) for the assets (N,) with at least half of the window, NaN for the others."""
    out = np.full(R.shape[1], np.nan)
    fine = 2 * np.isfinite(R).sum(axis=0) >= window
    if fine.any():
        out[fine] = measure(R[:, fine])
    return out


def _ewma_volatility(R: Array) -> Array:
    w = ewma_weights(len(R), VOLATILITY_HALF_LIFE)
    return np.asarray(np.sqrt(w @ np.nan_to_num(R) ** 2 / (w @ np.isfinite(R))))


def _beta(R: Array, m: Array) -> tuple[Array, Array]:
    """Slope and residual sd (N,) of the EWMA regression on the market."""
    beta, sd = np.full(R.shape[1], np.nan), np.full(R.shape[1], np.nan)
    both = np.isfinite(R) & np.isfinite(m)[:, None]
    fine = 2 * both.sum(axis=0) >= YEAR
    if fine.any():
        fit = timeseries_loadings(R[:, fine], m[:, None], half_life=BETA_HALF_LIFE)
        beta[fine], sd[fine] = fit.B[:, 0], np.sqrt(fit.idio_variance)
    return beta, sd


def _volatility_of_volatility(R: Array) -> Array:
    if len(R) < MONTH:
        return np.full(R.shape[1], np.nan)
    windows = sliding_window_view(R, MONTH, axis=0)  # (periods, N, 21)
    present = np.isfinite(windows)
    n = present.sum(axis=2)
    d = np.where(present, windows, 0.0)
    d = np.where(present, d - (d.sum(axis=2) / np.maximum(n, 1))[:, :, None], 0.0)
    variance = (d * d).sum(axis=2) / np.maximum(n - 1, 1)
    known = (2 * n >= MONTH) & (variance > 1e-24)  # a price that stands still has no logarithm of its volatility
    logs = np.where(known, 0.5 * np.log(np.where(known, variance, 1.0)), np.nan)
    return _enough(logs, YEAR - MONTH + 1, lambda x: np.nanstd(x, axis=0, ddof=1))


def _refuse_impossible(R: Array) -> None:
    columns = np.flatnonzero((R <= -1).any(axis=0))
    if len(columns):
        raise FactorError(
            "VALUE_RANGE", "a return is −1 or less", "give decimals (0.01 = 1 %), and clear impossible values",
            where="column " + first_five(columns + 1), argument="returns", cells=[(0, int(j)) for j in columns],
        )  # fmt: skip
