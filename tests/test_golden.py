"""Published models through the whole catalogue, by label: French portfolios (G15), stocks and factor ETFs (G16)."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.datasets import french
from skfolio.datasets import load_factors_dataset, load_sp500_dataset

import xlfactor
from tests.golden import CASES, GOLDEN


def _covariance(F: pd.DataFrame) -> pd.DataFrame:
    """cov with ddof 1, as the published runs have it."""
    return pd.DataFrame(np.cov(F.to_numpy().T), F.columns, F.columns)


def test_french_portfolios_give_the_published_premia_and_risk():
    data, golden = french.load().set_index("dates"), CASES["G15_french"]
    names = [name for name in data if name[0] == "S" and name[2:3] in ("V", "M")]
    R, F = data[names].sub(data["RF"], axis=0), data[["MktRF", "SMB", "HML"]]
    B = xlfactor.timeseries_loadings(R, F)
    premia = xlfactor.factor_returns(R, B).mean()  # the mean of the regressions is the regression of the means
    for name, premium in golden["lfm_premia"].items():
        assert premia[name] == pytest.approx(premium, rel=1e-10)
    psi = xlfactor.timeseries_loadings(R, F, output="summary")[["idio_variance"]]
    equal = pd.Series(1 / len(names), names)
    risk = xlfactor.risk_decomposition(equal, B, _covariance(F), psi, periods_per_year=1)["portfolio"]
    assert risk["annual_volatility"] == pytest.approx(golden["equal_weight_monthly_sd"], rel=1e-10)
    assert risk["factor_share"] == pytest.approx(golden["equal_weight_factor_share"], rel=1e-10)
    means = xlfactor.factor_performance(F, periods_per_year=1)["annual_return"]
    for name, mean in golden["traded_means"].items():
        assert means[name] == pytest.approx(mean, rel=1e-10)
    mean_ratio = xlfactor.explained_variance(R, F)["explained_ratio"].mean()
    assert mean_ratio == pytest.approx(golden["mean_r_squared"], rel=1e-10)


def test_stocks_on_factor_funds_give_the_published_covariance_and_contributions():
    golden, T, K = CASES["G16_time_series_model"], 2263, 5
    stocks, funds = load_sp500_dataset(), load_factors_dataset()
    dates = stocks.index.intersection(funds.index)
    R, F = (xlfactor.returns_from_prices(prices.loc[dates]) for prices in (stocks, funds))
    assert R.shape == (T, 20)
    B = xlfactor.timeseries_loadings(R, F)
    psi = xlfactor.timeseries_loadings(R, F, output="summary")[["idio_variance"]] * (T - K - 1) / (T - 1)
    Omega_f = _covariance(F)
    Omega_r = xlfactor.asset_covariance(B, Omega_f, psi)
    published = pd.read_csv(GOLDEN / "skfolio_tsfm_cov.csv", index_col=0)
    np.testing.assert_allclose(Omega_r.loc[published.index, published.columns], published, rtol=1e-9, atol=1e-16)
    by_factor = xlfactor.risk_by_factor(pd.Series(1 / 20, R.columns), B, Omega_f, psi)
    for name, contribution in golden["contribution"].items():
        assert by_factor.loc[name, "contribution"] == pytest.approx(contribution, rel=1e-9)
    for name, exposure in golden["exposure"].items():
        assert by_factor.loc[name, "exposure"] == pytest.approx(exposure, rel=1e-9)
    assert by_factor.loc["total", "contribution"] == pytest.approx(golden["equal_weight_daily_vol"], rel=1e-10)
    annual = xlfactor.covariance_summary(Omega_r, 252)["annual_volatility"]
    np.testing.assert_allclose(annual**2, 252 * np.diag(published), rtol=1e-9)
