"""A currency family whose factor returns are given: exact recovery, sums, labels, the documentation's example."""

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError
from xlfactor.functions.observed import insert_observed, subtract_observed


@pytest.fixture
def world():
    """Noise-free returns of a market, three currencies (one clashes with an industry's name) and three industries."""
    rng = np.random.default_rng(0)
    assets = [f"S{n}" for n in range(30)]
    loadings = pd.DataFrame(
        {
            "Market": 1.0,
            "Currency": [*["USD", "EUR", "A"], *rng.choice(["USD", "EUR", "A"], 27)],
            "Industry": [*"ABC", *rng.choice(list("ABC"), 27)],
            "Size": rng.normal(size=30),
        },
        assets,
    )
    dates = pd.bdate_range("2026-01-01", periods=8, name="Date")
    names = ["Market", "USD", "EUR", "Currency: A", "Industry: A", "B", "C", "Size"]
    F = pd.DataFrame(0.01 * rng.normal(size=(8, 8)), dates, names)
    F["C"] = -F["Industry: A"] - F["B"]
    F["USD"] = 0.0
    values = {"Currency: A": ("Currency", "A"), "Industry: A": ("Industry", "A"), "USD": ("Currency", "USD"),
              "EUR": ("Currency", "EUR"), "B": ("Industry", "B"), "C": ("Industry", "C")}  # fmt: skip
    B = pd.DataFrame(
        {n: (loadings[values[n][0]] == values[n][1]) if n in values else loadings[n] for n in names}
    ).astype(float)
    observed = F[["EUR", "USD", "Currency: A"]].rename(columns={"Currency: A": "A"})
    return F @ B.T, loadings, observed, F


def test_given_currency_returns_come_back_unchanged_and_the_others_are_recovered(world):
    returns, loadings, observed, F = world
    local, rest = subtract_observed(returns, loadings, observed)
    estimated = xlfactor.factor_returns(local, rest)
    assert list(estimated.columns) == ["Market", "A", "B", "C", "Size"]
    found = insert_observed(estimated, loadings, observed)
    assert list(found.columns) == list(F.columns)
    np.testing.assert_allclose(found, F, atol=1e-14)
    np.testing.assert_array_equal(found[["EUR", "Currency: A"]], observed[["EUR", "A"]])
    assert list(found.columns) == list(xlfactor.factor_returns(returns, loadings).columns)


def test_factor_and_idio_returns_add_up_to_the_returns(world):
    returns, loadings, observed, _ = world
    returns += 0.02 * np.random.default_rng(1).normal(size=returns.shape)
    local, rest = subtract_observed(returns, loadings, observed)
    F = xlfactor.factor_returns(local, rest)
    E = xlfactor.idio_returns(local, rest)
    B = pd.DataFrame({n: rest[n] if n in rest else rest["Industry"] == n for n in F.columns}).astype(float)
    currency = observed[loadings["Currency"]].set_axis(returns.columns, axis=1)
    np.testing.assert_allclose(F @ B.T + currency + E, returns, atol=1e-15)


def test_dated_loadings_say_which_currency_an_asset_has_then(world):
    returns, loadings, observed, _ = world
    later = loadings.assign(Currency=loadings["Currency"].replace({"USD": "EUR", "EUR": "USD"}))
    dated = pd.concat({returns.index[0]: loadings, returns.index[4]: later}, names=["Date", "Asset"])
    local, rest = subtract_observed(returns, dated, observed)
    assert local.iloc[0].isna().all()
    np.testing.assert_allclose(local.iloc[1:5], subtract_observed(returns, loadings, observed)[0].iloc[1:5])
    np.testing.assert_allclose(local.iloc[5:], subtract_observed(returns, later, observed)[0].iloc[5:])
    assert list(rest.index.names) == ["Date", "Asset"]


def test_shuffled_inputs_move_no_number_by_label(world):
    returns, loadings, observed, _ = world
    local, _ = subtract_observed(returns, loadings, observed)
    other, _ = subtract_observed(
        returns.sample(frac=1, axis=1, random_state=1),
        loadings.sample(frac=1, random_state=2),
        observed[["A", "USD", "EUR"]],
    )
    np.testing.assert_allclose(other[local.columns], local, atol=1e-16)


def test_a_missing_currency_return_leaves_its_assets_out_of_that_date(world):
    returns, loadings, observed, _ = world
    observed.loc[observed.index[3], "EUR"] = np.nan
    local, _ = subtract_observed(returns, loadings, observed.drop(observed.index[6]))
    euro = (loadings["Currency"] == "EUR").to_numpy()
    assert local.iloc[3].isna().tolist() == euro.tolist()
    assert local.iloc[6].isna().all()
    assert local.drop(local.index[[3, 6]]).notna().all(axis=None)


def test_refusals_say_what_is_missing(world):
    returns, loadings, observed, _ = world
    with pytest.raises(FactorError, match="COLUMN_UNKNOWN: loadings have no text column Curency: did you mean Curren"):
        subtract_observed(returns, loadings, observed, family="Curency")
    with pytest.raises(FactorError, match=r"FACTOR_UNKNOWN: observed has no column USD: add its column \(the base"):
        subtract_observed(returns, loadings, observed.drop(columns="USD"))
    with pytest.raises(FactorError, match="FEW_DATES: observed has no date of the returns"):
        subtract_observed(returns, loadings, observed.set_axis(observed.index + pd.Timedelta(days=900)))
    with pytest.raises(FactorError, match="FACTOR_UNKNOWN: factor_returns has no column A, B: pass what"):
        insert_observed(xlfactor.factor_returns(returns, loadings).drop(columns="B"), loadings, observed)


def test_the_example_of_the_documentation_runs():
    page = Path(xlfactor.__file__).parents[1] / "docs" / "observed_families.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert (failed, tried > 10) == (0, True)
