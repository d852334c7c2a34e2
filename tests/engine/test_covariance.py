import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.sandwich_covariance import S_hac_simple

from xlfactor.engine import covariance as engine
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError


def rows(T, K, seed=0, scale=0.01):
    rng = np.random.default_rng(seed)
    mix = np.eye(K) + 0.4 * rng.normal(size=(K, K))
    return scale * rng.normal(size=(T, K)) @ mix


def estimate(F, half_lives=(84, 504), lags=(5, 2), shrinkage="none", noise=None):
    return engine.factor_covariance(
        F,
        half_life_volatility=half_lives[0],
        half_life_correlation=half_lives[1],
        newey_west_volatility=lags[0],
        newey_west_correlation=lags[1],
        shrinkage=shrinkage,
        noise=noise,
    )


def is_semidefinite(V):
    d = np.linalg.eigvalsh(V)
    return d[0] >= -1e-10 * d[-1]


def test_the_weight_halves_every_half_life_and_the_weights_sum_to_one():
    w = ewma_weights(200, 40)
    assert w.sum() == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(w[40:] / w[:-40], 2, rtol=1e-12)
    assert (ewma_weights(7, 0) == 1 / 7).all()


@pytest.mark.parametrize(("half_life", "n_eff"), [(60, 173), (84, 242), (252, 727), (504, 1454)])
def test_the_effective_sample_is_the_one_of_methodology_section_0(half_life, n_eff):
    w = ewma_weights(40 * half_life, half_life)
    assert round(1 / (w @ w)) == n_eff


def test_equal_weights_without_lags_give_the_sample_second_moment():
    F = rows(300, 6)
    np.testing.assert_allclose(estimate(F, (0, 0), (0, 0)), F.T @ F / 300, rtol=1e-12)


def test_a_huge_half_life_gives_the_sample_second_moment():
    F = rows(300, 6)
    S = F.T @ F / 300
    difference = abs(estimate(F, (1e9, 1e9), (0, 0)) - S).max()
    assert difference < 1e-9
    assert difference < 1e-6 * abs(S).max()


def test_the_weighted_variance_equals_that_of_pandas():
    F = rows(252, 3)
    frame = pd.DataFrame(F**2)
    reference = frame.ewm(halflife=40, adjust=True).mean().iloc[-1].to_numpy()
    np.testing.assert_allclose(np.diag(estimate(F, (40, 40), (0, 0))), reference, rtol=1e-12)


def test_the_weights_are_normalised_to_one_and_not_divided_by_the_number_of_dates():
    """The trap: sum of unnormalised weights over T − 1 is 0.229 times the truth at T = 252, half-life 40."""
    F = np.full((252, 1), 0.01)
    assert estimate(F, (40, 40), (0, 0))[0, 0] == pytest.approx(1e-4, rel=1e-12)
    raw = 2.0 ** (-np.arange(252) / 40)
    assert raw.sum() / 251 == pytest.approx(0.229, abs=5e-4)


@pytest.mark.parametrize(("lags", "ratio"), [(2, 1.140), (5, 1.181)])
def test_newey_west_of_an_ar1_has_the_derived_variance_ratio(lags, ratio):
    """AR(1) with ρ = 0.1: 1 + 2 sum (1 − l/(L+1)) ρ^l (methodology 7.1), reached on a long series."""
    rng = np.random.default_rng(1)
    T = 400_000
    f = np.empty((T, 1))
    f[0], shocks = 0, rng.normal(size=T)
    for t in range(1, T):
        f[t] = 0.1 * f[t - 1] + shocks[t]
    w = ewma_weights(T, 0)
    measured = engine.second_moment(f, w, lags) / engine.second_moment(f, w, 0)
    assert measured[0, 0] == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("lags", [0, 2, 5])
def test_newey_west_with_equal_weights_equals_statsmodels(lags):
    F = rows(150, 4)
    reference = S_hac_simple(F, nlags=lags) / 150
    np.testing.assert_allclose(engine.second_moment(F, ewma_weights(150, 0), lags), reference, rtol=1e-12)


def test_newey_west_is_a_sum_over_pairs_of_dates_with_the_root_of_both_weights():
    F, L = rows(30, 3), 4
    w = ewma_weights(30, 5)
    V = np.zeros((3, 3))
    for t in range(30):
        for s in range(30):
            V += max(0, 1 - abs(t - s) / (L + 1)) * np.sqrt(w[t] * w[s]) * np.outer(F[t], F[s])
    np.testing.assert_allclose(engine.second_moment(F, w, L), V, rtol=1e-12)


@pytest.mark.parametrize("T", [8, 15, 60, 400])
def test_the_covariance_is_positive_semidefinite_also_with_fewer_dates_than_factors(T):
    for seed in range(20):
        for half_lives in ((0, 0), (8, 8), (8, 84)):
            F = rows(T, 20, seed)
            assert is_semidefinite(estimate(F, half_lives))
            assert is_semidefinite(engine.second_moment(F, ewma_weights(T, half_lives[1]), 5))


