"""Returns and factor series on their common dates, as arrays."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, FactorWarning, counted, first_five

SPARE = 2  # dates needed beyond the number of factors


@dataclass(frozen=True)
class Series:
    """What a time-series regression runs on: R (T, N), F (T, K), and the labels of what it returns."""

    assets: pd.Index
    factors: list[str]
    R: Array
    F: Array

    def by_asset(self, values: Array, columns: list[str]) -> pd.DataFrame:
        return pd.DataFrame(values, self.assets.rename("Asset"), columns)


def series(returns: pd.DataFrame, factors: pd.DataFrame) -> Series:
    """Join by date; dates of one table only are left out with a warning."""
    dates = returns.index.intersection(factors.index)
    K = factors.shape[1]
    if len(dates) < K + SPARE:
        raise FactorError(
            "FEW_DATES",
            f"{counted(len(dates), 'date')} in both returns and factors, {K + SPARE} needed for {counted(K, 'factor')}",
            "check that both tables have the same dates", argument="factors",
        )  # fmt: skip
    blank = factors.columns[factors.isna().all().to_numpy()]
    if len(blank):
        raise FactorError(
            "FACTOR_NO_DATA", f"factors have no number for {first_five(blank)}", "fill or delete the column",
            argument="factors",
        )  # fmt: skip
    for table, name, other in ((returns, "returns", "factors"), (factors, "factors", "returns")):
        if len(table) > len(dates):
            extra = counted(len(table) - len(dates), "date")
            text = f"DATES_UNUSED: left out {extra} of {name} that {other} do not have"
            warnings.warn(FactorWarning(text), stacklevel=4)
    R, F = (table.loc[dates].to_numpy(dtype=float) for table in (returns, factors))
    return Series(returns.columns, list(factors.columns), R, np.asarray(F))
