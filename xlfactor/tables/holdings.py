"""A portfolio and a risk model (loadings, factor covariance, idio variances) joined by label, once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array, BoolArray, symmetric
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError, FactorWarning, did_you_mean, first_five, subject
from xlfactor.tables.factors import FactorTable, factor_table

VIEWS = ("portfolio", "benchmark", "active")
SUM_LIMIT = 0.01  # of weights from 1, and from 0; also on the sheet Checks
ROUNDING = 1e-4  # a covariance that was rounded to some digits is still one


@dataclass(frozen=True)
class Holdings:
    """Weights by view over the portfolio's assets, and the loadings of those assets.

    An asset that no weight holds may be unknown to the model: its loadings are 0 here, `known` is False.
    """

    assets: pd.Index
    weights: dict[str, Array]
    factors: list[str]
    family: dict[str, str]
    B: Loadings
    known: BoolArray


def holdings(portfolio: pd.DataFrame, loadings: pd.DataFrame, views: tuple[str, ...] | None = None) -> Holdings:
    """The weights of `views` (those that there are, if None); every asset they hold has complete loadings."""
    given = _weights(portfolio)
    if views is None:
        views = VIEWS if "benchmark" in given else VIEWS[:1]
    elif views != ("portfolio",) and "benchmark" not in given:
        raise FactorError(
            "BENCHMARK_MISSING", f"view {first_five(views)} needs benchmark weights, and portfolio has none",
            "add them as a second column", argument="portfolio",
        )  # fmt: skip
    table, current = newest(loadings)
    assets = portfolio.index
    place = current.index.get_indexer(assets)
    B = table.B.take(np.maximum(place, 0))
    known = (place >= 0) & B.complete
    held = np.zeros(len(assets), dtype=bool)
    for side, w in given.items():
        if side in views or "active" in views:
            held |= w != 0
    _refuse_unknown(assets[held & (place < 0)], current.index)
    _refuse_incomplete(assets[held & (place >= 0) & ~known], current)
    B = Loadings(np.where(known[:, None], B.S, 0.0), np.where(known[:, None], B.codes, 0), B.sizes, B.order)
    if "benchmark" in given:
        given["active"] = given["portfolio"] - given["benchmark"]
    return Holdings(assets, {view: given[view] for view in views}, table.names, table.family, B, known)


def newest(loadings: pd.DataFrame) -> tuple[FactorTable, pd.DataFrame]:
    """Loadings as they stand, of dated ones the last date's: with the factors of all dates; and their rows."""
    table = factor_table(loadings)
    if not isinstance(loadings.index, pd.MultiIndex):
        return table, loadings
    dates = loadings.index.get_level_values(0)
    last = np.asarray(dates == dates.max())
    return replace(table, B=table.B.take(last)), loadings[last].droplevel(0)


def model_covariance(covariance: pd.DataFrame, factors: list[str], families: bool) -> Array:
    """Ω_f in the order of the loadings' factors.

    A factor that the loadings do not have is an error, unless it may be a family value without an asset now.
    """
    M = factor_matrix(covariance, factors, "factor_covariance")
    extra = [str(name) for name in covariance.index if name not in factors]
    if extra and not families:
        raise FactorError(
            "FACTOR_UNKNOWN", f"loadings have no factor {first_five(extra)}, and factor_covariance has",
            "use the loadings that the factor returns were made with", argument="loadings",
        )  # fmt: skip
    if extra:
        text = f"FACTOR_UNUSED: no asset has loadings on {first_five(extra)} of factor_covariance: exposure 0"
        warnings.warn(FactorWarning(text), stacklevel=4)
    return M


def factor_matrix(matrix: pd.DataFrame, factors: list[str], argument: str) -> Array:
    """A factors × factors table in the order of `factors`: each of them in it, complete, a covariance."""
    missing = [name for name in factors if name not in matrix.index]
    if missing:
        fix = did_you_mean(missing[0], matrix.index.difference(factors), "use tables of one model")
        raise FactorError(
            "FACTOR_UNKNOWN", f"{subject(argument, 'has')} no factor {first_five(missing)}",
            fix, argument=argument,
        )  # fmt: skip
    ordered = matrix.loc[factors, factors]
    blank = ordered.index[ordered.isna().any(axis=1)]
    if len(blank):
        raise FactorError(
            "MISSING", f"{subject(argument, 'has')} blanks for {first_five(blank)}", "fill them, or drop the factor",
            argument=argument,
        )  # fmt: skip
    refuse_asymmetric(ordered, argument)
    M = symmetric(ordered.to_numpy(dtype=float))
    d = np.linalg.eigvalsh(M)
    if d[0] < -ROUNDING * max(d[-1], 0.0):
        raise FactorError(
            "NOT_A_COVARIANCE", f"{subject(argument, 'gives')} some portfolio of factors a negative variance",
            "pass a covariance, not edited by hand", argument=argument,
        )  # fmt: skip
    return M


