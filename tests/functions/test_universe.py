"""ESTIMATION_UNIVERSE: reasons, hysteresis from date to date, no look-ahead, refusals."""

import itertools

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue


def stocks(N=200, seed=0):
    rng = np.random.default_rng(seed)
    assets = pd.Index([f"S{i:03d}" for i in range(N)], name="Asset")
    values = {"Cap": rng.lognormal(7, 1, N), "price": rng.lognormal(3, 1, N), "adv": rng.lognormal(2, 1, N)}
    table = pd.DataFrame(values, assets)
    table["history"] = rng.integers(1, 500, N).astype(float)
    return table.mask(rng.random(table.shape) < 0.02)


FILTERS = {"min_cap": 500.0, "min_price": 8.0, "min_adv": 3.0, "min_history": 60.0, "top": 120}


def test_an_asset_is_in_where_every_filter_passes_and_out_with_each_that_fails_named():
    table = stocks()
    result = xlfactor.estimation_universe(table, **FILTERS)
    passes = (
        (table["Cap"] >= 500) & (table["price"] >= 8) & (table["adv"] >= 3) & (table["history"] >= 60)
        & (table["Cap"].rank(ascending=False) <= 120)
    )  # fmt: skip
    pd.testing.assert_series_equal(result["in_universe"], passes.astype(float), check_names=False)
    assert list(result.columns) == ["in_universe", "reason"]
    assert (result["reason"].str.len() > 0).all()
    assert ((result["reason"] == "passes") == passes).all()
    for name, column in (("cap", "Cap"), ("price", "price"), ("adv", "adv"), ("history", "history")):
        fails = ~(table[column] >= FILTERS[f"min_{name}"])
        assert (result["reason"].str.contains(f"{name} below|no {name}") == fails).all()


def test_reasons_say_the_level_the_rank_and_the_buffer():
    table = pd.DataFrame({"cap": [5.0, 4.0, 3.0, 2.0, 0.5, None]}, list("ABCDEF"))
    before = pd.DataFrame({"in_universe": [1, 0, 1, 1, 1]}, list("ABCDE"))
    result = xlfactor.estimation_universe(table, min_cap=1, top=2, previous=before, buffer=0.5)
    assert result["reason"].tolist() == [
        "passes", "rank 2 by cap, beyond 1, to enter", "kept by the buffer: top", "rank 4 by cap, beyond 3",
        "rank 5 by cap, beyond 3", "no cap; no cap",
    ]  # fmt: skip


def test_without_filters_every_asset_is_in():
    result = xlfactor.estimation_universe(stocks())
    assert (result["in_universe"] == 1).all()
    assert (result["reason"] == "passes").all()


@pytest.mark.parametrize("name", ["min_cap", "min_price", "min_adv", "min_history", "top"])
def test_the_universe_is_monotone_in_each_threshold_with_all_other_filters_on(name):
    table = stocks()
    before = xlfactor.estimation_universe(stocks(seed=1))[["in_universe"]] * 0 + (np.arange(200) % 2)[:, None]
    steps = [FILTERS[name] * k for k in (0, 0.5, 0.8, 0.95, 1, 1.05, 1.3, 2, 4)]
    if name == "top":
        steps = [round(step) for step in steps[:0:-1]]
    for previous in (None, before):
        found = [
            xlfactor.estimation_universe(table, **FILTERS | {name: step}, previous=previous)["in_universe"]
            for step in steps
            if step != 0 or name != "top"
        ]
        assert all((later <= earlier).all() for earlier, later in itertools.pairwise(found))


def dated(T=120, N=60, seed=3):
    rng = np.random.default_rng(seed)
    caps = np.exp(rng.normal(7, 0.3, N) + np.cumsum(rng.normal(0, 0.02, (T, N)), axis=0))
    days = pd.bdate_range("2026-01-05", periods=T)
    index = pd.MultiIndex.from_product([days, [f"S{i:02d}" for i in range(N)]], names=["Date", "Asset"])
    return pd.DataFrame({"cap": caps.ravel()}, index), days


def test_each_date_continues_from_the_universe_of_the_date_before():
    table, days = dated()
    together = xlfactor.estimation_universe(table, min_cap=1000)
    before = None
    for day in days[:20]:
        before = xlfactor.estimation_universe(table.loc[day], min_cap=1000, previous=before)
        pd.testing.assert_frame_equal(together.loc[day], before, check_names=False)


