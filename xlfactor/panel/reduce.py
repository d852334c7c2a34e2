"""The parts of all blocks, in the order of their dates, to the tables of a model: one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.engine.idio_variance import ENOUGH, ROUNDING, shrink
from xlfactor.errors import FactorError
from xlfactor.panel.idio_sums import IdioSums, joined, on_columns, variances
from xlfactor.panel.map import DIAGNOSTICS, Part


@dataclass(frozen=True)
class Reduced:
    """factor_returns (T × K), diagnostics (T × 5), and of each asset (N,) its sums and its last cap, 0 = none."""

    factor_returns: pd.DataFrame
    diagnostics: pd.DataFrame
    sums: IdioSums
    caps: Array


def reduce_parts(parts: Iterable[Part], factors: list[str], assets: pd.Index, half_life: float) -> Reduced:
    """One pass over the parts; `assets` are all that any part may have."""
    dates, F, diagnostics = [], [], []
    total: IdioSums | None = None
    caps = np.zeros(len(assets))
    for part in parts:
        dates.append(part.dates)
        F.append(part.F)
        diagnostics.append(part.diagnostics)
        columns = assets.get_indexer(pd.Index(part.assets))
        own = on_columns(part.sums, columns, len(assets))
        total = own if total is None else joined(total, own, half_life)
        caps[columns] = np.where(part.caps > 0, part.caps, caps[columns])
    assert total is not None
    index = pd.DatetimeIndex(np.concatenate(dates), name="Date")
    return Reduced(
        pd.DataFrame(np.concatenate(F), index, factors),
        pd.DataFrame(np.concatenate(diagnostics), index, list(DIAGNOSTICS)), total, caps,
    )  # fmt: skip


def idio_variances(sums: IdioSums, caps: Array, shrinkage: float) -> Array:
    """psi (N,) of engine.idio_variance.estimate from sums: shrunk by size; NaN for an asset without an idio return.

    Raises FEW_DATES, ALL_ZERO.
    """
    V, seen = variances(sums), sums.count > 0
    long = sums.count >= ENOUGH
    if not long.any():
        raise FactorError("FEW_DATES", f"no asset has {ENOUGH} idio returns", "give more dates", argument="panel")
    identified = long & (ROUNDING * np.median(V[long]) < V)
    if not identified.any():
        raise FactorError("ALL_ZERO", "all idio returns are zero", "check the loadings", argument="panel")
    psi = np.full(len(V), np.nan)
    size = caps[seen] if (caps > 0).any() else np.ones(int(seen.sum()))
    psi[seen] = shrink(np.sqrt(V[seen]), identified[seen], size, shrinkage) ** 2
    return psi
