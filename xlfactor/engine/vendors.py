"""Two vendors of the same data: where they agree, what sets them apart, and one table of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.suspects import clean
from xlfactor.errors import FactorError

LAGS = 5
LEAST = 3  # pairs that make a correlation
TRUSTED = 0.5  # smallest share of matches that makes a vendor's number a substitute for the other's
PRICE_LIKE = 0.1  # returns have no tenth percentile above this, prices have


@dataclass(frozen=True)
class Comparison:
    """Each (N,): counts, shares and statistics of an asset's numbers; NaN where there is nothing to compare."""

    matched: IntArray
    match_rate: Array
    median_difference: Array
    scale_ratio: Array
    correlation: Array
    best_lag: Array
    primary_only: IntArray
    secondary_only: IntArray


def matches(a: Array, b: Array, tolerance: float = 1e-4) -> BoolArray:
    """|a − b| ≤ tolerance × max(1, |a|, |b|): absolute for returns, relative for prices. NaN matches nothing.

    Raises VALUE_RANGE for a negative tolerance. Source: methodology, section 1.
    """
    if not tolerance >= 0:
        raise FactorError("VALUE_RANGE", f"tolerance is {tolerance:g}", "type 0 or more", argument="tolerance")
    return np.asarray(np.abs(a - b) <= tolerance * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b))))


def compare(a: Array, b: Array, tolerance: float = 1e-4) -> Comparison:
    """a, b : (T, N) the primary's and the secondary's numbers on the same dates and assets, NaN where missing.

    median_difference = median(a − b). scale_ratio = median(a/b) over |b| > tolerance. correlation over common dates.
    best_lag = k of −5…5 with the largest correlation of a_t and b_{t−k}: above 0 the primary is late. A lag needs 3
    pairs and half of those at lag 0; of equal lags the nearest to 0.
    Raises VALUE_RANGE for a negative tolerance. Source: methodology, section 1.
    """
    same = matches(a, b, tolerance)
    here, there = np.isfinite(a), np.isfinite(b)
    both = here & there
    matched, n = same.sum(axis=0), both.sum(axis=0)
    quotient = np.full(a.shape, np.nan)
    np.divide(a, b, out=quotient, where=both & (np.abs(b) > tolerance))
    correlations = {0: correlation(a, b)}
    for k in (k for m in range(1, LAGS + 1) for k in (m, -m)):
        later, earlier = (a[k:], b[:-k]) if k > 0 else (a[:k], b[-k:])
        pairs = (np.isfinite(later) & np.isfinite(earlier)).sum(axis=0)
        correlations[k] = np.where(2 * pairs >= n, correlation(later, earlier), np.nan)
    return Comparison(
        matched,
        np.divide(matched, n, out=np.full(len(n), np.nan), where=n > 0),
        median(np.where(both, a - b, np.nan)),
        median(quotient),
        correlations[0],
        _best(correlations),
        (here & ~there).sum(axis=0),
        (there & ~here).sum(axis=0),
    )


def _best(correlations: dict[int, Array]) -> Array:
    """The lag of the largest correlation; a later one in the order must be larger by more than rounding."""
    highest = np.full(len(correlations[0]), -np.inf)
    lag = np.full(len(highest), np.nan)
    for k, rho in correlations.items():
        better = rho > highest + 1e-9
        highest[better], lag[better] = rho[better], k
    return lag


def correlation(a: Array, b: Array) -> Array:
    """Correlation of each column (N,) over the rows where both are present; NaN below 3 of them or without spread."""
    both = np.isfinite(a) & np.isfinite(b)
    n = both.sum(axis=0)
    x, y = (np.where(both, v, 0.0) for v in (a, b))
    scale = [np.abs(v).max(axis=0, initial=0.0) for v in (x, y)]
    x, y = (np.where(both, v - v.sum(axis=0) / np.maximum(n, 1), 0.0) for v in (x, y))
    xx, yy = (x * x).sum(axis=0), (y * y).sum(axis=0)
    spread = (n >= LEAST) & (np.sqrt(xx) > 1e-12 * scale[0]) & (np.sqrt(yy) > 1e-12 * scale[1])
    return np.asarray(np.divide((x * y).sum(axis=0), np.sqrt(xx * yy), out=np.full(len(n), np.nan), where=spread))


def median(x: Array) -> Array:
    """Median of each column (N,) over its numbers; NaN where there is none."""
    ordered, n = np.sort(x, axis=0), np.isfinite(x).sum(axis=0)
    columns = np.arange(x.shape[1])
    low, high = np.maximum(n - 1, 0) // 2, np.minimum(n // 2, len(x) - 1)
    return np.where(n > 0, (ordered[low, columns] + ordered[high, columns]) / 2, np.nan)


def flagged(x: Array) -> BoolArray:
    """Suspected errors (T, N): those that CLEAN_RETURNS blanks; of prices, those of their returns, and prices ≤ 0."""
    if not looks_like_prices(x):
        return np.asarray(clean(x)[1] > 0)
    wrong = x <= 0
    p = np.where(wrong, np.nan, x)
    wrong[1:] |= clean(p[1:] / p[:-1] - 1)[1] > 0
    return wrong


def looks_like_prices(x: Array) -> bool:
    """Nine tenths of the numbers above 0.1: no table of returns, rarely anything else than prices."""
    here = x[np.isfinite(x)]
    return bool(len(here)) and bool(np.quantile(here, 0.1) > PRICE_LIKE)


def merge(a: Array, b: Array, tolerance: float = 1e-4) -> tuple[Array, IntArray, BoolArray]:
    """The primary's numbers, and the secondary's where the primary is missing or flagged and the secondary is clean.

    Clean: present, not flagged itself, and of an asset on which the vendors match on half of their common dates (a
    secondary in per cent, or late by a day, would match nowhere). Where both match the primary stays.
    a, b : (T, N) as in `compare`. Returns (T, N); what was taken from the secondary, 1 missing, 2 flagged, else 0;
    and (N,) the assets whose vendors do not match.
    Raises VALUE_RANGE for a negative tolerance. Source: contract (MERGE_VENDORS); half: choice.
    """
    same = matches(a, b, tolerance)
    n = (np.isfinite(a) & np.isfinite(b)).sum(axis=0)
    unlike = same.sum(axis=0) < TRUSTED * n
    fit = np.isfinite(b) & ~flagged(b) & ~unlike
    taken = np.zeros(a.shape, dtype=np.int64)
    taken[flagged(a) & fit & ~same] = 2
    taken[np.isnan(a) & fit] = 1
    return np.where(taken > 0, b, a), taken, unlike
