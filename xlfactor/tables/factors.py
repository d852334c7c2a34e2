"""A loadings table as factors: their names, their families, and the engine's style columns and codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError, first_five
from xlfactor.tables.frames import text_columns
from xlfactor.tables.rows import Codes

HEAD = 100  # rows that mostly say what millions would


@dataclass(frozen=True)
class FactorTable:
    """Rows of loadings with their factors' names in the table's order; `family` holds family factors only."""

    names: list[str]
    family: dict[str, str]
    B: Loadings
    constant: int  # style column that is one number throughout, -1 if none


def factor_table(loadings: pd.DataFrame) -> FactorTable:
    """Style columns and family codes of a parsed loadings table; a text column becomes its values, in place."""
    columns = loadings.columns.tolist()
    families = [columns[j] for j in text_columns(loadings)]
    styles = [name for name in columns if name not in families]
    numbers = loadings if not families else loadings.take([columns.index(name) for name in styles], axis=1)
    S = numbers.to_numpy(dtype=float).reshape(len(loadings), len(styles))
    codes = np.empty((len(loadings), len(families)), dtype=np.int64)
    values: dict[str, list[str]] = {}
    for k, name in enumerate(families):
        codes[:, k], found = _values(loadings[name])
        values[name] = [str(v) for v in found.tolist()]
    _refuse_empty(S, styles)
    names, family = _names(columns, values)
    sizes = tuple(len(values[name]) for name in families)
    starts = len(styles) + np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    order: list[int] = []
    for name in columns:
        if name in values:
            start = int(starts[families.index(name)])
            order.extend(range(start, start + len(values[name])))
        else:
            order.append(styles.index(name))
    return FactorTable(names, family, Loadings(S, codes, sizes, np.array(order)), _constant(S))


def _values(column: pd.Series) -> tuple[Codes, pd.Index]:
    """Codes of a text column and its values, in the order in which they appear."""
    text = column.array
    if isinstance(text, pd.Categorical):
        first = pd.unique(text.codes[: HEAD * len(text.categories)])
        first = first[first >= 0]
        if np.array_equal(first, np.arange(len(text.categories))):
            return text.codes, text.categories
        if len(first) == len(text.categories):
            return np.append(np.argsort(first), -1)[text.codes], text.categories.take(first)
    codes, found = pd.factorize(column)
    return codes, pd.Index(found)


def _names(columns: list[str], values: dict[str, list[str]]) -> tuple[list[str], dict[str, str]]:
    """A family value names its factor; `Family: value` where that name is taken."""
    taken = [name for name in columns if name not in values]
    names, family = [], {}
    for column in columns:
        for value in values.get(column, [column]):
            others = [v for name in values if name != column for v in values[name]]
            clash = column in values and (value in taken or value in others)
            name = f"{column}: {value}" if clash else value
            names.append(name)
            if column in values:
                family[name] = column
    return names, family


def _refuse_empty(S: Array, styles: list[str]) -> None:
    unsure = np.flatnonzero(~np.isfinite(S[:HEAD]).any(axis=0))
    blank = [styles[j] for j in unsure if not np.isfinite(S[:, j]).any()]
    if blank:
        raise FactorError(
            "LOADING_MISSING", f"loadings have no number for {first_five(blank)}", "fill or delete the column",
            argument="loadings",
        )  # fmt: skip


def _constant(S: Array) -> int:
    for j in np.flatnonzero(~(np.ptp(S[:HEAD], axis=0) > 0)):
        if S[0, j] != 0 and (S[:, j] == S[0, j]).all():
            return int(j)
        finite = S[np.isfinite(S[:, j]), j]
        if len(finite) and finite[0] != 0 and (finite == finite[0]).all():
            return int(j)
    return -1
