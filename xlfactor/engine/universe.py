"""The estimation universe: filters with hysteresis, so that an asset near a threshold does not come and go."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.errors import FactorError

EXACT = 1e-12  # 1000 × 1.1 is not 1100 in binary: a cap of 1100 enters all the same


def levels(threshold: float, member: BoolArray | None, buffer: float) -> Array | float:
    """What an asset must reach: threshold (1 − buffer) for a member, threshold (1 + buffer) to enter; alike without members.

    Source: methodology, section 2 (choice).
    """
    if member is None:
        return threshold
    return np.where(member, threshold * (1 - buffer), threshold * (1 + buffer))


def reaches(x: Array, level: Array | float) -> BoolArray:
    """x ≥ level; a missing x does not."""
    return np.asarray(x >= level - EXACT * np.abs(level))


def ranks(cap: Array) -> Array:
    """1 for the largest cap; equal caps share a rank; NaN where missing.

    Among all assets, not those that pass the other filters: else a stricter filter would let others in.
    """
    known = np.sort(cap[np.isfinite(cap)])
    larger = len(known) - np.searchsorted(known, cap, side="right")
    return np.where(np.isfinite(cap), larger + 1.0, np.nan)


def rank_levels(top: int, member: BoolArray | None, buffer: float) -> Array | float:
    """The last rank that is in: top (1 + buffer) for a member, top (1 − buffer) to enter; top without members."""
    if member is None:
        return float(top)
    return np.where(member, top * (1 + buffer), top * (1 - buffer))


def universe(
    measures: list[tuple[Array, float]],
    cap: Array | None = None,
    top: int | None = None,
    member: BoolArray | None = None,
    buffer: float = 0.1,
) -> BoolArray:
    """Which assets pass each filter, (n_filters, N); an asset is in the universe if it passes them all.

    measures : values (N,) and the threshold they must reach. top : the largest `top` by cap, the last row.
    member : (N,) who was in before; None: nobody is favoured.
    Raises VALUE_RANGE for a buffer outside 0 to 1, a negative threshold or a top below 1.
    Source: methodology, section 2.
    """
    if not 0 <= buffer < 1:
        raise FactorError("VALUE_RANGE", f"buffer is {buffer:g}", "type a share from 0 to below 1", argument="buffer")
    rows = [reaches(x, levels(threshold, member, buffer)) for x, threshold in measures]
    if top is not None:
        if top < 1:
            raise FactorError("VALUE_RANGE", f"top is {top}", "type 1 or more", argument="top")
        if cap is None:
            raise FactorError("COLUMN_UNKNOWN", "top needs the column cap", "add it", argument="characteristics")
        rows.append(reaches(-ranks(cap), -np.asarray(rank_levels(top, member, buffer))))
    return np.array(rows, dtype=bool).reshape(len(rows), -1)


def effective_number(v: Array) -> float:
    """(sum v)²/sum v²: how many assets of equal weight are as spread as these; NaN of none."""
    square = float((v * v).sum())
    return float(v.sum()) ** 2 / square if square > 0 else np.nan


def turnover(now: BoolArray, before: BoolArray) -> IntArray:
    """Assets that entered, and assets that left, (2,)."""
    return np.array([(now & ~before).sum(), (before & ~now).sum()])
