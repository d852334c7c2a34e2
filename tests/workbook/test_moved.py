"""Two states compared: assets that come and go, factors in another order, a book without a benchmark."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlfactor.workbook.moved import moved_report
from xlfactor.workbook.state import State, state_of, table_rows

FACTORS = ["Size", "Banks", "Value", "Energy"]
TIME = dt.datetime(2026, 2, 2, 18)


def state(rng, day, assets, held, factors=FACTORS):
    """Two styles and an industry; `held` assets have weights, all of `assets` have loadings and variances."""
    loadings = pd.DataFrame(rng.normal(0, 1, (len(assets), 2)), assets, ["Size", "Value"])
    loadings.insert(1, "Industry", ["Banks" if k % 2 else "Energy" for k in range(len(assets))])
    A = rng.normal(0, 0.01, (4, 4))
    covariance = pd.DataFrame(A @ A.T, FACTORS, FACTORS).loc[factors, factors]
    portfolio = pd.DataFrame({"portfolio": rng.normal(0.1, 0.1, len(held)), "benchmark": 1 / len(held)}, held)
    variance = pd.DataFrame({"variance": rng.uniform(1e-4, 1e-3, len(assets))}, assets)
    return State(dt.datetime(2026, 2, day), portfolio, loadings, variance, covariance)


def dense(own, assets):
    B = own.loadings[["Size", "Value"]].copy()
    for name in ("Banks", "Energy"):
        B[name] = (own.loadings["Industry"] == name).astype(float)
    return B.reindex(assets)[FACTORS]


def volatility(w_of, B_of, model_of, view):
    """One corner of the split, from labelled tables: the other day's loadings where this one has none."""
    assets = sorted({a for s in (w_of[0], w_of[1]) for a in s.portfolio.index})
    w = w_of[0].portfolio.reindex(assets).fillna(0.0)
    w = w["portfolio"] - (w["benchmark"] if view == "active" else 0.0)
    B = dense(B_of[0], assets).fillna(dense(B_of[1], assets)).to_numpy()
    psi = model_of[0].idio_variance["variance"].reindex(assets)
    psi = psi.fillna(model_of[1].idio_variance["variance"].reindex(assets)).to_numpy()
    cov = model_of[0].factor_covariance.loc[FACTORS, FACTORS].to_numpy()
    return float(np.sqrt(252 * (w @ (B @ cov @ B.T + np.diag(psi)) @ w)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 12), st.integers(2, 12), st.permutations(FACTORS))
def test_parts_are_those_of_the_labels_whatever_their_order(seed, first, second, order):
    rng = np.random.default_rng(seed)
    known = [sorted(f"A{k}" for k in rng.permutation(14)[:n]) for n in (first, second)]
    old = state(rng, 2, known[0], known[0])
    new = state(rng, 3, list(reversed(known[1])), known[1][1:], order)
    report = moved_report(new, old, 252, TIME)
    assert report.note.startswith("Annual, from 2026-02-02 to 2026-02-03;")
    ends = ((old, new), (new, old))
    for row in report.table[1:]:
        value = {
            (i, j, k): volatility(ends[i], ends[j], ends[k], row[0]) for i in (0, 1) for j in (0, 1) for k in (0, 1)
        }
        weight = (1 / 3, 1 / 6, 1 / 3)  # by how many of the other two have moved
        expected = []
        for part in range(3):
            still = [key for key in value if key[part] == 0]
            moved = [tuple(1 if k == part else taken for k, taken in enumerate(key)) for key in still]
            expected.append(sum(weight[sum(a)] * (value[b] - value[a]) for a, b in zip(still, moved, strict=True)))
        assert row[1:3] == pytest.approx([value[0, 0, 0], value[1, 1, 1]], rel=1e-11)
        assert row[4:7] == pytest.approx(expected, abs=1e-12)
        assert abs(row[7]) < 1e-12


def test_a_family_value_that_no_asset_has_any_more_loads_zero():
    rng = np.random.default_rng(1)
    assets = [f"A{k}" for k in range(6)]
    old, new = state(rng, 2, assets, assets), state(rng, 3, assets, assets)
    new.loadings["Industry"] = "Banks"
    total = moved_report(new, old, 252, TIME).table[1]
    B = new.loadings[["Size", "Value"]].assign(Banks=1.0, Energy=0.0)[FACTORS].to_numpy()
    w, psi = new.portfolio["portfolio"].to_numpy(), new.idio_variance["variance"].to_numpy()
    cov = new.factor_covariance.loc[FACTORS, FACTORS].to_numpy()
    assert total[2] == pytest.approx(np.sqrt(252 * (w @ (B @ cov @ B.T + np.diag(psi)) @ w)), rel=1e-12)


def test_an_asset_that_neither_day_holds_may_be_unknown():
    rng = np.random.default_rng(2)
    assets = [f"A{k}" for k in range(6)]
    old, new = state(rng, 2, assets, assets), state(rng, 3, assets, assets)
    expected = moved_report(new, old, 252, TIME).table
    for s in (old, new):
        s.portfolio.loc["NEW"] = [0.0, 0.0]
        s.loadings.loc["BLANK"] = [np.nan, None, np.nan]
    assert moved_report(new, old, 252, TIME).table == expected


def test_a_held_asset_without_risk_data_is_named():
    rng = np.random.default_rng(3)
    assets = [f"A{k}" for k in range(6)]
    old, new = state(rng, 2, assets, assets), state(rng, 3, assets, assets)
    old.idio_variance.loc["A3"] = np.nan
    report = moved_report(new, old, 252, TIME)
    why = "STATE_BAD: the state of 2026-02-02 holds A3 without risk data"
    assert report.note.startswith(f"No split from 2026-02-02 to 2026-02-03: {why}.")
    assert [row[1:] for row in report.table[1:]] == [[None] * 7] * 2


def test_a_benchmark_on_one_day_only_gives_no_active_split():
    rng = np.random.default_rng(4)
    assets = [f"A{k}" for k in range(6)]
    old, new = state(rng, 2, assets, assets), state(rng, 3, assets, assets)
    old.portfolio["benchmark"] = np.nan
    total, active = moved_report(new, old, 252, TIME).table[1:]
    assert abs(total[7]) < 1e-12
    assert active == ["active", *[None] * 7]


def test_a_state_reads_back_from_its_own_cells():
    rng = np.random.default_rng(5)
    assets = [f"A{k}" for k in range(6)]
    old = state(rng, 2, assets, assets)
    old.idio_variance.loc["A3"] = np.nan
    names = ("portfolio", "loadings", "idio_variance", "factor_covariance")
    again = state_of(old.as_of, {name: table_rows(old, name) for name in names})
    for name in names:
        assert table_rows(again, name) == table_rows(old, name)


def test_of_dated_loadings_the_last_date_is_kept():
    rng = np.random.default_rng(6)
    assets = [f"A{k}" for k in range(6)]
    old = state(rng, 2, assets, assets)
    tables = {name: table_rows(old, name) for name in ("portfolio", "idio_variance", "factor_covariance")}
    header, *body = table_rows(old, "loadings")
    early = [[dt.datetime(2026, 1, 1), *row[:1], 9.0, *row[2:]] for row in body]
    late = [[dt.datetime(2026, 2, 1), *row] for row in body]
    again = state_of(old.as_of, tables | {"loadings": [["Date", *header], *late, *early]})
    assert table_rows(again, "loadings") == table_rows(old, "loadings")
