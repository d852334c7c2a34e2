"""Every way of the factors to depend on each other gives what numpy's least squares gives."""

import numpy as np
import pytest

from xlfactor.engine.explained_variance import explained_variance


@pytest.mark.parametrize("distance", [0.0, 1e-9, 1e-5, 1e-2, 1.0])
def test_factors_at_any_distance_from_dependence_explain_what_least_squares_does(distance):
    """At a distance of 0 the last factor is the sum of two others, as a constrained family's is: one degree less."""
    rng = np.random.default_rng(7)
    F = rng.normal(size=(80, 4))
    F[:, 3] = F[:, 1] + F[:, 2] + distance * F[:, 3]
    R = F[:, :3] @ rng.normal(size=(3, 6)) + rng.normal(size=(80, 6))
    R[rng.random(R.shape) < 0.05] = np.nan
    free = F[:, :3] if distance == 0 else np.column_stack([F[:, :3], (F[:, 3] - F[:, 1] - F[:, 2]) / distance])
    ratio, adjusted, _ = explained_variance(R, F)
    for i, r in enumerate(R.T):
        here = np.isfinite(r)
        X, y = np.column_stack([np.ones(here.sum()), free[here]]), r[here]
        e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
        expected = 1 - e.var() / y.var()
        n, k = here.sum(), free.shape[1]
        lost = 1e-8 if 0 < distance < 1e-4 else 1e-11  # the share of a near-dependent column that rounding takes
        np.testing.assert_allclose(ratio[i], expected, rtol=lost)
        np.testing.assert_allclose(adjusted[i], 1 - (1 - expected) * (n - 1) / (n - k - 1), rtol=lost)
