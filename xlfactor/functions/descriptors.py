"""Descriptors of a style: combined into one, and made independent of other loadings."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import pandas as pd

from xlfactor.engine import descriptors as engine
from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, FactorWarning, did_you_mean, first_five
from xlfactor.functions.kinds import DescriptorWeights, Kind, Loadings, Weights
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.crosssections import Numbers, by_row, date_blocks, numbers, rows_of
from xlfactor.tables.factors import factor_table

Descriptors = Annotated[
    pd.DataFrame,
    Kind("loadings", "Descriptors: assets down, standardized descriptors across; a Date column before Asset: dated."),
]
Against = Annotated[
    pd.DataFrame,
    Kind("loadings", "What the loadings shall be independent of: assets down, factors across; text columns: families."),
]


@worksheet_function("Loadings")
def combine_descriptors(descriptors: Descriptors, weights: DescriptorWeights = None) -> pd.DataFrame:
    """One style from several descriptors: weighted mean over those present, re-standardized.

    Question: how do I make one style, such as value, out of book-to-price and earnings yield?

        x_i = Σ_j a_j d_ij / Σ_j |a_j|

    over the descriptors j that asset i has; then mean 0 and standard deviation 1 (ddof 1) over the assets, date by
    date where dated. Descriptors are taken as they are: standardize them first.

    descriptors : N assets × J descriptors; a missing one is left out of its asset's mean.
    weights : descriptor, weight; a negative weight turns its descriptor round. Descriptors without a weight, and text
    columns, are left out; no weights at all: equal weights.

    Returns N assets × style, in standard deviations; missing for an asset without any descriptor.
    Raises FACTOR_UNKNOWN for a weight whose descriptor is not there, WEIGHT_ALL_ZERO, NO_NUMBERS.
    Source: USE4; methodology, section 4.

    Example: book counts twice. BBB has no earnings and is judged by book alone.

    >>> d = pd.DataFrame(
    ...     {"book": [1.0, 0.0, -1.0], "earnings": [0.5, None, -1.0]}, ["AAA", "BBB", "CCC"])
    >>> weights = pd.Series({"book": 2, "earnings": 1})
    >>> xlfactor.combine_descriptors(d, weights).round(4)["style"].tolist()
    [0.9684, 0.0605, -1.0289]
    """
    table = numbers(descriptors, "descriptors")
    a = _descriptor_weights(table, descriptors, weights)
    x = np.full((len(table.body), 1), np.nan)
    for rows in date_blocks(descriptors.index):
        x[rows, 0] = engine.combine(table.body[rows], a)
    return pd.DataFrame(x, descriptors.index, ["style"])


@worksheet_function("Loadings")
def orthogonalize(loadings: Loadings, against: Against, weights: Weights = None) -> pd.DataFrame:
    """Loadings made independent of others: residual of a weighted regression, re-standardized.

    Question: how much of my new factor is really new, and not size or industry in disguise?

        e = x − [1 B] c, c = argmin Σ w (x − [1 B] c)²

    with B the loadings of `against`; then e with weighted mean 0 and equal-weighted standard deviation 1 (ddof 1),
    date by date where dated. The weighted correlation with each column of B is 0.

    loadings : N assets × S styles; text columns pass through. A style that `against` explains entirely becomes 0, with
    a warning.
    against : static, or dated: of the loadings' date, or else of the last date before it. Families are 0/1 factors.
    weights : regression weights; none: equal. An asset without one has no say but gets its residual.

    Returns the same table, in standard deviations; missing where the loading or one of `against` is, or its family
    value has no weight.
    Raises FEW_ASSETS, NO_NUMBERS, WEIGHT_ALL_ZERO, VALUE_RANGE for negative weights.
    Source: methodology, section 4.

    Example: among assets of the same size A and D lie 2 below and above the mean, B and C 0.5; what is left has
    standard deviation 1, and correlation 0 with size.

    >>> styles = pd.DataFrame(
    ...     {"value": [1.0, 2.0, 3.0, 5.0], "size": [1.0, -1.0, -1.0, 1.0]}, list("ABCD"))
    >>> xlfactor.orthogonalize(styles[["value"]], styles[["size"]]).round(4)["value"].tolist()
    [-1.1882, -0.297, 0.297, 1.1882]
    """
    table, given = numbers(loadings, "loadings"), factor_table(against)
    place = rows_of(against.index, loadings.index)
    v = by_row(weights, "weights", loadings.index)
    X, known = table.body, np.zeros(len(place), dtype=bool)
    known[place >= 0] = given.B.complete[place[place >= 0]]
    D = np.full_like(X, np.nan)
    for rows in date_blocks(loadings.index):
        here = rows[known[rows]]
        D[here] = engine.orthogonalize(X[here], given.B.take(place[here]), None if v is None else v[here])
    _warn(table, D, known)
    if np.isnan(D).all():
        raise FactorError(
            "FEW_ASSETS", f"{int(known.sum())} assets have all {given.B.n_factors} loadings of against: too few",
            "give at least factors + 2 assets, or regress on fewer factors", argument="against",
        )  # fmt: skip
    return table.replaced(D)


def _descriptor_weights(table: Numbers, descriptors: pd.DataFrame, weights: pd.DataFrame | None) -> Array:
    if weights is None:
        left_out = [name for name in descriptors.columns if name not in table.columns]
        a = np.ones(len(table.columns))
    else:
        unknown = [name for name in weights.index if name not in table.columns]
        if unknown:
            raise FactorError(
                "FACTOR_UNKNOWN", f"weights name {first_five(unknown)}, no column of numbers in descriptors",
                did_you_mean(unknown[0], table.columns) or "name the descriptors alike in both tables",
                argument="weights",
            )  # fmt: skip
        left_out = [name for name in descriptors.columns if name not in weights.index]
        a = np.nan_to_num(weights.iloc[:, 0].reindex(table.columns).to_numpy(dtype=float))
    if left_out:
        text = f"DESCRIPTOR_UNUSED: {len(left_out)} columns without a weight or numbers are left out: "
        warnings.warn(FactorWarning(text + first_five(left_out)), stacklevel=4)
    return a


def _warn(table: Numbers, D: Array, known: Array) -> None:
    without = table.frame.index.get_level_values(-1)[~known.astype(bool)].unique()
    if len(without):
        text = f"LOADING_MISSING: {len(without)} assets without complete loadings in against: {first_five(without)}"
        warnings.warn(FactorWarning(text), stacklevel=4)
    zero = [name for name, d in zip(table.columns, D.T, strict=True) if (d == 0).any() and not np.nan_to_num(d).any()]
    if zero:
        text = f"FACTOR_ZERO: {first_five(zero)} are combinations of against, or do not differ, and are 0 now"
        warnings.warn(FactorWarning(text), stacklevel=4)
