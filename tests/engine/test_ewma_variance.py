"""The EWMA variance that goes on, against the estimator on all dates and against its own definition in a loop."""

import numpy as np
import pytest

from xlfactor.engine.ewma_variance import joined, of_block
from xlfactor.engine.idio_variance import variances
from xlfactor.engine.weights import ewma_weights


def draw():
    rng = np.random.default_rng(0)
    E = rng.normal(size=(50, 6)) * rng.uniform(0.01, 0.03, 6)
    E[rng.random(E.shape) < 0.2] = np.nan
    E[:30, 1] = E[20:, 2] = E[:, 3] = np.nan  # late, gone, never there
    return E


@pytest.mark.parametrize("half_life", [0, 5, 84])
def test_a_block_has_the_variances_of_the_estimator_without_lags(half_life):
    E = draw()
    psi, W = of_block(E, half_life)
    seen = np.isfinite(E).any(axis=0)
    np.testing.assert_allclose(psi[seen], variances(E, ewma_weights(50, half_life), 0)[seen], rtol=1e-13)
    assert np.isnan(psi[3])
    assert W[3] == 0


@pytest.mark.parametrize("half_life", [0, 5])
@pytest.mark.parametrize("cuts", [(20,), (1, 2, 49), (25, 30)])
def test_blocks_joined_are_the_block_of_all_their_dates(half_life, cuts):
    E = draw()
    first, *rest = np.split(E, cuts)
    state = of_block(first, half_life)
    for block in rest:
        state = joined(state, of_block(block, half_life), len(block), half_life)
    for got, expected in zip(state, of_block(E, half_life), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13)


def test_an_asset_unseen_for_thousands_of_half_lives_keeps_its_variance():
    state = joined((np.array([4e-4]), np.array([1.0])), (np.array([np.nan]), np.array([0.0])), 5000, 1)
    assert state[0][0] == 4e-4
    later = joined(state, (np.array([1e-4]), np.array([1.0])), 1, 1)
    np.testing.assert_allclose(later[0], 1e-4, rtol=1e-14)