def test_data_after_the_date_change_nothing():
    table, days = dated()
    whole = xlfactor.estimation_universe(table, min_cap=1000, top=30)
    changed = table.copy()
    changed.loc[days[60] :, "cap"] *= 7
    for other in (xlfactor.estimation_universe(changed, min_cap=1000, top=30),
                  xlfactor.estimation_universe(table.loc[: days[59]], min_cap=1000, top=30)):  # fmt: skip
        pd.testing.assert_frame_equal(other.loc[: days[59]], whole.loc[: days[59]])


def test_the_buffer_lowers_the_turnover_from_date_to_date():
    table, _ = dated()

    def turnover(buffer):
        summary = xlfactor.estimation_universe(table, min_cap=1000, buffer=buffer).attrs["summary"]
        return sum(day["entered"] + day["left"] for day in summary)

    assert 0 < turnover(0.1) < 0.5 * turnover(0)


def test_dates_out_of_order_give_the_same_universe_in_their_own_order():
    table, days = dated(10)
    backwards = table.loc[days[::-1]]
    result = xlfactor.estimation_universe(backwards, min_cap=1000)
    pd.testing.assert_frame_equal(result, xlfactor.estimation_universe(table, min_cap=1000).loc[days[::-1]])


def test_the_summary_counts_assets_coverage_changes_and_effective_assets():
    table = pd.DataFrame({"cap": [6.0, 3.0, 1.0]}, list("ABC"))
    before = pd.DataFrame({"in_universe": [0, 1, 1]}, list("ABC"))
    summary = xlfactor.estimation_universe(table, min_cap=2, previous=before).attrs["summary"]
    assert summary == [
        {"date": None, "n_assets": 2, "cap_coverage": pytest.approx(0.9), "entered": 1, "left": 1,
         "effective_assets": pytest.approx(81 / 45)},
    ]  # fmt: skip


def test_a_thin_family_and_an_empty_universe_are_warnings():
    table = stocks(40).dropna()
    table["Sector"] = ["Tech"] * (len(table) - 3) + ["Banks"] * 3
    with pytest.warns(FactorWarning, match="FAMILY_THIN: fewer than 5 effective assets in the universe: Banks: merge"):
        xlfactor.estimation_universe(table)
    with pytest.warns(FactorWarning, match="UNIVERSE_EMPTY: no asset passes the filters"):
        assert (xlfactor.estimation_universe(table, min_cap=1e12)["in_universe"] == 0).all()


def test_a_column_of_names_is_no_family(recwarn):
    table = stocks(40).dropna()
    xlfactor.estimation_universe(table.assign(Name=[f"Company {i}" for i in range(len(table))]))
    assert not [w for w in recwarn if issubclass(w.category, FactorWarning)]


def test_the_output_is_the_next_previous_also_as_cells():
    function = catalogue()["ESTIMATION_UNIVERSE"]
    rows = [["Asset", "cap"], ["A", 950.0], ["B", 1050.0]]
    first = function.spill([rows, 900.0])
    assert first == [["Asset", "in_universe", "reason"], ["A", 1.0, "passes"], ["B", 1.0, "passes"]]
    second = function.spill([rows, 1000.0, None, None, None, None, first])
    assert [row[2] for row in second] == ["reason", "kept by the buffer: cap", "passes"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            {"min_price": 5},
            "COLUMN_UNKNOWN: characteristics have no column of numbers called price: did you mean prices?",
        ),
        ({"top": 0}, "VALUE_RANGE: top is 0: type 1 or more"),
        ({"min_cap": -1}, "VALUE_RANGE: min_cap is -1: type 0 or more"),
        ({"top": 5, "buffer": 1.5}, "VALUE_RANGE: buffer is 1.5: type a share from 0 to below 1"),
    ],
)
def test_a_missing_column_and_options_out_of_range_are_refused(options, line):
    with pytest.raises(FactorError) as caught:
        xlfactor.estimation_universe(stocks()[["Cap"]].assign(prices=1.0), **options)
    assert str(caught.value) == line


def test_dates_in_the_place_of_assets_are_refused():
    by_date = pd.DataFrame({"cap": [1.0, 2.0]}, pd.to_datetime(["2026-01-05", "2026-01-06"]))
    with pytest.raises(FactorError, match="NOT_ASSETS: characteristics have dates down: pass assets down"):
        xlfactor.estimation_universe(by_date)
    with pytest.raises(FactorError, match="NOT_ASSETS: previous has dates: pass one date's assets down"):
        xlfactor.estimation_universe(stocks(), previous=by_date)
