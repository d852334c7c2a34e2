"""What a join leaves out: refused where too little is left, else named in a warning."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.regression import SPARE
from xlfactor.engine.sections import Sections
from xlfactor.errors import FactorError, FactorWarning, counted, did_you_mean, first_five
from xlfactor.tables.rows import Codes


def compare(assets: pd.Index, labels: pd.Index, place: IntArray, label_of: Codes, K: int) -> None:
    """Refuse tables with too few assets in common; else name what each knows of that the other does not.

    label_of : the label of each row of loadings; place : of each label among the assets, -1 if none.
    """
    used = np.bincount(label_of, minlength=len(labels)) > 0
    covered = np.zeros(len(assets), dtype=bool)
    covered[place[used & (place >= 0)]] = True
    common = int(covered.sum())
    if common == len(assets) == used.sum() and common >= K + SPARE:
        return
    unknown, unused = assets[~covered].sort_values(), labels[used & (place < 0)].sort_values()
    if common < K + SPARE:
        hint = did_you_mean(unknown[0], labels[used]) if common == 0 and len(unknown) else ""
        raise FactorError(
            "FEW_ASSETS",
            f"{counted(common, 'asset')} with both returns and loadings, {K + SPARE} needed for {counted(K, 'factor')}",
            hint or "check that both tables name the assets alike", argument="loadings",
        )  # fmt: skip
    for names, what in ((unknown, "returns but no loadings"), (unused, "loadings but no returns")):
        if len(names):
            text = f"ASSET_UNUSED: left out {counted(len(names), 'asset')} with {what}: {first_five(names)}"
            warnings.warn(FactorWarning(text), stacklevel=4)


def refuse_few(R: Array, sections: Sections, W: Array, complete: BoolArray) -> None:
    """Enough assets that have a return, complete loadings and a weight, on some date at least."""
    usable = complete & on_some_date(W, positive) & on_some_date(R, np.isfinite)
    K = sections.n_factors
    if usable.sum() < K + SPARE:
        raise FactorError(
            "FEW_ASSETS",
            f"{counted(int(usable.sum()), 'asset')} with returns, complete loadings and a weight, "
            f"{K + SPARE} needed for {counted(K, 'factor')}",
            "add assets or drop factors", argument="loadings",
        )  # fmt: skip


def warn_of_gaps(
    assets: pd.Index, sections: Sections, W: Array, caps: Array | None, complete: BoolArray, weights: str
) -> None:
    """Name the assets that loadings, weights or caps leave blank: they take no part, or none in the shares."""
    incomplete = ~complete
    if incomplete.any():
        incomplete &= np.bincount(sections.columns, minlength=len(assets)) > 0
    blank = complete & ~on_some_date(W, np.isfinite)
    without = np.zeros_like(complete) if caps is None else complete & ~on_some_date(caps, np.isfinite)
    for which, text in (
        (incomplete, "LOADING_MISSING: left out for a missing loading"),
        (blank, f"WEIGHT_MISSING: not estimated on for want of {weights}"),
        (without, "CAP_MISSING: no cap, and so no share in the families' sums"),
    ):
        if which.any():
            text = f"{text}: {counted(int(which.sum()), 'asset')}: {first_five(assets[which])}"
            warnings.warn(FactorWarning(text), stacklevel=5)


def complete_assets(sections: Sections, N: int) -> BoolArray:
    """(N,) the assets with complete loadings on some date; first the last, as `on_some_date`."""
    B, columns = sections.section(len(sections.offsets) - 2)
    found = np.zeros(N, dtype=bool)
    found[columns[B.complete]] = True
    if not found.all():
        rest = np.flatnonzero(~found[sections.columns])
        found[sections.columns[rest[sections.B.take(rest).complete]]] = True
    return found


def on_some_date(V: Array, holds: Callable[[Array], BoolArray]) -> BoolArray:
    """(N,) the assets of which it holds on some date: mostly on the last, so that few are looked at before it."""
    found = holds(V[-1])
    rest = np.flatnonzero(~found)
    found[rest] = holds(V[:, rest]).any(axis=0)
    return found


def positive(V: Array) -> BoolArray:
    return np.asarray(V > 0)
