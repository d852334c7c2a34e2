"""The labelled risk functions: dense reference, label joins, views, missing benchmark, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue
from xlfactor.tables.holdings import SUM_LIMIT
from xlfactor.workbook.template.layout_checks import LIMITS

FACTORS = ["Market", "Tech", "Energy", "Banks", "Size", "US", "JP"]


@pytest.fixture
def model():
    """Twelve assets of which ten are in the portfolio, two families, and a covariance in another order."""
    rng = np.random.default_rng(5)
    assets = [f"S{n}" for n in range(12)]
    loadings = pd.DataFrame(
        {
            "Market": 1.0,
            "Industry": ["Tech", "Energy", "Banks"] * 4,
            "Size": rng.normal(size=12),
            "Country": ["US", "US", "JP", "JP"] * 3,
        },
        index=assets,
    )
    root = 0.01 * rng.normal(size=(7, 9))
    Omega_f = pd.DataFrame(root @ root.T, FACTORS, FACTORS)
    psi = pd.DataFrame({"variance": rng.uniform(1e-4, 4e-4, 12), "status": "ok"}, index=assets)
    w, w_b = rng.uniform(size=(2, 10))
    portfolio = pd.DataFrame({"weight": w / w.sum(), "benchmark": w_b / w_b.sum()}, index=assets[:10])
    return portfolio, loadings, Omega_f, psi


def dense(model):
    portfolio, loadings, Omega_f, psi = model
    L = loadings.loc[portfolio.index]
    B = pd.DataFrame({f: L[f] if f in L else ((L["Industry"] == f) | (L["Country"] == f)) * 1.0 for f in FACTORS})
    return B.to_numpy(float), B.to_numpy(float) @ Omega_f.to_numpy() @ B.to_numpy(float).T + np.diag(
        psi.loc[portfolio.index, "variance"]
    )


def shuffled(model, seed=0):
    """The same tables with every row and column that carries a label in another order."""
    portfolio, loadings, Omega_f, psi = model
    order = np.random.default_rng(seed).permutation(FACTORS)
    return (
        portfolio.sample(frac=1, random_state=seed),
        loadings.sample(frac=1, axis=0, random_state=seed + 1).sample(frac=1, axis=1, random_state=seed + 2),
        Omega_f.loc[order[::-1], order],
        psi.sample(frac=1, random_state=seed + 3),
    )


def weights(portfolio, view):
    w, w_b = portfolio.to_numpy().T
    return {"portfolio": w, "benchmark": w_b, "active": w - w_b}[view]


def test_exposures_are_the_loadings_times_the_weights(model):
    portfolio, loadings, _, _ = model
    x = xlfactor.exposures(portfolio, loadings)
    B, _ = dense(model)
    for view in ("portfolio", "benchmark", "active"):
        np.testing.assert_allclose(x.loc[FACTORS, view], B.T @ weights(portfolio, view), atol=1e-15)
    assert x.index.name == "Factor"
    assert list(x.index) == ["Market", "Tech", "Energy", "Banks", "Size", "US", "JP"]
    assert x.loc[["Tech", "Energy", "Banks"], "portfolio"].sum() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("view", ["portfolio", "benchmark", "active"])
def test_every_report_equals_the_dense_covariance(model, view):
    B, Omega_r = dense(model)
    w = weights(model[0], view)
    sigma = np.sqrt(w @ Omega_r @ w)
    measures = xlfactor.risk_decomposition(*model)[view]
    assert measures["annual_volatility"] == pytest.approx(sigma * 252**0.5, rel=1e-12)
    by_factor = xlfactor.risk_by_factor(*model, view=view)
    x, Omega_f = B.T @ w, model[2].to_numpy()
    np.testing.assert_allclose(by_factor.loc[FACTORS, "contribution"], x * (Omega_f @ x) / sigma, rtol=1e-11)
    by_asset = xlfactor.risk_by_asset(*model, view=view)
    np.testing.assert_allclose(by_asset["contribution"][:-1], w * (Omega_r @ w) / sigma, rtol=1e-11)
    np.testing.assert_allclose(by_asset["marginal"][:-1], Omega_r @ w / sigma, rtol=1e-11)
    assert by_factor.loc["total", "contribution"] == pytest.approx(sigma, rel=1e-12)
    assert by_asset.loc["total", "contribution"] == pytest.approx(sigma, rel=1e-12)


def test_totals_reconcile(model):
    by_factor, by_asset = xlfactor.risk_by_factor(*model), xlfactor.risk_by_asset(*model)
    assert list(by_factor.index) == [
        "Market", "Tech", "Energy", "Banks", "Size", "US", "JP", "idio", "Industry (total)", "Country (total)", "total",
    ]  # fmt: skip
    assert list(by_factor.columns) == ["exposure", "volatility", "correlation", "marginal", "contribution", "share"]
    parts, total = by_factor.loc[[*FACTORS, "idio"]], by_factor.loc["total"]
    assert parts["contribution"].sum() == pytest.approx(total["contribution"], rel=1e-12)
    assert parts["share"].sum() == pytest.approx(1, rel=1e-12)
    assert (total["share"], total["volatility"]) == (1, total["contribution"])
    family = by_factor.loc[["Tech", "Energy", "Banks"]]
    for column in ("exposure", "contribution", "share"):
        assert by_factor.loc["Industry (total)", column] == pytest.approx(family[column].sum(), rel=1e-12)
    product = parts["volatility"] * parts["correlation"] * parts["exposure"].fillna(1)
    np.testing.assert_allclose(product, parts["contribution"], rtol=1e-12)
    assert by_asset.loc["total", "weight"] == pytest.approx(1, rel=1e-12)
    assert by_asset.loc["total", "share"] == pytest.approx(1, rel=1e-12)
    split = by_asset["factor_contribution"] + by_asset["idio_contribution"]
    np.testing.assert_allclose(split, by_asset["contribution"], rtol=1e-12)
    assert by_asset.loc["total", "idio_contribution"] == pytest.approx(by_factor.loc["idio", "contribution"], rel=1e-12)


def test_shuffled_rows_and_columns_move_no_number_by_label(model):
    for seed in range(3):
        other = shuffled(model, seed)
        for function, inputs in (
            (xlfactor.exposures, 2),
            (xlfactor.risk_decomposition, 4),
            (xlfactor.risk_by_factor, 4),
            (xlfactor.risk_by_asset, 4),
        ):
            expected, got = function(*model[:inputs]), function(*other[:inputs])
            np.testing.assert_allclose(got.loc[expected.index], expected, rtol=1e-10, atol=1e-16)
        assert list(xlfactor.risk_by_asset(*other).index[:-1]) == list(other[0].index)


def test_periods_per_year_scales_contributions_and_leaves_shares(model):
    daily, annual = (xlfactor.risk_by_factor(*model, periods_per_year=p) for p in (1, 252))
    for column in ("volatility", "marginal", "contribution"):
        np.testing.assert_allclose(annual[column], daily[column] * 252**0.5, rtol=1e-12)
    for column in ("exposure", "correlation", "share"):
        np.testing.assert_allclose(annual[column], daily[column], rtol=1e-12)


def test_the_decomposition_has_the_measures_of_the_catalogue(model):
    table = xlfactor.risk_decomposition(*model, confidence=0.99, horizon=10)
    assert list(table.index) == [
        "annual_volatility", "annual_factor_volatility", "annual_idio_volatility", "factor_share", "idio_share", "beta",
        "value_at_risk", "expected_shortfall", "effective_assets", "n_assets",
    ]  # fmt: skip
    assert list(table.columns) == ["portfolio", "benchmark", "active"]
    assert table.loc["beta", "benchmark"] == pytest.approx(1, rel=1e-12)
    assert table.loc["beta", "active"] == pytest.approx(table.loc["beta", "portfolio"] - 1, rel=1e-10)
    squares = (table.loc[["annual_factor_volatility", "annual_idio_volatility"]] ** 2).sum()
    np.testing.assert_allclose(squares, table.loc["annual_volatility"] ** 2, rtol=1e-12)
    daily = table.loc["annual_volatility"] / 252**0.5
    np.testing.assert_allclose(table.loc["value_at_risk"], 2.3263479 * 10**0.5 * daily, rtol=1e-7)
    np.testing.assert_allclose(table.loc["expected_shortfall"], 2.6652142 * 10**0.5 * daily, rtol=1e-7)
    assert table.loc["n_assets", "portfolio"] == 10


def test_an_identical_benchmark_leaves_no_active_risk(model):
    portfolio, *rest = model
    portfolio = portfolio.assign(benchmark=portfolio["weight"])
    active = xlfactor.risk_decomposition(portfolio, *rest)["active"]
    assert (active[["annual_volatility", "value_at_risk", "beta", "n_assets"]] == 0).all()
    by_factor = xlfactor.risk_by_factor(portfolio, *rest, view="active")
    by_asset = xlfactor.risk_by_asset(portfolio, *rest, view="active")
    assert (by_factor["contribution"] == 0).all()
    assert (by_asset["contribution"] == 0).all()
    assert by_factor["share"].isna().all()
    assert by_asset["share"].isna().all()


@pytest.mark.parametrize("column", ["absent", "blank"])
def test_without_benchmark_weights_the_benchmark_and_active_columns_are_missing(model, column):
    portfolio, loadings, *rest = model
    alone = portfolio[["weight"]] if column == "absent" else portfolio.assign(benchmark=np.nan)
    for full, table in (
        (xlfactor.exposures(portfolio, loadings), xlfactor.exposures(alone, loadings)),
        (xlfactor.risk_decomposition(*model), xlfactor.risk_decomposition(alone, loadings, *rest)),
    ):
        assert list(table.columns) == ["portfolio", "benchmark", "active"]
        assert table[["benchmark", "active"]].isna().all(axis=None)
        assert table.dtypes.eq(float).all()
        rows = [row for row in table.index if row != "beta"]
        np.testing.assert_array_equal(table.loc[rows, "portfolio"], full.loc[rows, "portfolio"])
    assert np.isnan(xlfactor.risk_decomposition(alone, loadings, *rest).loc["beta", "portfolio"])
    for view in ("benchmark", "active"):
        refused = refusal(xlfactor.risk_by_asset, alone, loadings, *rest, view=view)
        assert refused.line.startswith(
            f"BENCHMARK_MISSING: view {view} needs benchmark weights, and portfolio has none"
        )


def test_an_asset_that_is_not_held_may_be_unknown_to_the_model(model):
    portfolio, loadings, Omega_f, psi = model
    more = pd.concat([portfolio, pd.DataFrame(0.0, ["NEW"], portfolio.columns)])
    expected, got = (xlfactor.risk_by_asset(p, loadings, Omega_f, psi) for p in (portfolio, more))
    np.testing.assert_array_equal(got.drop("NEW"), expected)
    assert got.loc["NEW", "contribution"] == 0
    assert np.isnan(got.loc["NEW", "marginal"])
    assert list(got.index[-2:]) == ["NEW", "total"]
    few = loadings.drop("S3")
    zero = portfolio.copy()
    zero.loc["S3", "weight"] = 0
    with pytest.warns(FactorWarning, match="WEIGHT_SUM"):
        xlfactor.risk_by_asset(zero, few, Omega_f, psi)  # only the benchmark holds S3
    with pytest.warns(FactorWarning, match="WEIGHT_SUM"):
        assert refusal(xlfactor.risk_by_asset, zero, few, Omega_f, psi, view="active").code == "ASSET_NOT_IN_LOADINGS"


def test_dated_loadings_count_as_of_their_last_date(model):
    portfolio, loadings, Omega_f, psi = model
    old = loadings.assign(Size=9.0, Industry="Mining")
    days = pd.to_datetime(["2025-01-31", "2025-02-28"])
    dated = pd.concat({days[1]: loadings, days[0]: old}, names=["Date", "Asset"])
    more = Omega_f.reindex(index=[*FACTORS, "Mining"], columns=[*FACTORS, "Mining"], fill_value=0.0)
    got = xlfactor.risk_by_factor(portfolio, dated, more, psi)
    expected = xlfactor.risk_by_factor(portfolio, loadings, Omega_f, psi)
    np.testing.assert_allclose(got.loc[expected.index], expected, rtol=1e-12)
    assert got.loc["Mining", "exposure"] == got.loc["Mining", "contribution"] == 0


def test_a_family_value_without_an_asset_now_has_no_exposure_and_a_warning(model):
    portfolio, loadings, Omega_f, psi = model
    more = Omega_f.reindex(index=[*FACTORS, "Mining"], columns=[*FACTORS, "Mining"], fill_value=1e-5)
    more.loc["Mining", "Mining"] = 1
    with pytest.warns(FactorWarning, match="FACTOR_UNUSED: no asset has loadings on Mining of factor_covariance"):
        got = xlfactor.risk_by_factor(portfolio, loadings, more, psi)
    np.testing.assert_array_equal(got, xlfactor.risk_by_factor(*model))
    styles = loadings[["Market", "Size"]]
    few = Omega_f.loc[["Market", "Size", "US"], ["Market", "Size", "US"]]
    refused = refusal(xlfactor.risk_by_factor, portfolio, styles, few, psi)
    assert refused.line.startswith("FACTOR_UNKNOWN: loadings have no factor US, and factor_covariance has: use the")


def refusal(function, *args, **options) -> FactorError:
    with pytest.raises(FactorError) as caught:
        function(*args, **options)
    assert len(str(caught.value)) <= 200
    return caught.value


def test_a_held_asset_the_model_does_not_know_is_named(model):
    portfolio, loadings, Omega_f, psi = model
    refused = refusal(xlfactor.exposures, portfolio.rename(index={"S3": "APPLE"}), loadings)
    assert refused.line == (
        "ASSET_NOT_IN_LOADINGS: portfolio holds APPLE, which loadings do not have: "
        "add the loadings, or set the weight to 0"
    )
    assert refused.argument == "portfolio"
    typo = refusal(xlfactor.exposures, portfolio.rename(index={"S3": "SS11"}), loadings)
    assert typo.line.endswith("did you mean S11? Else add the loadings, or set the weight to 0")
    blank = loadings.copy()
    blank.loc["S3", "Size"] = np.nan
    for function, args in ((xlfactor.exposures, ()), (xlfactor.risk_decomposition, (Omega_f, psi))):
        assert refusal(function, portfolio, blank, *args).line == (
            "LOADING_MISSING: loadings have blanks for the held S3 (S3: Size): fill them, or set the weight to 0"
        )
    for without in (psi.drop("S3"), psi.assign(variance=psi["variance"].where(psi.index != "S3"))):
        refused = refusal(xlfactor.risk_by_asset, portfolio, loadings, Omega_f, without)
        assert refused.line.startswith("IDIO_MISSING: idio_variance has no number for the held S3: ")


def test_a_blank_weight_is_refused_and_not_read_as_zero(model):
    portfolio, loadings, *_ = model
    for column, side in (("weight", "portfolio"), ("benchmark", "benchmark")):
        blank = portfolio.copy()
        blank.loc["S3", column] = np.nan
        assert refusal(xlfactor.exposures, blank, loadings).line == (
            f"WEIGHT_MISSING: the {side} weight of S3 is blank: type 0 if not held"
        )
    assert refusal(xlfactor.exposures, portfolio * 0, loadings).code == "WEIGHT_ALL_ZERO"


def test_weights_in_percent_and_sums_far_from_one_are_warned_of(model):
    portfolio, loadings, *_ = model
    with pytest.warns(FactorWarning, match="WEIGHT_UNITS: portfolio weights sum to 100: if they are percent"):
        xlfactor.exposures(portfolio[["weight"]] * 100, loadings)
    with pytest.warns(FactorWarning, match=r"WEIGHT_SUM: portfolio weights sum to 0\.5, not 1"):
        xlfactor.exposures(portfolio[["weight"]] / 2, loadings)


@pytest.mark.parametrize(("total", "said"), [(1.02, True), (0.985, True), (1.009, False), (0.02, True), (0.009, False)])
def test_weights_are_held_to_the_limit_of_the_sheet_checks(model, total, said):
    portfolio, loadings, *_ = model
    weights = portfolio[["weight"]] / portfolio["weight"].sum()
    weights.iloc[0, 0] += total - 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        xlfactor.exposures(weights, loadings)
    assert ["WEIGHT_SUM" in str(w.message) for w in caught] == [True] * said
    limits = {row[0]: row[2] for row in LIMITS}
    assert limits["Portfolio weights"] == limits["Benchmark weights"] == SUM_LIMIT


def test_tables_of_another_model_are_refused(model):
    portfolio, loadings, Omega_f, psi = model
    run = xlfactor.risk_decomposition
    few = Omega_f.drop(index="Size", columns="Size")
    assert refusal(run, portfolio, loadings, few, psi).line == (
        "FACTOR_UNKNOWN: factor_covariance has no factor Size: use tables of one model"
    )
    renamed = Omega_f.rename(index={"Energy": "Enrgy"}, columns={"Energy": "Enrgy"})
    assert refusal(run, portfolio, loadings, renamed, psi).line.endswith(
        "did you mean Enrgy? Else use tables of one model"
    )
    odd = Omega_f.copy()
    odd.loc["Size", "US"] *= 2
    assert refusal(run, portfolio, loadings, odd, psi).code == "NOT_SYMMETRIC"
    assert refusal(run, portfolio, loadings, -Omega_f, psi).code == "NOT_A_COVARIANCE"
    blank = Omega_f.copy()
    blank.loc["Size", "Size"] = np.nan
    assert refusal(run, portfolio, loadings, blank, psi).line.startswith(
        "MISSING: factor_covariance has blanks for Size"
    )
    assert refusal(run, portfolio, loadings, Omega_f, psi[["variance"]] * -1).code == "VALUE_RANGE"


def test_options_are_refused_by_name(model):
    assert refusal(xlfactor.risk_by_factor, *model, view="actve").line.endswith("did you mean active?")
    for function in (xlfactor.risk_by_factor, xlfactor.risk_by_asset, xlfactor.risk_decomposition):
        assert refusal(function, *model, periods_per_year=0).line == (
            "VALUE_RANGE: periods_per_year is 0: type a number above 0"
        )
    assert refusal(xlfactor.risk_decomposition, *model, confidence=95).argument == "confidence"
    assert refusal(xlfactor.risk_decomposition, *model, horizon=-1).argument == "horizon"


def test_cells_give_the_numbers_of_data_frames(model):
    def cells(table, corner):
        return [[corner, *table.columns], *([name, *row] for name, *row in table.itertuples())]

    blocks = [cells(table, corner) for table, corner in zip(model, ("Asset", "Asset", "Factor", "Asset"), strict=True)]
    for name in ("RISK_DECOMPOSITION", "RISK_BY_FACTOR", "RISK_BY_ASSET"):
        rows = catalogue()[name].spill(blocks)
        frame = getattr(xlfactor, name.lower())(*model)
        assert rows[0] == [frame.index.name, *frame.columns]
        assert [row[0] for row in rows[1:]] == list(frame.index)
        got = np.array([row[1:] for row in rows[1:]], dtype=float)
        np.testing.assert_array_equal(got, frame.to_numpy())
