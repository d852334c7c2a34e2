"""The estimation universe: filters with hysteresis, so that an asset near a threshold does not come and go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.errors import FactorError

EXACT = 1e-12  # 1000 × 1.1 is not 1100 in binary: a cap of 1100 enters all the same


@dataclass(frozen=True)
class Passed:
    """One filter, each (N,): its measure (NaN = unknown), the level it took, who passed, who by the buffer only."""

    x: Array
    level: Array
    passed: BoolArray
    kept: BoolArray


def at_least(x: Array, threshold: float, member: BoolArray | None = None, buffer: float = 0.1) -> Passed:
    """x ≥ threshold; with members ≥ threshold (1 + b) to enter and ≥ threshold (1 − b) to stay. Missing: out.

    x : (N,) a characteristic, such as cap or price. threshold : 0 or more. member : (N,) who was in before; None:
    nobody is favoured.
    Raises VALUE_RANGE for a buffer outside 0 to 1. Source: methodology, section 2 (choice).
    """
    level = threshold * _widened(member, -_checked(buffer), len(x))
    return _passed(x, level, x >= level * (1 - EXACT), x >= threshold * (1 - EXACT))


def largest(cap: Array, top: int, member: BoolArray | None = None, buffer: float = 0.1) -> Passed:
    """Rank by cap ≤ top; with members ≤ top (1 − b) to enter and ≤ top (1 + b) to stay. x is the rank.

    1 is the largest cap; equal caps share a rank. Ranks are among all assets, not those that pass other filters:
    else a stricter filter would let others in. Arguments and errors as `at_least`; top below 1 is refused too.
    """
    if top < 1:
        raise FactorError("VALUE_RANGE", f"top is {top}", "type 1 or more", argument="top")
    known = np.sort(cap[np.isfinite(cap)])
    larger = len(known) - np.searchsorted(known, cap, side="right")
    rank = np.where(np.isfinite(cap), larger + 1.0, np.nan)
    level = top * _widened(member, _checked(buffer), len(cap))
    return _passed(rank, level, rank <= level * (1 + EXACT), rank <= top)


def _widened(member: BoolArray | None, buffer: float, N: int) -> Array:
    """1 + buffer for members, 1 − buffer for the others, 1 for all without members."""
    return np.ones(N) if member is None else np.where(member, 1 + buffer, 1 - buffer)


def _passed(x: Array, level: Array, passed: BoolArray, plain: BoolArray) -> Passed:
    return Passed(x, level, passed, passed & ~plain)


def _checked(buffer: float) -> float:
    if 0 <= buffer < 1:
        return buffer
    raise FactorError("VALUE_RANGE", f"buffer is {buffer:g}", "type a share from 0 to below 1", argument="buffer")


def effective_number(v: Array) -> float:
    """(sum v)²/sum v²: how many assets of equal weight are as spread as these; 0 of none. Missing v counts nothing."""
    v = np.nan_to_num(v)
    square = float((v * v).sum())
    return float(v.sum()) ** 2 / square if square > 0 else 0.0
