import numpy as np
import pytest

from tests.engine.simulated import daily, static
from xlfactor.engine.covariance import remove_noise
from xlfactor.engine.portfolio_families import DRAWS, FAMILIES, standardised_returns
from xlfactor.engine.validation import family_summary
from xlfactor.engine.walk_forward import walk_forward
from xlfactor.errors import FactorError


def with_industries(N=40, T=200, seed=0, missing=0.0):
    rng = np.random.default_rng(seed)
    S = np.column_stack([np.ones(N), rng.normal(size=N)])
    codes = np.arange(N) % 4
    D = np.column_stack([S, np.eye(4)[codes]])
    F = rng.normal(size=(T, 6)) * [1.0, 0.3, 0.4, 0.4, 0.4, 0.4]
    R = F @ D.T + 1.5 * rng.normal(size=(T, N))
    R[rng.random(R.shape) < missing] = np.nan
    return R, static(S, T, codes, (4,), constant=0), D


def test_a_right_model_is_right_for_every_family():
    for rep in range(2):
        B, _, _, R = daily(100, 500, rep)
        Z = standardised_returns(R, static(B, 500, constant=0), 60, 0.5)
        for family in ("factor portfolios", "long-short", "assets", "optimised"):
            row = family_summary(Z[family])
            assert 0.95 < row["bias"] < 1.05, family
            assert row["value_at_risk_breaches"] == pytest.approx(0.05, abs=0.012), family
            assert row["in_band_share"] >= 0.75, family  # with half-life 60 the forecasts themselves are noisy
        assert 0.9 < family_summary(Z["least variance"])["bias"] < 1.15


def test_a_volatility_that_doubles_after_the_burn_in_is_seen():
    B, _, _, R = daily(60, 300, 3)
    R[150:] *= 2
    Z = standardised_returns(R, static(B, 300, constant=0), 250, 0.5)
    assert family_summary(Z["assets"])["bias"] > 1.3
    assert family_summary(Z["assets"])["value_at_risk_breaches"] > 0.1


def test_the_last_date_is_the_dense_model_of_the_day_before():
    """Every z of the last date again, with B and Omega_r written out."""
    R, sections, D = with_industries()
    Z = standardised_returns(R, sections, 0, 0.5)
    walk, T, N = walk_forward(R, sections, 0, 0.5), len(R), R.shape[1]
    H = T // 2
    basis = np.vstack([np.eye(5), [0, 0, -1, -1, -1]])
    second, noise = np.zeros((6, 6)), np.zeros((6, 6))
    for t in range(T - 1):
        w = 1 / walk.sd[max(t, H)] ** 2
        X = D @ basis
        A = np.linalg.inv(X.T @ (w[:, None] * X))
        f = basis @ A @ X.T @ (w * R[t])
        second += np.outer(f, f) / (T - 1)
        noise += basis @ A @ basis.T / (T - 1)
    Omega_f, psi, r = remove_noise(second, noise), walk.sd[-1] ** 2, R[-1]
    Omega_r = D @ Omega_f @ D.T + np.diag(psi)
    np.testing.assert_allclose(Z["assets"][-1], r / np.sqrt(np.diag(Omega_r)), rtol=1e-9)
    equal = np.eye(4)[np.arange(N) % 4].T / 10
    np.testing.assert_allclose(Z["families"][-1], equal @ r / np.sqrt(np.diag(equal @ Omega_r @ equal.T)), rtol=1e-9)
    best = np.linalg.solve(Omega_r, np.ones(N))
    assert Z["least variance"][-1, 0] == pytest.approx(best @ r / np.sqrt(best @ Omega_r @ best), rel=1e-8)
    w = 1 / psi
    X = D @ basis
    P = basis @ np.linalg.inv(X.T @ (w[:, None] * X)) @ X.T * w
    np.testing.assert_allclose(Z["factor portfolios"][-1], P @ r / np.sqrt(np.diag(P @ Omega_r @ P.T)), rtol=1e-8)


def test_no_forecast_sees_its_own_date():
    R, sections, _ = with_industries(T=80)
    other = R.copy()
    other[60] *= 10
    a, b = standardised_returns(R, sections, 20, 0.5), standardised_returns(other, sections, 20, 0.5)
    for family in FAMILIES:
        np.testing.assert_allclose(b[family][:20], a[family][:20], rtol=1e-12)
        np.testing.assert_allclose(b[family][20], 10 * a[family][20], rtol=1e-8)


def test_missing_returns_leave_their_assets_out_of_that_date():
    R, sections, _ = with_industries(missing=0.05)
    Z = standardised_returns(R, sections, 60, 0.5)
    np.testing.assert_array_equal(np.isnan(Z["assets"]), np.isnan(R[100:]))
    assert np.isfinite(Z["long-short"]).all()
    assert Z["optimised"].shape == (100, DRAWS)


def test_loadings_without_a_family_have_no_family_portfolios():
    B, _, _, R = daily(30, 60, 0)
    Z = standardised_returns(R, static(B, 60, constant=0), 60, 0.5)
    assert Z["families"].shape == (30, 0)
    assert np.isnan(list(family_summary(Z["families"]).values())).all()


def test_a_burn_in_of_nothing_is_refused():
    B, _, _, R = daily(30, 60, 0)
    with pytest.raises(FactorError, match="VALUE_RANGE: burn_in is 0: type a share between 0 and 1"):
        standardised_returns(R, static(B, 60, constant=0), 60, 0.0)


def test_a_style_of_zeros_has_no_factor_portfolio_and_disturbs_no_other():
    B, _, _, R = daily(30, 60, 0)
    plain = standardised_returns(R, static(B, 60, constant=0), 60, 0.5)
    more = standardised_returns(R, static(np.column_stack([B, np.zeros(30)]), 60, constant=0), 60, 0.5)
    assert np.isnan(more["factor portfolios"][:, 5]).all()
    np.testing.assert_allclose(more["factor portfolios"][:, :5], plain["factor portfolios"], rtol=1e-8)
    np.testing.assert_allclose(more["optimised"], plain["optimised"], rtol=1e-8)
