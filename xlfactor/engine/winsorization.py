"""Winsorization: extreme values of a cross-section are clipped, suspected errors become missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.quantiles import quantile, tails
from xlfactor.errors import FactorError, one_of

Method = Literal["mad", "sd", "quantile", "tanh"]

NORMAL_MAD = 1.4826  # sd / MAD of a normal distribution
NORMAL_IQR = 1.349  # IQR / sd of a normal distribution
BLOCK_VALUES = 200_000  # of a panel at a time: what they need besides stays in the cache
SMALL_GROUP = 8  # fewer values than this say too little about their own spread


@dataclass(frozen=True)
class Band:
    """For each cross-section (M, 1): clip to lower..upper; beyond m ± reach a value is a suspected error."""

    lower: Array
    upper: Array
    m: Array
    reach: Array

    def suspects(self, X: Array) -> BoolArray:
        """(M, n) where a value is a suspected error."""
        return np.asarray(np.abs(X - self.m) > self.reach)

    def otherwise(self, other: Band, use_other: BoolArray) -> Band:
        """The same band, and `other` for the cross-sections of use_other (M, 1)."""
        return Band(
            np.where(use_other, other.lower, self.lower),
            np.where(use_other, other.upper, self.upper),
            np.where(use_other, other.m, self.m),
            np.where(use_other, other.reach, self.reach),
        )


@dataclass(frozen=True)
class WinsorizeSummary:
    """For each cross-section (M,): values present, clipped and dropped; the smallest and largest bound.

    clipped counts the values outside the bounds (tanh moves every value; it never passes its bounds). lower
    and upper are NaN where no bound was applied: nothing present, or no spread to measure.
    """

    count: IntArray
    clipped: IntArray
    dropped: IntArray
    lower: Array
    upper: Array


def winsorize(
    X: Array, method: str = "mad", limit: float = 3.0, drop: float = 10.0, groups: IntArray | None = None
) -> Array:
    """Each row of X with its extremes pulled in.

    With m = median, s = 1.4826 MAD (MAD = 0: IQR/1.349, then the sd; 0 as well: untouched), z = (x − m)/s,
    every method first makes |z| > drop missing (drop = 0: never), and then
    mad       clips to m ± limit s;
    sd        clips to mean ± limit sd (ddof 1) of the values left by the drop: two passes, because in one
              pass no |z| can exceed (n − 1)/√n;
    quantile  clips to the `limit` and 1 − `limit` quantiles (linear, as PERCENTILE.INC);
    tanh      m + limit s tanh((x − m)/(limit s)): all values move, none leaves the bounds.

    X : (M, N), a row a cross-section, NaN where missing; missing stays missing.
    groups : (N,) codes from 0, −1 = no group: the same within each group. A group with fewer than 8 values in
    a cross-section, and values without a group, take the bounds of the whole cross-section.
    Returns (M, N) in the units of X.
    Raises OPTION_UNKNOWN, VALUE_RANGE.
    Source: mad USE4 (three groups); sd MAC3; tanh skfolio (CSTanhShrinker); methodology, section 3.
    """
    method = _checked(method, limit, drop)
    out = np.empty_like(X)
    step = max(1, BLOCK_VALUES // max(X.shape[1], 1))
    for rows in (slice(start, start + step) for start in range(0, len(X), step)):
        for columns, band in _bands(X[rows], method, limit, drop, groups):
            x = X[rows, columns]
            kept = np.where(band.suspects(x), np.nan, x) if drop > 0 else x
            if method == "tanh":
                out[rows, columns] = _squeezed(kept, band)
            elif groups is None:
                np.clip(kept, band.lower, band.upper, out=out[rows])
            else:
                out[rows, columns] = np.clip(kept, band.lower, band.upper)
    return out


def winsorize_summary(
    X: Array, method: str = "mad", limit: float = 3.0, drop: float = 10.0, groups: IntArray | None = None
) -> WinsorizeSummary:
    """What `winsorize` does to each row of X: arguments and errors as there, result (M,) each."""
    method = _checked(method, limit, drop)
    M = len(X)
    clipped, dropped = np.zeros(M, dtype=np.int64), np.zeros(M, dtype=np.int64)
    lower, upper = np.full(M, np.inf), np.full(M, -np.inf)
    for columns, band in _bands(X, method, limit, drop, groups):
        x = X[:, columns]
        suspect = band.suspects(x)
        clipped += (((x < band.lower) | (x > band.upper)) & ~suspect).sum(axis=1)
        dropped += suspect.sum(axis=1)
        applied = np.isfinite(band.lower[:, 0]) & ~np.isnan(x).all(axis=1)
        lower = np.where(applied, np.minimum(lower, band.lower[:, 0]), lower)
        upper = np.where(applied, np.maximum(upper, band.upper[:, 0]), upper)
    count = (~np.isnan(X)).sum(axis=1)
    bounded = lower <= upper
    return WinsorizeSummary(count, clipped, dropped, np.where(bounded, lower, np.nan), np.where(bounded, upper, np.nan))


def _checked(method: str, limit: float, drop: float) -> str:
    method = one_of(method, Method, "method")
    if method == "quantile" and not 0 <= limit < 0.5:
        raise FactorError(
            "VALUE_RANGE", f"limit {limit:g} is no share of a tail: quantile clips that share on each side",
            "give a tail share such as 0.01", argument="limit",
        )  # fmt: skip
    if method != "quantile" and not 0 < limit < np.inf:
        raise FactorError(
            "VALUE_RANGE", f"limit {limit:g} is not a positive number of standard deviations",
            "give a number such as 3", argument="limit",
        )  # fmt: skip
    if not 0 <= drop < np.inf:
        raise FactorError(
            "VALUE_RANGE", f"drop {drop:g} is not a number of standard deviations", "give 10, or 0 for never",
            argument="drop",
        )  # fmt: skip
    if method != "quantile" and 0 < drop < limit:
        raise FactorError(
            "VALUE_RANGE", f"drop {drop:g} is below limit {limit:g}: nothing would be left to clip",
            "give drop above limit, or 0 for never", argument="drop",
        )  # fmt: skip
    return method


def _bands(
    X: Array, method: str, limit: float, drop: float, groups: IntArray | None
) -> Iterator[tuple[IntArray | slice, Band]]:
    """Columns that share a band, and that band; together they cover every column once."""
    if groups is None:
        yield slice(None), _band(X, method, limit, drop)
        return
    whole = _band(X, method, limit, drop)
    for g in np.unique(groups):
        columns = np.flatnonzero(groups == g)
        x = X[:, columns]
        small = (~np.isnan(x)).sum(axis=1, keepdims=True) < SMALL_GROUP
        if g < 0 or small.all():
            yield columns, whole
        else:
            yield columns, _band(x, method, limit, drop).otherwise(whole, small)


def _band(X: Array, method: str, limit: float, drop: float) -> Band:
    missing = np.isnan(X)
    gaps = np.count_nonzero(missing, axis=1, keepdims=True) if missing.any() else np.zeros((len(X), 1), dtype=np.int64)
    n = X.shape[1] - gaps
    if method == "quantile" and drop == 0:  # nothing but the two tails is asked for
        return Band(*tails(X, n, limit), np.zeros(n.shape), np.full(n.shape, np.inf))
    ordered = np.sort(X, axis=1)  # NaN last
    m = quantile(ordered, n, 0.5)
    s = _robust_sd(X, ordered, n, m)
    reach = drop * s if drop > 0 else np.full_like(s, np.inf)
    if method == "quantile":
        return Band(quantile(ordered, n, limit), quantile(ordered, n, 1 - limit), m, reach)
    if method == "sd":
        centre, half = _mean_sd(np.where(np.abs(X - m) > reach, np.nan, X), m)
        half = limit * np.where(half > 0, half, np.inf)
    else:
        centre, half = m, limit * s
    # −inf..inf where there is no spread to measure: untouched (inf − inf must not make a NaN of it)
    centre = np.where(np.isfinite(half), centre, 0.0)
    return Band(centre - half, centre + half, m, reach)


def _robust_sd(X: Array, ordered: Array, n: IntArray, m: Array) -> Array:
    """1.4826 MAD; where that is 0 IQR/1.349, then the sd, then inf: without spread nothing lies far out."""
    s = NORMAL_MAD * _median_deviation(ordered, n, m)
    iqr = quantile(ordered, n, 0.75) - quantile(ordered, n, 0.25)
    s = np.where(s > 0, s, iqr / NORMAL_IQR)
    if not (s > 0).all():
        s = np.where(s > 0, s, _mean_sd(X, m)[1])
    return np.where(s > 0, s, np.inf)


def _median_deviation(ordered: Array, n: IntArray, m: Array) -> Array:
    """Median of |x − m| over the first n values of each sorted row, (M, 1), without a second sort.

    The k + 1 smallest deviations are neighbours in the row, a..a + k; bisection finds a, of both middle ones at once.
    """
    M, N = ordered.shape
    middle = np.maximum(n - 1, 0)
    k = np.concatenate([middle // 2, (middle + 1) // 2], axis=1)
    flat, row, last = ordered.ravel(), N * np.arange(M)[:, None], middle - k
    low, high = np.zeros_like(k), last
    for _ in range(N.bit_length()):
        a = (low + high) // 2
        beyond = flat[row + np.minimum(a + k + 1, N - 1)]
        shift = (a < last) & (m - flat[row + a] > beyond - m)
        low, high = np.where(shift, a + 1, low), np.where(shift, high, a)
    d = np.maximum(np.abs(flat[row + low] - m), np.abs(flat[row + low + k] - m))
    return np.asarray(d[:, :1] + (middle / 2 - middle // 2) * (d[:, 1:] - d[:, :1]))


def _mean_sd(X: Array, m: Array) -> tuple[Array, Array]:
    """Mean and sd (ddof 1) of what is present in each row, (M, 1); the sd is 0 for fewer than two values.

    m (M, 1), the medians: taken off first, so that a constant row has sd 0 exactly.
    """
    n = (~np.isnan(X)).sum(axis=1, keepdims=True)
    d = np.nan_to_num(X - m)
    mean = d.sum(axis=1, keepdims=True) / np.maximum(n, 1)
    d = np.where(np.isnan(X), 0.0, d - mean)
    return m + mean, np.sqrt((d * d).sum(axis=1, keepdims=True) / np.maximum(n - 1, 1))


def _squeezed(X: Array, band: Band) -> Array:
    """m + h tanh((x − m)/h) with m ± h the bounds; untouched where there are none."""
    bounded = np.isfinite(band.upper)
    m = np.where(bounded, band.m, 0.0)
    h = np.where(bounded, band.upper - m, 1.0)
    return np.where(bounded, m + h * np.tanh((X - m) / h), X)