def refuse_asymmetric(matrix: pd.DataFrame, argument: str) -> None:
    """A covariance is symmetric; a correlation pasted over one triangle, or a row left out, is not."""
    M = matrix.to_numpy(dtype=float)
    odd = np.argwhere(np.abs(M - M.T) > ROUNDING * np.nanmax(np.abs(M), initial=0.0))
    if len(odd):
        j, k = matrix.index[odd[0]]
        raise FactorError(
            "NOT_SYMMETRIC", f"{subject(argument, 'differs')} for {j}, {k} and {k}, {j}",
            "pass a covariance matrix", argument=argument,
        )  # fmt: skip


def idio_variances(idio_variance: pd.DataFrame, assets: pd.Index) -> Array:
    """ψ in the order of `assets`, NaN where there is none."""
    negative = idio_variance.index[idio_variance["variance"] < 0]
    if len(negative):
        raise FactorError(
            "VALUE_RANGE", f"idio_variance is negative for {first_five(negative)}", "give variances of 0 or more",
            argument="idio_variance",
        )  # fmt: skip
    return np.asarray(idio_variance["variance"].reindex(assets).to_numpy(dtype=float))


def held_idio_variances(h: Holdings, idio_variance: pd.DataFrame) -> Array:
    """ψ of a portfolio's assets: every held one has it; NaN where the model does not know the asset."""
    psi = idio_variances(idio_variance, h.assets)
    held = np.any([w != 0 for w in h.weights.values()], axis=0)
    unknown = h.assets[held & np.isnan(psi)]
    if len(unknown):
        names = idio_variance.index.difference(h.assets)
        raise FactorError(
            "IDIO_MISSING", f"idio_variance has no number for the held {first_five(unknown)}",
            did_you_mean(unknown[0], names, "add it, or set the weight to 0"), argument="idio_variance",
        )  # fmt: skip
    return np.where(h.known, psi, np.nan)


def _weights(portfolio: pd.DataFrame) -> dict[str, Array]:
    """The columns of weights by view; a benchmark column without any number is none."""
    # each column contiguous: sums over a stride may differ in the last bit
    columns = {str(side): portfolio[side].to_numpy(dtype=float).copy() for side in portfolio.columns}
    if "benchmark" in columns and np.isnan(columns["benchmark"]).all():
        del columns["benchmark"]
    for side, w in columns.items():
        blank = portfolio.index[np.isnan(w)]
        if len(blank):
            raise FactorError(
                "WEIGHT_MISSING", f"the {side} weight of {first_five(blank)} is blank", "type 0 if not held",
                argument="portfolio",
            )  # fmt: skip
        if not w.any():
            raise FactorError("WEIGHT_ALL_ZERO", f"every {side} weight is 0", "type the weights", argument="portfolio")
        _warn_of_units(side, float(w.sum()))
    return columns


def _warn_of_units(side: str, total: float) -> None:
    """A sum near 100 looks like percent; near 1 (invested) or 0 (long-short) needs no word."""
    if 90 < total < 110:
        text = f"WEIGHT_UNITS: {side} weights sum to {total:.4g}: if they are percent, divide them by 100"
    elif abs(total - 1) > SUM_LIMIT and abs(total) > SUM_LIMIT:
        text = f"WEIGHT_SUM: {side} weights sum to {total:.4g}, not 1"
    else:
        return
    warnings.warn(FactorWarning(text), stacklevel=5)


def _refuse_unknown(assets: pd.Index, names: pd.Index) -> None:
    if len(assets):
        fix = did_you_mean(assets[0], names.difference(assets), "add the loadings, or set the weight to 0")
        raise FactorError(
            "ASSET_NOT_IN_LOADINGS", f"portfolio holds {first_five(assets)}, which loadings do not have", fix,
            argument="portfolio",
        )  # fmt: skip


def _refuse_incomplete(assets: pd.Index, loadings: pd.DataFrame) -> None:
    if len(assets):
        blank = loadings.columns[loadings.loc[assets[0]].isna().to_numpy()]
        raise FactorError(
            "LOADING_MISSING", f"loadings have blanks for the held {first_five(assets)}",
            "fill them, or set the weight to 0", where=f"{assets[0]}: {first_five(blank)}", argument="loadings",
        )  # fmt: skip
