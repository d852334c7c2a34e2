"""The tables that a risk model keeps: of its assets, its factor returns and their covariance; from arrays and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from xlfactor.engine import covariance
from xlfactor.engine.risk_model import Idio
from xlfactor.errors import FactorError

COVARIANCE = (
    "half_life_volatility", "half_life_correlation", "newey_west_volatility", "newey_west_correlation", "shrinkage",
)  # fmt: skip


COLUMNS = pd.Index(["variance", "dates", "weight"])


def assets_table(idio: Idio, assets: pd.Index) -> pd.DataFrame:
    parts = [idio.psi, idio.seen, *([] if idio.weight is None else [idio.weight])]
    return pd.DataFrame(np.array(parts).T, assets, COLUMNS[: len(parts)], copy=False)


def idio_of(table: pd.DataFrame, assets: pd.Index) -> Idio:
    """What `assets_table` tabled, of these assets; one that is new has no date yet."""
    known = table if assets is table.index else table.reindex(assets)
    psi, *counts = known.to_numpy(dtype=float).T
    return Idio(psi.copy(), *map(np.nan_to_num, counts))


def with_row(F: pd.DataFrame, date: pd.Timestamp, f: dict[str, float], names: list[str]) -> pd.DataFrame:
    """F and a date more; names : F's factors and new ones, which have no return before."""
    before = F if F.shape[1] == len(names) else F.reindex(columns=names)
    values = np.empty((len(F) + 1, len(names)), order="F")  # as pandas holds it
    values[:-1], values[-1] = before.to_numpy(dtype=float), [f.get(name, np.nan) for name in names]
    dates = np.empty(len(values), dtype="M8[ns]")
    dates[:-1], dates[-1] = F.index.to_numpy(), date.to_datetime64()
    return pd.DataFrame(values, pd.DatetimeIndex(dates, name=F.index.name), before.columns, copy=False)


def covariance_table(F: pd.DataFrame, names: list[str], parameters: dict[str, Any]) -> pd.DataFrame:
    """Ω_f of those factors of `names` that have any return."""
    values = F.to_numpy(dtype=float)
    factors = F.columns
    if names != factors.tolist():
        factors = pd.Index(names)
        values = values[:, F.columns.get_indexer(factors)]
    seen = np.isfinite(values)
    if not seen[:1].any():  # dates before the first return change nothing, and what is complete is quicker
        first = int(seen.any(axis=1).argmax())
        values, seen = values[first:], seen[first:]
    returned = seen.any(axis=0)
    apart: list[tuple[int, int]] = []
    if not returned.all():
        factors, values = factors[returned], values[:, returned]
    if not seen.all():
        apart = covariance.unseen_pairs(values)
    if apart:
        j, k = apart[0]
        raise FactorError(
            "NO_COMMON_DATE", f"{factors[j]} and {factors[k]} have no return on the same date", "drop one"
        )
    Omega_f = covariance.factor_covariance(values, **{name: parameters[name] for name in COVARIANCE})
    return pd.DataFrame(Omega_f, factors.rename("Factor"), factors)
