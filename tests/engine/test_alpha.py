import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.simulated import static
from xlfactor.engine import alpha as engine
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError


def model(seed=0, N=60, families=(5,)):
    """A constant, families and two styles; Omega_f of full rank in no direction of a family's sum, psi, alpha."""
    rng = np.random.default_rng(seed)
    codes = np.array([rng.permutation(np.arange(N) % size) for size in families], dtype=int).reshape(-1, N).T
    S = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    B = Loadings(S, codes, tuple(families), np.arange(3 + sum(families)))
    F = 0.01 * rng.normal(size=(300, B.n_factors))
    at = 3
    for size in families:
        F[:, at : at + size] -= F[:, at : at + size].mean(axis=1, keepdims=True)
        at += size
    return B, F.T @ F / 300, rng.uniform(1e-4, 9e-4, N), 0.001 * rng.normal(size=N)


def dense_sharpe_squared(B, Omega_f, psi, alpha):
    D = B.dense()
    return float(alpha @ np.linalg.solve(D @ Omega_f @ D.T + np.diag(psi), alpha))


@pytest.mark.parametrize("families", [(), (5,), (5, 3)])
def test_the_two_sharpe_ratios_are_the_dense_inverse(families):
    B, Omega_f, psi, alpha = model(1, families=families)
    found = engine.split_alpha(alpha, B, Omega_f, psi, constant=0)
    total = found.sharpe_spanned**2 + found.sharpe_orthogonal**2
    assert total == pytest.approx(dense_sharpe_squared(B, Omega_f, psi, alpha), rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(12, 60), st.sampled_from([(), (3,), (4, 3)]))
def test_the_identity_holds_for_any_model(seed, N, families):
    B, Omega_f, psi, alpha = model(seed, N, families)
    found = engine.split_alpha(alpha, B, Omega_f, psi, constant=0)
    total = found.sharpe_spanned**2 + found.sharpe_orthogonal**2
    assert total == pytest.approx(dense_sharpe_squared(B, Omega_f, psi, alpha), rel=1e-9)


def test_the_spanned_sharpe_ratio_is_the_formula_in_z_and_omega_g():
    B, Omega_f, psi, alpha = model(2)
    w, D = 1 / psi, B.dense()
    R = np.vstack([np.eye(7), np.zeros((1, 7))])
    R[7, 3:] = -1  # the last family value is minus the sum of the others
    Z, Omega_g = D @ R, Omega_f[:7, :7]
    A = Z.T @ (w[:, None] * Z)
    g = np.linalg.solve(A, Z.T @ (w * alpha))
    expected = g @ np.linalg.solve(Omega_g + np.linalg.inv(A), g)
    found = engine.split_alpha(alpha, B, Omega_f, psi, constant=0)
    assert found.sharpe_spanned**2 == pytest.approx(expected, rel=1e-10)
    np.testing.assert_allclose(found.lambda_, R @ g, rtol=1e-9, atol=1e-14)
    assert found.lambda_[3:].sum() == pytest.approx(0, abs=1e-15)


def test_the_parts_sum_to_alpha_and_are_orthogonal():
    B, Omega_f, psi, alpha = model(3)
    found = engine.split_alpha(alpha, B, Omega_f, psi, constant=0)
    np.testing.assert_allclose(found.spanned + found.orthogonal, alpha, rtol=0, atol=1e-18)
    np.testing.assert_allclose(B.project(found.orthogonal / psi), 0, atol=1e-11)
    whole = alpha @ (alpha / psi)
    parts = found.spanned @ (found.spanned / psi) + found.orthogonal @ (found.orthogonal / psi)
    assert parts == pytest.approx(whole, rel=1e-12)


def test_alpha_in_the_span_of_the_loadings_has_no_orthogonal_part():
    B, Omega_f, psi, _ = model(4)
    premia = np.array([0.001, 0.002, -0.001, 0.003, 0.001, -0.002, -0.001, -0.001])
    found = engine.split_alpha(B.predict(premia), B, Omega_f, psi, constant=0)
    np.testing.assert_allclose(found.lambda_, premia, rtol=1e-10)
    assert found.sharpe_orthogonal < 1e-12


def test_a_doubled_column_changes_no_sharpe_ratio():
    B, Omega_f, psi, alpha = model(5, families=())
    doubled = Loadings(B.S[:, [0, 1, 2, 2]], B.codes, (), np.arange(4))
    Omega_2 = Omega_f[np.ix_([0, 1, 2, 2], [0, 1, 2, 2])] * np.outer([1, 1, 0.5, 0.5], [1, 1, 0.5, 0.5])
    plain, twice = (engine.split_alpha(alpha, b, O, psi, 0) for b, O in ((B, Omega_f), (doubled, Omega_2)))
    assert twice.sharpe_spanned == pytest.approx(plain.sharpe_spanned, rel=1e-10)
    np.testing.assert_allclose(twice.spanned, plain.spanned, rtol=1e-10)


