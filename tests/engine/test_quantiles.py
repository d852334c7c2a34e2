"""The tails of many cross-sections against NumPy's quantiles of one at a time."""

import numpy as np
import pytest

from xlfactor.engine.quantiles import tails

SHAPES = {
    "as drawn": lambda x: x,
    "sorted, so that a sample says little": lambda x: np.sort(x, axis=1),
    "every sixteenth value far out": lambda x: np.where(np.arange(x.shape[1]) % 16 == 0, x - 50, x),
    "ties": lambda x: np.round(x),
    "one number": lambda x: np.full_like(x, 2.5),
    "all extremes outside the sample": lambda x: np.where(np.arange(x.shape[1]) % 16 == 0, 0.0, x),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("q", [0.0, 0.01, 0.05, 0.3])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_both_tails_are_exact_whatever_the_sample_said(shape, q, missing):
    rng = np.random.default_rng(0)
    X = SHAPES[shape](rng.standard_t(3, size=(20, 1500)))
    X[rng.random(X.shape) < missing] = np.nan
    X[3, 2:], X[4, 1:] = np.nan, np.nan
    n = (~np.isnan(X)).sum(axis=1, keepdims=True)
    lower, upper = tails(X, n, q)
    np.testing.assert_allclose(lower[:, 0], np.nanquantile(X, q, axis=1), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(upper[:, 0], np.nanquantile(X, 1 - q, axis=1), rtol=1e-13, atol=1e-13)


def test_a_row_without_values_has_no_tails_and_a_row_does_not_depend_on_the_others():
    X = np.random.default_rng(1).normal(size=(6, 800))
    X[2] = np.nan
    n = (~np.isnan(X)).sum(axis=1, keepdims=True)
    lower, upper = tails(X, n, 0.02)
    assert np.isnan([lower[2, 0], upper[2, 0]]).all()
    for k in range(6):
        low, high = tails(X[[k]], n[[k]], 0.02)
        np.testing.assert_array_equal([low, high], [lower[[k]], upper[[k]]])
