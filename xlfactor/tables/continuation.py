"""What a model keeps of its past, and how a further date goes on from it: loadings, caps, names of factors."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from xlfactor.errors import FactorError, FactorWarning
from xlfactor.tables.factors import FactorTable
from xlfactor.tables.rows import dates_of


def until(loadings: pd.DataFrame, last: pd.Timestamp) -> pd.DataFrame:
    """Dated loadings up to the date: later ones would look ahead."""
    if not isinstance(loadings.index, pd.MultiIndex):
        return loadings
    later = np.asarray(loadings.index.get_level_values(0) > last)
    if later.any():
        text = f"DATES_UNUSED: loadings after the last return, {last.date()}, are left out"
        warnings.warn(FactorWarning(text), stacklevel=3)
    return loadings[~later]


def last_dates(table: pd.DataFrame, kept: int) -> pd.DataFrame:
    """The rows of the last `kept` dates; a table without dates as it is."""
    if isinstance(table.index, pd.DatetimeIndex):
        return table.iloc[-kept:]
    if not isinstance(table.index, pd.MultiIndex):
        return table
    day_of, days = dates_of(table.index)
    first = max(len(days) - kept, 0)
    return table if first == 0 else table[day_of >= first]


def newest_rows(table: pd.DataFrame, back: int = 1) -> pd.DataFrame:
    """Loadings or caps, assets down: of dated ones those of the `back`-th last date."""
    if isinstance(table.index, pd.DatetimeIndex):
        return table.iloc[-back].to_frame("caps")
    return _rows_of(table, table.index, back) if isinstance(table.index, pd.MultiIndex) else table


def _rows_of(table: pd.DataFrame, index: pd.MultiIndex, back: int) -> pd.DataFrame:
    """The rows of the `back`-th last date, without it."""
    rows, codes = table, index.codes[1]
    if len(index.levels[0]) > 1:
        day_of, days = dates_of(index)
        own = np.flatnonzero(day_of == len(days) - back)
        rows, codes = table.iloc[own], codes[own]
    labels = index.levels[1]
    if not np.array_equal(codes, np.arange(len(labels))):
        labels = labels.take(codes)
    return rows.set_axis(labels.rename(index.names[1]), axis=0)


def continued_caps(
    before: pd.DataFrame | None, given: pd.DataFrame | None, date: pd.Timestamp, kept: int
) -> pd.DataFrame | None:
    """As `continued`; a model without caps stays without, for its constraint would change."""
    if before is not None:
        return continued(before, given, date, kept)
    if given is not None:
        raise FactorError(
            "CAPS_UNUSED", "the model was estimated without caps", "leave them out, or estimate it with caps",
            argument="caps",
        )  # fmt: skip
    return None


def continued(before: pd.DataFrame, given: pd.DataFrame | None, date: pd.Timestamp, kept: int) -> pd.DataFrame:
    """The last `kept` dates of `before` and of what is given for the date; static ones take its place."""
    if given is None:
        return before
    if isinstance(before.index, pd.DatetimeIndex):
        index = pd.DatetimeIndex([date], name=before.index.name)
        rows = pd.DataFrame(given.to_numpy().T, index, given.index.rename(None), copy=True)
    elif isinstance(before.index, pd.MultiIndex):
        levels = [pd.DatetimeIndex([date]), given.index]
        codes = [np.zeros(len(given), dtype=int), np.arange(len(given))]
        names = before.index.names
        rows = given.set_axis(pd.MultiIndex(levels, codes, names=names, verify_integrity=False))  # type: ignore[arg-type]
    else:
        return given
    return pd.concat([last_dates(before, kept - 1), rows]) if kept > 1 else rows


def explaining(
    before: pd.DataFrame | None, newest: pd.DataFrame | None, given: pd.DataFrame | None, lag: int
) -> pd.DataFrame | None:
    """What explains a date's returns, assets down: of the dates known the lag-th last before it (`as_of`).

    newest : of `before`; given : that of the date itself. None: nothing, or fewer than `lag` dates, are known.
    """
    dated = before is not None and isinstance(before.index, pd.MultiIndex | pd.DatetimeIndex)
    if given is not None and (lag == 0 or not dated):
        return given
    if before is None or not dated or lag <= 1:
        return newest
    known = dates_of(before.index)[1] if isinstance(before.index, pd.MultiIndex) else before.index
    return newest_rows(before, lag) if len(known) >= lag else None


def factor_names(table: FactorTable, family: dict[str, str]) -> list[str]:
    """The table's factors as the model calls them: a family value keeps its name whatever else the table holds."""
    known = {(of, name.removeprefix(f"{of}: ")): name for name, of in family.items()}
    named = [(table.family.get(name, ""), name) for name in table.names]
    return [known.get((of, name.removeprefix(f"{of}: ")), name) for of, name in named]


def with_new_values(family: dict[str, str], names: list[str], table: FactorTable) -> dict[str, str]:
    """`family` with the values it did not have yet, each after the last of its family."""
    if all(name in family for name in names):
        return family
    given = dict(zip(names, (table.family.get(name, "") for name in table.names), strict=True))
    factors = list(family)
    for name, of in given.items():
        if name not in factors:
            last = max(k for k, other in enumerate(factors) if family.get(other, given.get(other)) == of)
            factors.insert(last + 1, name)
    return {name: family[name] if name in family else given[name] for name in factors}


def name_of_constant(table: FactorTable) -> str:
    return "" if table.constant < 0 else [name for name in table.names if name not in table.family][table.constant]


def place_of_constant(table: FactorTable, constant: str) -> int:
    """Its style column: another one that happens to be constant on these dates is none."""
    if not constant:
        return -1
    j = [name for name in table.names if name not in table.family].index(constant)
    column = table.B.S[:, j]
    if np.ptp(column[np.isfinite(column)]) > 0:
        raise FactorError(
            "FACTOR_UNKNOWN", f"{constant} is no longer one number for all assets", "estimate a new model",
            argument="loadings",
        )  # fmt: skip
    return j
