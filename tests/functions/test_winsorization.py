"""WINSORIZE and its summary: cross-sections by row, by column and by date; groups; refusals."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue


@pytest.fixture
def returns():
    rng = np.random.default_rng(6)
    dates = pd.bdate_range("2026-01-01", periods=8, name="Date").as_unit("ns")
    return pd.DataFrame(rng.standard_t(2, (8, 30)), dates, [f"S{n}" for n in range(30)])


@pytest.fixture
def loadings():
    rng = np.random.default_rng(7)
    assets = pd.Index([f"S{n}" for n in range(30)], name="Asset")
    return pd.DataFrame(
        {
            "Value": rng.standard_t(2, 30),
            "Industry": ["Tech"] * 10 + ["Oil"] * 10 + ["Bank"] * 10,
            "Size": rng.standard_t(2, 30),
        },
        assets,
    )


@pytest.fixture
def dated(loadings):
    rng = np.random.default_rng(8)
    days = pd.to_datetime(["2026-01-30", "2026-02-27"])
    parts = {day: loadings.assign(Value=rng.standard_t(2, 30)).iloc[k:] for k, day in enumerate(days)}
    return pd.concat(parts, names=["Date", "Asset"])


def clipped(x, limit=3.0, drop=10.0):
    """mad of one cross-section, by pandas."""
    m, s = x.median(), 1.4826 * (x - x.median()).abs().median()
    return x.where((x - m).abs() <= drop * s).clip(m - limit * s, m + limit * s)


def test_each_date_of_a_table_of_returns_is_a_cross_section(returns):
    returns.iloc[2, 4] = np.nan
    expected = returns.apply(clipped, axis=1)
    pd.testing.assert_frame_equal(xlfactor.winsorize(returns), expected, rtol=1e-12, check_freq=False)


def test_each_column_of_a_table_of_loadings_is_a_cross_section_and_text_stays(loadings):
    got = xlfactor.winsorize(loadings, by="column", limit=2)
    expected = loadings.assign(Value=clipped(loadings["Value"], 2), Size=clipped(loadings["Size"], 2))
    pd.testing.assert_frame_equal(got, expected, rtol=1e-12)


def test_dated_loadings_are_winsorized_date_by_date(dated):
    got = xlfactor.winsorize(dated, by="column")
    assert got.index.equals(dated.index)
    for day, block in dated.groupby(level="Date"):
        expected = xlfactor.winsorize(block.droplevel("Date"), by="column")
        pd.testing.assert_frame_equal(got.loc[day], expected)


def test_dated_rows_in_any_order_give_each_row_its_own_numbers(dated):
    shuffled = dated.sample(frac=1, random_state=1)
    got = xlfactor.winsorize(shuffled, by="column")
    pd.testing.assert_frame_equal(got, xlfactor.winsorize(dated, by="column").loc[shuffled.index])


def test_groups_join_by_label_across_columns_and_down_rows(returns, loadings, dated):
    groups = loadings[["Industry"]].sample(frac=1, random_state=2)
    by_row = xlfactor.winsorize(returns, "mad", 2, groups=groups)
    for _, members in loadings.groupby("Industry"):
        own = returns[members.index]
        pd.testing.assert_frame_equal(by_row[members.index], xlfactor.winsorize(own, "mad", 2))
    by_column = xlfactor.winsorize(dated, "mad", 2, by="column", groups=groups)
    for (day, _), block in dated.groupby([dated.index.get_level_values(0), "Industry"]):
        if len(block) >= 8:
            expected = xlfactor.winsorize(block.loc[day], "mad", 2, by="column")
            pd.testing.assert_frame_equal(by_column.loc[block.index].loc[day], expected)


def test_assets_without_a_group_are_named_and_take_the_whole_cross_sections_bounds(returns, loadings):
    groups = loadings[["Industry"]].drop(["S1", "S2"])
    with pytest.warns(FactorWarning, match="GROUP_MISSING: no group for 2 assets: S1, S2"):
        got = xlfactor.winsorize(returns, limit=2, groups=groups)
    np.testing.assert_array_equal(got[["S1", "S2"]], xlfactor.winsorize(returns, limit=2)[["S1", "S2"]])


def test_the_summary_has_a_row_for_each_cross_section(returns, loadings, dated):
    columns = ["count", "clipped", "dropped", "lower", "upper"]
    by_row = xlfactor.winsorize_summary(returns)
    assert (list(by_row.columns), by_row.index.equals(returns.index)) == (columns, True)
    assert xlfactor.winsorize_summary(loadings, by="column").index.tolist() == ["Value", "Size"]
    by_date = xlfactor.winsorize_summary(dated, by="column")
    assert by_date.index.names == ["Date", "Column"]
    for (day, name), row in by_date.iterrows():
        x = dated.loc[day, name]
        m, s = x.median(), 1.4826 * (x - x.median()).abs().median()
        z = (x - m).abs() / s
        expected = [len(x), ((z > 3) & (z <= 10)).sum(), (z > 10).sum(), m - 3 * s, m + 3 * s]
        np.testing.assert_allclose(row, expected, rtol=1e-12)


def test_the_summary_counts_what_winsorize_changed(returns):
    got, s = xlfactor.winsorize(returns), xlfactor.winsorize_summary(returns)
    np.testing.assert_array_equal(s["dropped"], got.isna().sum(axis=1))
    np.testing.assert_array_equal(s["clipped"], ((got != returns) & got.notna()).sum(axis=1))


def test_cells_come_back_as_cells_and_blanks_take_the_defaults():
    day = dt.datetime(2026, 1, 30)
    header = ["Date", "Asset", "Value", "Industry"]
    cells = [header, *([day, f"S{n}", float(v), "Tech"] for n, v in enumerate([*range(-5, 6), 100]))]
    cells[3][2] = "#N/A"
    rows = catalogue()["WINSORIZE"].spill([cells, None, "", None, "Column"])
    assert rows[0] == header
    assert rows[1] == [day, "S0", -5.0, "Tech"]
    assert rows[3] == [day, "S2", None, "Tech"]
    assert rows[12] == [day, "S11", None, "Tech"]  # 100: median 1, MAD 3, more than 10 robust sd away
    summary = catalogue()["WINSORIZE_SUMMARY"].spill([cells, None, None, None, "column"])
    assert summary[0] == ["Date", "Column", "count", "clipped", "dropped", "lower", "upper"]
    assert summary[1][:5] == [day, "Value", 11.0, 0.0, 1.0]
    assert summary[1][5:] == pytest.approx([1 - 3 * 1.4826 * 3, 1 + 3 * 1.4826 * 3])


def refusal(function, *args, **options) -> str:
    with pytest.raises(FactorError) as caught:
        function(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize("function", [xlfactor.winsorize, xlfactor.winsorize_summary])
def test_refusals_say_what_where_and_what_to_do(function, returns, loadings):
    assert refusal(function, returns, "quantle").endswith("did you mean quantile?")
    assert refusal(function, returns, by="columns").endswith("did you mean column?")
    assert refusal(function, returns, "quantile").endswith("give a tail share such as 0.01")
    assert "drop 2 is below limit 3" in refusal(function, returns, drop=2)
    assert refusal(function, returns, limit="wide").startswith("NUM_BAD: limit holds 'wide'")
    assert refusal(function, loadings[["Industry"]]) == (
        "NO_NUMBERS: values have no column of numbers: pass at least one"
    )
    assert refusal(function, returns.iloc[:0]).startswith("NO_ROWS: values are empty")
    assert "twice" in refusal(function, returns.rename(columns={"S3": "S4"}))
    assert refusal(function, returns.replace(returns.iloc[1, 2], np.inf)) == (
        "VALUE_INF: values hold an infinite number (2026-01-02, S2: row 3, column 4): type a finite number or clear it"
    )
    strangers = loadings[["Industry"]].rename(index=lambda a: f"{a} Corp")
    assert refusal(function, returns, groups=strangers).startswith(
        "ASSET_UNKNOWN: groups give no group to any asset of values, such as S0"
    )
    mixed = loadings.astype({"Size": object})
    mixed.loc["S3", "Size"] = "big"
    assert "NUM_BAD: values hold 'big' where a number is expected (S3, Size" in refusal(function, mixed)


@pytest.mark.filterwarnings("ignore:DATES_SORTED")
def test_a_result_in_the_given_order_carries_no_trace_of_the_sorting():
    dates = pd.bdate_range("2025-01-01", periods=4, name="Date")[::-1]
    result = xlfactor.winsorize(pd.DataFrame(np.arange(40.0).reshape(4, 10), dates, list("ABCDEFGHIJ")))
    assert result.index.tolist() == dates.tolist()
    assert result.attrs == {}
