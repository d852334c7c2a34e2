"""The parts of all blocks, in the order of their dates, to the tables of a model: one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.engine.idio_moments import IdioMoments, joined, on_columns
from xlfactor.engine.panel_quality import QUALITY
from xlfactor.panel.map import Part


@dataclass(frozen=True)
class Reduced:
    """factor_returns (T × K), diagnostics (T × 5), and of each asset (N,) its moments and its last cap, 0 = none."""

    factor_returns: pd.DataFrame
    diagnostics: pd.DataFrame
    idio: IdioMoments
    caps: Array


def reduce_parts(parts: Iterable[Part], factors: list[str], assets: pd.Index, half_life: float) -> Reduced:
    """One pass over the parts; `assets` are all that any part may have."""
    dates, F, diagnostics = [], [], []
    total: IdioMoments | None = None
    caps = np.zeros(len(assets))
    for part in parts:
        dates.append(part.dates)
        F.append(part.F)
        diagnostics.append(part.diagnostics)
        columns = assets.get_indexer(pd.Index(part.assets))
        own = on_columns(part.idio, columns, len(assets))
        total = own if total is None else joined(total, own, half_life)
        caps[columns] = np.where(np.isfinite(part.caps), part.caps, caps[columns])
    assert total is not None
    index = pd.DatetimeIndex(np.concatenate(dates), name="Date")
    return Reduced(
        pd.DataFrame(np.concatenate(F), index, factors),
        pd.DataFrame(np.concatenate(diagnostics), index, list(QUALITY)), total, caps,
    )  # fmt: skip
