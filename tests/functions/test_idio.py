"""The labelled idio functions: labels, units, options, warnings and refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue, idio


@pytest.fixture
def panel():
    rng = np.random.default_rng(30)
    N, T = 60, 120
    assets = [f"S{n}" for n in range(N)]
    loadings = pd.DataFrame(
        {"Market": 1.0, "Industry": [*"ABC", *rng.choice(list("ABC"), N - 3)], "Value": rng.normal(size=N)}, assets
    )
    dates = pd.bdate_range("2025-01-01", periods=T, name="Date")
    common = rng.normal(0, 0.01, (T, 1)) + rng.normal(0, 0.01, (T, 1)) * loadings["Value"].to_numpy()
    common += rng.normal(0, 0.01, (T, 3)) @ (loadings["Industry"].to_numpy() == np.array([["A"], ["B"], ["C"]]))
    returns = pd.DataFrame(common + rng.normal(0, 0.02, (T, N)) * rng.uniform(0.5, 2, N), dates, assets)
    return returns, loadings, pd.Series(rng.lognormal(size=N), assets)


def independent(returns, loadings, psi):
    """s − ψ(1 − h) T of each asset, with industries as 0/1 columns and the constant left out."""
    B = pd.concat([pd.get_dummies(loadings["Industry"]), loadings[["Value"]]], axis=1).to_numpy(float)
    H = B @ np.linalg.inv(B.T @ (B / psi[:, None])) @ (B / psi[:, None]).T
    E = returns.to_numpy() @ (np.eye(len(B)) - H).T
    return (E**2).mean(axis=0), np.diag(H)


def test_reml_solves_its_equation_by_label_and_in_the_returns_order(panel):
    returns, loadings, caps = panel
    result = xlfactor.idio_covariance(returns, loadings.sample(frac=1, random_state=1), caps=caps)
    assert list(result.index) == list(returns.columns)
    assert list(result.columns) == ["variance", "annual_volatility", "leverage", "status"]
    s, h = independent(returns, loadings, result["variance"].to_numpy())
    np.testing.assert_allclose(result["variance"] * (1 - h), s, rtol=1e-7)
    np.testing.assert_allclose(result["leverage"], h, atol=1e-8)
    assert abs(result["leverage"].sum() - 4) < 1e-10
    assert (result["status"] == "ok").all()
    np.testing.assert_allclose(result["annual_volatility"], np.sqrt(252 * result["variance"]), rtol=1e-14)


def test_two_pass_is_the_seeds_procedure_as_written(panel):
    returns, loadings, _ = panel
    psi, h = independent(returns, loadings, np.ones(60))
    ols = xlfactor.idio_covariance(returns, loadings, method="ols")
    np.testing.assert_allclose(ols["variance"], psi, rtol=1e-11)
    np.testing.assert_allclose(ols["leverage"], h, rtol=1e-10)
    psi, h = independent(returns, loadings, psi)
    two = xlfactor.idio_covariance(returns, loadings, "two_pass", periods_per_year=52)
    np.testing.assert_allclose(two["variance"], psi, rtol=1e-11)
    np.testing.assert_allclose(two["annual_volatility"], np.sqrt(52 * psi), rtol=1e-11)


def test_shuffled_inputs_move_no_number_by_label(panel):
    returns, loadings, caps = panel
    result = xlfactor.idio_covariance(returns, loadings, caps=caps)
    other = xlfactor.idio_covariance(
        returns.sample(frac=1, axis=1, random_state=1),
        loadings.sample(frac=1, random_state=2)[["Value", "Industry", "Market"]],
        caps=caps.sample(frac=1, random_state=3),
    )
    np.testing.assert_allclose(other.loc[result.index, "variance"], result["variance"], rtol=1e-7)


def test_em_carries_its_factor_covariance(panel):
    returns, loadings, caps = panel
    Omega_f = xlfactor.idio_covariance(returns, loadings, method="em", caps=caps).attrs["factor_covariance"]
    names = ["Market", "A", "B", "C", "Value"]
    assert list(Omega_f.index) == list(Omega_f.columns) == names
    assert Omega_f.index.name == "Factor"
    shares = caps.groupby(loadings["Industry"]).sum()
    np.testing.assert_allclose(Omega_f.loc[list("ABC"), list("ABC")].to_numpy() @ shares[list("ABC")], 0, atol=1e-15)
    assert 0.5e-4 < Omega_f.loc["Value", "Value"] < 2e-4  # the truth is 1e-4
    assert "factor_covariance" not in xlfactor.idio_covariance(returns, loadings).attrs


def test_dated_loadings_that_never_change_are_static_ones(panel):
    returns, loadings, _ = panel
    dated = pd.concat({date: loadings for date in returns.index[::10]}, names=["Date", "Asset"])
    for method in ("reml", "em"):
        one = xlfactor.idio_covariance(returns.iloc[1:], loadings, method, tolerance=1e-12)
        two = xlfactor.idio_covariance(returns, dated, method, tolerance=1e-12)  # the first date has none yet
        np.testing.assert_allclose(two["variance"], one["variance"], rtol=1e-6)


def test_a_half_life_follows_a_change_of_volatility(panel):
    returns, loadings, _ = panel
    louder = returns.copy()
    louder.iloc[60:] *= 3
    ratio = (
        xlfactor.idio_covariance(louder, loadings, half_life=5)["variance"]
        / (xlfactor.idio_covariance(returns, loadings, half_life=5)["variance"])
    )
    np.testing.assert_allclose(ratio, 9, rtol=0.02)


def test_convergence_has_a_row_a_pass_and_its_likelihood_rises(panel):
    returns, loadings, _ = panel
    for method, rows in (("ols", 1), ("two_pass", 2)):
        assert len(xlfactor.idio_convergence(returns, loadings, method)) == rows
    for method in ("reml", "em"):
        table = xlfactor.idio_convergence(returns, loadings, method)
        assert table.index.name == "iteration"
        assert list(table.index) == list(range(1, len(table) + 1))
        assert list(table.columns) == ["log_likelihood", "max_change"]
        assert (np.diff(table["log_likelihood"]) > -1e-6).all()
    assert xlfactor.idio_convergence(returns, loadings)["max_change"].iloc[-1] < 1e-8


def test_a_pass_limit_and_few_dates_warn_by_name(panel):
    returns, loadings, _ = panel
    with pytest.warns(FactorWarning, match=r"NOT_CONVERGED: stopped by max_iterations \(2\)"):
        xlfactor.idio_covariance(returns, loadings, max_iterations=2)
    with pytest.warns(FactorWarning, match="FEW_DATES: the idio variances rest on 20 dates only"):
        xlfactor.idio_covariance(returns.iloc[:20], loadings)


def test_an_asset_without_returns_is_left_out_and_named(panel):
    returns, loadings, _ = panel
    returns["S7"] = np.nan
    with pytest.warns(FactorWarning, match="ASSET_NO_DATA: no return together with loadings for 1 asset: S7"):
        result = xlfactor.idio_covariance(returns, loadings)
    assert list(result.index) == [a for a in returns.columns if a != "S7"]
    assert result["variance"].notna().all()


def test_collapsed_assets_are_named(panel):
    returns, loadings, _ = panel
    rng = np.random.default_rng(31)
    loadings = loadings.iloc[:12].drop(columns="Industry").assign(Size=rng.normal(size=12))
    loadings.loc["S3", "Size"] = 5.0  # leverage far above 1/4
    with pytest.warns(FactorWarning, match="COLLAPSED: .*S3"):
        result = xlfactor.idio_covariance(returns.iloc[:, :12], loadings, "iterated")
    assert result.loc["S3", "status"] == "collapsed"
    assert result.loc["S3", "variance"] == pytest.approx(0.05 * result["variance"].median(), rel=0.5)
    assert xlfactor.idio_covariance(returns.iloc[:, :12], loadings).loc["S3", "status"] == "ok"


def test_walk_forward_rows_follow_the_dates_and_the_burn_in_is_missing(panel):
    returns, loadings, _ = panel
    F = xlfactor.walk_forward(returns, loadings)
    E = xlfactor.walk_forward(returns, loadings, output="idio_returns")
    sd = xlfactor.walk_forward(returns, loadings, output="idio_volatility")
    assert list(F.columns) == ["Market", "A", "B", "C", "Value"]
    for table in (F, E, sd):
        assert table.index.equals(returns.index)
        assert table.iloc[:60].isna().all(axis=None)
        assert table.iloc[60:].notna().all(axis=None)
    start = xlfactor.idio_covariance(returns.iloc[:60], loadings)["variance"]
    np.testing.assert_allclose(sd.iloc[60], np.sqrt(start), rtol=1e-12)
    gls = xlfactor.factor_returns(returns.iloc[[60]], loadings, idio_variance=start)
    np.testing.assert_allclose(F.iloc[[60]], gls, rtol=1e-9)
    B = np.column_stack([F.columns == "Market"] * 60).T.astype(float)
    B[:, 1:4] = loadings["Industry"].to_numpy()[:, None] == np.array(list("ABC"))
    B[:, 4] = loadings["Value"]
    np.testing.assert_allclose(F.iloc[60:] @ B.T + E.iloc[60:].to_numpy(), returns.iloc[60:], atol=1e-15)


def test_later_returns_leave_earlier_rows_bit_identical(panel):
    returns, loadings, _ = panel
    later = returns.copy()
    later.iloc[90:] *= 5
    for output in ("factor_returns", "idio_returns", "idio_volatility"):
        one, two = (xlfactor.walk_forward(r, loadings, output=output).iloc[:90] for r in (returns, later))
        assert one.to_numpy().tobytes() == two.to_numpy().tobytes()


def cells(corner, frame):
    rows = zip(frame.index, frame.to_numpy().tolist(), strict=True)
    return [[corner, *frame.columns], *([label, *row] for label, row in rows)]


def test_a_cell_block_gives_the_numbers_of_the_frame(panel):
    returns, loadings, _ = panel
    block = cells("Date", returns.set_axis(returns.index.to_pydatetime()))
    sheet = cells("Asset", loadings)
    rows = catalogue()["IDIO_COVARIANCE"].spill([block, sheet, "EM"])
    expected = xlfactor.idio_covariance(returns, loadings, "em")
    assert rows[0] == ["Asset", "variance", "annual_volatility", "leverage", "status"]
    assert [row[1] for row in rows[1:]] == expected["variance"].tolist()
    assert {row[4] for row in rows[1:]} == {"ok"}
    assert catalogue()["IDIO_CONVERGENCE"].spill([block, sheet])[0] == ["iteration", "log_likelihood", "max_change"]
    assert catalogue()["WALK_FORWARD"].spill([block, sheet])[1][1] is None


def refusal(function, *args, **options) -> FactorError:
    with pytest.raises(FactorError) as caught:
        function(*args, **options)
    assert len(str(caught.value)) <= 200
    return caught.value


@pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning")
def test_refusals_say_what_where_and_what_to_do(panel):
    returns, loadings, caps = panel
    for function in (xlfactor.idio_covariance, xlfactor.idio_convergence):
        assert str(refusal(function, returns, loadings, method="two-pass")).endswith("did you mean two_pass?")
        for option, value in (("floor", 1), ("tolerance", 0), ("max_iterations", 0), ("half_life", -1), ("lag", -1)):
            error = refusal(function, returns, loadings, **{option: value})
            assert (error.code, error.argument) == ("VALUE_RANGE", option)
        assert refusal(function, returns.iloc[:, :6], loadings).code == "FEW_ASSETS"
        assert refusal(function, returns, loadings, caps=-caps).code == "VALUE_RANGE"
        assert refusal(function, returns, loadings, max_iterations=2.5).code == "NUM_BAD"
    assert refusal(xlfactor.idio_covariance, returns, loadings, periods_per_year=0).argument == "periods_per_year"
    error = refusal(xlfactor.walk_forward, returns, loadings, output="idio_vol")
    assert str(error).endswith("did you mean idio_volatility?")
    assert refusal(xlfactor.walk_forward, returns, loadings, burn_in=1.2).argument == "burn_in"
    assert refusal(xlfactor.walk_forward, returns.iloc[:1], loadings).code == "FEW_DATES"
    assert refusal(xlfactor.walk_forward, returns.iloc[:, :6], loadings).code == "FEW_ASSETS"


def test_a_burn_in_of_zeros_says_so_and_not_that_dates_are_missing(panel):
    returns, loadings = panel[:2]
    halted = returns.copy()
    halted.iloc[: len(halted) // 2] = 0.0
    assert refusal(xlfactor.walk_forward, halted, loadings).code == "ALL_ZERO"


@pytest.mark.parametrize("method", ["reml", "em", "two_pass"])
def test_dates_that_cannot_be_estimated_take_no_weight(panel, method):
    returns, loadings = panel[:2]
    days = pd.bdate_range(end=returns.index[0], periods=31, name="Date")[:-1]
    early = pd.concat([pd.DataFrame(np.nan, days, returns.columns), returns])
    one, two = (xlfactor.idio_convergence(R, loadings, method, half_life=20) for R in (returns, early))
    np.testing.assert_allclose(two, one, rtol=1e-9, atol=1e-10)


def test_variances_and_convergence_on_the_same_arguments_are_estimated_once(panel, monkeypatch):
    returns, loadings, caps = panel
    calls = []
    estimate = idio.engine.estimate
    monkeypatch.setattr(idio.engine, "estimate", lambda *given: calls.append(given) or estimate(*given))
    first = xlfactor.idio_covariance(returns, loadings, caps=caps, half_life=41)
    xlfactor.idio_convergence(returns, loadings, caps=caps, half_life=41)
    again = xlfactor.idio_covariance(returns, loadings, caps=caps, half_life=41, periods_per_year=12)
    assert len(calls) == 1
    np.testing.assert_array_equal(first["variance"], again["variance"])
    other = returns.copy()
    other.iloc[-1, -1] += 1e-15
    for arguments in ((other, loadings), (returns, loadings.assign(Value=loadings["Value"] * 2))):
        xlfactor.idio_convergence(*arguments, caps=caps, half_life=41)
    xlfactor.idio_convergence(returns, loadings, caps=caps, half_life=42)
    xlfactor.idio_convergence(returns, loadings, caps=2 * caps, half_life=41)
    assert len(calls) == 5


def test_what_a_caller_writes_into_a_result_reaches_no_later_one(panel):
    returns, loadings, _ = panel
    first = xlfactor.idio_covariance(returns, loadings, "em")
    kept = first.copy(), first.attrs["factor_covariance"].copy()
    first.iloc[:, :3] = 0.0
    first.attrs["factor_covariance"].iloc[:] = 0.0
    again = xlfactor.idio_covariance(returns, loadings, "em")
    pd.testing.assert_frame_equal(again, kept[0])
    pd.testing.assert_frame_equal(again.attrs["factor_covariance"], kept[1])
