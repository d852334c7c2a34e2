"""The labelled alpha functions: layout, labels, what is left out, refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests import samples
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue


def tables():
    return [samples.TABLES[kind].copy() for kind in ("alpha", "loadings", "factor_covariance", "idio_variance")]


def test_the_split_has_a_row_for_each_asset_factor_and_sharpe_ratio():
    alpha, loadings, covariance, variance = tables()
    table = xlfactor.split_alpha(alpha, loadings, covariance, variance)
    assert list(table.index) == [*alpha.index, *samples.FACTORS, "sharpe_spanned", "sharpe_orthogonal"]
    assert list(table.columns) == ["alpha", "spanned", "orthogonal", "lambda"]
    assets = table.loc[alpha.index]
    np.testing.assert_allclose(assets["spanned"] + assets["orthogonal"], alpha["alpha"], rtol=1e-12)
    assert table.loc[samples.INDUSTRIES, "lambda"].sum() == pytest.approx(0, abs=1e-15)
    assert table.loc["sharpe_spanned"].notna().sum() == 1
    Omega_r = xlfactor.asset_covariance(loadings, covariance, variance)
    a = alpha["alpha"].to_numpy()
    total = table.loc["sharpe_spanned", "spanned"] ** 2 + table.loc["sharpe_orthogonal", "orthogonal"] ** 2
    assert total == pytest.approx(a @ np.linalg.solve(Omega_r.to_numpy(), a), rel=1e-10)


def test_shuffled_tables_move_no_number_by_label():
    expected = xlfactor.split_alpha(*tables())
    shuffled = [table.sample(frac=1, random_state=k) for k, table in enumerate(tables())]
    shuffled[1] = shuffled[1][["size", "Industry", "market", "value"]]
    pd.testing.assert_frame_equal(xlfactor.split_alpha(*shuffled).loc[expected.index], expected)


def test_an_asset_that_the_model_does_not_know_keeps_its_row_without_parts():
    alpha, loadings, covariance, variance = tables()
    alpha.loc["ZZZ"] = 0.001
    with pytest.warns(FactorWarning, match="ASSET_UNUSED: 2 assets lack alpha, loadings or idio variance: A05, ZZZ"):
        table = xlfactor.split_alpha(alpha, loadings, covariance, variance.drop("A05"))
    assert table.loc["ZZZ", "alpha"] == 0.001
    assert np.isnan(table.loc["ZZZ", "spanned"])
    rest = xlfactor.split_alpha(alpha.drop(["A05", "ZZZ"]), loadings, covariance, variance)
    assert table.loc["A06", "orthogonal"] == pytest.approx(rest.loc["A06", "orthogonal"], rel=1e-12)


def test_a_variance_of_zero_is_refused():
    alpha, loadings, covariance, variance = tables()
    variance.loc["A03", "variance"] = 0.0
    with pytest.raises(FactorError, match="VALUE_RANGE: idio_variance is 0 for A03: give variances above 0"):
        xlfactor.split_alpha(alpha, loadings, covariance, variance)


def test_no_common_asset_is_refused_with_the_nearest_name():
    alpha, loadings, covariance, variance = tables()
    with pytest.raises(FactorError, match=r"ASSET_UNKNOWN: no asset has an alpha.*did you mean A00"):
        xlfactor.split_alpha(alpha.rename(lambda name: name + "x"), loadings, covariance, variance)


def test_up_and_down_betas_have_a_row_for_each_asset_and_factor():
    rows = catalogue()["UPDOWN_BETA"].spill([samples.TABLES["returns"], samples.TABLES["factors"]])
    assert rows[0] == [
        "Asset", "Factor", "beta_up", "beta_down", "asymmetry", "t_stat", "capture_up", "capture_down",
    ]  # fmt: skip
    assert [row[:2] for row in rows[1:4]] == [["A00", "MKT"], ["A00", "VAL"], ["A00", "SIZ"]]
    assert len(rows) == 1 + 24 * 3


def test_shuffled_factors_move_no_beta_by_label():
    returns, factors = samples.TABLES["returns"], samples.TABLES["factors"]
    expected = xlfactor.updown_beta(returns, factors)
    other = xlfactor.updown_beta(returns.iloc[:, ::-1], factors[["SIZ", "MKT", "VAL"]])
    pd.testing.assert_frame_equal(other.loc[expected.index], expected)


def test_factors_that_have_no_two_betas_are_named():
    returns, factors = samples.TABLES["returns"], samples.TABLES["factors"]
    with pytest.raises(FactorError, match=r"FACTOR_ONE_SIDED: .* \(VAL\): subtract its mean"):
        xlfactor.updown_beta(returns, factors.assign(VAL=factors["VAL"] ** 2 + 0.001))
    with pytest.raises(FactorError, match=r"FACTOR_COLLINEAR: .* \(MKT, SIZ\): leave it out"):
        xlfactor.updown_beta(returns, factors.assign(SIZ=2 * factors["MKT"]))
    with pytest.raises(FactorError, match=r"FACTOR_COLLINEAR: .* \(SIZ\): leave it out"):
        xlfactor.updown_beta(returns, factors.assign(SIZ=np.where(np.arange(40) % 3, 0.01, -0.01)))


def test_an_asset_with_too_few_dates_is_missing_and_said_so():
    returns, factors = samples.TABLES["returns"].copy(), samples.TABLES["factors"]
    returns.loc[returns.index[7:], "A01"] = np.nan
    with pytest.warns(FactorWarning, match="ASSET_NO_DATA: 1 assets have too few dates and no betas: A01"):
        table = xlfactor.updown_beta(returns, factors)
    assert table.loc["A01"].drop(columns=["capture_up", "capture_down"]).isna().all(axis=None)


def test_alphas_in_two_columns_are_refused():
    alpha, *others = tables()
    with pytest.raises(FactorError, match="COLUMN_UNKNOWN: alpha has 2 columns: pass one column"):
        xlfactor.split_alpha(alpha.assign(other=1.0), *others)