def test_volatilities_and_correlations_come_from_their_own_half_lives_and_lags():
    F = rows(500, 5)
    Omega = estimate(F, (30, 300), (3, 1))
    volatility = engine.second_moment(F, ewma_weights(500, 30), 3)
    moment = engine.second_moment(F, ewma_weights(500, 300), 1)
    np.testing.assert_allclose(np.diag(Omega), np.diag(volatility), rtol=1e-12)
    s, c = np.sqrt(np.diag(Omega)), np.sqrt(np.diag(moment))
    np.testing.assert_allclose(Omega / np.outer(s, s), moment / np.outer(c, c), rtol=1e-10)


def test_the_error_falls_with_the_root_of_the_number_of_dates():
    rng = np.random.default_rng(3)
    L = np.linalg.cholesky(0.3 * np.ones((6, 6)) + 0.7 * np.eye(6))
    sizes = np.array([100, 400, 1600])
    errors = [
        np.mean([np.linalg.norm(estimate(rng.normal(size=(T, 6)) @ L.T, (0, 0), (0, 0)) - L @ L.T) for _ in range(60)])
        for T in sizes
    ]
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)


def test_scaling_one_factor_scales_its_row_and_column():
    F = rows(200, 4)
    c = np.array([1, 100, 1, 0.01])
    np.testing.assert_allclose(estimate(F * c), estimate(F) * np.outer(c, c), rtol=1e-10)


def test_the_order_of_the_factors_does_not_matter():
    F, order = rows(200, 5), [3, 0, 4, 1, 2]
    for shrinkage in ("none", "constant_correlation"):
        shuffled = estimate(F[:, order], shrinkage=shrinkage)
        np.testing.assert_allclose(shuffled, estimate(F, shrinkage=shrinkage)[np.ix_(order, order)], rtol=1e-11)


def test_a_constrained_family_stays_singular_in_its_own_direction():
    F = rows(200, 4)
    s = np.array([0, 0.5, 0.3, 0.2])
    F[:, 3] = -(0.5 * F[:, 1] + 0.3 * F[:, 2]) / 0.2
    Omega = estimate(F, (84, 84), (2, 2))
    assert abs(Omega @ s).max() < 1e-12 * abs(Omega).max()


def test_a_factor_without_variance_has_covariance_zero_and_no_correlation():
    F = rows(100, 3)
    F[:, 1] = 0
    Omega = estimate(F, shrinkage="constant_correlation")
    assert (Omega[1] == 0).all()
    assert np.isfinite(Omega).all()
    volatility, C = engine.covariance_summary(Omega, 252)
    assert volatility[1] == 0
    assert np.isnan(C[1]).all()
    assert C[0, 0] == 1


# Missing returns


def test_a_factor_that_starts_late_has_the_variance_of_its_own_history():
    F = rows(300, 3)
    late = F.copy()
    late[:120, 1] = np.nan
    Omega, own = estimate(late), estimate(F[120:])
    assert Omega[1, 1] == pytest.approx(own[1, 1], rel=1e-12)
    assert Omega[0, 0] == pytest.approx(estimate(F)[0, 0], rel=1e-12)


def test_a_leading_date_without_any_return_changes_nothing():
    F = rows(100, 3)
    padded = np.vstack([np.full((7, 3), np.nan), F])
    for shrinkage in ("none", "ledoit_wolf", "oas", "constant_correlation"):
        for half_lives in ((0, 0), (20, 40)):
            np.testing.assert_allclose(
                estimate(padded, half_lives, shrinkage=shrinkage),
                estimate(F, half_lives, shrinkage=shrinkage),
                rtol=1e-12,
            )


def test_missing_cells_leave_pairwise_moments_that_are_clipped_to_be_semidefinite():
    rng = np.random.default_rng(5)
    F = rows(12, 8, 5)
    F[rng.random(F.shape) < 0.4] = np.nan
    assert not engine.unseen_pairs(F)
    Omega = estimate(F, (0, 0), (0, 0))
    w = np.full(12, 1 / 12)
    assert not is_semidefinite(engine.second_moment(F, w, 0))
    assert is_semidefinite(Omega)
    np.testing.assert_allclose(np.diag(Omega), np.nanmean(F**2, axis=0), rtol=1e-12)


def test_pairwise_moments_are_means_over_the_common_dates():
    F = rows(200, 3)
    F[:50, 0], F[100:130, 1] = np.nan, np.nan
    products = F[:, :, None] * F[:, None, :]
    moment = engine.second_moment(F, ewma_weights(200, 0), 0)
    np.testing.assert_allclose(moment, np.nanmean(products, axis=0), rtol=1e-12)


def test_columns_without_a_common_date_are_found_by_position():
    F = rows(10, 4)
    F[:, 2] = np.nan
    F[:5, 0], F[5:, 1] = np.nan, np.nan
    assert engine.unseen_pairs(F) == [(0, 1), (0, 2), (1, 2), (2, 2), (2, 3)]
    assert engine.unseen_pairs(rows(10, 4)) == []


