"""FILL_LOADINGS: labels, dates, the list of what was filled, refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue


def sample(N=30, seed=1):
    rng = np.random.default_rng(seed)
    assets = pd.Index([f"A{i:02d}" for i in range(N)], name="Asset")
    caps = pd.DataFrame({"cap": rng.lognormal(20, 1, N)}, assets)
    industry = np.array(["Tech", "Banks", "Tech Hardware"])[np.arange(N) % 3]
    loadings = pd.DataFrame({"market": 1.0, "Industry": industry, "value": rng.normal(size=N)}, assets)
    loadings["size"] = 2 * np.log(caps["cap"]) - 40 + pd.Series(industry, assets).map({"Tech": 1.0}).fillna(0.0)
    return loadings, caps


def test_what_was_filled_is_listed_and_counted_with_the_share_of_each_factor():
    loadings, caps = sample()
    gaps = loadings.copy()
    gaps.loc[["A03", "A10"], "size"] = np.nan
    gaps.loc["A05", "value"] = np.nan
    with pytest.warns(FactorWarning) as caught:
        filled = xlfactor.fill_loadings(gaps, caps)
    assert [str(w.message) for w in caught] == ["LOADINGS_FILLED: 3 missing loadings are imputed: size 7%"]
    assert filled.loc[["A03", "A10"], "size"].to_numpy() == pytest.approx(loadings.loc[["A03", "A10"], "size"])
    listed = [(o["asset"], o["factor"]) for o in filled.attrs["overrides"]]
    assert listed == [("A03", "size"), ("A05", "value"), ("A10", "size")]
    assert filled.attrs["overrides"][0]["value"] == filled.loc["A03", "size"]
    pd.testing.assert_frame_equal(filled.drop(["A03", "A05", "A10"]), loadings.drop(["A03", "A05", "A10"]))


def test_a_family_is_matched_by_its_whole_name():
    loadings, _ = sample()
    loadings.loc["A00", "value"] = np.nan  # Tech, not Tech Hardware
    with pytest.warns(FactorWarning, match="LOADINGS_FILLED"):
        filled = xlfactor.fill_loadings(loadings)
    assert filled.loc["A00", "value"] == pytest.approx(loadings.loc[loadings["Industry"] == "Tech", "value"].mean())


def test_each_date_is_filled_from_its_own_assets_and_caps():
    loadings, caps = sample()
    days = pd.to_datetime(["2026-01-05", "2026-01-06"])
    later = loadings.copy()
    later["value"] += 100.0
    both = pd.concat({days[0]: loadings, days[1]: later}, names=["Date", "Asset"])
    both.loc[(slice(None), "A02"), "value"] = np.nan
    dated = pd.DataFrame([caps["cap"], 3 * caps["cap"]], days)
    with pytest.warns(FactorWarning, match="LOADINGS_FILLED: 2 "):
        filled = xlfactor.fill_loadings(both, dated)
    assert filled.loc[(days[1], "A02"), "value"] == pytest.approx(
        filled.loc[(days[0], "A02"), "value"] + 100, rel=1e-10
    )
    assert [(o["date"], o["asset"]) for o in filled.attrs["overrides"]] == [(days[0], "A02"), (days[1], "A02")]
    with pytest.warns(FactorWarning, match="LOADINGS_FILLED: 1 "):
        alone = xlfactor.fill_loadings(both.loc[days[0]], caps)
    np.testing.assert_allclose(alone["value"], filled.loc[days[0], "value"], rtol=1e-12)


def test_before_the_first_dated_caps_the_family_mean_fills():
    loadings, caps = sample()
    loadings.loc["A00", "value"] = np.nan
    days = pd.to_datetime(["2026-01-05", "2026-01-06"])
    both = pd.concat({day: loadings for day in days}, names=["Date", "Asset"])
    with pytest.warns(FactorWarning, match="LOADINGS_FILLED"):
        filled = xlfactor.fill_loadings(both, pd.DataFrame([caps["cap"]], days[1:]))
    mean = loadings.loc[loadings["Industry"] == "Tech", "value"].mean()
    assert filled.loc[(days[0], "A00"), "value"] == pytest.approx(mean)
    assert filled.loc[(days[1], "A00"), "value"] != pytest.approx(mean)


def test_a_missing_family_and_a_style_without_any_number_stay_missing():
    loadings, _ = sample()
    loadings.loc["A04", "Industry"] = None
    both = pd.concat({pd.Timestamp("2026-01-05"): loadings, pd.Timestamp("2026-01-06"): loadings})
    both.index.names = ["Date", "Asset"]
    both.loc[(pd.Timestamp("2026-01-06"), slice(None)), "value"] = np.nan
    with pytest.warns(FactorWarning, match="LOADING_MISSING: 30 loadings stay missing"):
        filled = xlfactor.fill_loadings(both)
    assert filled["Industry"].isna().sum() == 2
    assert filled["value"].isna().sum() == 30


def test_complete_loadings_come_back_without_a_warning(recwarn):
    loadings, caps = sample()
    filled = xlfactor.fill_loadings(loadings, caps)
    pd.testing.assert_frame_equal(filled, loadings, check_exact=True)
    assert filled.attrs["overrides"] == []
    assert not [w for w in recwarn if issubclass(w.category, FactorWarning)]


def test_cells_come_back_as_cells_with_the_gap_filled():
    rows = [["Asset", "Industry", "value"], ["A", "T", 1.0], ["B", "T", 2.0], ["C", "B", 5.0], ["D", "T", "#N/A"]]
    with pytest.warns(FactorWarning, match="LOADINGS_FILLED"):
        spilled = catalogue()["FILL_LOADINGS"].spill([rows])
    assert spilled == [
        ["Asset", "Industry", "value"],
        ["A", "T", 1.0],
        ["B", "T", 2.0],
        ["C", "B", 5.0],
        ["D", "T", 1.5],
    ]


def test_negative_caps_and_a_table_of_text_are_refused():
    loadings, caps = sample()
    with pytest.raises(FactorError, match="VALUE_RANGE: caps are negative for A00"):
        xlfactor.fill_loadings(loadings, -caps.loc[["A00"]])
    with pytest.raises(FactorError, match="NO_NUMBERS: loadings have no column of numbers: pass at least one"):
        xlfactor.fill_loadings(loadings[["Industry"]])
