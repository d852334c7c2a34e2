"""The labelled validation functions: joins, layout, refusals; what walk-forward gives is what they judge."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests import samples
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue


@pytest.fixture
def tables():
    rng = np.random.default_rng(0)
    dates = pd.bdate_range("2024-01-02", periods=120, name="Date")
    sigma = pd.DataFrame(rng.uniform(0.01, 0.02, (120, 3)), dates, ["A", "B", "C"])
    return sigma * rng.normal(size=(120, 3)), sigma


def test_each_series_is_judged_on_its_own_forecast(tables):
    realised, sigma = tables
    table = xlfactor.bias_statistics(realised, sigma)
    z = realised / sigma
    assert list(table.columns) == ["bias", "lower", "upper", "mrad", "qlike", "in_band"]
    assert list(table.index) == ["A", "B", "C"]
    np.testing.assert_allclose(table["bias"], z.std(), rtol=1e-12)
    np.testing.assert_allclose(table["qlike"], (z**2 - np.log(z**2) - 1).mean(), rtol=1e-12)
    assert [type(v) for v in table["in_band"]] == [bool] * 3


def test_a_forecast_twice_too_small_is_out_of_band_and_spills_as_false(tables):
    realised, sigma = tables
    rows = catalogue()["BIAS_STATISTICS"].spill([realised, sigma / 2])
    assert rows[0] == ["Series", "bias", "lower", "upper", "mrad", "qlike", "in_band"]
    assert [row[-1] for row in rows[1:]] == [False] * 3


def test_series_and_dates_join_by_label(tables):
    realised, sigma = tables
    expected = xlfactor.bias_statistics(realised, sigma)
    pd.testing.assert_frame_equal(xlfactor.bias_statistics(realised, sigma[["C", "A", "B"]]), expected)
    with pytest.warns(FactorWarning) as told:
        table = xlfactor.bias_statistics(realised, sigma.iloc[20:].drop(columns="B").assign(D=0.01))
    assert [str(w.message).partition(":")[0] for w in told] == ["SERIES_UNUSED", "DATES_UNUSED"]
    pd.testing.assert_frame_equal(table, xlfactor.bias_statistics(realised.iloc[20:], sigma.iloc[20:]).loc[["A", "C"]])


def test_a_missing_forecast_leaves_that_date_out_of_that_series(tables):
    realised, sigma = tables
    gaps = sigma.copy()
    gaps.iloc[5, 1] = np.nan
    z = (realised / gaps)["B"]
    table = xlfactor.bias_statistics(realised, gaps)
    assert table.loc["B", "bias"] == pytest.approx(z.std(), rel=1e-12)
    pd.testing.assert_series_equal(table.loc["A"], xlfactor.bias_statistics(realised, sigma).loc["A"])


def test_a_series_without_values_has_missing_statistics_not_a_verdict(tables):
    realised, sigma = tables
    realised.loc[:, "B"] = np.nan
    rows = catalogue()["BIAS_STATISTICS"].spill([realised, sigma])
    assert rows[2][0] == "B"
    assert rows[2][1:] == [None] * 6


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda s: s.rename(columns=lambda n: n + "2"), "SERIES_UNKNOWN: forecast_volatility has no column A, B, C"),
        (lambda s: s.set_index(s.index + pd.Timedelta(days=7000)), "NO_COMMON_DATE: realised and forecast_volatility"),
        (lambda s: s.replace(s.iloc[3, 2], -0.01), "VALUE_RANGE: forecast_volatility is not above 0 for C"),
    ],
)
def test_forecasts_that_fit_no_return_are_refused(tables, change, line):
    realised, sigma = tables
    with pytest.raises(FactorError, match=line):
        xlfactor.bias_statistics(realised, change(sigma))


def test_the_idio_volatilities_of_walk_forward_are_in_band():
    rng = np.random.default_rng(4)
    assets = [f"A{i}" for i in range(40)]
    loadings = pd.DataFrame({"market": 1.0, "value": rng.normal(size=40)}, assets)
    R = rng.normal(size=(600, 2)) @ loadings.to_numpy().T * 0.01 + 0.02 * rng.normal(size=(600, 40))
    returns = pd.DataFrame(R, pd.bdate_range("2022-01-03", periods=600), assets)
    walk = [xlfactor.walk_forward(returns, loadings, output=o) for o in ("idio_returns", "idio_volatility")]
    assert xlfactor.bias_statistics(*walk)["bias"].mean() == pytest.approx(1, abs=0.04)


def test_the_model_is_judged_on_six_families_of_portfolios():
    with pytest.warns(FactorWarning):
        rows = catalogue()["VALIDATE_MODEL"].spill(
            [samples.TABLES["returns"].iloc[:20], samples.TABLES["loadings"], 60, 0.6]
        )
    assert rows[0] == ["Family", "bias", "in_band_share", "mrad", "qlike", "value_at_risk_breaches"]
    assert [row[0] for row in rows[1:]] == [
        "factor portfolios", "families", "long-short", "assets", "least variance", "optimised",
    ]  # fmt: skip
    assert all(cell is None for row in rows[1:] for cell in row[1:])  # 8 dates are no test


def test_a_right_model_passes_and_its_breaches_pass_the_kupiec_test():
    table = xlfactor.validate_model(samples.TABLES["returns"], samples.TABLES["loadings"])
    assert table["bias"].between(0.6, 1.6).all()
    rejected = table.attrs["kupiec_rejected"]
    assert list(rejected.index) == list(table.index)
    assert rejected.between(0, 1).all()


def test_shuffled_tables_change_no_family():
    returns, loadings = samples.TABLES["returns"], samples.TABLES["loadings"]
    a = xlfactor.validate_model(returns, loadings)
    other = loadings.sample(frac=1, random_state=1)[["size", "Industry", "value", "market"]]
    pd.testing.assert_frame_equal(xlfactor.validate_model(returns.iloc[:, ::-1], other), a, rtol=1e-9)


def test_dated_loadings_that_never_change_are_static_ones():
    returns, loadings = samples.TABLES["returns"], samples.TABLES["loadings"]
    days = [returns.index[0] - pd.Timedelta(days=1), *returns.index[::7]]
    dated = pd.concat(dict.fromkeys(days, loadings), names=["Date", "Asset"])
    expected = xlfactor.validate_model(returns, loadings)
    pd.testing.assert_frame_equal(xlfactor.validate_model(returns, dated), expected, rtol=1e-6)
    light = xlfactor.diagnose_model(returns, dated).set_index("test").loc["loading stability"]
    assert light["value"] == pytest.approx(1)
