"""What moved the risk since the last run of an earlier date: two states of a workbook compared, as rows of cells."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine import moved as engine
from xlfactor.engine.arrays import Array, symmetric
from xlfactor.engine.risk import risk_by_factor
from xlfactor.errors import FactorError, first_five
from xlfactor.tables.factors import factor_table
from xlfactor.workbook.results import Cell
from xlfactor.workbook.state import State

VIEWS = ("total", "active")
HEADER = ("annual volatility", "previous", "now", "change", *engine.PARTS, "parts - change")
FACTOR_HEADER = ("factor", "previous", "now", "change")
MOST = 5  # factors shown


@dataclass(frozen=True)
class Report:
    """The three blocks of the risk sheet: `note` one text, `table` 3 rows, `factors` 6 rows, blank where unknown."""

    note: str
    table: list[list[Cell]]
    factors: list[list[Cell]]


@dataclass(frozen=True)
class Arrays:
    """One state on assets and factors that two states share; `weights` by view, variances annual."""

    weights: dict[str, Array]
    B: Array
    Omega_f: Array
    psi: Array


def moved_report(now: State, previous: State | None, periods_per_year: float, time: datetime.datetime) -> Report:
    """The change of total and active volatility from `previous` to `now`, split; without a split the note says why."""
    stamp = stamp_of(time)
    if previous is None:
        return no_split(f"No split: the Log keeps no run of a date before {now.as_of:%Y-%m-%d}. {stamp}")
    span = f"from {previous.as_of:%Y-%m-%d} to {now.as_of:%Y-%m-%d}"
    if changed := changed_factors(previous, now):
        return no_split(f"No split {span}: factors changed ({changed}). {stamp}")
    try:
        before, after = arrays(previous, now, periods_per_year), arrays(now, previous, periods_per_year)
    except FactorError as error:
        return no_split(f"No split {span}: {error.line}. {stamp}")
    table = [list[Cell](HEADER), *(view_row(view, before, after) for view in VIEWS)]
    words = f"Annual, {span}; each part is the mean over the six orders of replacing the three."
    return Report(f"{words} {stamp}", table, factor_rows(previous, before, after))


def stamp_of(time: datetime.datetime) -> str:
    return f"Plain values, written by xlfactor refresh on {time:%Y-%m-%d %H:%M} UTC."


def without_result(time: datetime.datetime) -> Report:
    """The report of a run that has no risk to compare."""
    return no_split(f"No split: RISK_DECOMPOSITION gave no result. {stamp_of(time)}")


def no_split(why: str) -> Report:
    blank: list[Cell] = [None] * (len(HEADER) - 1)
    table: list[list[Cell]] = [list(HEADER), *([view, *blank] for view in VIEWS)]
    return Report(why, table, [list(FACTOR_HEADER), *blank_factors(MOST)])


def blank_factors(count: int) -> list[list[Cell]]:
    return [[None] * len(FACTOR_HEADER) for _ in range(count)]


def changed_factors(previous: State, now: State) -> str:
    """Which factors came and went, as words; "" for the same factors in any order."""
    old, new = previous.factor_covariance.columns, now.factor_covariance.columns
    came, went = [f for f in new if f not in old], [f for f in old if f not in new]
    words = [f"{verb} {first_five(names)}" for verb, names in (("new", came), ("gone", went)) if names]
    return "; ".join(words)


def arrays(state: State, other: State, periods_per_year: float) -> Arrays:
    """`state` on the assets that either state holds; an asset that it does not know is as in `other`, weight 0."""
    assets = state.portfolio.index.union(other.portfolio.index, sort=False)
    assets = assets[held(state, assets) | held(other, assets)].sort_values()
    factors = sorted(state.factor_covariance.columns)
    B, psi = loadings_and_variances(state, assets, factors)
    unknown = ~known(B, psi)
    odd = assets[unknown & held(state, assets)]
    if len(odd):
        raise FactorError(
            "STATE_BAD", f"the state of {state.as_of:%Y-%m-%d} holds {first_five(odd)} without risk data", ""
        )
    B_other, psi_other = loadings_and_variances(other, assets, factors)
    w = {name: state.portfolio[name].reindex(assets).fillna(0.0).to_numpy() for name in state.portfolio.columns}
    weights = {"total": w["portfolio"]}
    if "benchmark" in w and bool(state.portfolio["benchmark"].notna().any()):
        weights["active"] = w["portfolio"] - w["benchmark"]
    Omega_f = symmetric(state.factor_covariance.loc[factors, factors].to_numpy(dtype=float))
    return Arrays(
        weights, np.where(unknown[:, None], B_other, B), periods_per_year * Omega_f,
        periods_per_year * np.where(unknown, psi_other, psi),
    )  # fmt: skip


def held(state: State, assets: pd.Index) -> np.ndarray:
    weights = state.portfolio.reindex(assets).fillna(0.0).to_numpy()
    return np.asarray((weights != 0).any(axis=1))


def known(B: Array, psi: Array) -> np.ndarray:
    return np.asarray(np.isfinite(B).all(axis=1) & np.isfinite(psi))


def loadings_and_variances(state: State, assets: pd.Index, factors: list[str]) -> tuple[Array, Array]:
    """B (N, K) and psi (N,) of these assets, NaN where the state has none; a family value without asset loads 0."""
    table = factor_table(state.loadings)
    dense = pd.DataFrame(table.B.dense(), state.loadings.index, table.names)
    dense[~np.asarray(table.B.complete)] = np.nan
    absent = [factor for factor in factors if factor not in table.names]
    B = dense.reindex(assets).reindex(columns=factors)
    B[absent] = 0.0
    psi = state.idio_variance["variance"].reindex(assets)
    return B.to_numpy(dtype=float), psi.to_numpy(dtype=float)


def engine_state(arrays: Arrays, view: str) -> engine.State:
    return engine.State(arrays.weights[view], arrays.B, arrays.Omega_f, arrays.psi)


def view_row(view: str, before: Arrays, after: Arrays) -> list[Cell]:
    if view not in before.weights or view not in after.weights:
        return [view, *[None] * (len(HEADER) - 1)]
    moved = engine.volatility_moved(engine_state(before, view), engine_state(after, view))
    parts = list(moved.parts.values())
    return [view, moved.before, moved.after, moved.change, *parts, sum(parts) - moved.change]


def factor_rows(state: State, before: Arrays, after: Arrays) -> list[list[Cell]]:
    """The factors whose contribution to total volatility changed most, the largest change first."""
    contribution = [
        risk_by_factor(engine.state_risk(engine_state(side, "total")), side.Omega_f)["contribution"]
        for side in (before, after)
    ]
    change = contribution[1] - contribution[0]
    factors = sorted(state.factor_covariance.columns)
    most = np.argsort(-np.abs(change), kind="stable")[:MOST]
    rows: list[list[Cell]] = [
        [factors[k], float(contribution[0][k]), float(contribution[1][k]), float(change[k])] for k in most
    ]
    return [list(FACTOR_HEADER), *rows, *blank_factors(MOST - len(rows))]
