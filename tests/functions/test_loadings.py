"""STANDARDIZE_LOADINGS, TIMESERIES_LOADINGS, EXPLAINED_VARIANCE: labels, joins, golden cases, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from skfolio.datasets import load_factors_dataset, load_sp500_dataset

import xlfactor
from tests.golden import GOLDEN
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue

SEED_PUBLISHED = [0.934, 0.869, 0.952, 0.897, 0.881, 0.933, 0.955, 0.932, 0.924, 0.92]  # first seed, its script


@pytest.fixture
def loadings():
    rng = np.random.default_rng(9)
    assets = pd.Index([f"S{n}" for n in range(24)], name="Asset")
    columns = {"Value": rng.normal(3, 2, 24), "Industry": ["Tech", "Oil", "Bank"] * 8, "Size": rng.normal(25, 2, 24)}
    return pd.DataFrame(columns, assets)


@pytest.fixture
def caps(loadings):
    return pd.Series(np.random.default_rng(10).lognormal(size=24), loadings.index, name="cap")


@pytest.fixture
def panel():
    """Returns and factors whose dates overlap on 120 days."""
    rng = np.random.default_rng(12)
    dates = pd.bdate_range("2025-01-01", periods=140, name="Date")
    F = pd.DataFrame(rng.normal(0, 0.01, (140, 3)), dates, ["Market", "Oil", "Rates"])
    B = rng.normal(1, 0.5, (6, 3))
    R = pd.DataFrame(F @ B.T + rng.normal(0, 0.01, (140, 6)), dates)
    R.columns = list("ABCDEF")
    R.iloc[:30, 2] = np.nan
    return R.iloc[:130], F.iloc[10:]


def refusal(function, *args, **options) -> str:
    with pytest.raises(FactorError) as caught:
        function(*args, **options)
    return str(caught.value)


# Standardized loadings


def test_loadings_are_standardized_by_label_and_families_stay(loadings, caps):
    got = xlfactor.standardize_loadings(loadings, caps.sample(frac=1, random_state=1))
    for name in ("Value", "Size"):
        x = loadings[name]
        expected = (x - (x * caps).sum() / caps.sum()) / x.std()
        np.testing.assert_allclose(got[name], expected, rtol=1e-11, atol=1e-13)
    pd.testing.assert_series_equal(got["Industry"], loadings["Industry"])
    assert (list(got.columns), got.index.equals(loadings.index)) == (list(loadings.columns), True)


def test_groups_give_each_group_a_cap_weighted_mean_of_zero(loadings, caps):
    got = xlfactor.standardize_loadings(loadings, caps, loadings[["Industry"]].sample(frac=1, random_state=3))
    assert got["Value"].std() == pytest.approx(1, rel=1e-12)
    for _, block in got.groupby("Industry"):
        assert (block["Value"] * caps[block.index]).sum() == pytest.approx(0, abs=1e-12)


def test_dated_loadings_are_standardized_date_by_date_with_the_caps_of_that_date(loadings, caps):
    days = pd.to_datetime(["2026-01-30", "2026-02-27", "2026-03-31"])
    dated = pd.concat({day: loadings.assign(Value=loadings["Value"] ** k) for k, day in enumerate(days, 1)})
    history = pd.DataFrame({day: caps**k for k, day in enumerate(days[:2], 1)}).T.rename_axis("Date")
    got = xlfactor.standardize_loadings(dated.sample(frac=1, random_state=4), history).loc[dated.index]
    for k, day in enumerate(days):
        expected = xlfactor.standardize_loadings(dated.loc[day].rename_axis("Asset"), caps ** min(k + 1, 2))
        np.testing.assert_allclose(got.loc[day][["Value", "Size"]], expected[["Value", "Size"]], rtol=1e-12)
    undated = xlfactor.standardize_loadings(loadings, history)
    np.testing.assert_allclose(undated["Size"], xlfactor.standardize_loadings(loadings, caps**2)["Size"], rtol=1e-12)


def test_assets_without_a_cap_and_columns_without_spread_are_named(loadings, caps):
    with pytest.warns(FactorWarning, match="CAP_MISSING: no cap, and so no say .* for 1 asset: S5"):
        got = xlfactor.standardize_loadings(loadings, caps.drop("S5"))
    assert np.isfinite(got.loc["S5", "Value"])
    with pytest.warns(FactorWarning, match="FACTOR_ZERO: now 0, because all assets had the same number: Market"):
        assert (xlfactor.standardize_loadings(loadings.assign(Market=1.0))["Market"] == 0).all()


def test_standardize_refuses_what_it_cannot_use(loadings, caps):
    function = xlfactor.standardize_loadings
    assert refusal(function, loadings, -caps).startswith("VALUE_RANGE: caps are negative for S0, S1")
    assert refusal(function, loadings, caps.rename(lambda a: a + "X")).startswith("WEIGHT_ALL_ZERO: caps are zero")
    assert refusal(function, loadings[["Industry"]]).startswith("NO_NUMBERS: loadings have no column of numbers")
    assert refusal(function, loadings.iloc[:0]).startswith("NO_ROWS: loadings are empty")
    assert "DUP_ASSET" in refusal(function, loadings.rename(index={"S3": "S4"}))
    assert "DUP_FACTOR" in refusal(function, loadings.rename(columns={"Size": "Value"}))
    strangers = loadings[["Industry"]].rename(index=str.lower)
    assert refusal(function, loadings, None, strangers).startswith("ASSET_UNKNOWN: groups give no group to any asset")
    partly = loadings.assign(Value=loadings["Value"].where(loadings.index == "S7"))
    with pytest.warns(FactorWarning, match="CAP_MISSING"):
        assert refusal(function, partly, caps.drop("S7")) == (
            "WEIGHT_ALL_ZERO: no asset with a loading has a market capitalisation (Value): "
            "give caps above 0 for the assets of the loadings"
        )


# Time-series loadings


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_loadings_equal_statsmodels_on_the_common_dates_and_keep_their_labels(panel):
    R, F = panel
    got = xlfactor.timeseries_loadings(R, F)
    errors = xlfactor.timeseries_loadings(R, F, lags=3, output="standard_errors")
    assert (got.index.name, list(got.index), list(got.columns)) == ("Asset", list("ABCDEF"), list(F.columns))
    assert list(errors.columns) == ["alpha", *F.columns]
    for asset in R:
        both = F.join(R[asset].rename("y"), how="inner").dropna()
        ols = sm.OLS(both["y"], sm.add_constant(both[F.columns]))
        ref = ols.fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": False})
        np.testing.assert_allclose(got.loc[asset], ref.params.iloc[1:], rtol=1e-9)
        np.testing.assert_allclose(errors.loc[asset], ref.bse, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_the_summary_has_alpha_fit_idio_variance_and_the_number_of_dates(panel):
    R, F = panel
    got = xlfactor.timeseries_loadings(R, F, output="Summary")
    assert list(got.columns) == ["alpha", "r_squared", "adjusted_r_squared", "idio_variance", "n"]
    assert got["n"].tolist() == [120, 120, 100, 120, 120, 120]
    for asset in R:
        both = F.join(R[asset].rename("y"), how="inner").dropna()
        ref = sm.OLS(both["y"], sm.add_constant(both[F.columns])).fit()
        expected = [ref.params["const"], ref.rsquared, ref.rsquared_adj, ref.mse_resid, ref.nobs]
        np.testing.assert_allclose(got.loc[asset], expected, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_t_statistics_are_loadings_over_their_standard_errors_and_shrinkage_leaves_them_alone(panel):
    R, F = panel
    options = {"half_life": 40, "lags": 2}
    t = xlfactor.timeseries_loadings(R, F, **options, shrinkage=0.5, output="t_stats")
    se = xlfactor.timeseries_loadings(R, F, **options, output="standard_errors")
    plain, shrunk = (xlfactor.timeseries_loadings(R, F, **options, shrinkage=s) for s in (0, 1))
    np.testing.assert_allclose(t[F.columns], plain / se[F.columns], rtol=1e-12)
    assert (shrunk.std() < plain.std()).all()


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_shuffled_tables_move_no_number_by_label(panel):
    R, F = panel
    got = xlfactor.timeseries_loadings(R, F, 30, 2, 0.5)
    with pytest.warns(FactorWarning, match="DATES_SORTED"):
        other = xlfactor.timeseries_loadings(R[list("FBDACE")][::-1], F[["Rates", "Market", "Oil"]], 30, 2, 0.5)
    pd.testing.assert_frame_equal(other.loc[got.index, got.columns], got, rtol=1e-10)
    ratio = xlfactor.explained_variance(R, F)
    pd.testing.assert_frame_equal(xlfactor.explained_variance(R[list("FBDACE")], F).loc[ratio.index], ratio)


def test_dates_of_one_table_only_and_assets_without_data_are_counted(panel):
    R, F = panel
    with pytest.warns(FactorWarning) as caught:
        got = xlfactor.timeseries_loadings(R.assign(G=np.nan), F)
    texts = [str(w.message) for w in caught]
    assert any(t.startswith("DATES_UNUSED: left out 10 dates of returns that factors do not have") for t in texts)
    assert any(t.startswith("DATES_UNUSED: left out 10 dates of factors that returns do not have") for t in texts)
    assert any(t.startswith("ASSET_NO_DATA: too few dates, and so no loadings, for 1 asset: G") for t in texts)
    assert got.loc["G"].isna().all()


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_prices_of_sp500_stocks_and_factor_funds_give_the_loadings_of_skfolio():
    stocks, factors = load_sp500_dataset(), load_factors_dataset()
    common = stocks.index.intersection(factors.index)
    R, F = (xlfactor.returns_from_prices(prices.loc[common]) for prices in (stocks, factors))
    expected = pd.read_csv(GOLDEN / "skfolio_tsfm_coef.csv", index_col=0)
    got = xlfactor.timeseries_loadings(R, F)
    np.testing.assert_allclose(got, expected.loc[got.index, got.columns], rtol=1e-9, atol=1e-13)
    summary = xlfactor.timeseries_loadings(R, F, output="summary")
    np.testing.assert_allclose(summary["alpha"], expected.loc[got.index, "alpha"], rtol=1e-9, atol=1e-15)
    assert summary["r_squared"].mean() == pytest.approx(0.4547204431953684, rel=1e-10)  # G16


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
@pytest.mark.parametrize("function", [xlfactor.timeseries_loadings, xlfactor.explained_variance])
def test_tables_that_cannot_be_regressed_are_refused(function, panel):
    R, F = panel
    later = F.set_axis(F.index + pd.DateOffset(years=3))
    assert refusal(function, R, later) == (
        "FEW_DATES: 0 dates in both returns and factors, 5 needed for 3 factors: "
        "check that both tables have the same dates"
    )
    assert refusal(function, R * np.nan, F).startswith("FEW_DATES: no asset has returns on 5 dates")
    assert refusal(function, R, F.assign(CPI=np.nan)) == (
        "FACTOR_NO_DATA: factors have no number for CPI: fill or delete the column"
    )
    assert refusal(function, R.iloc[:0], F).startswith("NO_ROWS: returns are empty")
    assert "DUP_ASSET" in refusal(function, R.rename(columns={"B": "A"}), F)
    assert "DUP_FACTOR" in refusal(function, R, F.rename(columns={"Oil": "Market"}))
    text = F.astype(object)
    text.iloc[3, 1] = "high"
    assert "NUM_BAD: factors hold 'high' where a number is expected" in refusal(function, R, text)


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_options_out_of_range_and_dependent_factors_are_refused_by_name(panel):
    R, F = panel
    function = xlfactor.timeseries_loadings
    assert refusal(function, R, F, output="tstats").endswith("did you mean t_stats?")
    assert refusal(function, R, F, half_life=-5).startswith("VALUE_RANGE: half_life is -5")
    assert refusal(function, R, F, lags=2.5).startswith("NUM_BAD: lags is 2.5, not a whole number")
    assert refusal(function, R, F, shrinkage=2).startswith("VALUE_RANGE: shrinkage is 2: give a number from 0 to 1")
    assert refusal(function, R, F.assign(Twice=2 * F["Oil"])) == (
        "FACTOR_COLLINEAR: a factor is a combination of others: its loadings are not identified (Oil, Twice): "
        "leave it out"
    )
    assert "a factor does not vary" in refusal(function, R, F.assign(Flat=0.1))


# Explained variance


def test_the_explained_ratios_of_the_first_seed_are_its_published_ones():
    np.random.seed(42)  # noqa: NPY002 the seed's own legacy generator
    F = np.random.normal(0, 1, (500, 3))  # noqa: NPY002
    B = np.random.uniform(0.5, 1.5, (10, 3))  # noqa: NPY002
    R = F @ B.T + np.random.normal(0, 0.5, (500, 10))  # noqa: NPY002
    dates = pd.bdate_range("2024-01-01", periods=500, name="Date")
    returns, factors = pd.DataFrame(R, dates), pd.DataFrame(F, dates, ["F1", "F2", "F3"])
    got = xlfactor.explained_variance(returns.add_prefix("A"), factors)
    assert list(got.columns) == ["explained_ratio", "adjusted", "out_of_sample"]
    assert got["explained_ratio"].round(3).tolist() == SEED_PUBLISHED


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_dependent_factors_explain_what_the_independent_ones_do(panel):
    R, F = panel
    both = F.assign(Twice=2 * F["Oil"])
    pd.testing.assert_frame_equal(xlfactor.explained_variance(R, both), xlfactor.explained_variance(R, F))


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_cells_give_what_dataframes_give(panel):
    R, F = panel
    blocks = [
        [
            ["Date", *table],
            *([day.to_pydatetime(), *row] for day, row in zip(table.index, table.values.tolist(), strict=True)),
        ]
        for table in (R, F)
    ]
    rows = catalogue()["TIMESERIES_LOADINGS"].spill([*blocks, 30, 2, 0.5])
    got = xlfactor.timeseries_loadings(R, F, 30, 2, 0.5)
    assert rows == [
        ["Asset", *F],
        *([asset, *values] for asset, values in zip(got.index, got.values.tolist(), strict=True)),
    ]
    rows = catalogue()["EXPLAINED_VARIANCE"].spill(blocks)
    assert rows[0] == ["Asset", "explained_ratio", "adjusted", "out_of_sample"]
    assert [row[0] for row in rows[1:]] == list("ABCDEF")
