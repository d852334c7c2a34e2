"""The eigenfactor adjustment: golden biases, its purpose on simulated truth, what it leaves alone, refusals."""

import numpy as np
import pytest

from xlfactor.engine.covariance import factor_covariance
from xlfactor.engine.eigenfactor import adjust, bias
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError


def equal(T):
    return np.full(T, 1 / T)


def truth(K):
    """Correlation .3, daily volatilities of 1 % down to 0.2 %."""
    s = np.geomspace(0.01, 0.002, K)
    return s[:, None] * (0.3 + 0.7 * np.eye(K)) * s


@pytest.mark.parametrize(
    ("K", "T", "draws", "first", "last"),
    [
        (40, 200, 1000, 0.7056984324285338, 1.7471264560544804),
        (68, 200, 400, 0.6426618020320077, 2.3209332898912103),
        (50, 252, 1000, 0.704654863978732, 1.7555114770914702),
        (5, 60, 1000, 0.8332066286899488, 1.2945452493322624),
    ],
)
def test_g18_the_bias_of_uncorrelated_factors_is_that_of_the_golden_case(K, T, draws, first, last):
    v = bias(np.ones(K), np.eye(K), equal(T), equal(T), draws)
    np.testing.assert_allclose(v[[0, -1]], [first, last], rtol=0.015)


def test_g18_the_bias_of_geometric_variances_is_that_of_the_golden_case():
    v = bias(np.geomspace(0.2**2, 0.01**2, 40), np.eye(40), equal(200), equal(200), 2000)
    expected = [0.9246764640123737, 0.9567884762769966, 1.107136066636716, 1.383259374575347]
    np.testing.assert_allclose(v[[0, 1, 19, 39]], expected, rtol=0.015)


def optimised(Omega, estimate, rng):
    """Mean of true over forecast volatility of portfolios h = estimate^-1 alpha, alpha ~ N(0, I)."""
    H = np.linalg.solve(estimate, rng.normal(size=(len(Omega), 200)))
    true, forecast = (np.einsum("kn,kj,jn->n", H, M, H) for M in (Omega, estimate))
    return np.sqrt(true / forecast).mean()


def test_optimised_portfolios_are_understated_by_a_tenth_before_and_not_after():
    """K = 20, T = 250, equal weights (methodology 7.3): 1.093 before, 1.010 with a = 1, .986 with a = 1.4."""
    Omega, T, ratios = truth(20), 250, []
    L, w = np.linalg.cholesky(Omega), equal(250)
    for seed in range(25):
        rng = np.random.default_rng(seed)
        F = rng.normal(size=(T, 20)) @ L.T
        S = F.T @ F / T
        ratios.append([optimised(Omega, adjust(S, a, w, w), rng) for a in (0, 1, 1.4)])
    raw, adjusted, stronger = np.mean(ratios, axis=0)
    assert raw == pytest.approx(1.09, abs=0.02)
    assert 0.98 <= adjusted <= 1.03
    assert stronger == pytest.approx(0.986, abs=0.02)


def test_the_bootstrap_with_the_estimates_own_half_lives_removes_the_bias():
    """K = 20, half-lives 84 and 504, T = 504 (methodology 7.3): 1.045 before, 1.001 after."""
    Omega, ratios = truth(20), []
    L = np.linalg.cholesky(Omega)
    options = {"newey_west_volatility": 0, "newey_west_correlation": 0, "shrinkage": "none"}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        F = rng.normal(size=(504, 20)) @ L.T
        estimates = [
            factor_covariance(F, half_life_volatility=84, half_life_correlation=504, eigen_adjustment=a, **options)
            for a in (0, 1)
        ]
        ratios.append([optimised(Omega, estimate, rng) for estimate in estimates])
    raw, adjusted = np.mean(ratios, axis=0)
    assert raw == pytest.approx(1.045, abs=0.02)
    assert adjusted == pytest.approx(1.001, abs=0.02)


def test_the_smallest_eigenfactor_gains_and_the_largest_loses():
    Omega, w = truth(10), equal(60)
    before, after = np.linalg.eigvalsh(Omega), np.linalg.eigvalsh(adjust(Omega, 1, w, w))
    assert after[0] > 1.1 * before[0]
    assert after[-1] < before[-1]


