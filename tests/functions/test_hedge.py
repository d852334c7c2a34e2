"""HEDGE: labels, lists of names in every shape, refusals; its numbers stand in test_risk_properties.py too."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import xlfactor
from tests.functions.risk_books import FACTORS, book
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions import catalogue

INSTRUMENTS = ["S1", "S11", "S12"]
pytestmark = pytest.mark.filterwarnings("ignore:WEIGHT_SUM")


def refusal(*args, **options) -> FactorError:
    with pytest.raises(FactorError) as caught:
        xlfactor.hedge(*args, **options)
    assert len(str(caught.value)) <= 200
    return caught.value


def cells(table, corner):
    return [[corner, *table.columns], *([name, *row] for name, *row in table.itertuples())]


def test_the_result_lists_the_instruments_and_both_risks():
    b = book()
    table = xlfactor.hedge(*b.model, INSTRUMENTS)
    assert list(table.index) == [*INSTRUMENTS, "risk_before", "risk_after"]
    assert (table.index.name, list(table.columns)) == ("Instrument", ["trade"])
    assert table.loc["risk_before", "trade"] == pytest.approx(
        xlfactor.risk_by_asset(*b.model).loc["total", "contribution"], rel=1e-14
    )


@pytest.mark.parametrize("neutral", [[], ["Size"]])
def test_a_numerical_optimiser_finds_the_same_trades(neutral):
    b = book()
    assets = b.loadings.index
    B, Omega_r = b.dense(assets)
    w = pd.Series(0.0, assets).add(b.portfolio["weight"], fill_value=0)[assets].to_numpy()
    G = assets.get_indexer(INSTRUMENTS)
    scale = 1 / np.diag(Omega_r).mean()

    def after(q):
        moved = w.copy()
        moved[G] += q
        return moved

    k = [FACTORS.index(name) for name in neutral]
    limits = [{"type": "eq", "fun": lambda q: B[:, k].T @ after(q)}] if k else []
    found = minimize(
        lambda q: scale * after(q) @ Omega_r @ after(q), np.zeros(3), constraints=limits, method="SLSQP", tol=1e-14
    )
    trades = xlfactor.hedge(*b.model, INSTRUMENTS, neutral or None).loc[INSTRUMENTS, "trade"]
    np.testing.assert_allclose(trades, found.x, atol=1e-5)


def test_after_the_trades_the_reports_show_the_risk_and_the_neutral_exposures_promised():
    b = book()
    table = xlfactor.hedge(*b.model, INSTRUMENTS, ["Market", "Size"])
    traded = table.loc[INSTRUMENTS, "trade"].to_frame("weight").assign(benchmark=0.0)
    new = b.portfolio.add(traded, fill_value=0)
    by_factor = xlfactor.risk_by_factor(new, *b.model[1:])
    assert by_factor.loc["total", "contribution"] == pytest.approx(table.loc["risk_after", "trade"], rel=1e-12)
    assert by_factor.loc[["Market", "Size"], "exposure"].abs().max() < 1e-14


def test_the_active_part_is_hedged_against_the_benchmark():
    b = book()
    own = pd.DataFrame({"weight": b.weights("active")}, b.portfolio.index)
    expected = xlfactor.hedge(own, *b.model[1:], INSTRUMENTS)
    np.testing.assert_allclose(xlfactor.hedge(*b.model, INSTRUMENTS, view="active"), expected, rtol=1e-10)
    alone = b.portfolio[["weight"]]
    assert refusal(alone, *b.model[1:], INSTRUMENTS, view="active").code == "BENCHMARK_MISSING"
    blank = b.portfolio.assign(benchmark=np.nan)
    expected = xlfactor.hedge(alone, *b.model[1:], INSTRUMENTS)
    np.testing.assert_array_equal(xlfactor.hedge(blank, *b.model[1:], INSTRUMENTS), expected)


def test_the_names_may_stand_in_a_column_a_row_or_one_cell_with_a_heading_or_not():
    b = book()
    blocks = [cells(t, c) for t, c in zip(b.model, ("Asset", "Asset", "Factor", "Asset"), strict=True)]
    run = catalogue()["HEDGE"].spill
    column = run([*blocks, [[name] for name in INSTRUMENTS]])
    assert column[0] == ["Instrument", "trade"]
    assert column[1:] == [[n, v] for n, v in xlfactor.hedge(*b.model, INSTRUMENTS)["trade"].items()]
    for given in (
        [INSTRUMENTS],
        INSTRUMENTS,
        [["Asset"], *([name] for name in INSTRUMENTS)],
        [["Instruments"], ["S1"], [None], ["S11"], ["S12 "], [None]],
        [["Instrument", *INSTRUMENTS]],
    ):
        assert run([*blocks, given]) == column
    assert run([*blocks, [["S1"]]]) == run([*blocks, "S1"])
    assert run([*blocks, INSTRUMENTS, "Size"]) == run([*blocks, INSTRUMENTS, [["Factor"], ["Size"]]])
    frames = pd.Series(INSTRUMENTS), pd.Index(INSTRUMENTS), pd.DataFrame({"hedge with": INSTRUMENTS})
    for given in frames:
        pd.testing.assert_frame_equal(xlfactor.hedge(*b.model, given), xlfactor.hedge(*b.model, INSTRUMENTS))


def test_funds_that_are_the_same_get_the_smallest_trades_and_a_warning():
    b = book()
    loadings = b.loadings.copy()
    loadings.loc["S12"] = loadings.loc["S11"]
    psi = b.psi.copy()
    psi.loc[["S11", "S12"], "variance"] = 0
    with pytest.warns(FactorWarning, match="HEDGE_NOT_UNIQUE: 1 combinations of the instruments change no risk"):
        both = xlfactor.hedge(b.portfolio, loadings, b.Omega_f, psi, ["S11", "S12"])
    one = xlfactor.hedge(b.portfolio, loadings, b.Omega_f, psi, ["S11"])
    np.testing.assert_allclose(both.loc[["S11", "S12"], "trade"], one.loc["S11", "trade"] / 2, rtol=1e-9)
    assert both.loc["risk_after", "trade"] == pytest.approx(one.loc["risk_after", "trade"], rel=1e-9)


def test_unknown_names_are_refused_with_the_nearest():
    b = book()
    assert refusal(*b.model, ["S1", "SS12"]).line == (
        "ASSET_NOT_IN_LOADINGS: loadings do not have the instruments SS12: did you mean S12?"
    )
    assert refusal(*b.model, ["S1"], ["Sise"]).line == (
        "FACTOR_UNKNOWN: neutralize has Sise, which is no factor of loadings: did you mean Size?"
    )
    assert refusal(*b.model, ["S1"], ["Industry"]).argument == "neutralize"
    assert refusal(*b.model, ["S1"], view="actve").line.endswith("did you mean active?")
    assert refusal(*b.model, None).code == "ARGUMENT_MISSING"


def test_an_instrument_that_the_model_does_not_cover_is_refused():
    b = book()
    blank = b.loadings.copy()
    blank.loc["S11", "Size"] = np.nan
    assert refusal(b.portfolio, blank, b.Omega_f, b.psi, INSTRUMENTS).line == (
        "LOADING_MISSING: loadings have blanks for the instruments S11: fill them, or leave the instrument out"
    )
    assert refusal(b.portfolio, b.loadings, b.Omega_f, b.psi.drop("S11"), INSTRUMENTS).line == (
        "IDIO_MISSING: idio_variance has no number for the instruments S11: add it: 0 for a pure factor fund"
    )


def test_exposures_out_of_reach_are_refused():
    b = book()
    line = refusal(*b.model, ["S11"], ["Size", "Market"]).line
    assert line.startswith("NEUTRAL_IMPOSSIBLE: 1 instruments cannot bring 2 exposures to 0 at once: add instruments")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ([["S1", "S2"], ["S3", "S4"]], "NOT_A_LIST: instruments is a range of 2 rows and 2 columns: pass one column"),
        ([["S1"], ["S1"]], "DUP_ASSET: instruments list the asset S1 twice (rows 1, 2): rename or delete one"),
        ([["S1"], ["#REF!"]], "NAME_ERROR: instruments holds '#REF!' where a name is expected (row 2, column 1)"),
        ("#XLF! NO_ROWS: x", "UPSTREAM: instruments are an error: NO_ROWS: x: mend that formula first"),
    ],
)
def test_what_is_no_list_of_names_is_refused(given, line):
    assert refusal(*book().model, given).line.startswith(line)
