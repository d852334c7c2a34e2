"""STRESS_TEST: labels, blank shocks, dated tables, refusals; its sums stand in test_risk_properties.py too."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.functions.risk_books import FACTORS, book
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue

pytestmark = pytest.mark.filterwarnings("ignore:WEIGHT_SUM")


def shocks(**values):
    return pd.DataFrame({"shock": values})


def refusal(*args, **options) -> FactorError:
    with pytest.raises(FactorError) as caught:
        xlfactor.stress_test(*args, **options)
    assert len(str(caught.value)) <= 200
    return caught.value


def zero_sum(b):
    """The book's covariance with the three industries' plain sum at zero, as FACTOR_RETURNS without caps gives."""
    D = np.eye(7)
    D[1:4, 1:4] -= 1 / 3
    return pd.DataFrame(D @ b.Omega_f.to_numpy() @ D, FACTORS, FACTORS)


def test_the_rows_are_factors_or_assets_and_the_total():
    b = book()
    by_factor = xlfactor.stress_test(*b.model[:3], shocks(Market=-0.1))
    by_asset = xlfactor.stress_test(*b.model[:3], shocks(Market=-0.1), by="asset")
    assert list(by_factor.index) == [*FACTORS, "total"]
    assert list(by_asset.index) == [*b.portfolio.index, "total"]
    assert (by_factor.index.name, by_asset.index.name) == ("Factor", "Asset")
    for table in (by_factor, by_asset):
        assert list(table.columns) == ["shock", "contribution"]
        assert np.isnan(table.loc["total", "shock"])


def test_a_shock_alone_costs_exposure_times_shock():
    b = book()
    table = xlfactor.stress_test(*b.model[:3], shocks(Size=-0.04), propagate=False)
    x = xlfactor.exposures(b.portfolio, b.loadings).loc["Size", "portfolio"]
    assert table.loc["Size", "contribution"] == pytest.approx(-0.04 * x, rel=1e-14)
    assert table.loc["total", "contribution"] == pytest.approx(-0.04 * x, rel=1e-14)
    assert (table.drop(index=["Size", "total"]) == 0).all(axis=None)


def test_propagated_shocks_are_the_mean_of_simulated_days_with_that_shock():
    """400,000 normal draws; those with Market near -1.5 % have the implied mean of the others, to 3 errors."""
    b = book()
    L = np.linalg.cholesky(b.Omega_f.to_numpy() + 1e-14 * np.eye(7))
    F = np.random.default_rng(0).normal(size=(400_000, 7)) @ L.T
    near = F[np.abs(F[:, 0] + 0.015) < 0.001]
    implied = xlfactor.stress_test(*b.model[:3], shocks(Market=near[:, 0].mean())).loc[FACTORS, "shock"]
    error = near.std(axis=0) / np.sqrt(len(near))
    assert (np.abs(near.mean(axis=0) - implied) < 3.5 * error + 1e-12).all()


def test_a_blank_shock_is_one_that_is_implied():
    b = book()
    table = pd.DataFrame({"shock": [np.nan, -0.02, np.nan]}, ["Market", "Tech", "Size"])
    expected = xlfactor.stress_test(*b.model[:3], shocks(Tech=-0.02))
    pd.testing.assert_frame_equal(xlfactor.stress_test(*b.model[:3], table), expected)
    assert refusal(*b.model[:3], table.drop("Tech")).line == "NO_NUMBERS: shocks has no number: type at least one shock"


def test_a_shock_to_a_whole_family_that_breaks_its_zero_sum_is_refused():
    b = book()
    Omega_f = zero_sum(b)
    model = b.portfolio, b.loadings, Omega_f
    for propagate in (True, False):
        assert refusal(*model, shocks(Tech=-0.05, Energy=-0.05, Banks=-0.05), propagate).line == (
            "SHOCK_IMPOSSIBLE: factor_covariance never moves Tech, Energy, Banks together as shocks do: "
            "make a whole family's (weighted) shocks sum to 0, or shock fewer factors"
        )
    table = xlfactor.stress_test(*model, shocks(Tech=-0.05, Energy=0.02, Banks=0.03))
    np.testing.assert_allclose(table.loc[["Tech", "Energy", "Banks"], "shock"], [-0.05, 0.02, 0.03])
    part = xlfactor.stress_test(*model, shocks(Tech=-0.05, Energy=0.02))
    np.testing.assert_allclose(part, table, rtol=1e-9)
    xlfactor.stress_test(*b.model[:3], shocks(Tech=-0.05, Energy=-0.05, Banks=-0.05))  # no zero sum in this one


def test_an_asset_that_is_not_held_and_not_known_has_no_shock():
    b = book()
    more = pd.concat([b.portfolio, pd.DataFrame(0.0, ["NEW"], b.portfolio.columns)])
    table = xlfactor.stress_test(more, *b.model[1:3], shocks(Market=-0.1), by="asset")
    assert np.isnan(table.loc["NEW", "shock"])
    assert table.loc["NEW", "contribution"] == 0
    expected = xlfactor.stress_test(*b.model[:3], shocks(Market=-0.1), by="asset")
    pd.testing.assert_frame_equal(table.drop("NEW"), expected)


def test_cells_give_the_numbers_of_data_frames():
    b = book()

    def cells(table, corner):
        return [[corner, *table.columns], *([name, *row] for name, *row in table.itertuples())]

    blocks = [cells(t, c) for t, c in zip(b.model[:3], ("Asset", "Asset", "Factor"), strict=True)]
    run = catalogue()["STRESS_TEST"].spill
    rows = run([*blocks, [["Factor", "shock"], ["Market", -0.1], ["Size", None]], False, "asset"])
    frame = xlfactor.stress_test(*b.model[:3], shocks(Market=-0.1), False, "asset")
    assert rows[0] == ["Asset", "shock", "contribution"]
    assert rows[1:-1] == [[name, *row] for name, *row in frame.iloc[:-1].itertuples()]
    assert rows[-1] == ["total", None, frame.loc["total", "contribution"]]


def test_shocks_that_cannot_be_read_are_refused():
    b = book()
    assert refusal(*b.model[:3], shocks(Marked=-0.1)).line == (
        "FACTOR_UNKNOWN: shocks has Marked, which is no factor of loadings: did you mean Market?"
    )
    assert refusal(*b.model[:3], [["Market", -0.1], ["Size", 0.02]]).line == (
        "HEADER_MISSING: shocks begins with a number where its header belongs (row 1, column 2): "
        "put a row with Factor and shock above it"
    )
    two = [["Factor", "mild", "hard"], ["Market", -0.1, -0.2]]
    assert refusal(*b.model[:3], two).line == "COLUMN_UNKNOWN: shocks has 2 columns of shocks: pass one column"
    assert refusal(*b.model[:3], [["Factor", "shock"], ["Size", "big"]]).code == "NUM_BAD"
    twice = [["Factor", "shock"], ["Size", 0.1], ["Size", 0.2]]
    assert refusal(*b.model[:3], twice).code == "DUP_FACTOR"
    assert refusal(*b.model[:3], shocks(Market=-0.1), by="assets").line.endswith("did you mean asset?")
    assert refusal(*b.model[:3], shocks(Market=-0.1), view="activ").line.endswith("did you mean active?")
