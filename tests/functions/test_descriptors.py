"""COMBINE_DESCRIPTORS and ORTHOGONALIZE: labels, dates, warnings, refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.functions.test_loadings import refusal
from xlfactor.errors import FactorWarning
from xlfactor.functions import catalogue

ASSETS = [f"S{n}" for n in range(24)]


@pytest.fixture
def descriptors():
    D = pd.DataFrame(np.random.default_rng(1).normal(size=(24, 3)), ASSETS, ["book", "earnings", "cash"])
    D.iloc[3, 1] = np.nan
    return D.rename_axis("Asset")


@pytest.fixture
def weights():
    return pd.Series({"cash": 1.0, "book": 2.0, "earnings": 3.0}, name="weight")


@pytest.fixture
def against():
    rng = np.random.default_rng(2)
    return pd.DataFrame({"size": rng.normal(25, 2, 24), "Industry": ["Tech", "Oil", "Bank"] * 8}, ASSETS)


# Combined descriptors


def test_descriptors_are_weighted_by_label_over_those_present(descriptors, weights):
    got = xlfactor.combine_descriptors(descriptors, weights)
    W = weights[descriptors.columns]
    x = (descriptors * W).sum(axis=1) / (descriptors.notna() * W).sum(axis=1)
    np.testing.assert_allclose(got["style"], (x - x.mean()) / x.std(), rtol=1e-10)
    assert (list(got.columns), got.index.name, list(got.index)) == (["style"], "Asset", ASSETS)


def test_no_weights_are_equal_weights_and_a_column_of_text_is_left_out(descriptors):
    equal = pd.Series(1.0, descriptors.columns)
    pd.testing.assert_frame_equal(
        xlfactor.combine_descriptors(descriptors), xlfactor.combine_descriptors(descriptors, equal)
    )
    with pytest.warns(FactorWarning, match="DESCRIPTOR_UNUSED: 1 columns without a weight or numbers .*: Industry"):
        xlfactor.combine_descriptors(descriptors.assign(Industry="Tech"))


def test_a_descriptor_without_a_weight_is_named_and_left_out(descriptors, weights):
    with pytest.warns(FactorWarning, match="DESCRIPTOR_UNUSED: 1 columns .*: cash"):
        got = xlfactor.combine_descriptors(descriptors, weights.drop("cash"))
    expected = xlfactor.combine_descriptors(descriptors[["book", "earnings"]], weights.drop("cash"))
    pd.testing.assert_frame_equal(got, expected)


def test_dated_descriptors_are_combined_date_by_date(descriptors, weights):
    days = pd.to_datetime(["2026-01-30", "2026-02-27"])
    dated = pd.concat({days[0]: descriptors, days[1]: descriptors**3}, names=["Date"])
    got = xlfactor.combine_descriptors(dated.sample(frac=1, random_state=1), weights).loc[dated.index]
    for day, one in zip(days, (descriptors, descriptors**3), strict=True):
        np.testing.assert_allclose(got.loc[day], xlfactor.combine_descriptors(one, weights), rtol=1e-12)


def test_cells_give_what_dataframes_give(descriptors, weights):
    block = [["Asset", *descriptors], *([a, *row] for a, row in zip(ASSETS, descriptors.values.tolist(), strict=True))]
    rows = catalogue()["COMBINE_DESCRIPTORS"].spill([block, [["", "weight"], *map(list, weights.items())]])
    got = xlfactor.combine_descriptors(descriptors, weights)
    assert rows == [["Asset", "style"], *([a, v] for a, v in got["style"].items())]


def test_combining_refuses_weights_that_do_not_fit(descriptors, weights):
    function = xlfactor.combine_descriptors
    assert refusal(function, descriptors, weights.rename({"book": "books"})) == (
        "FACTOR_UNKNOWN: weights name books, no column of numbers in descriptors: did you mean book?"
    )
    assert refusal(function, descriptors, weights * 0).startswith("WEIGHT_ALL_ZERO: the weights of all descriptors")
    assert refusal(function, descriptors, pd.DataFrame({"a": weights, "b": weights})) == (
        "COLUMN_UNKNOWN: weights has 2 columns: pass one column of weights"
    )
    assert "DUP_FACTOR" in refusal(function, descriptors, weights.rename({"book": "cash"}))
    assert refusal(function, descriptors[[]].assign(Industry="Oil")).startswith(
        "NO_NUMBERS: descriptors have no column"
    )


# Orthogonalized loadings


def test_residuals_are_joined_by_label_and_independent_of_styles_and_families(descriptors, against):
    w = pd.Series(np.random.default_rng(3).lognormal(size=24), ASSETS, name="weight")
    mixed = against.sample(frac=1, random_state=2)
    got = xlfactor.orthogonalize(descriptors.assign(Country="US"), mixed, w.sample(frac=1, random_state=3))
    assert (list(got.columns), list(got["Country"])) == ([*descriptors.columns, "Country"], ["US"] * 24)
    B = pd.get_dummies(against, columns=["Industry"], dtype=float)
    for name in descriptors:
        e = got[name].dropna()
        assert (len(e), e.std()) == (descriptors[name].count(), pytest.approx(1))
        v, b = w[e.index], B.loc[e.index]
        b = (b - b.mul(v, axis=0).sum() / v.sum()) / b.std()
        assert b.mul(v * e, axis=0).sum().abs().max() < 1e-10 * v.sum()


def test_a_static_against_serves_every_date_and_a_dated_one_the_last_date_before(descriptors, against):
    days = pd.to_datetime(["2026-01-30", "2026-02-27"])
    dated = pd.concat({day: descriptors for day in days}, names=["Date"])
    static = xlfactor.orthogonalize(dated, against)
    expected = xlfactor.orthogonalize(descriptors, against)
    for day in days:
        np.testing.assert_allclose(static.loc[day], expected, rtol=1e-12)
    history = pd.concat({days[0] - pd.Timedelta(days=3): against, days[1]: against.assign(size=against["size"] ** 2)})
    got = xlfactor.orthogonalize(dated, history)
    np.testing.assert_allclose(got.loc[days[0]], expected, rtol=1e-12)
    newest = xlfactor.orthogonalize(descriptors, against.assign(size=against["size"] ** 2))
    np.testing.assert_allclose(got.loc[days[1]], newest, rtol=1e-12)
    np.testing.assert_allclose(xlfactor.orthogonalize(descriptors, history), newest, rtol=1e-12)


def test_assets_that_against_does_not_know_are_missing_and_named(descriptors, against):
    with pytest.warns(FactorWarning, match="LOADING_MISSING: 2 assets without complete loadings in against: S4, S9"):
        got = xlfactor.orthogonalize(descriptors, against.drop("S4").assign(size=against["size"].drop("S9")))
    assert got.loc[["S4", "S9"]].isna().all(axis=None)
    assert got["book"].notna().sum() == 22


def test_a_style_that_against_explains_is_zero_and_named(descriptors, against):
    twice = descriptors.assign(size_too=2 * against["size"] + 1)
    with pytest.warns(FactorWarning, match="FACTOR_ZERO: size_too are combinations of against"):
        assert (xlfactor.orthogonalize(twice, against)["size_too"] == 0).all()


def test_orthogonalizing_refuses_what_it_cannot_use(descriptors, against):
    function = xlfactor.orthogonalize
    weights = pd.Series(1.0, ASSETS, name="weight")
    assert refusal(function, descriptors, against, -weights).startswith("VALUE_RANGE: weights are negative for S0, S1")
    assert refusal(function, descriptors, against, weights * 0).startswith("WEIGHT_ALL_ZERO: weights are zero or")
    assert refusal(function, against[["Industry"]], against).startswith("NO_NUMBERS: loadings have no column")
    with pytest.warns(FactorWarning, match="LOADING_MISSING: 20 assets"):
        assert refusal(function, descriptors, against.iloc[:4]) == (
            "FEW_ASSETS: 4 assets have all 4 loadings of against: too few: "
            "give at least factors + 2 assets, or regress on fewer factors"
        )
