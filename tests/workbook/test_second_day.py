"""The next morning: what refresh records of a day in our template, and what moved since the day before."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from tests.workbook.orders import split_over_orders
from tests.workbook.recorded_books import (
    ASSETS,
    FACTORS,
    RISK,
    T,
    area,
    cell,
    day,
    named,
    new_loadings,
    new_portfolio,
    new_returns,
    recorded_book,
    rows_of,
)
from tests.workbook.rich_books import members
from xlfactor.workbook.formulas.workspace import Rectangle
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.state import State, after_run
from xlfactor.workbook.state_cells import PIECES

YEAR = 252


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767290400")
    path = recorded_book(tmp_path / "risk.xlsx")
    assert refresh(path).ok
    return path


def frame(path, name):
    rows = named(path, name)
    return pd.DataFrame([row[1:] for row in rows[1:]], [row[0] for row in rows[1:]], rows[0][1:])


def states(path):
    """Both states as plain tables, read back from the file."""
    return [
        {piece: frame(path, f"xlf_{which}_{piece}") for piece in PIECES if piece != "as_of"}
        for which in ("previous", "last")
    ]


def recomputed(before, after, active):
    """Volatility before and after and the three parts, from the tables of two states alone, by the N × N matrix."""
    assets = sorted(set(before["portfolio"].index) | set(after["portfolio"].index))
    sides = []
    for own, other in ((before, after), (after, before)):
        B = own["loadings"].reindex(assets)
        B = B.fillna(other["loadings"].reindex(assets)).to_numpy(float)
        psi = own["idio_variance"]["variance"].reindex(assets)
        psi = psi.fillna(other["idio_variance"]["variance"].reindex(assets)).to_numpy(float)
        w = own["portfolio"].reindex(assets).fillna(0.0).to_numpy(float)
        factors = list(own["loadings"].columns)
        cov = own["factor_covariance"].loc[factors, factors].to_numpy(float)
        sides.append((w[:, 0] - w[:, 1] if active else w[:, 0], B, (cov, psi)))

    def volatility(choice):
        w, B, (cov, psi) = (sides[which][piece] for piece, which in enumerate(choice))
        return np.sqrt(YEAR * (w @ (B @ cov @ B.T + np.diag(psi)) @ w))

    return split_over_orders(volatility)


def check_moved(path):
    """The block's own sum and the recomputation from the stored states agree with it."""
    rows = named(path, "xlf_moved")
    assert rows[0] == ["annual volatility", "previous", "now", "change", "positions", "loadings", "covariance",
                       "parts - change"]  # fmt: skip
    for row, active in zip(rows[1:], (False, True), strict=True):
        assert row[3] == pytest.approx(row[2] - row[1], abs=1e-15)
        assert abs(sum(row[4:7]) - row[3]) < 1e-12
        assert abs(row[7]) < 1e-12
        expected = recomputed(*states(path), active)
        assert [*row[1:3], *row[4:7]] == pytest.approx(expected, abs=1e-12)
    risk = area(path, Rectangle("Risk", (4, 1, 15, 4)))
    now = next(row for row in risk if row[0] == "annual_volatility")
    assert [row[2] for row in rows[1:]] == pytest.approx([now[1], now[3]], abs=1e-15)
    return rows


def as_ofs(path):
    epoch = pd.Timestamp("1899-12-30")
    found = [named(path, f"xlf_{which}_as_of")[0][0] for which in ("previous", "last")]
    return [None if serial is None else epoch + pd.Timedelta(days=serial) for serial in found]


def test_the_first_run_keeps_its_state_and_says_that_there_is_no_earlier_date(book):
    assert as_ofs(book) == [None, day(T - 1)]
    assert [row[0] for row in named(book, "xlf_last_portfolio")[1:]] == ASSETS
    assert named(book, "xlf_last_factor_covariance")[0] == ["Factor", *FACTORS]
    (note,) = named(book, "xlf_moved_note")[0]
    assert note.startswith(
        f"No split: the Log keeps no run of a date before {day(T - 1):%Y-%m-%d}. Plain values, written by"
    )
    assert [row[1:] for row in named(book, "xlf_moved")[1:]] == [[None] * 7] * 2


def test_a_second_refresh_is_up_to_date(book):
    before = book.read_bytes()
    result = refresh(book)
    assert (result.ok, result.changed_parts, result.outputs) == (True, (), ())
    assert book.read_bytes() == before


