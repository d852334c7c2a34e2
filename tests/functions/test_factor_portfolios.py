"""Factor portfolios: their returns are the factor returns, their exposures are the factors'; labels and refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning


@pytest.fixture
def panel():
    rng = np.random.default_rng(0)
    assets = [f"S{n}" for n in range(40)]
    loadings = pd.DataFrame(
        {
            "Market": 1.0,
            "Size": rng.normal(size=40),
            "Industry": [*"ABCD", *rng.choice(list("ABCD"), 36)],
            "Country": [*"XY", *rng.choice(list("XY"), 38)],
        },
        assets,
    )
    dates = pd.bdate_range("2025-01-01", periods=5, name="Date")
    returns = pd.DataFrame(0.02 * rng.normal(size=(5, 40)), dates, assets)
    return returns, loadings, pd.Series(rng.lognormal(size=40), assets)


def dense(loadings):
    columns = [loadings[["Market", "Size"]]]
    columns += [pd.get_dummies(loadings[name])[list(dict.fromkeys(loadings[name]))] for name in ("Industry", "Country")]
    return pd.concat(columns, axis=1).astype(float)


def test_their_returns_are_the_factor_returns_whatever_the_weights(panel):
    returns, loadings, caps = panel
    psi = pd.DataFrame({"variance": 1 / caps})
    for given in ({}, {"caps": caps}, {"weights": np.sqrt(caps), "caps": caps}, {"idio_variance": psi}):
        P = xlfactor.factor_portfolios(loadings, **given)
        F = xlfactor.factor_returns(returns, loadings, **given)
        assert list(P.columns) == list(F.columns)
        assert P.index.name == "Asset"
        np.testing.assert_allclose(returns @ P, F, atol=1e-15)


def test_p_b_maps_every_factor_return_that_obeys_the_constraints_to_itself(panel):
    """P B R = R (methodology 5.2): two families, two constraints."""
    _, loadings, caps = panel
    P, B = xlfactor.factor_portfolios(loadings, weights=np.sqrt(caps), caps=caps), dense(loadings)
    assert list(P.columns) == list(B.columns)
    rng = np.random.default_rng(1)
    f = pd.Series(rng.normal(size=8), B.columns)
    share = (caps @ B) / caps.sum()
    for family in ("Industry", "Country"):
        names = list(dict.fromkeys(loadings[family]))
        f[names] -= f[names] @ share[names] / share[names].sum()
    np.testing.assert_allclose(P.T @ B @ f, f, atol=1e-13)


def test_a_style_portfolio_has_exposure_one_to_its_style_and_zero_to_everything_else(panel):
    _, loadings, caps = panel
    P = xlfactor.factor_portfolios(loadings, caps=caps)
    exposures = dense(loadings).T @ P["Size"]
    np.testing.assert_allclose(exposures, (exposures.index == "Size").astype(float), atol=1e-13)


def test_of_all_portfolios_with_the_exposures_of_a_style_it_has_the_least_idio_variance(panel):
    _, loadings, caps = panel
    psi = pd.DataFrame({"variance": 1e-4 * caps})
    h = xlfactor.factor_portfolios(loadings, psi)["Size"].to_numpy()
    B = dense(loadings).to_numpy()
    other = np.random.default_rng(2).normal(size=40)
    other -= B @ np.linalg.lstsq(B, other, rcond=None)[0]  # no exposure to any factor
    assert abs(h @ (psi["variance"].to_numpy() * other)) < 1e-15


def test_dated_loadings_and_weights_give_the_portfolios_of_the_last_date(panel):
    returns, loadings, caps = panel
    late = loadings.assign(Size=loadings["Size"] ** 2).drop("S9")
    dated = pd.concat({returns.index[0]: loadings, returns.index[3]: late}, names=["Date", "Asset"])
    weights = pd.DataFrame([caps, caps**2], returns.index[[1, 2]])
    weights.index.name = "Date"
    P = xlfactor.factor_portfolios(dated, weights=weights)
    pd.testing.assert_frame_equal(P, xlfactor.factor_portfolios(late, weights=caps**2))
    F = xlfactor.factor_returns(returns, dated, weights=weights)
    np.testing.assert_allclose(returns[P.index].iloc[-1] @ P, F.iloc[-1], atol=1e-15)


def test_an_asset_without_weight_has_zero_and_one_without_a_loading_is_left_out_and_named(panel):
    _, loadings, caps = panel
    P = xlfactor.factor_portfolios(loadings, weights=caps.drop("S9"))
    assert (P.loc["S9"] == 0).all()
    pd.testing.assert_frame_equal(
        P.drop("S9"), xlfactor.factor_portfolios(loadings.drop("S9"), weights=caps.drop("S9"))
    )
    loadings.loc["S9", "Size"] = np.nan
    with pytest.warns(FactorWarning, match="ASSET_UNUSED: 1 assets with a missing loading are left out: S9"):
        P = xlfactor.factor_portfolios(loadings)
    assert "S9" not in P.index


def test_refusals_say_what_and_where(panel):
    _, loadings, caps = panel
    with pytest.raises(FactorError, match="FEW_ASSETS: loadings have 9 assets; 8 factors need 10: add assets"):
        xlfactor.factor_portfolios(loadings.iloc[:9])
    with pytest.raises(FactorError, match="WEIGHTS_TWICE"):
        xlfactor.factor_portfolios(loadings, pd.DataFrame({"variance": caps}), caps)
    with pytest.raises(FactorError, match="FEW_ASSETS"):
        xlfactor.factor_portfolios(loadings, weights=caps.where(np.arange(40) < 6))
