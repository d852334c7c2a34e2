"""Returns, loadings and weights joined by label, once, into the arrays of a cross-sectional regression."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.regression import SPARE
from xlfactor.engine.sections import Sections
from xlfactor.errors import FactorError, first_five, subject
from xlfactor.tables.factors import FactorTable, factor_table
from xlfactor.tables.left_out import compare, complete_assets, on_some_date, positive, refuse_few, warn_of_gaps
from xlfactor.tables.rows import dates_of, labels_of, offsets_of, sorted_rows


@dataclass(frozen=True)
class Panel:
    """What a cross-sectional regression runs on, and the labels of what it returns."""

    dates: pd.DatetimeIndex
    assets: pd.Index
    factors: FactorTable
    R: Array  # (T, N)
    sections: Sections
    W: Array  # (1, N) or (T, N)
    caps: Array | None
    known_variances: bool

    def by_factor(self, F: Array) -> pd.DataFrame:
        return pd.DataFrame(F, self.dates, self.factors.names)

    def by_asset(self, E: Array) -> pd.DataFrame:
        return pd.DataFrame(E, self.dates, self.assets)


def panel(
    returns: pd.DataFrame,
    loadings: pd.DataFrame,
    *,
    idio_variance: pd.DataFrame | None = None,
    weights: pd.DataFrame | None = None,
    caps: pd.DataFrame | None = None,
    lag: int = 1,
    table: FactorTable | None = None,
) -> Panel:
    """Join by label; what one table does not know of another's assets is left out, with a warning.

    table : `factor_table` of the loadings, where it is known already.
    """
    if lag < 0:
        raise FactorError("VALUE_RANGE", f"lag is {lag}", "type 0 or more", argument="lag")
    table = factor_table(loadings) if table is None else table
    dates, assets = pd.DatetimeIndex(returns.index), returns.columns
    label_of, labels = labels_of(loadings.index)
    place = assets.get_indexer(labels)
    compare(assets, labels, place, label_of, len(table.names))
    columns = place[label_of]
    if isinstance(loadings.index, pd.MultiIndex):
        sections = _dated_sections(table, loadings.index, columns, dates, lag)
    else:
        sections = _static_sections(table, columns, len(dates))
    W, known = _regression_weights(idio_variance, weights, dates, assets, lag)
    share = None if caps is None else by_asset_or_date(caps, "caps", dates, assets, lag)
    if share is not None and len(share) > 1:  # before the first caps nothing fixes the families' sums
        of_date = np.where((share > 0).any(axis=1), sections.of_date, -1)
        sections = replace(sections, of_date=of_date)
    R = returns.to_numpy(dtype=float)
    complete = complete_assets(sections, len(assets))
    refuse_few(R, sections, W, complete)
    weighted_by = "weights" if idio_variance is None else "idio_variance"
    warn_of_gaps(assets, sections, W, share, complete, weighted_by)
    return Panel(dates, assets, table, R, sections, W, share, known)


def current_panel(
    loadings: pd.DataFrame,
    *,
    idio_variance: pd.DataFrame | None = None,
    weights: pd.DataFrame | None = None,
    caps: pd.DataFrame | None = None,
) -> Panel:
    """The cross-section that the next return will be explained by: one date of zero returns after all given dates."""
    table, assets = factor_table(loadings), loadings.index.get_level_values(-1).unique()
    if len(assets) < len(table.names) + SPARE:
        need = f"{len(table.names)} factors need {len(table.names) + SPARE}"
        raise FactorError(
            "FEW_ASSETS", f"loadings have {len(assets)} assets; {need}",
            "add assets or drop factors", argument="loadings",
        )  # fmt: skip
    first_labels = [t.index.get_level_values(0) for t in (loadings, weights, caps) if t is not None]
    last = [labels.max() for labels in first_labels if isinstance(labels, pd.DatetimeIndex)]
    after = max(last, default=pd.Timestamp(0)) + pd.Timedelta(days=1)
    returns = pd.DataFrame(0.0, pd.DatetimeIndex([after], name="Date"), assets)
    return panel(returns, loadings, idio_variance=idio_variance, weights=weights, caps=caps)


def _static_sections(table: FactorTable, columns: IntArray, T: int) -> Sections:
    """Rows by column, as `_dated_sections`; copied in any case, for the last bit of a product is its memory order's."""
    order = np.argsort(columns)
    kept = order[columns[order] >= 0]
    return Sections(
        table.B.take(kept), columns[kept], np.array([0, len(kept)]), np.zeros(T, dtype=np.int64), table.constant
    )


