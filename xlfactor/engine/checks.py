"""Checks of a panel that need no judgement of size: gaps, stale prices, copies, caps that jump."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.suspects import log_returns

LONGEST_GAP = 5
STALE = 5  # identical closes
CAP_JUMP = 0.05
COPIED = 3  # numbers other than 0 that make two equal rows a copy and no coincidence


def runs(marked: BoolArray) -> IntArray:
    """The length of each run of marked periods, at its first period; 0 elsewhere, (T, N)."""
    T = len(marked)
    starts = marked.copy()
    starts[1:] &= ~marked[:-1]
    periods = np.arange(T)[:, None]
    free = np.where(marked, T, periods)
    end = np.minimum.accumulate(free[::-1], axis=0)[::-1]
    return np.where(starts, end - periods, 0)


def missing_runs(R: Array) -> IntArray:
    """Length of each run of more than 5 missing returns between an asset's first and last, at its first period."""
    here = np.isfinite(R)
    alive = np.logical_or.accumulate(here, axis=0) & np.logical_or.accumulate(here[::-1], axis=0)[::-1]
    length = runs(alive & ~here)
    return np.where(length > LONGEST_GAP, length, 0)


def stale_prices(prices: Array) -> IntArray:
    """Number of identical closes in a row, where there are 5 or more, at the second of them; 0 elsewhere."""
    same = np.zeros(prices.shape, dtype=bool)
    same[1:] = prices[1:] == prices[:-1]
    return _stale(same)


def stale_returns(R: Array) -> IntArray:
    """`stale_prices` from returns alone: n returns of 0 in a row are n + 1 identical closes."""
    return _stale(R == 0)


def _stale(same: BoolArray) -> IntArray:
    closes = runs(same) + 1
    return np.where(closes >= STALE, closes, 0)


def copies(R: Array) -> IntArray:
    """For each row the number of its values other than 0 if an earlier row is equal to it, else 0, (T,).

    Missing values must stand at the same places. Fewer than 3 values other than 0 are no evidence.
    """
    size = (np.nan_to_num(R) != 0).sum(axis=1)
    # + 0.0: −0 equals 0 here too
    _, first, group = np.unique(np.where(np.isnan(R), np.inf, R + 0.0), axis=0, return_index=True, return_inverse=True)
    later = first[group.reshape(-1)] != np.arange(len(R))
    return np.where(later & (size >= COPIED), size, 0)


def cap_jumps(R: Array, caps: Array) -> Array:
    """Δln cap − ln(1+r) where it is larger than 5 % either way, NaN elsewhere, (T, N).

    caps : (T, N) above 0 at the dates of R, NaN where unknown: a change is taken over one period only.
    Source: methodology, section 1.
    """
    jump = np.full(R.shape, np.nan)
    known = np.log(np.where(caps > 0, caps, np.nan))
    jump[1:] = known[1:] - known[:-1] - log_returns(R)[1:]
    return np.where(np.abs(jump) > CAP_JUMP, jump, np.nan)
