"""The labelled idio variances: labels, caps, warnings, and that the risk functions take them."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning


@pytest.fixture
def panel():
    rng = np.random.default_rng(0)
    assets = [f"S{n}" for n in range(30)]
    dates = pd.bdate_range("2025-01-01", periods=120, name="Date")
    returns = pd.DataFrame(0.02 * rng.normal(size=(120, 30)), dates, assets)
    return returns, pd.Series(rng.lognormal(size=30), assets)


def test_the_variance_of_each_asset_its_annual_volatility_and_status(panel):
    E, _ = panel
    table = xlfactor.idio_variance(E, half_life=0, newey_west=0, shrinkage=0)
    assert list(table.columns) == ["variance", "annual_volatility", "status"]
    assert table.index.name == "Asset"
    assert list(table.index) == list(E.columns)
    np.testing.assert_allclose(table["variance"], (E**2).mean(), rtol=1e-12)
    np.testing.assert_allclose(table["annual_volatility"], np.sqrt(252 * (E**2).mean()), rtol=1e-12)
    weekly = xlfactor.idio_variance(E, periods_per_year=52)
    np.testing.assert_allclose(weekly["annual_volatility"] ** 2, 52 * weekly["variance"], rtol=1e-12)
    assert set(table["status"]) == {"ok"}


def test_the_defaults_are_those_of_the_catalogue_and_each_option_changes_the_result(panel):
    E, caps = panel
    base = xlfactor.idio_variance(E)
    pd.testing.assert_frame_equal(base, xlfactor.idio_variance(E, 84, 5, None, 0.1, 0, 252))
    for option in ({"half_life": 40}, {"newey_west": 0}, {"caps": caps}, {"shrinkage": 0}, {"regime_half_life": 42}):
        assert abs(xlfactor.idio_variance(E, **option)["variance"] / base["variance"] - 1).max() > 1e-6, option


def test_shuffled_assets_and_caps_move_no_number_by_label(panel):
    E, caps = panel
    table = xlfactor.idio_variance(E, caps=caps)
    other = xlfactor.idio_variance(
        E.sample(frac=1, axis=1, random_state=1), caps=caps.sample(frac=1, random_state=2)
    )  # fmt: skip
    pd.testing.assert_frame_equal(other.loc[table.index], table)


def test_of_dated_caps_the_last_one_of_each_asset_counts(panel):
    E, caps = panel
    dated = pd.DataFrame([caps * np.arange(1, 31), caps], E.index[[5, 9]])
    dated.index.name = "Date"
    dated.iloc[0, 3], dated.iloc[1, 3] = caps.iloc[3], np.nan
    pd.testing.assert_frame_equal(xlfactor.idio_variance(E, caps=dated), xlfactor.idio_variance(E, caps=caps))


def test_assets_with_a_structural_value_and_assets_without_cap_are_named_in_a_warning(panel):
    E, caps = panel
    E.iloc[:100, 4] = np.nan
    with pytest.warns(FactorWarning, match=r"STRUCTURAL: 1 assets with fewer than 21 idio returns.*: S4"):
        table = xlfactor.idio_variance(E)
    assert table.loc["S4", "status"] == "short history"
    with pytest.warns(FactorWarning, match="CAP_MISSING: 1 assets without a cap are compared with all assets: S7"):
        xlfactor.idio_variance(E.drop(columns="S4"), caps=caps.drop("S7"))


def test_idio_returns_go_in_and_the_risk_functions_take_the_result(panel):
    returns, caps = panel
    loadings = pd.DataFrame(
        {"Market": 1.0, "Industry": ["Lonely", *["A", "B", "C"] * 9, "A", "B"]}, returns.columns
    )  # fmt: skip
    E = xlfactor.idio_returns(returns, loadings, caps=caps)
    with pytest.warns(FactorWarning, match="STRUCTURAL: 1 assets"):
        psi = xlfactor.idio_variance(E, caps=caps)
    assert psi.loc["S0", "status"] == "not identified"
    assert psi.loc["S0", "variance"] > 1e-5
    Omega_f = xlfactor.factor_covariance(xlfactor.factor_returns(returns, loadings, psi, caps=caps))
    Omega_r = xlfactor.asset_covariance(loadings, Omega_f, psi)
    assert np.linalg.eigvalsh(Omega_r)[0] > 0


def refusal(*args, **options) -> FactorError:
    with pytest.raises(FactorError) as caught:
        xlfactor.idio_variance(*args, **options)
    return caught.value


def test_refusals_say_what_and_where(panel):
    E, caps = panel
    assert refusal(E, periods_per_year=0).argument == "periods_per_year"
    assert refusal(E, shrinkage=-1).line == "VALUE_RANGE: shrinkage is -1: write 0 or more"
    assert refusal(E.iloc[:20]).line == "FEW_DATES: no asset has 21 idio returns: give more dates"
    assert refusal(E, newey_west=1.5).code == "NUM_BAD"
    assert refusal(E, caps=-caps).code == "VALUE_RANGE"
    assert refusal(E, caps=caps.rename(lambda a: "X" + a)).code == "WEIGHT_ALL_ZERO"