def _dated_sections(
    table: FactorTable, index: pd.MultiIndex, columns: IntArray, dates: pd.DatetimeIndex, lag: int
) -> Sections:
    """Rows by date and column, so that their order says nothing; a panel in that order stays where it is."""
    day_of, days = dates_of(index)
    B, kept = table.B, sorted_rows(columns, day_of)
    columns = np.tile(columns, len(day_of) // len(columns))
    if kept is not None:
        B, columns, day_of = B.take(kept), columns[kept], day_of[kept]
    return Sections(B, columns, offsets_of(day_of, len(days)), as_of(days, dates, lag), table.constant)


def as_of(known: pd.DatetimeIndex, dates: pd.DatetimeIndex, lag: int) -> IntArray:
    """For each date the lag-th last known date strictly before it; lag 0: the last one not after; -1: none."""
    place = known.searchsorted(dates, side="left" if lag else "right") - (lag or 1)
    return np.maximum(place, -1).astype(np.int64)


def by_asset_or_date(table: pd.DataFrame, argument: str, dates: pd.DatetimeIndex, assets: pd.Index, lag: int) -> Array:
    """A weight or cap for each asset, (1, N), or for each date too, (T, N); NaN where none is given.

    Dated values follow the rule of dated loadings (the lag-th last date before), so nothing looks ahead.
    """
    if isinstance(table.index, pd.DatetimeIndex):
        values = (table if table.columns.equals(assets) else table.reindex(columns=assets)).to_numpy(dtype=float)
        place = as_of(table.index, dates, lag)
        V = values
        if not np.array_equal(place, np.arange(len(values))):
            V = values[place]
            V[place < 0] = np.nan
    else:
        V = table.iloc[:, 0].reindex(assets).to_numpy(dtype=float)[None, :]
    given = table.to_numpy(dtype=float)
    if (given < 0).any():
        names = table.columns if isinstance(table.index, pd.DatetimeIndex) else table.index
        negative = np.asarray((given < 0).any(axis=0 if isinstance(table.index, pd.DatetimeIndex) else 1))
        raise FactorError(
            "VALUE_RANGE", f"{subject(argument, 'is')} negative for {first_five(names[negative])}",
            "give numbers of 0 or more",
            argument=argument,
        )  # fmt: skip
    if not on_some_date(V, positive).any():
        raise FactorError(
            "WEIGHT_ALL_ZERO", f"{subject(argument, 'is')} zero or missing for every asset in use",
            "check the asset names, the dates if any, and the numbers", argument=argument,
        )  # fmt: skip
    return np.asarray(V)


def _regression_weights(
    idio_variance: pd.DataFrame | None,
    weights: pd.DataFrame | None,
    dates: pd.DatetimeIndex,
    assets: pd.Index,
    lag: int,
) -> tuple[Array, bool]:
    if idio_variance is not None and weights is not None:
        raise FactorError("WEIGHTS_TWICE", "idio_variance and weights are both given", "leave one of them blank")
    if weights is not None:
        return by_asset_or_date(weights, "weights", dates, assets, lag), False
    if idio_variance is None:
        return np.ones((1, len(assets))), False
    psi = idio_variance["variance"].reindex(assets).to_numpy(dtype=float)
    if (psi <= 0).any():
        raise FactorError(
            "VALUE_RANGE", f"idio_variance is not positive for {first_five(assets[psi <= 0])}",
            "give variances above 0", argument="idio_variance",
        )  # fmt: skip
    if not np.isfinite(psi).any():
        raise FactorError(
            "ASSET_UNKNOWN",
            "idio_variance has no number for any asset of the returns",
            "check the asset names",
            argument="idio_variance",
        )
    return 1 / psi[None, :], True
