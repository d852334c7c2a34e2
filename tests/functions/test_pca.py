"""PCA_LOADINGS, PCA_FACTOR_RETURNS, PCA_SUMMARY: labels, gaps, that the three agree, refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.functions.test_loadings import refusal
from xlfactor.errors import FactorWarning
from xlfactor.functions import catalogue


@pytest.fixture
def returns():
    rng = np.random.default_rng(1)
    B = np.column_stack([np.ones(30), rng.normal(size=30)])
    R = rng.normal(size=(200, 2)) * [0.01, 0.008] @ B.T + rng.normal(size=(200, 30)) * rng.uniform(0.005, 0.02, 30)
    return pd.DataFrame(R, pd.bdate_range("2025-01-01", periods=200, name="Date")).add_prefix("A")


def test_the_three_functions_speak_of_the_same_components(returns):
    B, F, summary = xlfactor.pca_loadings(returns), xlfactor.pca_factor_returns(returns), xlfactor.pca_summary(returns)
    assert (B.index.name, list(B.index), list(B.columns)) == ("Asset", list(returns.columns), ["PC1", "PC2"])
    assert (F.index.equals(returns.index), list(F.columns)) == (True, ["PC1", "PC2"])
    assert (summary.index.name, list(summary.index[:2]), len(summary)) == ("Component", ["PC1", "PC2"], 30)
    assert list(summary.columns) == ["eigenvalue", "share", "cumulative", "edge", "keep"]
    assert summary["keep"].tolist() == (summary["eigenvalue"] > summary["edge"]).astype(float).tolist()
    assert summary["keep"].sum() == 2
    assert summary["cumulative"].iloc[-1] == pytest.approx(1)
    np.testing.assert_allclose(summary["share"].cumsum(), summary["cumulative"], rtol=1e-12)
    np.testing.assert_allclose(summary["edge"], (1 + np.sqrt(30 / 200)) ** 2, rtol=1e-12)


def test_a_number_of_zero_is_a_blank_one(returns):
    pd.testing.assert_frame_equal(xlfactor.pca_loadings(returns, 0), xlfactor.pca_loadings(returns))


def test_shares_under_covariance_scaling_are_those_of_the_covariance_matrix(returns):
    values = np.linalg.eigvalsh(np.cov(returns.T))[::-1]
    summary = xlfactor.pca_summary(returns, "covariance")
    np.testing.assert_allclose(summary["share"], values / values.sum(), rtol=1e-9)
    values = np.linalg.eigvalsh(returns.corr())[::-1]
    np.testing.assert_allclose(xlfactor.pca_summary(returns, "correlation")["eigenvalue"], values, rtol=1e-9)


def test_the_loadings_are_those_of_a_time_series_regression_on_the_factor_returns(returns):
    B, F = xlfactor.pca_loadings(returns, 3, "correlation"), xlfactor.pca_factor_returns(returns, 3, "correlation")
    np.testing.assert_allclose(xlfactor.timeseries_loadings(returns, F), B, rtol=1e-8, atol=1e-12)


def test_the_order_of_the_assets_moves_no_number_by_label(returns):
    other = returns.sample(frac=1, axis=1, random_state=1)
    pd.testing.assert_frame_equal(xlfactor.pca_loadings(other).loc[list(returns)], xlfactor.pca_loadings(returns))


def test_more_assets_than_dates_work(returns):
    short = returns.iloc[:20]
    B, F = xlfactor.pca_loadings(short, 2), xlfactor.pca_factor_returns(short, 2)
    assert (B.shape, F.shape, len(xlfactor.pca_summary(short))) == ((30, 2), (20, 2), 19)
    np.testing.assert_allclose(F.T @ F / 20, np.eye(2), atol=1e-10)


def test_assets_and_dates_with_too_few_returns_are_missing_and_named(returns):
    holes = returns.copy()
    holes.loc[holes.index[:120], "A7"] = np.nan
    holes.iloc[50, 3:] = np.nan
    holes.iloc[90, 2] = np.nan
    with pytest.warns(FactorWarning) as caught:
        B, F = xlfactor.pca_loadings(holes, 2), xlfactor.pca_factor_returns(holes, 2)
    texts = " ".join(str(w.message) for w in caught)
    assert "ASSET_NO_DATA: 1 assets miss more than half of their returns, or do not vary: A7" in texts
    assert "DATES_UNUSED: 1 dates miss more than half of the returns and are left out" in texts
    assert B.index[B.isna().any(axis=1)].tolist() == ["A7"]
    assert F.index[F.isna().any(axis=1)].tolist() == [holes.index[50]]
    full = xlfactor.pca_loadings(returns, 2)
    assert np.corrcoef(B["PC2"].dropna(), full["PC2"].drop("A7"))[0, 1] > 0.99


def test_cells_give_what_dataframes_give(returns):
    block = [["Date", *returns]]
    block += [[d.to_pydatetime(), *row] for d, row in zip(returns.index, returns.values.tolist(), strict=True)]
    rows = catalogue()["PCA_LOADINGS"].spill([block, None, "Correlation"])
    got = xlfactor.pca_loadings(returns, scaling="correlation")
    assert rows == [["Asset", *got], *([a, *v] for a, v in zip(got.index, got.values.tolist(), strict=True))]


def test_what_has_no_components_is_refused(returns):
    assert refusal(xlfactor.pca_loadings, returns, 29) == (
        "VALUE_RANGE: n_factors is 29 with 200 dates and 30 assets in use: give 1 to 28, or leave it blank"
    )
    assert refusal(xlfactor.pca_factor_returns, returns, 2.5).startswith(
        "NUM_BAD: n_factors is 2.5, not a whole number"
    )
    assert refusal(xlfactor.pca_summary, returns, "idiom").endswith("did you mean idio?")
    assert refusal(xlfactor.pca_summary, returns.iloc[:2]) == (
        "FEW_DATES: 2 dates and 30 assets have at least half of their returns: give 3 or more of both"
    )
    noise = pd.DataFrame(np.random.default_rng(7).normal(size=(30, 6)), returns.index[:30]).add_prefix("A")
    assert refusal(xlfactor.pca_loadings, noise) == (
        "NO_FACTORS: no component stands above the noise: give n_factors, or more dates"
    )
