"""CHECK_RETURNS and CLEAN_RETURNS: rows, labels, cells, warnings, refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue

COLUMNS = ["check", "value", "severity"]


def clean_panel(T=1000, N=50, seed=0):
    dates = pd.bdate_range("2020-01-01", periods=T, name="Date").as_unit("ns")
    names = [f"A{i:02d}" for i in range(N)]
    return pd.DataFrame(np.random.default_rng(seed).normal(0, 0.01, (T, N)), dates, names)


def rows_of(findings):
    """(day, asset, check) of each finding."""
    days = findings.index.get_level_values("Date").strftime("%Y-%m-%d")
    return list(zip(days, findings.index.get_level_values("Asset"), findings["check"], strict=True))


def day(panel, t):
    return panel.index[t].strftime("%Y-%m-%d")


@pytest.mark.parametrize("seed", range(3))
def test_clean_data_raises_fewer_alarms_than_one_cell_in_a_thousand(seed):
    assert len(xlfactor.check_returns(clean_panel(seed=seed))) < 0.001 * 50_000


def test_20_known_errors_of_every_kind_are_all_found_at_their_place_and_under_their_name():
    returns = clean_panel(seed=4)
    R = returns.to_numpy(copy=True)
    expected = []

    def plant(t, i, check, value=None):
        if value is not None:
            R[t, i] = value
        expected.append((day(returns, t), returns.columns[i], check))

    for k in range(3):
        plant(100 + 40 * k, 3 * k, "impossible value", -1.0 - k)
        plant(110 + 40 * k, 3 * k + 1, "unadjusted split", 1 / (k + 2) - 1)
        plant(120 + 40 * k, 3 * k + 2, "outlier", 0.2 + 0.1 * k)
        plant(130 + 40 * k, 10 + k, "spike and reversal", 0.25)
        R[131 + 40 * k, 10 + k] = -0.19
        R[500 + 40 * k : 507 + 40 * k, 20 + k] = np.nan
        plant(500 + 40 * k, 20 + k, "missing run")
        R[510 + 40 * k : 516 + 40 * k, 30 + k] = 0.0
        plant(510 + 40 * k, 30 + k, "stale price")
    R[800] = R[799]
    expected.append((day(returns, 800), "(all)", "duplicate"))
    R[:, 40] = R[:, 41]
    expected.append((day(returns, 0), "A41", "duplicate"))
    assert len(expected) == 20

    bad = pd.DataFrame(R, returns.index, returns.columns)
    findings = xlfactor.check_returns(bad)
    found = rows_of(findings)
    assert set(expected) <= set(found)
    # beside the planted ones: a split or a spike is an outlier too, and the copied day repeats nothing else
    also = {place[:2] for place in expected} | {(day(returns, 131 + 40 * k), f"A{10 + k}") for k in range(3)}
    assert [place for place in found if place[:2] not in also] == []
    assert list(findings.columns) == COLUMNS
    assert set(findings["severity"]) == {"error", "warn", "info"}


def test_values_say_how_large_a_finding_is():
    returns = clean_panel(300, 6)
    returns.iloc[100:108, 0] = np.nan
    returns.iloc[200, 1] = -0.5
    returns.iloc[210:214, 2] = 0.0
    values = xlfactor.check_returns(returns).reset_index().set_index(["Asset", "check"])["value"]
    assert values["A00", "missing run"] == 8
    assert values["A01", "unadjusted split"] == -0.5
    assert values["A02", "stale price"] == 5
    before = np.log1p(returns["A01"].iloc[137:200]).abs().median()
    assert values["A01", "outlier"] == pytest.approx(np.log(2) / before, rel=1e-12)


def test_rows_are_by_date_and_then_in_the_order_of_the_assets():
    returns = clean_panel(100, 5)[["A03", "A00", "A04", "A01", "A02"]]
    returns.iloc[50, [0, 1, 3]] = -2.0
    returns.iloc[20, 4] = -2.0
    found = rows_of(xlfactor.check_returns(returns))
    assert [asset for _, asset, check in found if check == "impossible value"] == ["A02", "A03", "A00", "A01"]


def test_no_finding_spills_the_header_alone():
    assert catalogue()["CHECK_RETURNS"].spill([clean_panel(100, 3)]) == [["Date", "Asset", *COLUMNS]]


def test_a_single_date_or_asset_is_checked_too():
    assert rows_of(xlfactor.check_returns(clean_panel(1, 3))) == []
    alone = clean_panel(100, 1)
    alone.iloc[70] = -0.5
    assert {check for _, _, check in rows_of(xlfactor.check_returns(alone))} == {"unadjusted split", "outlier"}


def test_prices_decide_what_is_stale_where_they_are_given():
    returns = clean_panel(100, 3)
    prices = 100 * (1 + returns).cumprod()
    prices.iloc[40:46, 1] = 101.0
    found = rows_of(xlfactor.check_returns(returns, prices))
    assert found == [(day(returns, 41), "A01", "stale price")]


def test_a_cap_jump_needs_dated_caps_and_stands_at_the_date_of_the_jump():
    returns = clean_panel(100, 3)
    caps = 1e9 * (1 + returns).cumprod()
    caps.iloc[60:, 2] *= 0.5
    findings = xlfactor.check_returns(returns, caps=caps)
    assert rows_of(findings) == [(day(returns, 60), "A02", "cap jump")]
    assert findings["value"].iloc[0] == pytest.approx(np.log(0.5), rel=1e-9)
    with pytest.warns(FactorWarning, match="CAPS_UNDATED"):
        assert xlfactor.check_returns(returns, caps=caps.iloc[-1].rename("cap")).empty


def test_assets_of_the_prices_without_returns_are_named_and_no_common_asset_is_refused():
    returns = clean_panel(100, 3)
    prices = (1 + returns).cumprod().assign(ZZ=1.0)
    with pytest.warns(FactorWarning, match="ASSET_UNUSED: 1 assets of prices have no returns: ZZ"):
        assert xlfactor.check_returns(returns, prices).empty
    with pytest.raises(FactorError, match=r"ASSET_UNKNOWN: prices have no asset of the returns, only B00"):
        xlfactor.check_returns(returns, prices[["A00"]].rename(columns={"A00": "B00"}))


def test_a_date_that_stands_twice_is_refused_with_its_rows():
    returns = clean_panel(10, 3)
    with pytest.raises(FactorError, match=r"DUP_DATE: returns list the date 2020-01-03 twice \(rows 4, 5\)"):
        xlfactor.check_returns(pd.concat([returns[:3], returns[2:]]))


def test_every_blanked_return_is_listed_and_counted():
    returns = clean_panel(300, 5)
    returns.iloc[100, 2], returns.iloc[150, 4] = -0.5, -1.5
    with pytest.warns(FactorWarning) as caught:
        cleaned = xlfactor.clean_returns(returns)
    assert [str(w.message) for w in caught] == [
        f"RETURNS_BLANKED: 2 suspected errors are missing now: A02 {day(returns, 100)}, A04 {day(returns, 150)}"
    ]
    assert pd.DataFrame(cleaned.attrs["overrides"]).to_dict("records") == [
        {"date": returns.index[100], "asset": "A02", "check": "unadjusted split", "value": -0.5},
        {"date": returns.index[150], "asset": "A04", "check": "impossible value", "value": -1.5},
    ]
    expected = returns.copy()
    expected.iloc[100, 2] = expected.iloc[150, 4] = np.nan
    pd.testing.assert_frame_equal(cleaned, expected, check_freq=False)


def test_clean_returns_come_back_to_the_last_bit_without_a_warning(recwarn):
    returns = clean_panel(300, 5)
    cleaned = xlfactor.clean_returns(returns)
    pd.testing.assert_frame_equal(cleaned, returns, check_exact=True, check_freq=False)
    assert cleaned.attrs["overrides"] == []
    assert not [w for w in recwarn if issubclass(w.category, FactorWarning)]


def test_cells_come_back_as_cells_with_the_error_missing():
    rows = [["Date", "A"], ["2026-01-05", 0.01], ["2026-01-06", -0.5], ["2026-01-07", 0.02]]
    with pytest.warns(FactorWarning, match="RETURNS_BLANKED"):
        spilled = catalogue()["CLEAN_RETURNS"].spill([rows])
    assert [row[1] for row in spilled] == ["A", 0.01, None, 0.02]


def test_options_out_of_range_are_refused():
    with pytest.raises(FactorError, match="VALUE_RANGE: window is 3 periods: type 5 or more"):
        xlfactor.clean_returns(clean_panel(30, 2), window=3)
    with pytest.raises(FactorError, match="VALUE_RANGE: outlier_ratio is -1: type a number above 0"):
        xlfactor.clean_returns(clean_panel(30, 2), -1)
