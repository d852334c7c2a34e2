"""The moments of blocks of dates give the idio variances of all of them at once."""

import numpy as np
import pytest

from xlfactor.engine.idio_moments import (
    IdioMoments,
    a_date_later,
    idio_moments,
    idio_variances,
    joined,
    on_columns,
    variances,
)
from xlfactor.engine.idio_variance import estimate
from xlfactor.engine.idio_variance import variances as variances_at_once
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError


def draw(T=60, N=7, seed=0):
    rng = np.random.default_rng(seed)
    E = rng.normal(size=(T, N))
    E[rng.random((T, N)) < 0.2] = np.nan
    return E


def in_blocks(E, edges, half_life, lags):
    parts = [idio_moments(E[a:b], half_life, lags) for a, b in zip([0, *edges], [*edges, len(E)], strict=True)]
    total = parts[0]
    for part in parts[1:]:
        total = joined(total, part, half_life)
    return total


@pytest.mark.parametrize("half_life", [0, 10, 84])
@pytest.mark.parametrize("lags", [0, 1, 5])
@pytest.mark.parametrize("edges", [[], [30], [1, 2, 3, 20], [57, 58, 59]])
def test_blocks_of_any_length_give_the_variances_of_all_dates(half_life, lags, edges):
    E = draw()
    found = variances(in_blocks(E, edges, half_life, lags))
    np.testing.assert_allclose(found, variances_at_once(E, ewma_weights(60, half_life), lags), rtol=1e-13)


def test_one_asset_of_three_dates_is_the_sum_written_out():
    E = np.array([[0.1], [0.2], [-0.3]])
    w1, w2, w3 = 0.25, 0.5, 1.0
    square = w1 * 0.01 + w2 * 0.04 + w3 * 0.09
    lag_1 = np.sqrt(w1 * w2) * 0.02 - np.sqrt(w2 * w3) * 0.06
    expected = max(square + 2 * (1 / 2) * lag_1, 0) / (w1 + w2 + w3)
    assert variances(in_blocks(E, [1, 2], 1, 1))[0] == pytest.approx(expected, rel=1e-14)


def test_an_asset_without_returns_has_variance_zero_and_count_zero():
    E = draw()
    E[:, 3] = np.nan
    total = in_blocks(E, [20], 84, 5)
    assert variances(total)[3] == 0
    assert total.count[3] == 0


def test_the_assets_of_a_block_may_be_some_of_all():
    E = draw()
    E[:30, [0, 4]] = np.nan
    first = on_columns(idio_moments(E[:30, [1, 2, 3, 5, 6]], 84, 5), np.array([1, 2, 3, 5, 6]), 7)
    total = joined(first, idio_moments(E[30:], 84, 5), 84)
    np.testing.assert_allclose(total.moments, in_blocks(E, [30], 84, 5).moments, rtol=1e-13)


def test_without_lags_they_are_the_ewma_variances_and_their_weights_written_out():
    E = draw()
    E[:30, 1] = E[20:, 2] = E[:, 3] = np.nan  # late, gone, never there
    whole = in_blocks(E, [1, 2, 49], 5, 0)
    w = 0.5 ** (np.arange(59, -1, -1) / 5)
    weight = (w[:, None] * np.isfinite(E)).sum(axis=0)
    np.testing.assert_allclose(whole.weight, weight, rtol=1e-13)
    seen = weight > 0
    np.testing.assert_allclose(
        variances(whole)[seen], (np.nansum(w[:, None] * E**2, axis=0) / weight)[seen], rtol=1e-13
    )


def test_an_asset_unseen_for_thousands_of_half_lives_keeps_its_variance():
    nothing = np.zeros((0, 1))
    seen = IdioMoments(1, np.array([[4e-4]]), np.ones(1), np.ones(1), nothing, nothing)
    gone = seen
    for _ in range(5):
        gone = joined(gone, idio_moments(np.full((1000, 1), np.nan), 1), 1)
    assert variances(gone)[0] == 4e-4
    again = joined(gone, idio_moments(np.array([[1e-2]]), 1), 1)
    np.testing.assert_allclose(variances(again), 1e-4, rtol=1e-14)
    assert again.count[0] == 2


def test_the_variances_of_moments_are_those_of_the_idio_returns_shrunk_by_size():
    E, caps = draw(60, 40), np.random.default_rng(1).lognormal(size=40)
    E[:45, 5] = np.nan  # a short history
    E[:, 7] = np.nan
    caps[3] = 0.0
    found = idio_variances(in_blocks(E, [7, 30], 20, 2), caps, 0.3)
    seen = np.delete(np.arange(40), 7)
    expected = estimate(E[:, seen], 20, 2, caps[seen], 0.3).psi
    np.testing.assert_allclose(found[seen], expected, rtol=1e-12)
    assert np.isnan(found[7])


def test_moments_of_too_few_dates_are_refused():
    with pytest.raises(FactorError, match="FEW_DATES: no asset has 21 idio returns"):
        idio_variances(idio_moments(draw(20), 10), np.ones(7), 0.1)


@pytest.mark.parametrize("half_life", [0, 0.001, 10, 84])
def test_dates_one_by_one_give_the_ewma_variances_of_all_of_them(half_life):
    E = draw()
    E[:20, 3] = np.nan  # first seen later
    psi, weight = np.full(7, np.nan), np.zeros(7)
    for e in E:
        columns = np.flatnonzero(np.isfinite(e))
        before = psi.copy()
        psi, weight = a_date_later(psi, weight, e[columns], columns, half_life)
        np.testing.assert_array_equal(np.delete(psi, columns), np.delete(before, columns))
    last = np.array([e[np.isfinite(e)][-1] for e in E.T])
    expected = last**2 if half_life == 0.001 else variances_at_once(E, ewma_weights(60, half_life), 0)
    np.testing.assert_allclose(psi, expected, rtol=1e-13)
