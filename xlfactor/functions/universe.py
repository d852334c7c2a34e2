"""The estimation universe: which assets the regressions, means and standard deviations use, and why."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import pandas as pd

from xlfactor.engine import universe as engine
from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.errors import FactorError, FactorWarning, did_you_mean, first_five
from xlfactor.functions.kinds import Characteristics, Kind, Table
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.crosssections import date_blocks

THIN = 5  # effective assets below which a family's factor return is mostly one asset's own

MinCap = Annotated[float | None, Kind("number", "Smallest market capitalisation, in the units of the column cap.")]
MinPrice = Annotated[float | None, Kind("number", "Smallest price, in the units of the column price.")]
MinAdv = Annotated[float | None, Kind("number", "Smallest average daily volume, in the units of the column adv.")]
MinHistory = Annotated[float | None, Kind("number", "Shortest history, in the units of the column history (periods).")]
Top = Annotated[int | None, Kind("whole", "How many of the largest assets by cap; equal caps share a rank.")]
Previous = Annotated[
    Table | None,
    Kind("characteristics", "The universe before, as ESTIMATION_UNIVERSE gives it: assets down, in_universe 1 or 0."),
]
Buffer = Annotated[
    float, Kind("number", "With previous: enter at threshold × (1 + buffer), stay down to threshold × (1 − buffer).")
]


@worksheet_function("Estimation universe")
def estimation_universe(
    characteristics: Characteristics,
    min_cap: MinCap = None,
    min_price: MinPrice = None,
    min_adv: MinAdv = None,
    min_history: MinHistory = None,
    top: Top = None,
    previous: Previous = None,
    buffer: Buffer = 0.1,
) -> pd.DataFrame:
    """Which assets are in the estimation universe, and why or why not.

    Question: which stocks shall the model be estimated on, and why is this one not among them?

    An asset must pass every filter that is given:

        cap ≥ min_cap, price ≥ min_price, adv ≥ min_adv, history ≥ min_history, rank by cap among all assets ≤ top

    With `previous` and the buffer b an asset enters at threshold × (1 + b) and stays down to threshold × (1 − b); for
    top it enters at rank ≤ top (1 − b) and stays to rank ≤ top (1 + b). So it does not go in and out every day. An
    asset that `previous` does not name was not in.

    characteristics : N assets × cap, price, adv, history … as of the date given; only the columns of the filters are
    needed, and a missing value there is out. Headed Date and Asset: each date on its own numbers, continuing from the
    universe of the date before (the first from `previous`).

    Returns assets × in_universe (1 or 0) and reason. In Python .attrs["summary"] lists n_assets, cap_coverage,
    entered, left and effective_assets = (Σ cap)²/Σ cap² for each date. A value of a text column with fewer than 5
    effective assets on the last date is a warning (FAMILY_THIN).
    Raises COLUMN_UNKNOWN, VALUE_RANGE, NOT_ASSETS where dates stand in the place of assets.
    Source: methodology, section 2.

    Example: with a smallest cap of 1000, A is too small and D has no cap. In Python: with yesterday's universe the
    same A is kept by the buffer, and B, new, would need 1100.

    >>> stocks = pd.DataFrame({"cap": [950.0, 1050.0, 2000.0, None]}, index=["A", "B", "C", "D"])
    >>> xlfactor.estimation_universe(stocks, min_cap=1000)["reason"].tolist()
    ['cap below 1000', 'passes', 'passes', 'no cap']
    >>> before = pd.DataFrame({"in_universe": [1, 0, 1, 1]}, index=["A", "B", "C", "D"])
    >>> xlfactor.estimation_universe(stocks, min_cap=1000, previous=before)["reason"].tolist()
    ['kept by the buffer: cap', 'cap below 1100, to enter', 'passes', 'no cap']
    """
    if isinstance(characteristics.index, pd.DatetimeIndex):
        fix = "pass assets down; head dated ones Date, Asset"
        raise FactorError("NOT_ASSETS", "characteristics have dates down", fix, argument="characteristics")
    thresholds = {"cap": min_cap, "price": min_price, "adv": min_adv, "history": min_history}
    measures = {k: (_column(characteristics, k), _not_negative(k, t)) for k, t in thresholds.items() if t is not None}
    cap = _column(characteristics, "cap", needed=top is not None)
    members = None if previous is None else _members(previous)
    index = characteristics.index
    names = index.get_level_values(-1)
    in_universe, reason = np.zeros(len(index)), np.empty(len(index), dtype=object)
    summary = []
    for rows in sorted(date_blocks(index), key=lambda rows: index[rows[0]]):
        member = None if members is None else np.asarray(names[rows].isin(members))
        passed = {k: engine.at_least(x[rows], threshold, member, buffer) for k, (x, threshold) in measures.items()}
        if top is not None:
            passed["top"] = engine.largest(cap[rows], top, member, buffer)
        inside = np.all([np.ones(len(rows), dtype=bool), *(p.passed for p in passed.values())], axis=0)
        in_universe[rows], reason[rows] = inside, _reasons(passed, member, len(rows))
        now = names[rows][inside]
        summary.append(_summary(index[rows[0]], now, members, inside, cap[rows]))
        members = now
    _warn(characteristics.iloc[rows], inside, cap[rows])
    labels = index.set_names([*index.names[:-1], "Asset"])
    result = pd.DataFrame({"in_universe": in_universe, "reason": reason}, labels)
    result.attrs["summary"] = summary
    return result


def _column(table: pd.DataFrame, name: str, needed: bool = True) -> Array:
    """A column by its name, small or capital; all missing where it is not there and not needed."""
    known = {str(column).casefold(): column for column in table.columns}
    if name in known and pd.api.types.is_numeric_dtype(table[known[name]].dtype):
        return np.asarray(table[known[name]].to_numpy(dtype=float))
    if not needed:
        return np.full(len(table), np.nan)
    fix = did_you_mean(name, known) or f"add the column {name}, or leave its filter blank"
    message = f"characteristics have no column of numbers called {name}"
    raise FactorError("COLUMN_UNKNOWN", message, fix, argument="characteristics")


def _not_negative(name: str, threshold: float) -> float:
    if threshold >= 0:
        return threshold
    raise FactorError("VALUE_RANGE", f"min_{name} is {threshold:g}", "type 0 or more", argument=f"min_{name}")


def _members(previous: pd.DataFrame) -> pd.Index:
    """The assets that were in: the column in_universe, or the only one."""
    if isinstance(previous.index, pd.DatetimeIndex | pd.MultiIndex):
        raise FactorError("NOT_ASSETS", "previous has dates", "pass one date's assets down", argument="previous")
    column = previous.get("in_universe", previous.iloc[:, 0])
    if not pd.api.types.is_numeric_dtype(column.dtype):
        message = "previous has no column of numbers called in_universe"
        raise FactorError("COLUMN_UNKNOWN", message, "give 1 or 0 for each asset", argument="previous")
    return previous.index[column.to_numpy(dtype=float) > 0]


def _reasons(passed: dict[str, engine.Passed], member: BoolArray | None, N: int) -> list[str]:
    """For each asset every filter that it fails, or by whose buffer it was kept."""
    failed: list[list[str]] = [[] for _ in range(N)]
    kept: list[list[str]] = [[] for _ in range(N)]
    for name, p in passed.items():
        for i in np.flatnonzero(~p.passed):
            to_enter = ", to enter" if member is not None and not member[i] else ""
            failed[i].append(_failure(name, p.x[i], p.level[i], to_enter))
        for i in np.flatnonzero(p.kept):
            kept[i].append(name)
    return [
        "; ".join(f) if f else f"kept by the buffer: {', '.join(k)}" if k else "passes"
        for f, k in zip(failed, kept, strict=True)
    ]


def _failure(name: str, x: float, level: float, to_enter: str) -> str:
    if np.isnan(x):
        return f"no {'cap' if name == 'top' else name}"
    text = f"rank {x:.0f} by cap, beyond {level:g}" if name == "top" else f"{name} below {level:g}"
    return text + to_enter


def _summary(label: object, now: pd.Index, before: pd.Index | None, inside: BoolArray, cap: Array) -> dict[str, object]:
    total = np.nansum(cap)
    return {
        "date": label[0] if isinstance(label, tuple) else None,
        "n_assets": len(now),
        "cap_coverage": float(np.nansum(cap[inside]) / total) if total > 0 else np.nan,
        "entered": 0 if before is None else len(now.difference(before)),
        "left": 0 if before is None else len(before.difference(now)),
        "effective_assets": engine.effective_number(cap[inside]),
    }


def _warn(table: pd.DataFrame, inside: BoolArray, cap: Array) -> None:
    """What a user should know about the last universe: nobody in it, or values of a text column with hardly anybody."""
    if not inside.any():
        text = "UNIVERSE_EMPTY: no asset passes the filters: see the column reason"
        warnings.warn(FactorWarning(text), stacklevel=4)
        return
    thin = [] if np.isnan(cap).all() else _thin(table[inside], cap[inside])
    if thin:
        text = f"FAMILY_THIN: fewer than {THIN} effective assets in the universe: {first_five(thin)}: merge it upward"
        warnings.warn(FactorWarning(text), stacklevel=4)


def _thin(table: pd.DataFrame, cap: Array) -> list[str]:
    """Values of the families with few effective assets; a text column of names or tickers is no family."""
    thin = []
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name].dtype):
            codes, values = pd.factorize(table[name])
            if 2 * len(values) <= len(table):
                thin += [str(v) for g, v in enumerate(values) if engine.effective_number(cap[codes == g]) < THIN]
    return thin
