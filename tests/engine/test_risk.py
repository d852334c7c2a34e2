from dataclasses import replace

import numpy as np
import pytest
from skfolio import datasets
from skfolio.preprocessing import prices_to_returns

from tests.golden import case, need_golden
from xlfactor.engine import risk as engine
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError

Z = {0.95: (1.6448536, 2.0627128), 0.99: (2.3263479, 2.6652142)}  # normal quantile and tail mean


def model(N=40, seed=0):
    """Loadings with a constant, two styles and two families between them, and their covariances."""
    rng = np.random.default_rng(seed)
    S = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    codes = np.column_stack([rng.integers(0, 4, N), rng.integers(0, 3, N)])
    B = Loadings(S, codes, (4, 3), np.array([0, 3, 4, 5, 6, 1, 7, 8, 9, 2]))
    root = 0.01 * rng.normal(size=(10, 8))  # singular, as with family constraints
    return B, root @ root.T, np.exp(rng.normal(np.log(4e-4), 0.5, N))


def weights(N=40, seed=1):
    w = np.random.default_rng(seed).normal(size=N)
    w[::7] = 0
    return w / abs(w).sum()


def dense(B, Omega_f, psi):
    D = np.zeros((len(psi), B.n_factors))
    D[:, :3] = B.S
    for i, (a, b) in enumerate(B.codes):
        D[i, 3 + a] = D[i, 7 + b] = 1
    D = D[:, B.order]
    return D, D @ Omega_f @ D.T + np.diag(psi)


