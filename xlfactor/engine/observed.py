"""A family whose factor returns are observed, such as currencies: subtracted before the regression, not estimated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.sections import Loadings, Sections


def subtract(R: Array, sections: Sections, family: int, G: Array) -> tuple[Array, Sections]:
    """r_t − B_g g_t, and the loadings without the family: what is left to regress on the other factors.

    R : (T, N) returns, decimals per period, NaN where missing. G : (T, size) observed returns of the family's values,
    NaN where missing. Returns R (T, N), NaN also where an asset has no value of the family or its value no return
    on that date; and the sections of the other factors, in the same order.
    With f of that regression, r = B f + B_g g + ε: g is not constrained to a zero sum, and has no estimation noise.
    """
    rest = np.full(R.shape, np.nan)
    for d in np.unique(sections.of_date[sections.of_date >= 0]):
        B, columns = sections.section(int(d))
        codes = B.codes[:, family]
        has, dates = codes >= 0, np.flatnonzero(sections.of_date == d)
        here = np.ix_(dates, columns[has])
        rest[here] = R[here] - G[np.ix_(dates, codes[has])]
    return rest, replace(sections, B=_without(sections.B, family))


def _without(B: Loadings, family: int) -> Loadings:
    start, size = int(B.starts[family]), B.sizes[family]
    order: IntArray = B.order[(B.order < start) | (B.order >= start + size)]
    order = np.where(order >= start, order - size, order)
    sizes = tuple(n for k, n in enumerate(B.sizes) if k != family)
    return Loadings(B.S, np.delete(B.codes, family, axis=1), sizes, order)
