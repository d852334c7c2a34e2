"""One day's returns and the loadings and caps that explain them, as the one cross-section a regression solves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from xlfactor.engine.regression import SPARE, enough
from xlfactor.engine.sections import Pattern, pattern, patterns
from xlfactor.errors import FactorError
from xlfactor.tables.align import Panel, panel
from xlfactor.tables.continuation import factor_names, place_of_constant
from xlfactor.tables.factors import FactorTable, factor_table


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
        table = factor_table(loadings) if table is None else table
        place = place_of_constant(table, constant)
        found = _aligned(day, loadings, caps, assets, table, by_cap, place)
        if found is None:
            p = panel(_known(day, loadings, assets), loadings, caps=caps, table=table)
            sections = replace(p.sections, constant=place)
            found = next(patterns(p.R, sections, _weights(p, by_cap), p.caps), None)
            if found is not None and p.assets is not assets:
                found = replace(found, columns=assets.get_indexer(p.assets)[found.columns])
        if found is not None and enough(found):
            return Day(found, factor_names(table, family), table)
    raise FactorError(
        "FEW_ASSETS", f"too few assets have a return and loadings on {day.index[0].date()}",
        "check the day's returns and the loadings before it", argument="returns",
    )  # fmt: skip


def _aligned(
    day: pd.DataFrame, loadings: pd.DataFrame, caps: pd.DataFrame | None, assets: pd.Index, table: FactorTable,
    by_cap: bool, constant: int,
) -> Pattern | None:  # fmt: skip
    """The pattern where all tables have these assets in this order, and `panel` would have nothing to warn of."""
    labels = [day.columns, loadings.index, *([] if caps is None else [caps.index])]
    if not all(of.equals(assets) for of in labels) or not table.B.complete.all():
        return None
    r, v = day.to_numpy()[0], None if caps is None else caps.to_numpy()[:, 0]
    if np.isfinite(r).sum() < len(table.names) + SPARE or not (v is None or (np.isfinite(v) & (v > 0)).all()):
        return None
    w = np.sqrt(v) if by_cap and v is not None else np.ones(len(r))
    return pattern(r, table.B, np.arange(len(r)), w, v, constant)


def _known(day: pd.DataFrame, loadings: pd.DataFrame, assets: pd.Index) -> pd.DataFrame:
    """The day's returns of every asset that has one or has loadings, missing where there is none."""
    if day.columns.equals(loadings.index):
        return day
    here = assets[assets.isin(day.columns) | assets.isin(loadings.index)]
    return day.reindex(columns=here)


def _weights(p: Panel, by_cap: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.sqrt(p.caps) if by_cap and p.caps is not None else np.ones((1, len(p.assets)))
