"""Gaps in loadings filled, and which."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from xlfactor.engine import fill as engine
from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.errors import FactorWarning, first_five
from xlfactor.functions.kinds import Caps, Loadings
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.crosssections import by_row, date_blocks, numbers

LARGE_SHARE = 0.05


@worksheet_function("Data ingestion")
def fill_loadings(loadings: Loadings, caps: Caps = None) -> pd.DataFrame:
    """Loadings with their gaps filled: by a regression on families and size, else by the family's mean.

    Question: what do I do with assets whose value or size the vendor does not deliver?

    Each style, date by date where dated, is regressed on the families (text columns) and ln(cap) over the complete
    assets, and its gaps are predicted. Where that cannot be (too few complete assets, no cap, a family value without a
    member), a gap takes the mean of the asset's family: of the first text column that has one; without families the
    mean of all. A constant stays one.

    loadings : N assets × K factors, or dated. A missing family is never guessed. A style without any number on a date
    stays missing there.
    caps : assets, or dates × assets: those of the loadings' date or the last before it; undated loadings take the
    last.

    Returns the same table. A factor of which more than 5 % was filled is named in a warning with the count; in Python
    each filled loading is in .attrs["overrides"] with date (if dated), asset, factor and value.
    Raises VALUE_RANGE for negative caps, WEIGHT_ALL_ZERO, NO_NUMBERS.
    Source: USE4 (regression), MAC3 (mean); methodology, section 1.

    Example: D gets 1.5, the mean of the other two technology stocks; the bank has no say.

    >>> table = {"Industry": ["Tech", "Tech", "Banks", "Tech"], "value": [1.0, 2.0, 5.0, None]}
    >>> xlfactor.fill_loadings(pd.DataFrame(table, index=["A", "B", "C", "D"]))["value"].tolist()
    [1.0, 2.0, 5.0, 1.5]
    """
    table = numbers(loadings, "loadings")
    index = loadings.index
    families = [name for name in loadings.columns if name not in table.columns]
    coded = [pd.factorize(loadings[name]) for name in families]
    codes = np.array([found for found, _ in coded], dtype=np.int64).reshape(len(families), len(index)).T
    sizes = tuple(len(values) for _, values in coded)
    v = by_row(caps, "caps", index)
    S = np.empty_like(table.body)
    for rows in date_blocks(index):
        S[rows] = engine.fill(table.body[rows], codes[rows], sizes, None if v is None else v[rows])
    filled = np.isnan(table.body) & np.isfinite(S)
    _warn(filled, S, table.columns)
    result = table.replaced(S)
    result.attrs["overrides"] = [
        {**_labels(index[row]), "factor": table.columns[j], "value": S[row, j]} for row, j in np.argwhere(filled)
    ]
    return result


def _labels(label: object) -> dict[str, object]:
    return {"date": label[0], "asset": label[1]} if isinstance(label, tuple) else {"asset": label}


def _warn(filled: BoolArray, S: Array, factors: list[str]) -> None:
    if filled.any():
        share = filled.mean(axis=0)
        large = first_five(f"{name} {s:.0%}" for name, s in zip(factors, share, strict=True) if s > LARGE_SHARE)
        text = f"LOADINGS_FILLED: {int(filled.sum())} missing loadings are imputed" + (large and f": {large}")
        warnings.warn(FactorWarning(text), stacklevel=4)
    left = int(np.isnan(S).sum())
    if left:
        text = f"LOADING_MISSING: {left} loadings stay missing: no asset of their date has that factor"
        warnings.warn(FactorWarning(text), stacklevel=4)
