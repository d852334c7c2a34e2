"""SCREEN_FACTORS and NONLINEARITY: labels, joins, verdicts, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import xlfactor
from tests.functions.test_loadings import refusal
from xlfactor.errors import FactorWarning
from xlfactor.functions import catalogue

SCREEN = ["incremental_r_squared", "share_significant", "out_of_sample", "p_value", "p_adjusted", "verdict"]
CURVE = ["linear_r_squared", "nonlinear_r_squared", "gain", "p_value", "rank_gap"]


@pytest.fixture
def panel():
    """Two factors that count, one that does not, on dates that overlap on 240 days."""
    rng = np.random.default_rng(1)
    dates = pd.bdate_range("2025-01-01", periods=260, name="Date")
    F = pd.DataFrame(rng.normal(0, 0.01, (260, 3)), dates, ["Market", "Value", "Moon"])
    B = np.column_stack([rng.normal(1, 0.3, 8), rng.normal(0.5, 0.3, 8)])
    R = pd.DataFrame(F[["Market", "Value"]] @ B.T + rng.normal(0, 0.01, (260, 8)), dates)
    R.columns = list("ABCDEFGH")
    R.iloc[30:60, 2] = np.nan
    return R.iloc[:250], F.iloc[10:]


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_factors_that_count_are_kept_and_the_others_dropped(panel):
    got = xlfactor.screen_factors(*panel)
    assert (got.index.name, list(got.index), list(got.columns)) == ("Factor", ["Market", "Value", "Moon"], SCREEN)
    assert got["verdict"].to_dict() == {"Market": "keep", "Value": "keep", "Moon": "drop"}
    assert got["p_value"].iloc[0] == pytest.approx(1 / 240)  # every shift of 240 dates
    assert got["p_adjusted"].iloc[0] == pytest.approx(1.5 / 240)


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_the_increment_of_a_factor_is_that_of_statsmodels_on_the_common_dates(panel):
    R, F = panel
    got = xlfactor.screen_factors(R, F)["incremental_r_squared"]
    added = []
    for asset in R:
        both = F.join(R[asset].rename("y"), how="inner").dropna()
        full, less = (sm.OLS(both["y"], sm.add_constant(both[f])).fit() for f in (list(F), ["Market", "Moon"]))
        added.append(full.rsquared - less.rsquared)
    assert got["Value"] == pytest.approx(np.mean(added), rel=1e-9)


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_the_order_of_the_columns_moves_no_number_by_label(panel):
    R, F = panel
    for function in (xlfactor.screen_factors, xlfactor.nonlinearity):
        got = function(R, F)
        other = function(R[list("HDGACEBF")], F[["Moon", "Market", "Value"]])
        pd.testing.assert_frame_equal(other.loc[got.index], got, rtol=1e-8)


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_factor_returns_that_sum_to_zero_are_redundant(panel):
    R, F = panel
    family = F.assign(Tech=F["Moon"] / 2, Oil=-F["Moon"] / 2).drop(columns="Moon")
    got = xlfactor.screen_factors(R, family)
    assert got["verdict"].to_dict() == {"Market": "keep", "Value": "keep", "Tech": "redundant", "Oil": "redundant"}
    assert got.loc[["Tech", "Oil"], "p_value"].isna().all()
    assert (got.loc[["Tech", "Oil"], "incremental_r_squared"] == 0).all()


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
def test_a_bent_factor_is_found_and_a_straight_one_is_not(panel):
    R, F = panel
    bent = R.add(60 * F["Value"] ** 2, axis=0).dropna(how="all")
    got = xlfactor.nonlinearity(bent, F)
    assert (got.index.name, list(got.index), list(got.columns)) == ("Factor", list(F), CURVE)
    assert got.loc["Value", "p_value"] == pytest.approx(1 / 500)
    assert got.loc["Market", "p_value"] > 0.01
    np.testing.assert_allclose(got["gain"], got["nonlinear_r_squared"] - got["linear_r_squared"], atol=1e-15)


def test_the_same_cells_give_the_same_random_numbers(panel):
    def cells(table):
        rows = zip(table.index, table.values.tolist(), strict=True)
        return [["Date", *table], *([d.to_pydatetime(), *(None if v != v else v for v in row)] for d, row in rows)]

    blocks = [cells(table) for table in panel]
    for name in ("SCREEN_FACTORS", "NONLINEARITY"):
        with pytest.warns(FactorWarning, match="DATES_UNUSED: left out 10 dates of returns"):
            first = catalogue()[name].spill(blocks)
        with pytest.warns(FactorWarning, match="DATES_UNUSED: left out 10 dates of factors"):
            assert first == catalogue()[name].spill(blocks)
        assert [row[0] for row in first] == ["Factor", "Market", "Value", "Moon"]


@pytest.mark.filterwarnings("ignore:DATES_UNUSED")
@pytest.mark.parametrize("function", [xlfactor.screen_factors, xlfactor.nonlinearity])
def test_tables_that_cannot_be_screened_are_refused(function, panel):
    R, F = panel
    later = F.set_axis(F.index + pd.DateOffset(years=3))
    assert refusal(function, R, later).startswith("FEW_DATES: 0 dates in both returns and factors")
    assert refusal(function, R * np.nan, F).startswith("FEW_DATES: no asset has")
    assert refusal(function, R, F.assign(CPI=np.nan)) == (
        "FACTOR_NO_DATA: factors have no number for CPI: fill or delete the column"
    )
    assert "DUP_FACTOR" in refusal(function, R, F.rename(columns={"Moon": "Value"}))
