"""ATTRIBUTE_RETURNS: the lag of weights and loadings, missing numbers, refusals; sums in test_risk_properties.py."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue

DAYS = pd.bdate_range("2026-01-05", periods=8, name="Date")
ASSETS = [f"A{n}" for n in range(8)]


def panel(seed=0):
    """Returns made from known loadings (dated, monthly of a kind), factor and idio returns."""
    rng = np.random.default_rng(seed)
    loadings = pd.DataFrame(
        {"Market": 1.0, "Industry": (["Tech", "Banks"] * 8)[:8], "Size": rng.normal(size=8)}, ASSETS
    )
    F = pd.DataFrame(0.01 * rng.normal(size=(8, 4)), DAYS, ["Market", "Tech", "Banks", "Size"])
    E = pd.DataFrame(0.01 * rng.normal(size=(8, 8)), DAYS, ASSETS)
    R = F @ dense(loadings).T + E
    w = pd.DataFrame({"weight": rng.dirichlet(np.ones(8))}, ASSETS)
    return w, R, loadings, F, E


def dense(loadings):
    values = pd.DataFrame({v: 1.0 * (loadings["Industry"] == v) for v in ("Tech", "Banks")})
    return pd.concat([loadings[["Market"]], values, loadings[["Size"]]], axis=1)


def refusal(*args, **options) -> FactorError:
    with pytest.raises(FactorError) as caught:
        xlfactor.attribute_returns(*args, **options)
    assert len(str(caught.value)) <= 200
    return caught.value


def test_constant_weights_and_loadings_recover_what_made_the_returns():
    w, R, loadings, F, E = panel()
    table = xlfactor.attribute_returns(w, R, loadings, F)
    assert list(table.index) == [*DAYS, "total"]
    assert list(table.columns) == ["Market", "Tech", "Banks", "Size", "idio", "total"]
    assert table.index.name == "Date"
    x = w["weight"] @ dense(loadings)
    np.testing.assert_allclose(table.loc[DAYS, F.columns], F * x, rtol=1e-12)
    np.testing.assert_allclose(table.loc[DAYS, "idio"], E @ w["weight"], rtol=1e-10)
    np.testing.assert_allclose(table.loc[DAYS, "total"], R @ w["weight"], rtol=1e-10)
    curve = xlfactor.cumulative_returns((R @ w["weight"]).to_frame("p"))
    assert table.loc["total", "total"] == pytest.approx(curve["p"].iloc[-1], rel=1e-12)


def test_the_idio_part_is_that_of_the_regression():
    w, R, loadings, _, _ = panel()
    loadings = loadings.drop(columns="Industry")
    F, E = xlfactor.factor_returns(R, loadings), xlfactor.idio_returns(R, loadings)
    table = xlfactor.attribute_returns(w, R, loadings, F)
    np.testing.assert_allclose(table.loc[DAYS, "idio"], E @ w["weight"], rtol=1e-10, atol=1e-16)


def test_weights_of_a_date_earn_the_next_dates_return():
    _, R, loadings, F, _ = panel()
    W = pd.DataFrame(0.0, DAYS[[0, 3]], ASSETS)
    W.iloc[0, 0] = W.iloc[1, 1] = 1.0
    with pytest.warns(FactorWarning, match=r"DATES_MISSING: 1 dates lack .* not in the total: 2026-01-05"):
        table = xlfactor.attribute_returns(W, R, loadings, F)
    assert table.iloc[0].isna().all()
    np.testing.assert_allclose(table.loc[DAYS[1:4], "total"], R["A0"][1:4], rtol=1e-12)
    np.testing.assert_allclose(table.loc[DAYS[4:], "total"], R["A1"][4:], rtol=1e-12)
    own = xlfactor.attribute_returns(W, R, loadings, F, lag=0)
    np.testing.assert_allclose(own.loc[DAYS[:3], "total"], R["A0"][:3], rtol=1e-12)
    np.testing.assert_allclose(own.loc[DAYS[3:], "total"], R["A1"][3:], rtol=1e-12)


def test_dated_loadings_explain_the_dates_after_their_own():
    w, R, loadings, F, _ = panel()
    new = loadings.assign(Size=loadings["Size"] * 2, Industry=loadings["Industry"].to_numpy()[::-1])
    dated = pd.concat({DAYS[0] - pd.Timedelta(days=3): loadings, DAYS[4]: new}, names=["Date", "Asset"])
    table = xlfactor.attribute_returns(w, R, dated, F)
    for rows, one in ((DAYS[:5], loadings), (DAYS[5:], new)):
        x = w["weight"] @ dense(one)
        np.testing.assert_allclose(table.loc[rows, F.columns], F.loc[rows] * x, rtol=1e-12)


def test_order_and_shuffling_of_every_table_do_not_matter():
    w, R, loadings, F, _ = panel()
    expected = xlfactor.attribute_returns(w, R, loadings, F)
    with pytest.warns(FactorWarning, match="DATES_SORTED"):
        got = xlfactor.attribute_returns(
            w.sample(frac=1, random_state=1),
            R.sample(frac=1, random_state=2).sample(frac=1, axis=1, random_state=3),
            loadings.sample(frac=1, random_state=4).sample(frac=1, axis=1, random_state=5),
            F.sample(frac=1, axis=1, random_state=6),
        )
    np.testing.assert_allclose(got.loc[expected.index, expected.columns], expected, rtol=1e-11, atol=1e-17)


def test_a_held_asset_without_a_return_is_refused_and_never_left_out():
    w, R, loadings, F, _ = panel()
    R.loc[DAYS[2], ["A3", "A5"]] = np.nan
    assert refusal(w, R, loadings, F).line == (
        "RETURN_MISSING: returns are blank for the held A3, A5 on 2026-01-07 (and 1 more): "
        "type the return (0 if not traded), or set the weight to 0"
    )
    w.loc[["A3", "A5"]] = 0
    assert not xlfactor.attribute_returns(w, R, loadings, F).isna().any(axis=None)
    R.loc[DAYS[3]] = F.loc[DAYS[3]] = np.nan  # a day on which no market was open
    with pytest.warns(FactorWarning, match="DATES_MISSING: 1 dates lack"):
        table = xlfactor.attribute_returns(w, R, loadings, F)
    others = table.loc[DAYS.delete(3), "total"]
    assert table.loc["total", "total"] == pytest.approx(np.prod(1 + others) - 1, rel=1e-12)


def test_a_family_value_without_a_return_counts_only_where_it_is_held():
    w, R, loadings, F, _ = panel()
    F.loc[DAYS[1], "Banks"] = np.nan
    with pytest.warns(FactorWarning, match="DATES_MISSING: 1 dates lack"):
        assert xlfactor.attribute_returns(w, R, loadings, F).loc[DAYS[1]].isna().all()
    w[loadings["Industry"] == "Banks"] = 0
    table = xlfactor.attribute_returns(w, R, loadings, F)
    assert table.loc[DAYS[1], "Banks"] == 0
    assert not table.isna().any(axis=None)


def test_dates_of_one_table_only_are_left_out_with_a_warning():
    w, R, loadings, F, _ = panel()
    with pytest.warns(FactorWarning, match="DATES_UNUSED: 2 dates of returns"):
        table = xlfactor.attribute_returns(w, R, loadings, F.iloc[2:])
    assert list(table.index) == [*DAYS[2:], "total"]
    late = F.set_axis(DAYS + pd.Timedelta(days=100))
    assert refusal(w, R, loadings, late).line.startswith("FEW_DATES: returns and factor_returns have no date in common")


def test_a_benchmark_column_is_not_used_and_unheld_assets_need_nothing():
    w, R, loadings, F, _ = panel()
    more = pd.concat([w.assign(benchmark=1 / 8), pd.DataFrame({"weight": [0.0], "benchmark": [0.0]}, ["NEW"])])
    expected = xlfactor.attribute_returns(w, R, loadings, F)
    pd.testing.assert_frame_equal(xlfactor.attribute_returns(more, R, loadings, F), expected)


def test_a_held_asset_that_a_table_lacks_is_named():
    w, R, loadings, F, _ = panel()
    assert refusal(w.rename({"A3": "AA3"}), R, loadings, F).line == (
        "ASSET_NOT_IN_RETURNS: portfolio holds AA3, which returns do not have: did you mean A3?"
    )
    assert refusal(w, R, loadings.drop("A3"), F).line.startswith(
        "ASSET_NOT_IN_LOADINGS: portfolio holds A3, which loadings do not have: "
    )
    blank = loadings.copy()
    blank.loc["A3", "Size"] = np.nan
    assert refusal(w, R, blank, F).line.startswith("LOADING_MISSING: loadings are blank for the held A3: ")
    dated = pd.concat({DAYS[0]: loadings, DAYS[4]: loadings.drop("A3")}, names=["Date", "Asset"])
    assert refusal(w, R, dated, F).line.startswith("LOADING_MISSING: loadings of 2026-01-09 are blank for the held A3")


def test_blank_and_zero_weights_are_refused():
    w, R, loadings, F, _ = panel()
    blank = w.copy()
    blank.loc["A3"] = np.nan
    assert refusal(blank, R, loadings, F).line == (
        "WEIGHT_MISSING: the portfolio weight of A3 is blank: type 0 if not held"
    )
    W = pd.DataFrame(0.1, DAYS, ASSETS)
    W.iloc[2, 3] = np.nan
    assert refusal(W, R, loadings, F).line.startswith("WEIGHT_MISSING: the portfolio weight of A3 on 2026-01-07 is")
    assert refusal(w * 0, R, loadings, F).code == "WEIGHT_ALL_ZERO"
    assert refusal(W.fillna(0).set_axis(DAYS + pd.Timedelta(days=99)), R, loadings, F).code == "WEIGHT_ALL_ZERO"


def test_tables_of_another_model_and_wrong_options_are_refused():
    w, R, loadings, F, _ = panel()
    assert refusal(w, R, loadings, F.rename(columns={"Size": "Sise"})).line == (
        "FACTOR_UNKNOWN: factor_returns have no factor Size: did you mean Sise?"
    )
    styles = loadings[["Market", "Size"]]
    assert refusal(w, R, styles, F).line.startswith("FACTOR_UNKNOWN: loadings have no factor Tech, Banks, and factor_r")
    with pytest.warns(FactorWarning, match="FACTOR_UNUSED: no asset has loadings on Mining of factor_returns"):
        xlfactor.attribute_returns(w, R, loadings, F.assign(Mining=0.1))
    assert refusal(w, R, loadings, F, lag=-1).line == "VALUE_RANGE: lag is -1: type 0 or more"
    assert refusal(w, 100 * R - 200, loadings, F).line.startswith(
        "RETURN_RANGE: the portfolio loses 100 % or more on 2026-01-05, 2026-01-06, 2026-01-07, 2026-01-08, 2026-01-09"
    )
    F[:] = np.nan
    F.iloc[:, 0] = 0.01
    assert refusal(w, R, loadings, F).line.startswith("FEW_DATES: no date has weights, loadings and the factor returns")


def test_dates_may_be_serial_numbers_under_a_header_date():
    w, R, loadings, F, _ = panel()
    W = pd.DataFrame(np.tile(w["weight"], (8, 1)), DAYS, ASSETS)
    serials = [(day - dt.datetime(1899, 12, 30)).days for day in DAYS]

    def by_date(table):
        return [
            ["Date", *table.columns],
            *([s, *row] for s, (_, *row) in zip(serials, table.itertuples(), strict=True)),
        ]

    assets = [["Asset", *loadings.columns], *([name, *row] for name, *row in loadings.itertuples())]
    blocks = [by_date(W), by_date(R), assets, by_date(F)]
    with pytest.warns(FactorWarning, match="DATES_MISSING"):
        rows, frame = catalogue()["ATTRIBUTE_RETURNS"].spill(blocks), xlfactor.attribute_returns(W, R, loadings, F)
    assert rows[0] == ["Date", "Market", "Tech", "Banks", "Size", "idio", "total"]
    assert rows[1] == [DAYS[0].to_pydatetime(), *[None] * 6]
    assert rows[2:] == [
        [d if isinstance(d, str) else d.to_pydatetime(), *row] for d, *row in frame.iloc[1:].itertuples()
    ]
    blocks[0][0][0] = ""
    with pytest.raises(FactorError, match="COLUMN_UNKNOWN: portfolio has 8 columns of weights and no dates: head the"):
        catalogue()["ATTRIBUTE_RETURNS"].spill(blocks)
