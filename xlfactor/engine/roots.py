"""The factorised normal equations of every date, without its regression: what diagnostics of a whole panel need.

Notation as in engine/regression.py; factor and idio returns come from engine/panel_regression.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg.lapack import dtrtri, dtrtrs

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.downdating import chunks, factored
from xlfactor.engine.regression import basis, condition, enough, factorise
from xlfactor.engine.sections import Loadings, Sections, patterns
from xlfactor.engine.static_panel import Shared, covers, shared


@dataclass(frozen=True)
class DatesRoot:
    """Dates with one normal matrix Z'WZ, Z = B R, and P with R (Z'WZ)^+ R' = P'P."""

    dates: IntArray  # (n,)
    columns: IntArray  # (N,) assets with complete loadings
    B: Loadings
    w: Array  # (N,) regression weights, 0 where not estimated on or without a return
    basis: Array  # (K, g) R
    active: BoolArray  # (K,) factors with a member
    P: Array  # (rank, K)
    triangular: bool  # P of the free factors is triangular: Z'WZ is clearly regular

    @property
    def rank(self) -> int:
        return len(self.P)

    @property
    def n_assets(self) -> int:
        """Assets that are estimated on."""
        return int(np.count_nonzero(self.w))

    @property
    def condition(self) -> float:
        """Condition number of W^{1/2} Z with columns of unit length: of the factor of Z'WZ, where there is one."""
        if not self.triangular:
            return condition(self.B, self.w, self.basis)
        free = (self.basis == 1).argmax(axis=0)  # the rows of R with the identity
        L, _ = dtrtrs(self.P[:, free], np.eye(self.rank), lower=1)
        s = np.linalg.svd(L / np.sqrt((L * L).sum(axis=1, keepdims=True)), compute_uv=False)
        return float(s[0] / s[-1])


def roots(R: Array, sections: Sections, W: Array, caps: Array | None = None) -> Iterator[DatesRoot]:
    """One root for the dates of each loadings date, weights and assets present; arguments as `regression.fits`.

    The dates are those that `fits` visits, the roots its own to rounding. Static loadings: by downdating.
    """
    rest = sections.of_date.copy()
    for group in shared(R, sections, W, caps) if covers(sections) else ():
        for one in _of_group(group):
            rest[one.dates] = -1
            yield one
    for pattern in patterns(R, replace(sections, of_date=rest), W, caps) if (rest >= 0).any() else ():
        if enough(pattern):
            free = basis(pattern.constraints, pattern.active)
            root = factorise(pattern.B, pattern.w, free)
            yield DatesRoot(
                pattern.dates, pattern.columns, pattern.B, pattern.w, free, pattern.active, root.P, root.smallest > 0
            )


def _of_group(group: Shared) -> Iterator[DatesRoot]:
    """Of the dates that are clearly well-conditioned."""
    for chunk, root in factored(group.Z, group.w, chunks(group.seen)):
        for i in np.flatnonzero(root.sound):
            rows = chunk.runs[i]
            P = np.tril(dtrtri(root.L[i].T, lower=1)[0]) @ group.basis.T
            w = np.where(group.seen[rows[0]], group.w, 0.0)
            yield DatesRoot(group.dates[rows], group.columns, group.B, w, group.basis, group.active, P, True)
