"""The array types of the engine, and its one rule for symmetric matrices."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def symmetric(M: Array) -> Array:
    """(M + M')/2: rounding must not make a covariance asymmetric."""
    return (M + M.T) / 2
