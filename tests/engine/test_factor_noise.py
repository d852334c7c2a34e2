"""The noise of factor returns: its theory, and the definition date by date with plain inverses."""

import numpy as np
import pytest

from tests.engine.simulated import static
from tests.engine.test_panel_regression import ragged
from xlfactor.engine.factor_noise import noise
from xlfactor.engine.regression import fits


def test_the_noise_is_what_estimation_adds_to_the_factor_covariance():
    """With true variances E cov(f̂) = Ω_f + (B'WB)^-1; with equal weights the sandwich."""
    rng = np.random.default_rng(12)
    N, K, T = 25, 3, 400
    S, psi = rng.normal(size=(N, K)), rng.uniform(0.5, 2, N)
    R = rng.normal(size=(T, N)) * np.sqrt(psi)  # no factors: cov(f̂) is the noise alone
    sections, A = static(S, T=T), S.T @ (S / psi[:, None])
    np.testing.assert_allclose(noise(R, sections, 1 / psi[None], None, True), np.linalg.inv(A), rtol=1e-11)
    P = np.linalg.inv(S.T @ S) @ S.T
    sandwich = noise(R, sections, np.ones((1, N)), None, False)
    np.testing.assert_allclose(np.diag(sandwich), np.diag(P @ np.diag(psi) @ P.T), rtol=0.15)


def test_the_noise_of_unequal_weights_is_the_sandwich_of_its_own_idio_variances():
    """P Ω_ε P' with P = (B'WB)^-1 B'W and Ω_ε from mean e²/(1 − h), by plain matrices."""
    rng = np.random.default_rng(13)
    N, T = 20, 30
    S, w, R = rng.normal(size=(N, 3)), rng.uniform(0.2, 5, N), rng.normal(size=(T, N))
    P = np.linalg.inv(S.T @ (w[:, None] * S)) @ S.T * w
    E = R - R @ P.T @ S.T
    psi = (E**2).mean(axis=0) / (1 - np.diag(S @ P))
    np.testing.assert_allclose(noise(R, static(S, T=T), w[None], None, False), P * psi @ P.T, rtol=1e-10)


def by_definition(R, B, W, known_variances):
    """Sum over dates of C or C B'W Ψ W B C, ψ mean e² over mean 1 − h, for loadings without families."""
    inverses, s, free = [], np.zeros(R.shape[1]), np.zeros(R.shape[1])
    for r in R:
        here = np.isfinite(r)
        b, w = B * here[:, None], W * here
        C = np.linalg.inv(b.T @ np.diag(w) @ b)
        y = np.nan_to_num(r)
        s += here * (y - b @ C @ b.T @ (w * y)) ** 2
        free += here - w * np.diag(b @ C @ b.T)
        inverses.append((C, b, w))
    psi = s / free
    middles = [C if known_variances else C @ b.T @ np.diag(w**2 * psi) @ b @ C for C, b, w in inverses]
    return np.mean(middles, axis=0)


@pytest.mark.parametrize("known_variances", [True, False])
def test_dates_with_gaps_of_their_own_give_the_mean_of_their_noises(known_variances):
    rng = np.random.default_rng(3)
    T, N = 40, 30
    S, W = rng.normal(size=(N, 3)), rng.uniform(0.5, 2, N)
    R = np.where(rng.random((T, N)) < 0.05, np.nan, rng.normal(size=(T, N)))
    found = noise(R, static(S, T), W[None], None, known_variances)
    np.testing.assert_allclose(found, by_definition(R, S, W, known_variances), rtol=1e-12, atol=1e-14)


def test_a_factor_that_no_date_has_is_missing_and_others_count_their_dates():
    rng = np.random.default_rng(4)
    codes = np.repeat([0, 1], 10)
    sections = static(np.zeros((20, 0)), 12, codes, (3,))
    R = rng.normal(size=(12, 20))
    R[:6, :10] = np.nan  # the first value has members on the last six dates only
    found = noise(R, sections, np.ones((1, 20)), None, True)
    np.testing.assert_allclose(np.diag(found)[:2], [0.1, 0.1])
    assert np.isnan(found[2]).all()


def test_dated_loadings_give_the_mean_over_their_regressions():
    rng = np.random.default_rng(5)
    sections = ragged(rng, T=9, N=70)
    R = rng.normal(size=(9, 70))
    W = rng.uniform(0.5, 2, (1, 70))
    found = noise(R, sections, W, None, True)
    total = [one.P.T @ one.P for one in fits(R, sections, W, None)]
    np.testing.assert_allclose(found, np.mean(total, axis=0), rtol=1e-12, atol=1e-14)


def test_the_noise_of_nearly_dependent_factors_is_symmetric_to_the_bit():
    """FACTOR_COVARIANCE refuses a noise that is not."""
    rng = np.random.default_rng(5)
    S, w = rng.normal(size=(40, 3)), np.exp(4 * rng.normal(size=(1, 40)))
    S[:, 2] = S[:, 1] + 1e-3 * S[:, 2]
    found = noise(rng.normal(size=(30, 40)), static(S, T=30), w, None, False)
    np.testing.assert_array_equal(found, found.T)
