"""The weights of dates: exponential, so that recent ones count more."""

import numpy as np

from xlfactor.engine.arrays import Array


def ewma_weights(T: int, half_life: float) -> Array:
    """w_t ∝ 2^(−(T−t)/half_life), sum 1; half_life ≥ 0 in periods, 0 means equal weights.

    Returns (T,) weights, the last date's the largest. Source: methodology 0, rule 7.
    """
    if half_life == 0:
        return np.full(T, 1 / T)
    age = np.arange(T - 1, -1, -1.0)
    w: Array = np.exp2(-np.minimum(age / half_life, 900))  # never 0: a factor's only returns may be that old
    w /= w.sum()
    return w
