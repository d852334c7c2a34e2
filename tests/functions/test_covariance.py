"""The labelled covariance functions: engine reference, labels, noise, refusals."""

import numpy as np
import pandas as pd
import pytest
from sklearn.covariance import LedoitWolf

import xlfactor
from xlfactor.errors import FactorError, FactorWarning

PLAIN = {
    "half_life_volatility": 0,
    "half_life_correlation": 0,
    "newey_west_volatility": 0,
    "newey_west_correlation": 0,
}


@pytest.fixture
def factor_returns():
    rng = np.random.default_rng(8)
    dates = pd.bdate_range("2024-01-01", periods=300, name="Date")
    mix = np.eye(4) + 0.3 * rng.normal(size=(4, 4))
    return pd.DataFrame(0.01 * rng.normal(size=(300, 4)) @ mix, dates, ["Market", "Size", "Value", "Tech"])


def refusal(function, *args, **options) -> FactorError:
    with pytest.raises(FactorError) as caught:
        function(*args, **options)
    assert len(str(caught.value)) <= 200
    return caught.value


def test_without_half_lives_and_lags_it_is_the_second_moment(factor_returns):
    Omega = xlfactor.factor_covariance(factor_returns, **PLAIN)
    np.testing.assert_allclose(Omega, factor_returns.T @ factor_returns / 300, rtol=1e-12)
    assert list(Omega.index) == list(Omega.columns) == list(factor_returns.columns)
    assert Omega.index.name == "Factor"


def test_the_defaults_are_84_and_504_periods_with_5_and_2_lags(factor_returns):
    given = xlfactor.factor_covariance(factor_returns, 84, 504, 5, 2, 0, 0, "none")
    pd.testing.assert_frame_equal(xlfactor.factor_covariance(factor_returns), given)
    f, w = factor_returns["Size"].to_numpy(), 2.0 ** (-np.arange(300)[::-1] / 84)
    y = f * np.sqrt(w / w.sum())
    variance = y @ y + 2 * sum((1 - lag / 6) * (y[lag:] @ y[:-lag]) for lag in range(1, 6))
    assert given.loc["Size", "Size"] == pytest.approx(variance, rel=1e-12)


def test_each_option_changes_the_result(factor_returns):
    base = xlfactor.factor_covariance(factor_returns)
    noise = pd.DataFrame(np.diag(np.full(4, 1e-5)), base.index, base.columns)
    for option in (
        {"half_life_volatility": 40},
        {"half_life_correlation": 100},
        {"newey_west_volatility": 0},
        {"newey_west_correlation": 0},
        {"shrinkage": "ledoit_wolf"},
        {"shrinkage": "oas"},
        {"shrinkage": "constant_correlation"},
        {"noise": noise},
        {"eigen_adjustment": 1},
        {"regime_half_life": 42},
    ):
        assert abs(xlfactor.factor_covariance(factor_returns, **option) - base).max(axis=None) > 1e-9, option


def test_shrinkage_equals_scikit_learn(factor_returns):
    expected = LedoitWolf(assume_centered=True).fit(factor_returns.to_numpy()).covariance_
    got = xlfactor.factor_covariance(factor_returns, **PLAIN, shrinkage="ledoit_wolf")
    np.testing.assert_allclose(got, expected, rtol=1e-11)


def test_small_noise_is_subtracted_whatever_the_order_of_its_labels(factor_returns):
    V = xlfactor.factor_covariance(factor_returns)
    order = ["Tech", "Market", "Value", "Size", "Unused"]
    noise = pd.DataFrame(0.0, order, order)
    for k, name in enumerate(order[:4]):
        noise.loc[name, name] = 1e-6 * (k + 1)
    Omega = xlfactor.factor_covariance(factor_returns, noise=noise)
    np.testing.assert_allclose(Omega, V - noise.loc[V.index, V.columns], rtol=1e-9)


def test_shuffled_factors_and_dates_move_no_number_by_label(factor_returns):
    Omega = xlfactor.factor_covariance(factor_returns, shrinkage="oas")
    with pytest.warns(FactorWarning, match="DATES_SORTED"):
        other = xlfactor.factor_covariance(
            factor_returns.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2), shrinkage="oas"
        )
    np.testing.assert_allclose(other.loc[Omega.index, Omega.columns], Omega, rtol=1e-10)


def test_a_late_factor_has_its_own_variance(factor_returns):
    late = factor_returns.copy()
    late.iloc[:100, 1] = np.nan
    own = xlfactor.factor_covariance(factor_returns.iloc[100:])
    assert xlfactor.factor_covariance(late).loc["Size", "Size"] == pytest.approx(own.loc["Size", "Size"], rel=1e-12)