def test_the_factor_form_equals_the_dense_covariance():
    B, Omega_f, psi = model()
    w, w_b = weights(), weights(seed=2)
    D, Omega_r = dense(B, Omega_f, psi)
    risk, benchmark = (engine.portfolio_risk(B, Omega_f, psi, v) for v in (w, w_b))
    sigma = np.sqrt(w @ Omega_r @ w)
    assert risk.volatility == pytest.approx(sigma, rel=1e-12)
    np.testing.assert_allclose(risk.x, D.T @ w, rtol=1e-12, atol=1e-16)
    by_asset = engine.risk_by_asset(risk, B, psi)
    np.testing.assert_allclose(by_asset["marginal"], Omega_r @ w / sigma, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(by_asset["contribution"], w * (Omega_r @ w) / sigma, rtol=1e-12, atol=1e-18)
    assert engine.beta(risk, benchmark) == pytest.approx((w @ Omega_r @ w_b) / (w_b @ Omega_r @ w_b), rel=1e-12)
    np.testing.assert_allclose(engine.asset_covariance(B, Omega_f, psi), Omega_r, rtol=1e-12, atol=1e-18)


def test_the_asset_covariance_is_symmetric_and_predicts_the_portfolio():
    B, Omega_f, psi = model()
    Omega_r, w = engine.asset_covariance(B, Omega_f, psi), weights()
    assert (Omega_r == Omega_r.T).all()
    assert engine.portfolio_risk(B, Omega_f, psi, w).variance == pytest.approx(w @ Omega_r @ w, rel=1e-12)


def test_contributions_sum_to_the_volatility_and_shares_to_one():
    B, Omega_f, psi = model()
    risk = engine.portfolio_risk(B, Omega_f, psi, weights())
    by_factor, by_asset = engine.risk_by_factor(risk, Omega_f), engine.risk_by_asset(risk, B, psi)
    idio = risk.idio_variance / risk.volatility
    assert by_factor["contribution"].sum() + idio == pytest.approx(risk.volatility, rel=1e-12)
    assert by_factor["share"].sum() + idio / risk.volatility == pytest.approx(1, rel=1e-12)
    assert by_asset["contribution"].sum() == pytest.approx(risk.volatility, rel=1e-12)
    assert by_asset["share"].sum() == pytest.approx(1, rel=1e-12)
    assert by_asset["factor_contribution"].sum() == pytest.approx(by_factor["contribution"].sum(), rel=1e-12)
    assert by_asset["idio_contribution"].sum() == pytest.approx(idio, rel=1e-12)


def test_each_contribution_is_exposure_times_volatility_times_correlation():
    B, Omega_f, psi = model()
    risk = engine.portfolio_risk(B, Omega_f, psi, weights())
    table = engine.risk_by_factor(risk, Omega_f)
    product = table["exposure"] * table["volatility"] * table["correlation"]
    np.testing.assert_allclose(product, table["contribution"], rtol=1e-12)
    assert (abs(table["correlation"]) <= 1 + 1e-12).all()
    np.testing.assert_allclose(table["volatility"] ** 2, np.diag(Omega_f), rtol=1e-12)


def test_the_marginal_of_a_factor_is_the_derivative_of_the_volatility_in_its_exposure():
    B, Omega_f, psi = model()
    risk = engine.portfolio_risk(B, Omega_f, psi, weights())
    marginal = engine.risk_by_factor(risk, Omega_f)["marginal"]
    step = 1e-5
    for k in range(len(risk.x)):
        sides = []
        for sign in (1, -1):
            x = risk.x + sign * step * np.eye(len(risk.x))[k]
            sides.append(replace(risk, x=x, Omega_x=Omega_f @ x).volatility)
        assert (sides[0] - sides[1]) / (2 * step) == pytest.approx(marginal[k], abs=1e-6)


def test_the_marginal_of_an_asset_is_the_numerical_derivative_of_the_volatility():
    B, Omega_f, psi = model()
    w = weights()
    marginal = engine.risk_by_asset(engine.portfolio_risk(B, Omega_f, psi, w), B, psi)["marginal"]
    for i in (0, 3, 7, 39):
        step = 1e-5 * np.eye(40)[i]
        up, down = (engine.portfolio_risk(B, Omega_f, psi, w + s).volatility for s in (step, -step))
        assert (up - down) / 2e-5 == pytest.approx(marginal[i], abs=1e-6)


def test_twice_the_portfolio_has_twice_the_risk_and_the_same_shares():
    B, Omega_f, psi = model()
    w = weights()
    one, two = (engine.portfolio_risk(B, Omega_f, psi, c * w) for c in (1, 2))
    assert two.volatility == pytest.approx(2 * one.volatility, rel=1e-14)
    shares = [engine.risk_by_asset(r, B, psi)["share"] for r in (one, two)]
    np.testing.assert_allclose(shares[1], shares[0], rtol=1e-12)


def test_variances_times_periods_a_year_give_annual_contributions():
    B, Omega_f, psi = model()
    daily = engine.portfolio_risk(B, Omega_f, psi, weights())
    annual = engine.portfolio_risk(B, 252 * Omega_f, 252 * psi, weights())
    ratio = engine.risk_by_asset(annual, B, 252 * psi)["contribution"]
    np.testing.assert_allclose(
        ratio, np.sqrt(252) * engine.risk_by_asset(daily, B, psi)["contribution"], rtol=1e-12, atol=1e-18
    )


def test_an_identical_portfolio_and_benchmark_have_no_active_risk():
    B, Omega_f, psi = model()
    active = engine.portfolio_risk(B, Omega_f, psi, weights() - weights())
    benchmark = engine.portfolio_risk(B, Omega_f, psi, weights())
    measures = engine.risk_measures(active, benchmark, 252, 0.95, 1)
    assert [measures[name] for name in ("annual_volatility", "annual_idio_volatility", "value_at_risk", "beta")] == [
        0
    ] * 4
    assert measures["n_assets"] == measures["effective_assets"] == 0
    assert np.isnan(measures["factor_share"])
    by_asset, by_factor = engine.risk_by_asset(active, B, psi), engine.risk_by_factor(active, Omega_f)
    assert (by_asset["contribution"] == 0).all()
    assert (by_factor["contribution"] == 0).all()
    for name in ("marginal", "share"):
        assert np.isnan(by_asset[name]).all()
        assert np.isnan(by_factor[name]).all()


def test_an_asset_that_is_not_held_may_lack_its_idio_variance():
    B, Omega_f, psi = model()
    w = weights()
    unknown = psi.copy()
    unknown[w == 0] = np.nan
    risk = engine.portfolio_risk(B, Omega_f, unknown, w)
    assert risk.volatility == engine.portfolio_risk(B, Omega_f, psi, w).volatility
    table = engine.risk_by_asset(risk, B, unknown)
    assert (table["contribution"][w == 0] == 0).all()
    assert np.isnan(table["marginal"][w == 0]).all()
    assert np.isfinite(table["marginal"][w != 0]).all()


@pytest.mark.parametrize("confidence", Z)
def test_value_at_risk_and_shortfall_are_the_published_multiples(confidence):
    z, tail = Z[confidence]
    value_at_risk, shortfall = engine.tail_risk(0.02, confidence, 1)
    assert value_at_risk == pytest.approx(0.02 * z, rel=1e-7)
    assert shortfall == pytest.approx(0.02 * tail, rel=1e-7)
    ten_days = engine.tail_risk(0.02, confidence, 10)
    assert ten_days == pytest.approx((value_at_risk * 10**0.5, shortfall * 10**0.5), rel=1e-14)


def test_the_shortfall_is_the_mean_loss_beyond_the_value_at_risk_in_simulation():
    losses = np.random.default_rng(0).normal(0, 0.02, 2_000_000)
    value_at_risk, shortfall = engine.tail_risk(0.02, 0.95, 1)
    assert (losses > value_at_risk).mean() == pytest.approx(0.05, abs=5e-4)
    assert losses[losses > value_at_risk].mean() == pytest.approx(shortfall, rel=2e-3)


def test_the_benchmark_has_beta_one_and_active_beta_is_the_difference():
    B, Omega_f, psi = model()
    w, w_b = weights(), weights(seed=2)
    portfolio, benchmark, active = (engine.portfolio_risk(B, Omega_f, psi, v) for v in (w, w_b, w - w_b))
    assert engine.beta(benchmark, benchmark) == pytest.approx(1, rel=1e-14)
    difference = engine.beta(portfolio, benchmark) - 1
    assert engine.beta(active, benchmark) == pytest.approx(difference, rel=1e-10)
    assert np.isnan(engine.risk_measures(portfolio, None, 252, 0.95, 1)["beta"])


@pytest.mark.parametrize(
    ("w", "expected"), [([0.25] * 4, 4), ([1, 0, 0], 1), ([0.5, -0.5], 2), ([0, 0], 0), ([0.6, 0.4], 1 / 0.52)]
)
def test_effective_assets_count_equal_bets(w, expected):
    assert engine.effective_assets(np.array(w, dtype=float)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("confidence", [95, 1, 0.05, -1, float("nan")])
def test_a_confidence_that_is_no_share_is_refused(confidence):
    with pytest.raises(FactorError, match=r"VALUE_RANGE: confidence is .*: write 0.95 for 95 %") as raised:
        engine.tail_risk(0.01, confidence, 1)
    assert raised.value.argument == "confidence"


def test_a_horizon_of_no_time_is_refused():
    with pytest.raises(FactorError, match="VALUE_RANGE: horizon is 0: write a number of periods above 0"):
        engine.tail_risk(0.01, 0.95, 0)


@need_golden
def test_real_stocks_and_factor_funds_give_the_golden_contributions():
    """G16: twenty S&P 500 stocks on five factor ETFs, equal weights; loadings from an independent least squares."""
    golden = case("G16_time_series_model")
    factors, stocks = datasets.load_factors_dataset(), datasets.load_sp500_dataset()
    R, F = prices_to_returns(stocks, factors)
    T, N = R.shape
    assert golden["T"] == T
    D = np.column_stack([np.ones(T), F.to_numpy()])
    coefficients = np.linalg.lstsq(D, R.to_numpy(), rcond=None)[0]
    psi = (R.to_numpy() - D @ coefficients).var(axis=0, ddof=1)
    B = Loadings(coefficients[1:].T, np.empty((N, 0), dtype=np.int64), (), np.arange(5))
    Omega_f = np.cov(F.to_numpy().T)
    risk = engine.portfolio_risk(B, Omega_f, psi, np.full(N, 1 / N))
    assert risk.volatility == pytest.approx(golden["equal_weight_daily_vol"], rel=1e-10)
    names = list(F.columns)
    contribution = dict(zip(names, engine.risk_by_factor(risk, Omega_f)["contribution"], strict=True))
    contribution["idio"] = risk.idio_variance / risk.volatility
    for name, value in golden["contribution"].items():
        assert contribution[name] == pytest.approx(value, rel=1e-9)
    for name, value in golden["exposure"].items():
        assert risk.x[names.index(name)] == pytest.approx(value, rel=1e-9)
    measures = engine.risk_measures(risk, None, 252, 0.95, 1)
    assert measures["factor_share"] == pytest.approx(golden["factor_share"], rel=1e-10)
    Omega_r = engine.asset_covariance(B, Omega_f, psi)
    assert np.trace(Omega_r) == pytest.approx(golden["trace"], rel=1e-10)
    at = [list(R.columns).index(name) for name in ("AAPL", "MSFT")]
    assert Omega_r[at[0], at[1]] == pytest.approx(golden["cov_AAPL_MSFT"], rel=1e-10)