def test_a_factor_whose_returns_all_are_very_old_keeps_a_finite_variance():
    F = rows(3000, 2)
    F[10:, 1] = np.nan
    Omega = estimate(F, (1, 1), (0, 0))
    assert np.isfinite(Omega).all()
    assert 0 < Omega[1, 1] < 1


# Estimation noise


def test_small_noise_is_subtracted_exactly():
    V = estimate(rows(500, 5), (0, 0), (0, 0))
    noise = 0.2 * V + 0.3 * np.linalg.eigvalsh(V)[0] * np.eye(5)  # at most half of V in any direction
    np.testing.assert_allclose(engine.remove_noise(V, noise), V - noise, rtol=1e-10, atol=1e-12 * V.max())


def test_noise_above_nine_tenths_leaves_a_tenth():
    V = estimate(rows(500, 5), (0, 0), (0, 0))
    np.testing.assert_allclose(engine.remove_noise(V, 3 * V), 0.1 * V, rtol=1e-9)
    spike = np.zeros((5, 5))
    spike[2, 2] = 50 * V[2, 2]
    Omega = engine.remove_noise(V, spike)
    assert is_semidefinite(Omega)
    assert np.linalg.eigvalsh(Omega - 0.1 * V)[0] > -1e-12 * V.max()


def test_noise_in_a_singular_covariance_keeps_its_null_direction():
    R = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, -2, -0.5]])  # the last factor by the zero-sum constraint
    g = rows(300, 3)
    V, small = R @ (g.T @ g / 300) @ R.T, R @ np.diag([1e-6, 2e-6, 3e-6]) @ R.T
    Omega = engine.remove_noise(V, small)
    np.testing.assert_allclose(Omega, V - small, atol=1e-13)
    assert abs(Omega @ [0, 2, 0.5, 1]).max() < 1e-16


def test_noise_removal_does_not_depend_on_the_units_of_a_factor():
    V = estimate(rows(500, 4), (0, 0), (0, 0))
    noise, c = 0.5 * np.diag(np.diag(V)), np.array([1, 1e4, 1, 1e-4])
    scaled = engine.remove_noise(V * np.outer(c, c), noise * np.outer(c, c))
    np.testing.assert_allclose(scaled, engine.remove_noise(V, noise) * np.outer(c, c), rtol=1e-8)


def test_removing_the_noise_brings_style_variances_of_a_small_universe_back():
    """N = 30, T = 2000, K = 5 as in methodology 6.9 and 7.6: inflation ×2.2, then 1 ± 0.03 over 20 panels."""
    N, T, K = 30, 2000, 5
    L = np.linalg.cholesky(0.25**2 * (0.3 * np.ones((4, 4)) + 0.7 * np.eye(4)))
    raw, cleaned = [], []
    for rep in range(20):
        rng = np.random.default_rng(1000 * N + 7 * T + rep)
        B = np.column_stack([np.ones(N), rng.normal(size=(N, K - 1))])
        psi = np.exp(rng.normal(np.log(2.25), 0.9, N))
        F = np.column_stack([rng.normal(size=T), rng.normal(size=(T, 4)) @ L.T])
        R = F @ B.T + rng.normal(size=(T, N)) * np.sqrt(psi)
        A = B.T @ (B / psi[:, None])
        F_hat = np.linalg.solve(A, B.T @ (R / psi).T).T
        truth = np.mean(F[:, 1:] ** 2, axis=0)
        raw.append(np.diag(estimate(F_hat, (0, 0), (0, 0)))[1:] / truth)
        cleaned.append(np.diag(estimate(F_hat, (0, 0), (0, 0), noise=np.linalg.inv(A)))[1:] / truth)
    assert np.mean(raw) == pytest.approx(2.2, abs=0.15)
    assert np.mean(cleaned) == pytest.approx(1, abs=0.03)


# Summary, counts and refusals


def test_the_summary_annualises_volatilities_and_gives_correlations():
    F = rows(200, 3)
    Omega = np.cov(F.T)
    volatility, C = engine.covariance_summary(Omega, 252)
    np.testing.assert_allclose(volatility, F.std(axis=0, ddof=1) * np.sqrt(252), rtol=1e-12)
    np.testing.assert_allclose(C, np.corrcoef(F.T), rtol=1e-12)
    assert (np.diag(C) == 1).all()


def test_parameter_counts_are_those_of_the_seed():
    assert engine.parameter_count(1000, 10) == (500_500, 11_055)


@pytest.mark.parametrize(
    "name", ["half_life_volatility", "half_life_correlation", "newey_west_volatility", "newey_west_correlation"]
)
def test_a_negative_option_is_refused_by_name(name):
    options = dict.fromkeys(
        ["half_life_volatility", "half_life_correlation", "newey_west_volatility", "newey_west_correlation"], 0
    )
    with pytest.raises(FactorError, match=f"VALUE_RANGE: {name} is -1: write 0 or more periods") as raised:
        engine.factor_covariance(rows(20, 2), **{**options, name: -1}, shrinkage="none")
    assert raised.value.argument == name