def test_a_new_day_moves_last_to_previous_and_splits_the_change(book, tmp_path):
    first = states(book)[1]
    assert refresh(book, returns=new_returns(tmp_path / "r.csv", T)).ok
    assert as_ofs(book) == [day(T - 1), day(T)]
    for piece, rows in first.items():
        pd.testing.assert_frame_equal(states(book)[0][piece], rows, check_exact=True)
    rows = check_moved(book)
    assert rows[1][4:6] == [0, 0]
    assert rows[1][6] != 0
    (note,) = named(book, "xlf_moved_note")[0]
    assert note == (
        f"Annual, from {day(T - 1):%Y-%m-%d} to {day(T):%Y-%m-%d}; "
        "each part is the mean over the six orders of replacing the three. "
        "Plain values, written by xlfactor refresh on 2026-01-01 18:00 UTC."
    )


def test_only_what_depends_on_the_new_day_changes(book, tmp_path):
    before = members(book)
    result = refresh(book, returns=new_returns(tmp_path / "r.csv", T))
    after = members(book)
    changed = {name for name in after if after[name] != before[name]}
    sheets = {f"xl/worksheets/sheet{k}.xml" for k in (1, 4, 5, 7)}  # Returns, Model, Risk, Log; Checks says the same
    tables = {"xl/tables/table1.xml", "xl/tables/table5.xml"}  # tblReturns and tblLog
    assert changed == sheets | tables | {"xl/workbook.xml"} == set(result.changed_parts)
    unchanged = {"xlf_last_portfolio", "xlf_last_loadings", "xlf_moved"}
    names = open_book(book).names
    assert {("", name) for name in unchanged} <= names.keys()


def test_all_three_parts_move_on_a_day_of_trades_and_new_loadings(book, tmp_path):
    weights = dict(zip(ASSETS, np.random.default_rng(1).dirichlet(np.ones(10)).tolist(), strict=True))
    refresh(
        book, returns=new_returns(tmp_path / "r.csv", T), loadings=new_loadings(tmp_path / "l.csv"),
        portfolio=new_portfolio(tmp_path / "p.csv", weights),
    )  # fmt: skip
    rows = check_moved(book)
    assert all(abs(part) > 1e-6 for row in rows[1:] for part in row[4:7])


def test_a_second_run_on_one_date_replaces_last_only(book, tmp_path):
    refresh(book, returns=new_returns(tmp_path / "r.csv", T))
    old = states(book)
    refresh(book, portfolio=new_portfolio(tmp_path / "p.csv", dict.fromkeys(ASSETS, 0.1) | {"A1": 0.5, "A2": -0.3}))
    new = states(book)
    assert as_ofs(book) == [day(T - 1), day(T)]
    assert all(old[0][piece].equals(new[0][piece]) for piece in new[0])
    assert new[1]["portfolio"].loc["A1", "portfolio"] == 0.5
    assert check_moved(book)[1][4] != 0
    assert [run["run"] for run in rows_of(book, "tblLog")] == [1, 2, 3]


def test_a_third_date_is_compared_with_the_second(book, tmp_path):
    for k in (T, T + 1):
        refresh(book, returns=new_returns(tmp_path / "r.csv", k))
    assert as_ofs(book) == [day(T), day(T + 1)]
    check_moved(book)


def test_the_five_factors_are_those_whose_contribution_changed_most(book, tmp_path):
    refresh(book, returns=new_returns(tmp_path / "r.csv", T), loadings=new_loadings(tmp_path / "l.csv"))
    expected = {}
    for factor in FACTORS:
        found = []
        for state in states(book):
            w = state["portfolio"]["portfolio"].to_numpy(float)
            B = state["loadings"].to_numpy(float)
            cov = YEAR * state["factor_covariance"].to_numpy(float)
            psi = YEAR * state["idio_variance"]["variance"].to_numpy(float)
            sigma = np.sqrt(w @ (B @ cov @ B.T + np.diag(psi)) @ w)
            x = w @ B
            found.append((x * (cov @ x) / sigma)[FACTORS.index(factor)])
        expected[factor] = [*found, found[1] - found[0]]
    rows = named(book, "xlf_moved_factors")
    assert rows[0] == ["factor", "previous", "now", "change"]
    order = sorted(FACTORS, key=lambda factor: -abs(expected[factor][2]))
    assert [row[0] for row in rows[1:]] == [*order, None, None]
    for row in rows[1:4]:
        assert row[1:] == pytest.approx(expected[row[0]], abs=1e-14)


