"""One day's regression with the weights of that day: its normal matrix is made anew, all else once for many days.

An asset without a return stays in place with weight 0, so that no loadings are copied.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.regression import REFINE, basis, leverage, regress
from xlfactor.engine.sections import Loadings, Sections, constraints

SPARSE = 0.5  # with a smaller share of the assets present their loadings are copied after all


class Free(NamedTuple):
    """The basis R (K, g) of the constrained factors, Z = B R, and room for two products of Z's size.

    New room for every day costs as much as the normal matrix: the system gives and takes back its pages.
    """

    R: Array
    Z: Array
    X: Array
    XC: Array


@dataclass(frozen=True)
class Section:
    """The assets of one loadings date with complete loadings."""

    B: Loadings
    columns: IntArray  # (N,) their places in the returns
    constant: int
    last: dict[bytes, Free] = field(default_factory=dict)  # of the last day's active factors and caps

    def active(self, here: BoolArray) -> BoolArray:
        """(K,) the factors with a member among the assets present."""
        found = np.ones(self.B.n_factors, dtype=bool)
        for codes, size, start in zip(self.B.codes.T, self.B.sizes, self.B.starts, strict=True):
            found[start : start + size] = np.bincount(codes[here], minlength=size) > 0
        return found[self.B.order]

    def free(self, active: BoolArray, caps: Array | None) -> Free:
        """For the active factors and caps (all columns of the returns,) or None."""
        share = None if caps is None else np.nan_to_num(caps[self.columns])
        key = active.tobytes() + (b"" if share is None else share.tobytes())
        if key not in self.last:
            s = np.ones(len(self.columns)) if share is None else share
            R = basis(constraints(self.B, s, active, self.constant, plain=share is None), active)
            Z = self.B.dense() @ R
            self.last.clear()
            self.last[key] = Free(R, Z, np.empty_like(Z), np.empty_like(Z))
        return self.last[key]


def section(sections: Sections, d: int) -> Section:
    """Loadings date d."""
    B, columns = sections.section(d)
    return Section(B.take(B.complete), columns[B.complete], sections.constant)


def regress_day(
    own: Section, r: Array, here: BoolArray, w: Array, active: BoolArray, caps: Array | None
) -> tuple[Array, Array, Array]:
    """f (K,), NaN for factors without members, and e and the leverage h (n,) of the assets present.

    r, here, w : (N,) returns, which of them are there, weights > 0. The same as regression.fit to rounding; a day
    that is not clearly well-conditioned is solved as there.
    """
    R, Z, X, XC = own.free(active, caps)
    rows: BoolArray | slice = here
    if here.mean() < SPARSE:
        Z, rows, r, w = Z[here], slice(None), r[here], w[here]
        X, XC = X[: len(Z)], XC[: len(Z)]
    else:
        r, w = np.where(here, r, 0.0), np.where(here, w, 0.0)
    root = np.sqrt(w)
    np.multiply(root[:, None], Z, out=X)
    G = X.T @ X
    L, failed = dpotrf(G, lower=1)
    if failed or not (L.diagonal() > REFINE * np.sqrt(G.diagonal())).all():
        present = here if rows is here else slice(None)
        return _by_itself(own.B.take(here), r[present], w[present], R, active)
    g = dpotrs(L, (root * r) @ X, lower=1)[0]
    C = dpotri(L, lower=1)[0]
    C *= 2 - np.eye(len(C))  # x'Cx needs each element below the diagonal twice; those above are 0
    np.matmul(X, C, out=XC)
    np.multiply(X, XC, out=XC)
    e, h = r - Z @ g, XC @ np.ones(len(g))
    return np.where(active, R @ g, np.nan), e[rows], h[rows]


def _by_itself(B: Loadings, r: Array, w: Array, R: Array, active: BoolArray) -> tuple[Array, Array, Array]:
    f, e, root = regress(B, w, R, r[None])
    return np.where(active, f[0], np.nan), e[0], leverage(B, w, root.P)
