"""Suspected errors of returns: which values cannot be right or are too far from what their asset does."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.errors import FactorError

Suspect = Literal["impossible value", "unadjusted split", "spike and reversal", "outlier"]
NAMES: tuple[str, ...] = get_args(Suspect)  # in this order a value that is suspect twice is named

SPLITS = (2, 3, 4, 5, 10)
SPLIT_TOLERANCE = 0.02  # the asset's own return on the day of its split
SPIKE_RATIO = 6.0
OUTLIER = 10.0  # times the usual |ln(1 + r)|: 6.7 standard deviations of a normal return (methodology 1)
LARGE = 0.2  # a period: half of the assets do not move so much; in percent, or as prices, they do
REVERSED = 0.25  # what a reversal may leave of its spike
BLOCK = 4_000_000  # numbers sorted at a time: 32 MB


def far_off(R: Array, past: Array) -> BoolArray:
    """(T, N) where |ln(1 + r)| is beyond OUTLIER times its asset's median over `past` (S, N), if that is above 0.

    R, past : returns, NaN where missing; −100 % or less is never far off, and no part of the median.
    """
    size, known = (np.abs(np.log1p(np.where(V > -1, V, np.nan))) for V in (R, past))
    median = np.nanmedian(np.where(np.isfinite(known).any(axis=0), known, 0.0), axis=0)
    return np.asarray(size > OUTLIER * np.where(median > 0, median, np.nan))


def outlier_ratio(X: Array, window: int = 63) -> Array:
    """d_t = |x_t| / median of |x| over the `window` periods before t, for every asset.

    X : (T, N) log returns, NaN where missing. Where the median is 0 (an illiquid asset) the mean of |x| takes its
    place. Returns (T, N) ≥ 0; NaN where x is missing, where fewer than a third of the window (at least 5) is
    present, or where every value of the window is 0.
    Source: EQI (ratio); methodology, section 1.
    """
    T, N = X.shape
    least, window = max(5, window // 3), min(window, T)
    size = np.full((N, window + T), np.nan)  # an asset a row: its windows are then contiguous
    size[:, window:] = np.abs(X.T)
    level = np.empty((N, T))
    width = max(1, BLOCK // (window * max(T, 1)))
    for i in range(0, N, width):
        level[i : i + width] = _typical(size[i : i + width, :-1], window, least)
    return np.asarray(size[:, window:] / level).T


def _typical(size: Array, window: int, least: int) -> Array:
    """Median of every window along the rows, the mean where that is 0; NaN below `least` numbers or if all are 0."""
    windows = np.lib.stride_tricks.sliding_window_view(size, window, axis=1)
    count = _moving_sum(np.isfinite(size), window)
    ordered = np.sort(windows, axis=-1)  # NaN last
    middle = [np.take_along_axis(ordered, k[..., None], axis=-1)[..., 0] for k in ((count - 1) // 2, count // 2)]
    level = np.asarray((middle[0] + middle[1]) / 2)
    illiquid = level == 0
    level[illiquid] = np.nansum(windows[illiquid], axis=-1) / count[illiquid]
    return np.where((count >= least) & (level > 0), level, np.nan)


def _moving_sum(marked: BoolArray, window: int) -> IntArray:
    total = np.cumsum(np.pad(marked, ((0, 0), (1, 0))), axis=1)
    return np.asarray(total[:, window:] - total[:, :-window])


def log_returns(R: Array) -> Array:
    """ln(1 + r), NaN where r ≤ −1 has none."""
    return np.asarray(np.log1p(np.where(R > -1, R, np.nan)))


def splits(R: Array) -> BoolArray:
    """Where 1 + r is within 2 % of k or 1/k, k = 2, 3, 4, 5, 10: a split that nobody adjusted for."""
    found = np.zeros(R.shape, dtype=bool)
    for k in SPLITS:
        for q in (k, 1 / k):
            found |= np.abs((1 + R) / q - 1) <= SPLIT_TOLERANCE
    return found


def spikes(X: Array, d: Array) -> BoolArray:
    """Where a spike begins that the next period takes back.

    x_t x_{t+1} < 0, both d > 6 and |x_t + x_{t+1}| < 25 % of |x_t|.
    In log returns, so that a price ten times too high on one day is taken back wholly. Source: methodology, section 1.
    """
    found = np.zeros(X.shape, dtype=bool)
    x, y = X[:-1], X[1:]
    large = (d[:-1] > SPIKE_RATIO) & (d[1:] > SPIKE_RATIO)
    found[:-1] = large & (x * y < 0) & (np.abs(x + y) < REVERSED * np.abs(x))
    return found


def suspects(R: Array, ratio: float, window: int) -> IntArray:
    """What each return is suspected of, (T, N): 0 nothing, k = NAMES[k − 1]. Both days of a spike are marked."""
    X = log_returns(R)
    d = outlier_ratio(X, window)
    spike = spikes(X, d)
    spike[1:] |= spike[:-1].copy()
    found = np.zeros(R.shape, dtype=np.int64)
    for code, where in ((4, d > ratio), (3, spike), (2, splits(R)), (1, R <= -1)):
        found[where] = code
    return found


def clean(R: Array, ratio: float = 10.0, window: int = 63) -> tuple[Array, IntArray]:
    """Returns with suspected errors made missing, again until none is left: cleaning twice is cleaning once.

    Blanking an error lowers the medians after it, so a second look may find more. An asset is looked at again only
    if its last look found something.

    R : (T, N) returns, decimals per period, NaN where missing. ratio : largest |ln(1+r)| over the median before.
    Returns (T, N) cleaned returns, and (T, N) what each was blanked for: 0 kept, k = NAMES[k − 1].
    Raises VALUE_RANGE for a ratio not above 0 or a window below 5. Source: methodology, section 1.
    """
    if not ratio > 0:
        raise FactorError(
            "VALUE_RANGE", f"outlier_ratio is {ratio:g}", "type a number above 0", argument="outlier_ratio"
        )
    if window < 5:
        raise FactorError("VALUE_RANGE", f"window is {window} periods", "type 5 or more", argument="window")
    R, found = R.copy(), np.zeros(R.shape, dtype=np.int64)
    assets = np.arange(R.shape[1])
    while len(assets):
        new = suspects(R[:, assets], ratio, window)
        assets, new = assets[new.any(axis=0)], new[:, new.any(axis=0)]
        found[:, assets] += new
        R[:, assets] = np.where(new > 0, np.nan, R[:, assets])
    return R, found
