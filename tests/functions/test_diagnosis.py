"""The labelled diagnosis: layout, sentences with names, weights and dates of the loadings, refusals."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests import samples
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.functions.diagnosis import MEANING, RISKS


def model(N=80, T=250, seed=0):
    rng = np.random.default_rng(seed)
    assets, dates = [f"A{i:02d}" for i in range(N)], pd.bdate_range("2023-01-02", periods=T, name="Date")
    loadings = pd.DataFrame(
        {
            "market": 1.0,
            "Industry": np.array(["Tech", "Energy", "Banks"])[np.arange(N) % 3],
            "value": rng.normal(size=N),
            "size": rng.normal(size=N),
        },
        pd.Index(assets, name="Asset"),
    )
    D = np.column_stack([np.ones(N), pd.get_dummies(loadings["Industry"]), loadings[["value", "size"]]])
    F = rng.normal(size=(T, 6)) * [0.01, 0.004, 0.004, 0.004, 0.005, 0.005]
    return pd.DataFrame(F @ D.T + 0.015 * rng.normal(size=(T, N)), dates, assets), loadings


def by_test(table):
    return table.set_index("test")


def test_a_right_model_has_a_row_for_each_test_and_no_fail():
    table = xlfactor.diagnose_model(*model())
    assert table.index.name == "risk"
    assert list(table.columns) == ["test", "value", "threshold", "status", "meaning"]
    assert list(zip(table.index, table["test"], strict=True)) == [(r, t) for r, tests in RISKS.items() for t in tests]
    assert "FAIL" not in set(table["status"])
    assert set(table["meaning"]) <= {fine for fine, _ in MEANING.values()} | set(
        table["meaning"][table["status"] == "WARN"]
    )


def test_the_sentence_names_the_factors_and_assets_at_fault():
    returns, loadings = model()
    rng = np.random.default_rng(1)
    returns.iloc[:, 5:9] += 0.04 * rng.normal(size=(250, 1))
    doubled = loadings.assign(value_2=loadings["value"] + 0.01 * rng.normal(size=80))
    table = by_test(xlfactor.diagnose_model(returns, doubled))
    said = table.loc["missing factors", "meaning"]
    assert said.startswith("1 common movement is left in the idio returns, most in A0")
    assert all(name in said for name in ("A05", "A06", "A07", "A08"))
    assert set(table.loc["correlated loadings", "meaning"].partition(" have")[0].split(", ")) == {"value", "value_2"}
    assert table.loc["variance inflation", "status"] == "FAIL"
    assert table.loc["variance inflation", "meaning"].startswith("value")


def test_given_variances_and_weights_are_used():
    returns, loadings = model()
    psi = xlfactor.idio_covariance(returns, loadings)
    known = by_test(xlfactor.diagnose_model(returns, loadings, psi))
    own = by_test(xlfactor.diagnose_model(returns, loadings))
    assert known.loc["missing factors", "value"] == pytest.approx(own.loc["missing factors", "value"], rel=1e-5)
    assert known.loc["largest leverage", "value"] != own.loc["largest leverage", "value"]
    scaled = by_test(xlfactor.diagnose_model(returns, loadings, psi[["variance"]] * 4))
    np.testing.assert_allclose(scaled["value"], known["value"], rtol=1e-6, atol=1e-9)
    summary = xlfactor.regression_summary(returns, loadings, psi)
    assert known.loc["condition number", "value"] == pytest.approx(summary["condition_number"].iloc[-1], rel=1e-9)


def test_loadings_that_jump_are_named():
    returns, loadings = model(T=80)
    rng = np.random.default_rng(2)
    later = loadings.assign(size=rng.normal(size=80))
    dated = pd.concat({pd.Timestamp("2022-12-30"): loadings, returns.index[50]: later}, names=["Date", "Asset"])
    table = by_test(xlfactor.diagnose_model(returns, dated))
    row = table.loc["loading stability"]
    assert row["status"] in ("WARN", "FAIL")
    assert "The loadings on size change a lot" in row["meaning"]


def test_shuffled_tables_move_no_light():
    """The condition number alone depends on which value of a family the others are written in, as it does elsewhere."""
    returns, loadings = model()
    other = loadings.sample(frac=1, random_state=3)[["size", "Industry", "market", "value"]]
    a, b = (by_test(xlfactor.diagnose_model(r, b)) for r, b in ((returns, loadings), (returns.iloc[:, ::-1], other)))
    a, b = a.drop("condition number"), b.drop("condition number")
    np.testing.assert_allclose(b["value"], a["value"], rtol=1e-7, atol=1e-9)
    assert list(b["status"]) == list(a["status"])


def test_every_sentence_is_short_and_plain():
    for fine, wrong in MEANING.values():
        assert fine.endswith(".")
        assert len(wrong) < 140
        assert not set("σψλ²√") & set(fine + wrong)
    assert set(MEANING) == {test for tests in RISKS.values() for test in tests}


def test_the_diagnosis_spills_texts_and_numbers():
    rows = catalogue()["DIAGNOSE_MODEL"].spill([samples.TABLES["returns"], samples.TABLES["loadings"]])
    assert rows[0] == ["risk", "test", "value", "threshold", "status", "meaning"]
    assert len(rows) == 15
    assert {row[4] for row in rows[1:]} <= {"OK", "WARN", "FAIL"}


def test_both_variances_and_weights_are_refused():
    returns, loadings = model(N=30, T=60)
    psi = xlfactor.idio_covariance(returns, loadings)
    with pytest.raises(FactorError, match="WEIGHTS_TWICE"):
        xlfactor.diagnose_model(returns, loadings, psi, psi[["variance"]])


def test_collinearity_has_a_row_for_each_factor_and_the_condition_number():
    _, loadings = model()
    table = xlfactor.collinearity(loadings)
    assert list(table.index) == ["market", "Tech", "Energy", "Banks", "value", "size", "condition_number"]
    assert list(table.columns) == ["vif", "max_correlation", "with"]
    rows = catalogue()["COLLINEARITY"].spill([loadings])
    assert rows[0] == ["Factor", "vif", "max_correlation", "with"]
    assert rows[1] == ["market", None, None, None]
    assert rows[-1][2:] == [None, None]
    returns, _ = model(T=30)
    summary = xlfactor.regression_summary(returns, loadings)
    assert table.loc["condition_number", "vif"] == pytest.approx(summary["condition_number"].iloc[0], rel=1e-10)


def test_weights_join_by_label_and_the_last_date_of_dated_tables_counts():
    _, loadings = model()
    w = pd.DataFrame({"weight": np.random.default_rng(5).uniform(1, 3, 80)}, loadings.index)
    expected = xlfactor.collinearity(loadings, w)
    dates = pd.DatetimeIndex(["2024-01-01", "2024-02-01"], name="Date")
    dated_w = pd.DataFrame(np.vstack([np.ones(80), w["weight"]]), dates, loadings.index)
    dated = pd.concat({dates[0]: loadings.assign(size=loadings["value"]), dates[1]: loadings}, names=["Date", "Asset"])
    pd.testing.assert_frame_equal(xlfactor.collinearity(dated, dated_w), expected)
    pd.testing.assert_frame_equal(xlfactor.collinearity(loadings, w.sample(frac=1, random_state=6)), expected)


def test_weights_of_other_assets_are_refused():
    _, loadings = model()
    w = pd.DataFrame({"weight": 1.0}, ["X", "Y", "Z"])
    with pytest.raises(FactorError, match="WEIGHT_ALL_ZERO"):
        xlfactor.collinearity(loadings, w)
    with pytest.raises(FactorError, match="FEW_ASSETS: 1 assets have complete loadings and a weight above 0"):
        xlfactor.collinearity(loadings.iloc[:1])