def test_an_asset_known_on_one_day_only_takes_its_risk_from_that_day(book, tmp_path):
    kept = ASSETS[:-1]  # A10 is sold, and the vendor drops it
    refresh(
        book, returns=new_returns(tmp_path / "r.csv", T), loadings=new_loadings(tmp_path / "l.csv", kept),
        portfolio=new_portfolio(tmp_path / "p.csv", dict.fromkeys(kept, 1 / 9)),
    )  # fmt: skip
    assert "A10" not in states(book)[1]["loadings"].index
    check_moved(book)
    refresh(  # and comes back
        book, returns=new_returns(tmp_path / "r.csv", T + 1), loadings=new_loadings(tmp_path / "l.csv", seed=8),
        portfolio=new_portfolio(tmp_path / "p.csv", dict.fromkeys(ASSETS, 0.1) | {"A10": 0.2, "A1": 0.0}),
    )  # fmt: skip
    assert "A10" not in states(book)[0]["loadings"].index
    check_moved(book)


def test_changed_factors_are_named_and_nothing_is_split(book, tmp_path):
    data = members(book)
    renamed = {name: text.replace(b"Growth", b"Carry") for name, text in data.items()
               if name in ("xl/sharedStrings.xml", "xl/tables/table2.xml")}  # fmt: skip
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (data | renamed).items():
            archive.writestr(name, text)
    refresh(book, returns=new_returns(tmp_path / "r.csv", T))
    (note,) = named(book, "xlf_moved_note")[0]
    assert note.startswith(
        f"No split from {day(T - 1):%Y-%m-%d} to {day(T):%Y-%m-%d}: factors changed (new Carry; gone Growth)."
    )
    assert [row[1:] for row in named(book, "xlf_moved")[1:]] == [[None] * 7] * 2
    refresh(book, returns=new_returns(tmp_path / "r.csv", T + 1))
    check_moved(book)


def test_without_a_benchmark_only_the_total_is_split(tmp_path):
    path = recorded_book(tmp_path / "risk.xlsx", benchmark=False)
    refresh(path)
    refresh(path, returns=new_returns(tmp_path / "r.csv", T))
    total, active = named(path, "xlf_moved")[1:]
    assert abs(sum(total[4:7]) - total[3]) < 1e-12
    assert active == ["active", *[None] * 7]


def test_going_back_to_an_earlier_date_forgets_the_later_one():
    def state(k):
        return State(day(k), *[pd.DataFrame()] * 4)

    assert [s and s.as_of for s in after_run(state(5), state(7), state(6))] == [day(5), None]
    assert [s and s.as_of for s in after_run(state(7), state(8), state(6))] == [day(7), day(6)]
    assert [s and s.as_of for s in after_run(state(7), state(7), None)] == [day(7), None]


def test_periods_a_year_are_those_of_the_risk_figure(tmp_path):
    path = recorded_book(tmp_path / "risk.xlsx", risk=RISK.replace(")", ",52)"))
    refresh(path)
    refresh(path, returns=new_returns(tmp_path / "r.csv", T))
    risk = area(path, Rectangle("Risk", (4, 1, 15, 4)))
    now = next(row for row in risk if row[0] == "annual_volatility")
    assert named(path, "xlf_moved")[1][2] == pytest.approx(now[1], abs=1e-15)


def test_a_run_whose_risk_fails_says_so_and_keeps_the_states(book, tmp_path):
    old = states(book)[1]
    weights = dict.fromkeys(ASSETS, 0.1) | {"NEW": 0.2}
    result = refresh(book, portfolio=new_portfolio(tmp_path / "p.csv", weights), keep_going=True)
    assert not result.ok
    assert named(book, "xlf_moved_note")[0][0].startswith("No split: RISK_DECOMPOSITION gave no result.")
    assert all(old[piece].equals(states(book)[1][piece]) for piece in old)
    first = rows_of(book, "tblChecks")[0]
    assert (first["code"], first["severity"], first["where"]) == ("ASSET_NOT_IN_LOADINGS", "error", "Risk!A4")
    assert cell(book, "Risk", "H1") == "FAIL"


def test_what_excel_calculated_by_itself_is_recorded_too(book, tmp_path):
    """The results are up to date, but the day is new to the Log."""
    fresh = recorded_book(tmp_path / "other.xlsx")
    refresh(book, returns=new_returns(tmp_path / "r.csv", T))
    assert refresh(fresh).ok
    live, old = members(book), members(fresh)
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:  # the new values, the Log of the day before
        for name, text in live.items():
            archive.writestr(name, old[name] if name in ("xl/worksheets/sheet7.xml", "xl/tables/table5.xml") else text)
    assert as_ofs(book)[1] == day(T - 1)
    result = refresh(book)
    assert {line.status for line in result.formulas} == {"unchanged"}
    assert as_ofs(book) == [day(T - 1), day(T)]
    check_moved(book)
    assert refresh(book).changed_parts == ()
