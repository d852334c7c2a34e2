"""A further date joined with what a model keeps of its past: loadings, caps, and the names of the factors."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from xlfactor.errors import FactorError, FactorWarning, first_five
from xlfactor.tables.factors import FactorTable


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
    dates = table.index.get_level_values(0)
    if not isinstance(dates, pd.DatetimeIndex):
        return table
    return table[np.asarray(dates >= dates.unique().sort_values()[-kept:][0])]


def refuse_other_than_next(day: pd.DataFrame, before: pd.Timestamp) -> None:
    if len(day) != 1:
        raise FactorError("DATE_ORDER", f"returns have {len(day)} dates", "update by one", argument="returns")
    if day.index[0] <= before:
        raise FactorError(
            "DATE_ORDER", f"returns of {day.index[0].date()} are not after the model's {before.date()}",
            "update by a later date", argument="returns",
        )  # fmt: skip


def joined_caps(before: pd.DataFrame | None, given: pd.DataFrame | None, day: pd.DataFrame) -> pd.DataFrame | None:
    """As `joined`; a model without caps stays without, for its constraint would change."""
    if before is not None:
        return joined(before, given, day, "caps")
    if given is not None:
        raise FactorError(
            "CAPS_UNUSED", "the model was estimated without caps", "leave them out, or estimate it with caps",
            argument="caps",
        )  # fmt: skip
    return None


def joined(before: pd.DataFrame, given: pd.DataFrame | None, day: pd.DataFrame, argument: str) -> pd.DataFrame:
    """`before` with the rows given for the day at its end; static ones take its place."""
    if given is None:
        return before
    given = _of_day(given, day, argument)
    if isinstance(before.index, pd.DatetimeIndex):
        return pd.concat([before, given.T.set_axis(day.index)])
    if argument == "loadings":
        _refuse_other_columns(before, given)
    if not isinstance(before.index, pd.MultiIndex):
        return given
    index = pd.MultiIndex.from_arrays([day.index.repeat(len(given)), given.index], names=before.index.names)
    return pd.concat([before, given.set_axis(index)[list(before.columns)]])


def _of_day(given: pd.DataFrame, day: pd.DataFrame, argument: str) -> pd.DataFrame:
    """The table without its dates, which are all the day's."""
    if not isinstance(given.index, pd.MultiIndex | pd.DatetimeIndex):
        return given
    if (given.index.get_level_values(0) != day.index[0]).any():
        text = f"{argument} are not those of {day.index[0].date()}"
        raise FactorError("DATE_ORDER", text, "give that date's", argument=argument)
    return given.droplevel(0) if isinstance(given.index, pd.MultiIndex) else given.T.set_axis([argument], axis=1)


def _refuse_other_columns(before: pd.DataFrame, given: pd.DataFrame) -> None:
    """Styles and families stay what they are; only a family's values may be new, or without an asset."""
    text = {name: not pd.api.types.is_numeric_dtype(given[name].dtype) for name in given.columns}
    odd = [name for name in given.columns if name not in before.columns]
    lost = [name for name in before.columns if name not in given.columns]
    turned = [n for n in text if n in before.columns and text[n] == pd.api.types.is_numeric_dtype(before[n].dtype)]
    for names, what in (
        (odd, "are not in the model"), (lost, "are missing"), (turned, "were text and are numbers now, or the reverse"),
    ):  # fmt: skip
        if names:
            raise FactorError(
                "FACTOR_UNKNOWN", f"columns {first_five(names)} of the loadings {what}",
                "give the model's columns, or estimate a new one", argument="loadings",
            )  # fmt: skip


def factor_names(table: FactorTable, family: dict[str, str]) -> list[str]:
    """The table's factors as the model calls them: a family value keeps its name whatever else the table holds."""
    known = {(of, name.removeprefix(f"{of}: ")): name for name, of in family.items()}
    named = [(table.family.get(name, ""), name) for name in table.names]
    return [known.get((of, name.removeprefix(f"{of}: ")), name) for of, name in named]


def with_new_values(family: dict[str, str], names: list[str], table: FactorTable) -> dict[str, str]:
    """`family` with the values it did not have yet, each after the last of its family."""
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