def test_a_factor_without_returns_and_a_pair_without_a_common_date_are_named(factor_returns):
    blank = factor_returns.assign(Value=np.nan)
    assert refusal(xlfactor.factor_covariance, blank).line == (
        "FACTOR_NO_DATA: factor_returns have no return of Value: drop the column or fill it"
    )
    apart = factor_returns.copy()
    apart.iloc[:150, 1], apart.iloc[150:, 3] = np.nan, np.nan
    assert refusal(xlfactor.factor_covariance, apart).line == (
        "NO_COMMON_DATE: Size and Tech have no return on the same date: drop one of them"
    )


def test_shrinkage_and_eigen_adjustment_together_are_warned_of(factor_returns):
    with pytest.warns(FactorWarning, match="ADJUSTED_TWICE: shrinkage and eigen_adjustment correct the same error"):
        both = xlfactor.factor_covariance(factor_returns, eigen_adjustment=1, shrinkage="oas")
    assert np.linalg.eigvalsh(both)[0] > 0


def test_the_eigen_adjustment_lifts_the_smallest_eigenfactor_and_needs_no_order_of_the_factors(factor_returns):
    before = xlfactor.factor_covariance(factor_returns)
    after = xlfactor.factor_covariance(factor_returns, eigen_adjustment=1)
    assert np.linalg.eigvalsh(after)[0] > np.linalg.eigvalsh(before)[0]
    other = xlfactor.factor_covariance(factor_returns[["Tech", "Value", "Market", "Size"]], eigen_adjustment=1)
    np.testing.assert_allclose(other.loc[after.index, after.columns], after, rtol=1e-8)


def test_the_regime_multiplies_the_whole_covariance_and_leaves_the_correlations(factor_returns):
    factor_returns.iloc[-30:] *= 2
    before = xlfactor.factor_covariance(factor_returns)
    ratio = xlfactor.factor_covariance(factor_returns, regime_half_life=21) / before
    assert ratio.iloc[0, 0] > 1.3
    np.testing.assert_allclose(ratio, ratio.iloc[0, 0], rtol=1e-12)


def test_refusals_of_options_and_noise_say_what_and_where(factor_returns):
    run = xlfactor.factor_covariance
    assert refusal(run, factor_returns, half_life_volatility=-1).argument == "half_life_volatility"
    assert refusal(run, factor_returns, newey_west_correlation=1.5).code == "NUM_BAD"
    assert refusal(run, factor_returns, eigen_adjustment=3).line == (
        "VALUE_RANGE: eigen_adjustment is 3: write a number from 0 (off) to 2; 1 is usual"
    )
    assert refusal(run, factor_returns, regime_half_life=-42).argument == "regime_half_life"
    assert refusal(run, factor_returns.iloc[:15], regime_half_life=42).code == "FEW_DATES"
    assert refusal(run, factor_returns, shrinkage="ledoitwolf").line.endswith("did you mean ledoit_wolf?")
    names = ["Market", "Size", "Vlue", "Tech"]
    assert refusal(run, factor_returns, noise=pd.DataFrame(np.eye(4), names, names)).line == (
        "FACTOR_UNKNOWN: noise has no factor Value: did you mean Vlue? Else use tables of one model"
    )


def test_fewer_dates_than_factors_are_warned_of(factor_returns):
    with pytest.warns(FactorWarning, match="FEW_DATES: 3 dates for 4 factors"):
        Omega = xlfactor.factor_covariance(factor_returns.iloc[:3])
    assert np.linalg.eigvalsh(Omega)[0] > -1e-10 * np.linalg.eigvalsh(Omega)[-1]


def assets():
    rng = np.random.default_rng(2)
    names = [f"S{n}" for n in range(6)]
    loadings = pd.DataFrame({"Size": rng.normal(size=6), "Industry": ["A", "B"] * 3}, names)
    root = 0.01 * rng.normal(size=(3, 4))
    Omega_f = pd.DataFrame(root @ root.T, ["B", "Size", "A"], ["B", "Size", "A"])
    return loadings, Omega_f, pd.DataFrame({"variance": rng.uniform(1e-4, 2e-4, 6)}, names)


