"""One day's returns and the loadings and caps that explain them, as the one cross-section a regression solves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd

from xlfactor.engine.regression import SPARE, enough
from xlfactor.engine.sections import Pattern, Sections, patterns
from xlfactor.errors import FactorError
from xlfactor.tables.align import Panel, panel
from xlfactor.tables.continuation import factor_names, place_of_constant
from xlfactor.tables.factors import FactorTable


@dataclass(frozen=True)
class Day:
    """The pattern with its columns as places among all assets; its factors as the model names them."""

    pattern: Pattern
    names: list[str]
    table: FactorTable


def day_pattern(
    day: pd.DataFrame, loadings: pd.DataFrame | None, caps: pd.DataFrame | None, assets: pd.Index,
    family: dict[str, str], constant: str, *, by_cap: bool, table: FactorTable | None,
) -> Day:  # fmt: skip
    """The day's pattern, with the weights sqrt(cap) or 1. Raises FEW_ASSETS; else as `panel`.

    table : of the loadings, where it is known already.
    """
    if loadings is not None:
        p = None if table is None else _aligned(day, loadings, caps, assets, table)
        if p is None:
            p = panel(_known(day, loadings, assets), loadings, caps=caps, table=table)
        sections = replace(p.sections, constant=place_of_constant(p.factors, constant))
        pattern = next(filter(enough, patterns(p.R, sections, _weights(p, by_cap), p.caps)), None)
        if pattern is not None:
            if p.assets is not assets:
                pattern = replace(pattern, columns=assets.get_indexer(p.assets)[pattern.columns])
            return Day(pattern, factor_names(p.factors, family), p.factors)
    raise FactorError(
        "FEW_ASSETS", f"too few assets have a return and loadings on {day.index[0].date()}",
        "check the day's returns and the loadings before it", argument="returns",
    )  # fmt: skip


def _aligned(
    day: pd.DataFrame, loadings: pd.DataFrame, caps: pd.DataFrame | None, assets: pd.Index, table: FactorTable
) -> Panel | None:
    """What `panel` gives where all tables have these assets in this order and nothing is there to warn of."""
    labels = [day.columns, loadings.index, *([] if caps is None else [caps.index])]
    if isinstance(loadings.index, pd.MultiIndex) or not all(of.equals(assets) for of in labels):
        return None
    R, v = day.to_numpy(), None if caps is None else caps.to_numpy().T
    usable = np.isfinite(R).sum() >= table.B.n_factors + SPARE and table.B.complete.all()
    if not usable or not (v is None or (np.isfinite(v) & (v > 0)).all()):
        return None
    N = len(assets)
    sections = Sections(table.B, np.arange(N), np.array([0, N]), np.zeros(1, dtype=np.int64), table.constant)
    date = cast(pd.DatetimeIndex, day.index)
    return Panel(date, assets, table, R, sections, np.ones((1, N)), v, known_variances=False)


def _known(day: pd.DataFrame, loadings: pd.DataFrame, assets: pd.Index) -> pd.DataFrame:
    """The day's returns of every asset that has one or has loadings, missing where there is none."""
    if day.columns.equals(loadings.index):
        return day
    here = assets[assets.isin(day.columns) | assets.isin(loadings.index)]
    return day.reindex(columns=here)


def _weights(p: Panel, by_cap: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.sqrt(p.caps) if by_cap and p.caps is not None else np.ones((1, len(p.assets)))
