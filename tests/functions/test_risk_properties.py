"""Section 8 on any portfolio and model: sums, dense references, derivatives, and what must not matter."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xlfactor
from tests.functions.risk_books import FACTORS, book
from xlfactor.errors import FactorWarning

VIEWS = st.sampled_from(["portfolio", "benchmark", "active"])
SEEDS = st.integers(0, 10_000)
BOOKS = st.builds(book, SEEDS, st.integers(6, 14), st.integers(4, 8))
any_book = settings(max_examples=12, deadline=None)

pytestmark = pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning")


def close(got, expected, rtol=1e-12):
    """Equal to 1e-12 of the largest number, for sums of parts that cancel."""
    expected = np.asarray(expected, dtype=float)
    np.testing.assert_allclose(got, expected, rtol=0, atol=rtol * np.abs(expected).max(initial=1e-300))


@any_book
@given(BOOKS, VIEWS)
def test_contributions_sum_to_the_total_and_to_the_dense_volatility(b, view):
    _, Omega_r = b.dense()
    w = b.weights(view)
    sigma = np.sqrt(w @ Omega_r @ w)
    by_factor, by_asset = (f(*b.model, view=view) for f in (xlfactor.risk_by_factor, xlfactor.risk_by_asset))
    close(by_factor.loc[[*FACTORS, "idio"], "contribution"].sum(), sigma)
    close(by_asset["contribution"].iloc[:-1].sum(), sigma)
    close(by_factor.loc["total", "contribution"], sigma)
    close(by_asset.loc["total", "contribution"], sigma)
    close(by_asset["contribution"].iloc[:-1], w * (Omega_r @ w) / sigma, 1e-11)
    close(by_asset["share"].iloc[:-1].sum(), 1)
    close(by_factor.loc[[*FACTORS, "idio"], "share"].sum(), 1)
    close(xlfactor.risk_decomposition(*b.model, periods_per_year=1).loc["annual_volatility", view], sigma)


@any_book
@given(BOOKS, VIEWS, st.sampled_from([1, 252]))
def test_the_rows_of_the_risk_matrix_are_assets_and_its_columns_factors(b, view, periods):
    C = xlfactor.risk_matrix(*b.model, view=view, periods_per_year=periods)
    by_factor, by_asset = (
        f(*b.model, view=view, periods_per_year=periods) for f in (xlfactor.risk_by_factor, xlfactor.risk_by_asset)
    )
    sigma = by_factor.loc["total", "contribution"]
    assert list(C.index) == [*b.portfolio.index, "total"]
    assert list(C.columns) == [*FACTORS, "idio", "total"]
    np.testing.assert_allclose(C["total"], by_asset["contribution"], rtol=0, atol=1e-12 * sigma)
    np.testing.assert_allclose(
        C.loc["total", [*FACTORS, "idio"]],
        by_factor.loc[[*FACTORS, "idio"], "contribution"],
        rtol=0,
        atol=1e-12 * sigma,
    )
    body = C.drop(index="total", columns="total")
    np.testing.assert_allclose(body.sum(axis=1), C["total"].iloc[:-1], rtol=0, atol=1e-12 * sigma)
    np.testing.assert_allclose(body.sum(axis=0), C.loc["total"].iloc[:-1], rtol=0, atol=1e-12 * sigma)
    assert C.loc["total", "total"] == pytest.approx(sigma, rel=1e-12)


@any_book
@given(BOOKS, st.data())
def test_the_marginal_is_the_numerical_derivative_of_the_volatility(b, data):
    asset = data.draw(st.sampled_from(list(b.portfolio.index)))
    step = 1e-5

    def volatility(change):
        moved = b.portfolio.copy()
        moved.loc[asset, "weight"] += change
        return xlfactor.risk_by_asset(moved, *b.model[1:]).loc["total", "contribution"]

    slope = (volatility(step) - volatility(-step)) / (2 * step)
    marginal = xlfactor.risk_by_asset(*b.model).loc[asset, "marginal"]
    assert marginal == pytest.approx(slope, rel=1e-6, abs=1e-8)


@any_book
@given(BOOKS, st.floats(0.01, 50))
def test_weights_times_a_number_are_risk_times_the_number(b, scale):
    more = b.portfolio * scale
    for function, columns in (
        (xlfactor.risk_by_factor, ["contribution"]),
        (xlfactor.risk_by_asset, ["weight", "contribution", "factor_contribution", "idio_contribution"]),
        (xlfactor.risk_matrix, [*FACTORS, "idio", "total"]),
    ):
        one, other = function(*b.model), function(more, *b.model[1:])
        for column in columns:
            close(other[column], scale * one[column], 1e-11)
        for column in {"share", "marginal", "correlation"} & set(one.columns):
            close(other[column].dropna(), one[column].dropna(), 1e-11)
    instruments = list(b.loadings.index[-3:])
    close(xlfactor.hedge(more, *b.model[1:], instruments), scale * xlfactor.hedge(*b.model, instruments), 1e-9)
    one, other = (xlfactor.risk_decomposition(p, *b.model[1:])["portfolio"] for p in (b.portfolio, more))
    for measure in ("annual_volatility", "value_at_risk", "expected_shortfall"):
        assert other[measure] == pytest.approx(scale * one[measure], rel=1e-11)
    assert other["effective_assets"] == pytest.approx(one["effective_assets"], rel=1e-11)


@any_book
@given(BOOKS, SEEDS)
def test_permuted_rows_and_columns_permute_the_output(b, seed):
    other = b.shuffled(seed)
    instruments, shocks = list(b.loadings.index[-3:]), pd.DataFrame({"shock": [-0.02, 0.01]}, ["Market", "Tech"])
    pairs = [
        (f(*b.model), f(*other.model))
        for f in (xlfactor.risk_decomposition, xlfactor.risk_by_factor, xlfactor.risk_by_asset, xlfactor.risk_matrix)
    ]
    pairs.append((xlfactor.exposures(*b.model[:2]), xlfactor.exposures(*other.model[:2])))
    for by in ("factor", "asset"):
        pairs.append(
            tuple(xlfactor.stress_test(*x.model[:3], s, by=by) for x, s in ((b, shocks), (other, shocks.iloc[::-1])))
        )
    pairs.append(
        (
            xlfactor.hedge(*b.model, instruments, ["Market", "Size"]),
            xlfactor.hedge(*other.model, instruments[::-1], ["Size", "Market"]),
        )
    )
    for one, two in pairs:
        assert set(one.index) == set(two.index)
        for column in one.columns:
            got = two.loc[one.index, column]
            np.testing.assert_array_equal(got.isna(), one[column].isna())
            close(got.dropna(), one[column].dropna(), 1e-9)
    assert list(xlfactor.risk_matrix(*other.model).index[:-1]) == list(other.portfolio.index)


@any_book
@given(BOOKS, VIEWS, st.integers(1, 4), st.sampled_from([[], ["Size"], ["Size", "Market"]]))
def test_a_hedge_leaves_no_covariance_with_the_instruments_and_no_neutral_exposure(b, view, more, neutral):
    instruments = [b.portfolio.index[0], *b.loadings.index[-more - len(neutral) :]]
    result = xlfactor.hedge(*b.model, instruments, neutral or None, view=view)
    assets = b.loadings.index
    B, Omega_r = b.dense(assets)
    w = pd.Series(0.0, assets)
    w[b.portfolio.index] = b.weights(view)
    after = w.add(result.loc[instruments, "trade"], fill_value=0)[assets].to_numpy()
    G, k = assets.get_indexer(instruments), [FACTORS.index(name) for name in neutral]
    gradient = Omega_r[G] @ after
    free = gradient - B[np.ix_(G, k)] @ np.linalg.lstsq(B[np.ix_(G, k)], gradient, rcond=None)[0] if k else gradient
    assert np.abs(free).max() < 1e-12
    assert np.abs((B.T @ after)[k]).max(initial=0) < 1e-12
    assert result.loc["risk_before", "trade"] == pytest.approx(np.sqrt(w @ Omega_r @ w), rel=1e-12)
    assert result.loc["risk_after", "trade"] == pytest.approx(np.sqrt(after @ Omega_r @ after), rel=1e-10)
    if not neutral:
        assert result.loc["risk_after", "trade"] <= result.loc["risk_before", "trade"] * (1 + 1e-12)


@any_book
@given(BOOKS, VIEWS, st.booleans(), st.lists(st.sampled_from(FACTORS), min_size=1, max_size=4, unique=True), SEEDS)
def test_a_stress_by_factor_and_by_asset_is_the_same_loss(b, view, propagate, names, seed):
    s = np.random.default_rng(seed).normal(0, 0.05, len(names))
    shocks = pd.DataFrame({"shock": s}, names)
    by_factor, by_asset = (
        xlfactor.stress_test(*b.model[:3], shocks, propagate, by, view) for by in ("factor", "asset")
    )
    B, _ = b.dense()
    f = by_factor.loc[FACTORS, "shock"].to_numpy()
    np.testing.assert_array_equal(by_factor.loc[names, "shock"], s)
    parts = (B.T @ b.weights(view)) * f
    np.testing.assert_allclose(by_factor.loc[FACTORS, "contribution"], parts, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(by_asset["shock"].iloc[:-1], B @ f, rtol=1e-11, atol=1e-15)
    for table in (by_factor, by_asset):
        assert table["contribution"].iloc[:-1].sum() == pytest.approx(parts.sum(), rel=1e-11, abs=1e-14)
        assert table.loc["total", "contribution"] == pytest.approx(parts.sum(), rel=1e-11, abs=1e-14)
    if not propagate:
        assert (by_factor.drop(index=[*names, "total"])["shock"] == 0).all()


@any_book
@given(BOOKS, SEEDS, st.integers(1, 30), st.booleans(), st.integers(0, 2))
def test_attribution_sums_exactly_to_each_return_and_to_the_compounded_one(b, seed, T, dated, lag):
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2026-01-01", periods=T + lag)
    assets = b.portfolio.index
    R = pd.DataFrame(0.03 * rng.normal(size=(T + lag, len(assets))), days, assets)
    F = pd.DataFrame(0.02 * rng.normal(size=(T + lag, 7)), days, FACTORS)
    W = pd.DataFrame(rng.normal(size=R.shape) / len(assets), days, assets)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FactorWarning)
        table = xlfactor.attribute_returns(W if dated else b.portfolio, R, b.loadings, F, lag)
    held = W.to_numpy()[: len(W) - lag] if dated else np.tile(b.weights(), (T + lag, 1))
    start = lag if dated else 0
    earned = (held * R.to_numpy()[start:]).sum(axis=1)
    X = held @ b.dense()[0]
    rows = table.iloc[start:-1]
    np.testing.assert_allclose(rows["total"], earned, rtol=1e-11, atol=1e-16)
    np.testing.assert_allclose(rows[FACTORS], X * F.to_numpy()[start:], rtol=1e-11, atol=1e-16)
    np.testing.assert_allclose(rows[[*FACTORS, "idio"]].sum(axis=1), rows["total"], rtol=1e-11, atol=1e-16)
    assert table.iloc[:start].isna().all(axis=None)
    compounded = np.prod(1 + earned) - 1
    assert table.loc["total", "total"] == pytest.approx(compounded, rel=1e-11, abs=1e-15)
    assert table.loc["total", [*FACTORS, "idio"]].sum() == pytest.approx(compounded, rel=1e-11, abs=1e-15)


@any_book
@given(BOOKS, st.integers(0, 8))
def test_a_family_rotated_into_another_set_of_factors_changes_no_total(b, seed):
    """Styles B M with factor covariance M^-1 Ω M^-T are the same model: only the split by factor moves."""
    M = np.random.default_rng(seed).normal(size=(7, 7)) + 3 * np.eye(7)
    B, _ = b.dense(b.loadings.index)
    names = [f"g{k}" for k in range(7)]
    rotated = pd.DataFrame(B @ M, b.loadings.index, names)
    root = np.linalg.solve(M, b.Omega_f.loc[FACTORS, FACTORS].to_numpy())
    Omega_g = np.linalg.solve(M, root.T)
    covariance = pd.DataFrame((Omega_g + Omega_g.T) / 2, names, names)
    for columns in ("contribution", "factor_contribution", "idio_contribution", "marginal"):
        one = xlfactor.risk_by_asset(*b.model)[columns].dropna()
        two = xlfactor.risk_by_asset(b.portfolio, rotated, covariance, b.psi)[columns].dropna()
        close(two, one, 1e-9)
    instruments = list(b.loadings.index[-3:])
    close(
        xlfactor.hedge(b.portfolio, rotated, covariance, b.psi, instruments),
        xlfactor.hedge(*b.model, instruments),
        1e-8,
    )


@any_book
@given(BOOKS, st.floats(0.5, 0.999), st.floats(0.5, 60))
def test_component_values_at_risk_sum_to_the_value_at_risk(b, confidence, horizon):
    measures = xlfactor.risk_decomposition(*b.model, confidence=confidence, horizon=horizon)["portfolio"]
    sigma = xlfactor.risk_by_asset(*b.model)["contribution"].iloc[:-1].sum()
    ratio = measures["value_at_risk"] / (sigma * np.sqrt(horizon)) if sigma else 0
    assert 0.5 * (1 + math.erf(ratio / 2**0.5)) == pytest.approx(confidence, rel=1e-9)
    assert measures["expected_shortfall"] >= measures["value_at_risk"]


@any_book
@given(BOOKS)
def test_an_identical_benchmark_leaves_nothing_active(b):
    same = b.portfolio.assign(benchmark=b.portfolio["weight"])
    assert (xlfactor.exposures(same, b.loadings)["active"] == 0).all()
    assert (xlfactor.risk_matrix(same, *b.model[1:], view="active") == 0).all(axis=None)
    hedged = xlfactor.hedge(same, *b.model[1:], list(b.loadings.index[-2:]), view="active")
    assert (hedged == 0).all(axis=None)