def test_the_orthogonal_sharpe_ratio_grows_with_the_assets_and_the_spanned_one_is_bounded():
    ratios = []
    for N in (50, 200, 800):
        B, Omega_f, psi, alpha = model(6, N=N, families=())
        alpha = alpha + B.predict(np.array([0.0, 0.002, 0.001]))
        found = engine.split_alpha(alpha, B, Omega_f, psi, 0)
        bound = np.sqrt(found.lambda_ @ np.linalg.solve(Omega_f, found.lambda_))
        assert found.sharpe_spanned < bound
        ratios.append(found.sharpe_orthogonal)
    assert ratios[1] / ratios[0] == pytest.approx(2, rel=0.25)
    assert ratios[2] / ratios[1] == pytest.approx(2, rel=0.25)


def test_loadings_of_static_sections_and_a_family_without_members_are_no_obstacle():
    B, Omega_f, psi, alpha = model(7)
    fewer = B.take(B.codes[:, 0] != 4)
    keep = B.codes[:, 0] != 4
    found = engine.split_alpha(alpha[keep], fewer, Omega_f, psi[keep], 0)
    assert np.isnan(found.lambda_[7])
    total = found.sharpe_spanned**2 + found.sharpe_orthogonal**2
    assert total == pytest.approx(dense_sharpe_squared(fewer, Omega_f, psi[keep], alpha[keep]), rel=1e-10)
    assert static(B.S, 3).n_factors == 3


def simulated(seed, down=1.4, T=1000, noise=1.5, n=1):
    rng = np.random.default_rng(seed)
    f = rng.normal(size=(T, 1))
    return np.maximum(f, 0) + down * np.minimum(f, 0) + noise * rng.normal(size=(T, n)), f


def test_exact_betas_are_recovered_from_noise_free_returns():
    rng = np.random.default_rng(3)
    F = rng.normal(size=(80, 2))
    up, down = np.array([[1.0, -0.5], [0.2, 0.7]]), np.array([[1.4, -0.5], [0.1, 0.0]])
    R = 0.01 + np.maximum(F, 0) @ up.T + np.minimum(F, 0) @ down.T
    found = engine.updown_beta(R, F)
    np.testing.assert_allclose(found.beta_up, up, atol=1e-12)
    np.testing.assert_allclose(found.beta_down, down, atol=1e-12)


def test_betas_and_t_statistics_are_those_of_statsmodels():
    R, f = simulated(4, T=300, n=3)
    found = engine.updown_beta(R, f)
    X = sm.add_constant(np.column_stack([np.maximum(f, 0), np.minimum(f, 0)]))
    for i in range(3):
        fit = sm.OLS(R[:, i], X).fit(cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": False})
        assert found.beta_up[i, 0] == pytest.approx(fit.params[1], rel=1e-10)
        assert found.beta_down[i, 0] == pytest.approx(fit.params[2], rel=1e-10)
        assert found.t_stat[i, 0] == pytest.approx(float(fit.t_test([0, -1, 1]).tvalue.item()), rel=1e-8)
        up = f[:, 0] > 0
        assert found.capture_up[i, 0] == pytest.approx(R[up, i].mean() / f[up, 0].mean(), rel=1e-12)
        assert found.capture_down[i, 0] == pytest.approx(R[~up, i].mean() / f[~up, 0].mean(), rel=1e-12)


def test_rescaled_factors_rescale_betas_and_leave_the_t_statistic():
    R, f = simulated(5, T=200)
    one, ten = engine.updown_beta(R, f), engine.updown_beta(R, 10 * f)
    np.testing.assert_allclose(ten.beta_down, one.beta_down / 10, rtol=1e-10)
    np.testing.assert_allclose(ten.t_stat, one.t_stat, rtol=1e-8)


def test_an_asset_uses_its_own_dates():
    R, f = simulated(6, T=200, n=2)
    R[50:120, 1] = np.nan
    own = np.isfinite(R[:, 1])
    found = engine.updown_beta(R, f)
    alone = engine.updown_beta(R[own][:, [1]], f[own])
    assert found.beta_up[1, 0] == pytest.approx(alone.beta_up[0, 0], rel=1e-12)
    assert found.capture_down[1, 0] == pytest.approx(alone.capture_down[0, 0], rel=1e-12)


def test_power_and_size_are_the_simulated_ones():
    """Truth (1.0, 1.4), noise 1.5: mean (.995, 1.408), power 73 % at T = 1000; a symmetric truth rejects in 5 %."""
    fits = [engine.updown_beta(*simulated(100 + k, n=60)) for k in range(10)]
    assert np.mean([f.beta_up for f in fits]) == pytest.approx(1.0, abs=0.03)
    assert np.mean([f.beta_down for f in fits]) == pytest.approx(1.4, abs=0.03)
    power = np.mean([np.abs(f.t_stat) > 1.96 for f in fits])
    assert power == pytest.approx(0.73, abs=0.06)
    size = np.mean([np.abs(engine.updown_beta(*simulated(200 + k, 1.0, n=60)).t_stat) > 1.96 for k in range(20)])
    assert size == pytest.approx(0.05, abs=0.02)


def test_at_one_year_of_days_power_is_about_a_quarter():
    power = [np.abs(engine.updown_beta(*simulated(300 + k, T=250, n=60)).t_stat) > 1.96 for k in range(20)]
    assert np.mean(power) == pytest.approx(0.28, abs=0.06)


def test_a_factor_that_is_never_below_zero_is_refused():
    R, f = simulated(7, T=50)
    with pytest.raises(FactorError, match="FACTOR_ONE_SIDED: a factor is hardly ever above, or hardly ever below, 0"):
        engine.updown_beta(R, f**2)