def test_each_draw_is_re_estimated_as_the_covariance_itself_is():
    """One draw by the definition, with the function that estimates the covariance of real factor returns."""
    Omega, T = truth(4), 40
    w = ewma_weights(T, 8), ewma_weights(T, 30)
    d, U = np.linalg.eigh(Omega)
    D, U = d[::-1], U[:, ::-1]
    total = np.zeros(4)
    rng = np.random.default_rng(0)
    for _ in range(5):
        F = (U @ (np.sqrt(D)[:, None] * rng.standard_normal((4, T)))).T
        S = factor_covariance(
            F, half_life_volatility=8, half_life_correlation=30, newey_west_volatility=0, newey_west_correlation=0,
            shrinkage="none",
        )  # fmt: skip
        d_m, U_m = np.linalg.eigh(S)
        total += np.diag(U_m.T @ Omega @ U_m)[::-1] / d_m[::-1]
    np.testing.assert_allclose(bias(D, U, *w, draws=5), np.sqrt(total / 5), rtol=1e-10)


def test_the_adjustment_keeps_the_eigenfactors_and_multiplies_their_variances_by_gamma_squared():
    Omega, w = truth(6), equal(100)
    d, U = np.linalg.eigh(Omega)
    M = U.T @ adjust(Omega, 0.5, w, w) @ U
    np.testing.assert_allclose(M - np.diag(np.diag(M)), 0, atol=1e-12 * d[-1])
    full = np.diag(U.T @ adjust(Omega, 1, w, w) @ U)
    np.testing.assert_allclose(np.sqrt(np.diag(M) / d), (1 + np.sqrt(full / d)) / 2, rtol=1e-10)


def test_zero_changes_nothing_and_a_singular_direction_stays_singular():
    Omega, w = truth(4), equal(100)
    assert adjust(Omega, 0, w, w) is Omega
    R = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, -2, -0.5]])
    adjusted = adjust(R @ Omega @ R.T, 1, w, w)
    assert abs(adjusted @ [0, 0, 2, 0.5, 1]).max() < 1e-12 * adjusted.max()
    assert not adjust(np.zeros((3, 3)), 1, w, w).any()


def test_rescaling_all_returns_rescales_the_result_and_reordering_factors_reorders_it():
    Omega, w, order = truth(5), equal(60), [3, 0, 4, 1, 2]
    adjusted = adjust(Omega, 1, w, w)
    np.testing.assert_allclose(adjust(1e4 * Omega, 1, w, w), 1e4 * adjusted, rtol=1e-9)
    np.testing.assert_allclose(
        adjust(Omega[np.ix_(order, order)], 1, w, w), adjusted[np.ix_(order, order)], rtol=1e-8, atol=1e-12
    )


def test_the_same_cell_gives_the_same_number_twice():
    Omega, w = truth(5), equal(60)
    np.testing.assert_array_equal(adjust(Omega, 1, w, w), adjust(Omega, 1, w, w))


def test_a_leading_date_without_returns_changes_nothing():
    F = np.random.default_rng(0).normal(size=(120, 3))
    options = {
        "half_life_volatility": 20, "half_life_correlation": 60, "newey_west_volatility": 2,
        "newey_west_correlation": 1, "shrinkage": "none", "eigen_adjustment": 1, "regime_half_life": 30,
    }  # fmt: skip
    padded = np.vstack([np.full((7, 3), np.nan), F])
    np.testing.assert_allclose(factor_covariance(padded, **options), factor_covariance(F, **options), rtol=1e-10)


def test_the_draws_are_the_same_in_batches_of_any_size(monkeypatch):
    whole = bias(np.array([3.0, 2.0, 1.0]), np.eye(3), equal(50), equal(50), 100)
    monkeypatch.setattr("xlfactor.engine.eigenfactor.BATCH", 7 * 3 * 50)
    np.testing.assert_allclose(bias(np.array([3.0, 2.0, 1.0]), np.eye(3), equal(50), equal(50), 100), whole, rtol=1e-12)


def test_wrong_strength_and_too_few_dates_are_refused():
    Omega, w = truth(5), equal(60)
    for a in (-0.1, 2.1, np.nan):
        with pytest.raises(FactorError, match=r"VALUE_RANGE: eigen_adjustment is .*: write a number from 0"):
            adjust(Omega, a, w, w)
    with pytest.raises(FactorError, match="FEW_DATES: eigen_adjustment of 5 factors needs more than 6 dates and has 6"):
        adjust(Omega, 1, equal(6), equal(6))
