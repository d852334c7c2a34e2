"""The record in the template: its twenty runs, its two states, and the second day on top of them."""

import csv
import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.workbook.orders import split_over_orders
from tests.workbook.recorded_books import named, rows_of
from tests.workbook.rich_books import members
from xlfactor import __version__
from xlfactor.functions import catalogue
from xlfactor.workbook.formulas.workspace import Workspace
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.template.build import NAME, templates
from xlfactor.workbook.template.record import DAYS, FACTS, sample_run

COMMITTED = templates() / NAME
SAMPLE = templates() / "sample"
PIECES = ("portfolio", "loadings", "factor_covariance", "idio_variance")


def state(path, which):
    found = {}
    for piece in PIECES:
        rows = named(path, f"xlf_{which}_{piece}")
        found[piece] = pd.DataFrame([row[1:] for row in rows[1:]], [row[0] for row in rows[1:]], rows[0][1:])
    return found


def date_of(path, which):
    return dt.datetime(1899, 12, 30) + dt.timedelta(days=named(path, f"xlf_{which}_as_of")[0][0])


def arrays(found, factors):
    """w, B, (Ω_f, ψ) of a state whose assets are all held; industries as 0/1 columns."""
    B = found["loadings"].copy()
    B = B.join(pd.get_dummies(B.pop("Industry")).astype(float))[factors].to_numpy(float)
    w = found["portfolio"].to_numpy(float)
    cov = found["factor_covariance"].loc[factors, factors].to_numpy(float)
    return w, B, (cov, found["idio_variance"]["variance"].to_numpy(float))


def split(path, active):
    """Before, after and the three parts from the two states in the file, by the N × N covariance."""
    before, after = state(path, "previous"), state(path, "last")
    factors = list(after["factor_covariance"].columns)
    sides = [arrays(before, factors), arrays(after, factors)]

    def volatility(choice):
        w, B, (cov, psi) = (sides[which][piece] for piece, which in enumerate(choice))
        held = w[:, 0] - w[:, 1] if active else w[:, 0]
        return np.sqrt(252 * (held @ (B @ cov @ B.T + np.diag(psi)) @ held))

    return split_over_orders(volatility)


def check_split(path):
    for row, active in zip(named(path, "xlf_moved")[1:], (False, True), strict=True):
        assert abs(sum(row[4:7]) - (row[2] - row[1])) < 1e-12
        assert [*row[1:3], *row[4:7]] == pytest.approx(split(path, active), abs=1e-12)


def test_the_log_holds_a_run_for_each_of_the_last_twenty_dates():
    with (SAMPLE / "returns.csv").open(newline="") as lines:
        dates = [row[0] for row in csv.reader(lines)][-DAYS:]
    runs = rows_of(COMMITTED, "tblLog")
    assert [dt.datetime(1899, 12, 30) + dt.timedelta(days=run["as_of"]) for run in runs] == [
        dt.datetime.fromisoformat(date) for date in dates
    ]
    assert [run["run"] for run in runs] == list(range(1, DAYS + 1))
    assert {run["version"] for run in runs} == {__version__}
    assert len({run["input_hash"] for run in runs}) == DAYS
    assert [run["utc_time"] - run["as_of"] for run in runs] == pytest.approx([0.75] * DAYS)


def test_the_last_runs_are_what_the_catalogue_computes_from_the_data_of_their_day():
    returns = pd.read_csv(SAMPLE / "returns.csv", index_col="Date", parse_dates=True)
    loadings, caps = (pd.read_csv(SAMPLE / name, index_col="Asset") for name in ("loadings.csv", "caps.csv"))
    portfolio = pd.read_csv(SAMPLE / "portfolio.csv", index_col="Asset")[["Portfolio", "Benchmark"]]
    for run, days in zip(rows_of(COMMITTED, "tblLog")[-2:], (1, 0), strict=True):
        R = returns.iloc[: len(returns) - days]
        idio = xlfactor.idio_covariance(R, loadings, caps=caps)
        F = xlfactor.factor_returns(R, loadings, idio, caps=caps)
        noise = xlfactor.factor_noise(R, loadings, idio, caps=caps)
        risk = xlfactor.risk_decomposition(portfolio, loadings, xlfactor.factor_covariance(F, noise=noise), idio)
        found = [run["annual_volatility"], run["active_volatility"]]
        assert found == pytest.approx(risk.loc["annual_volatility", ["portfolio", "active"]].tolist(), rel=1e-9)
        assert (run["dates"], run["assets"], run["factors"]) == (len(R), 200, 15)


@pytest.mark.slow
def test_each_of_the_twenty_runs_is_computed_from_the_data_up_to_its_date():
    ws = Workspace(open_book(COMMITTED), catalogue())
    with (SAMPLE / "runs.csv").open(newline="") as lines:
        kept = list(csv.DictReader(lines))
    for days, row in enumerate(reversed(kept)):
        run = sample_run(ws, days)
        assert [str(run[name]) for name in FACTS[:2]] == [row[name] for name in FACTS[:2]]
        assert run["status"] == row["status"]
        for name in ("assets", "factors", "dates", "annual_volatility", "active_volatility"):
            assert run[name] == pytest.approx(float(row[name]), rel=1e-9)


def test_the_sample_shows_what_moved_between_its_last_two_dates():
    assert [date_of(COMMITTED, which) for which in ("previous", "last")] == [
        dt.datetime(2026, 1, 29), dt.datetime(2026, 1, 30)
    ]  # fmt: skip
    check_split(COMMITTED)
    runs = rows_of(COMMITTED, "tblLog")[-2:]
    for row, column in zip(named(COMMITTED, "xlf_moved")[1:], ("annual_volatility", "active_volatility"), strict=True):
        assert row[1:3] == pytest.approx([run[column] for run in runs], rel=1e-9)


def test_the_second_day_changes_only_what_depends_on_it_and_the_split_adds_up(tmp_path):
    book = tmp_path / "book.xlsx"
    shutil.copy(COMMITTED, book)
    before, first = members(book), state(book, "last")
    result = refresh(book, returns=SAMPLE / "new_day.csv")
    assert result.ok
    after = members(book)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == set(result.changed_parts)
    fixed = {"Loadings", "Portfolio", "About"}
    parts = {part.name: part.part for part in open_book(book).sheets}
    assert not changed & {parts[name] for name in fixed}
    assert not [name for name in changed if not name.startswith(("xl/worksheets/", "xl/charts/", "xl/tables/", "xl/w"))]
    assert date_of(book, "last") == dt.datetime(2026, 2, 2)
    for piece, rows in first.items():
        pd.testing.assert_frame_equal(state(book, "previous")[piece], rows, check_exact=True)
    check_split(book)
    runs = rows_of(book, "tblLog")
    assert [run["run"] for run in runs[-2:]] == [DAYS, DAYS + 1]
    assert refresh(book).changed_parts == ()