def test_the_asset_covariance_is_b_omega_b_plus_the_idio_variances_by_label():
    loadings, Omega_f, psi = assets()
    B = np.column_stack([loadings["Industry"] == "B", loadings["Size"], loadings["Industry"] == "A"]).astype(float)
    expected = B @ Omega_f.to_numpy() @ B.T + np.diag(psi["variance"])
    Omega_r = xlfactor.asset_covariance(loadings, Omega_f, psi)
    np.testing.assert_allclose(Omega_r, expected, rtol=1e-12, atol=1e-18)
    other = xlfactor.asset_covariance(
        loadings.sample(frac=1, random_state=0)[["Industry", "Size"]], Omega_f, psi.sample(frac=1, random_state=1)
    )
    np.testing.assert_allclose(other.loc[Omega_r.index, Omega_r.columns], Omega_r, rtol=1e-12)
    assert Omega_r.index.name == "Asset"


def test_assets_that_lack_loadings_or_variance_are_left_out_of_the_asset_covariance_with_a_warning():
    loadings, Omega_f, psi = assets()
    whole = xlfactor.asset_covariance(loadings, Omega_f, psi)
    loadings.loc["S1", "Size"] = np.nan
    with pytest.warns(FactorWarning, match="ASSET_UNUSED: left out 2 assets without loadings or idio variance: S1, S4"):
        got = xlfactor.asset_covariance(loadings, Omega_f, psi.drop("S4"))
    kept = ["S0", "S2", "S3", "S5"]
    np.testing.assert_allclose(got, whole.loc[kept, kept], rtol=1e-12)
    assert (
        refusal(xlfactor.asset_covariance, loadings, Omega_f, psi.rename(index=lambda a: "X" + a)).code == "FEW_ASSETS"
    )
    few = Omega_f.drop(index="A", columns="A")
    assert refusal(xlfactor.asset_covariance, loadings, few, psi).code == "FACTOR_UNKNOWN"


def test_the_summary_has_annual_volatilities_and_correlations(factor_returns):
    summary = xlfactor.covariance_summary(factor_returns.cov())
    np.testing.assert_allclose(summary["annual_volatility"], factor_returns.std() * 252**0.5, rtol=1e-12)
    np.testing.assert_allclose(summary.iloc[:, 1:], factor_returns.corr(), rtol=1e-12)
    assert list(summary.columns) == ["annual_volatility", *factor_returns.columns]
    weekly = xlfactor.covariance_summary(factor_returns.cov(), 52)
    np.testing.assert_allclose(weekly["annual_volatility"], factor_returns.std() * 52**0.5, rtol=1e-12)


def test_the_summary_joins_rows_and_columns_by_label(factor_returns):
    Omega = factor_returns.cov()
    expected = xlfactor.covariance_summary(Omega)
    other = xlfactor.covariance_summary(Omega.loc[["Tech", "Size", "Market", "Value"]])
    np.testing.assert_allclose(other.loc[expected.index, expected.columns], expected, rtol=1e-14)


def test_a_factor_without_variance_has_no_correlation(factor_returns):
    summary = xlfactor.covariance_summary(factor_returns.assign(Size=0.0).cov())
    assert summary.loc["Size", "annual_volatility"] == 0
    assert summary.loc["Size"].iloc[1:].isna().all()
    assert summary.loc["Market", "Market"] == 1


def test_the_summary_refuses_what_is_no_covariance(factor_returns):
    Omega = factor_returns.cov()
    odd = Omega.copy()
    odd.loc["Size", "Tech"] += 1e-4
    assert refusal(xlfactor.covariance_summary, odd).line.startswith("NOT_SYMMETRIC: covariance differs for Size, Tech")
    assert refusal(xlfactor.covariance_summary, -Omega).code == "VALUE_RANGE"
    assert refusal(xlfactor.covariance_summary, Omega, 0).argument == "periods_per_year"
    assert refusal(xlfactor.covariance_summary, Omega.iloc[:2]).code == "NOT_SQUARE"


def test_parameter_counts_are_those_of_the_seed():
    counts = xlfactor.parameter_count(1000, 10)
    assert counts.loc["full", "parameters"] == 500_500
    assert counts.loc["factor_model", "parameters"] == 11_055
    assert refusal(xlfactor.parameter_count, -1, 10).line == "VALUE_RANGE: n_assets is -1: type 0 to a billion"
    assert refusal(xlfactor.parameter_count, 10.5, 10).code == "NUM_BAD"


def test_a_count_beyond_what_a_cell_can_hold_is_refused():
    assert refusal(xlfactor.parameter_count, 1e308, 10).line == "VALUE_RANGE: n_assets is 1e+308: type 0 to a billion"
