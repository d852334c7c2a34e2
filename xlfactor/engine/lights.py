"""The light of one test of a model: its value beside its limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import IntArray

NOTHING: IntArray = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Light:
    """One test: its value, the limit of OK, the status, how many, and which assets or factors (positions) it names."""

    test: str
    value: float
    threshold: float
    status: str
    where: IntArray
    count: int = 0


def light(test: str, value: float, limits: tuple[float, float], where: IntArray = NOTHING, count: int = 0) -> Light:
    """OK, WARN from the first limit on, FAIL from the second; limits that fall mean that a small value is bad.

    A value that cannot be had (NaN) is a WARN: what was not tested is not known to be right.
    """
    sign = 1 if limits[1] >= limits[0] else -1
    past = [sign * value > sign * limit for limit in limits]
    status = "WARN" if np.isnan(value) else "FAIL" if past[1] else "WARN" if past[0] else "OK"
    return Light(test, value, limits[0], status, where, count)
