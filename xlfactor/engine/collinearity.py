"""How much each column of the loadings repeats the others: variance inflation, correlation, condition number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.regression import basis
from xlfactor.engine.sections import Loadings, constraints

EXACT = 1e12  # the variance inflation reported for a column that is a combination of the others
ROUNDING = 1e-14  # beside squared singular values of unit columns: what keeps an exact combination finite


@dataclass(frozen=True)
class Collinearity:
    """vif, max_correlation (K,), NaN where not defined; partner (K,) the factor it is with, −1 for none; condition."""

    vif: Array
    max_correlation: Array
    partner: IntArray
    condition: float


def collinearity(B: Loadings, w: Array, constant: int = -1) -> Collinearity:
    """VIF_k = 1/(1 − R_k²) of column k on all the others, weighted by w and centred; 1e12 for an exact combination.

    A column of a family is held against the others without the constant and uncentred, and against each other family
    without its largest value: with a constant, the columns of a family explain one another fully.
    max_correlation: of the weighted centred correlations with columns outside the own family, the largest in size.
    condition: of W^{1/2}Z with columns of unit length, Z = B R with the plain-sum constraints of `sections`.

    B : N × K without NaN; w : (N,) ≥ 0; constant : style column that is one number, −1 for none.
    NaN for a constant and for a column without weight. Source: methodology 9.
    """
    D, family = B.dense(), _family(B)
    w = w / w.sum()
    live = (w @ (D * D) > 0) & (B.order != constant)
    vif = np.full(B.n_factors, np.nan)
    coded = live & ~_references(D, w, family)
    own = np.flatnonzero(live & (family < 0))
    vif[own] = _inflation(np.sqrt(w)[:, None] * (D - w @ D), own, live & (coded | (family < 0)))
    for j in range(len(B.sizes)):
        own = np.flatnonzero(live & (family == j))
        vif[own] = _inflation(np.sqrt(w)[:, None] * D, own, live & (coded | (family < 0) | (family == j)))
    correlation, partner = _strongest(D, w, live, family)
    return Collinearity(vif, correlation, partner, condition_number(B, w, constant))


def condition_number(B: Loadings, w: Array, constant: int) -> float:
    """Largest over smallest singular value of W^{1/2}Z with columns of unit length; at most 1e16."""
    active = np.asarray(w @ B.dense() ** 2 > 0)
    R = basis(constraints(B, np.ones(len(w)), active, constant, plain=True), active)
    X = np.sqrt(w)[:, None] * (B.dense() @ R)
    s = np.linalg.svd(X / np.sqrt((X * X).sum(axis=0)), compute_uv=False)
    return float(s[0] / max(s[-1], 1e-16 * s[0]))


def _family(B: Loadings) -> IntArray:
    """The family of each factor (K,), −1 for a style."""
    inner = np.concatenate([np.full(B.S.shape[1], -1), np.repeat(np.arange(len(B.sizes)), B.sizes)])
    return np.asarray(inner[B.order], dtype=np.int64)


def _references(D: Array, w: Array, family: IntArray) -> BoolArray:
    """The heaviest value of each family (K,)."""
    found = np.zeros(len(family), dtype=bool)
    for j in np.unique(family[family >= 0]):
        own = np.flatnonzero(family == j)
        found[own[np.argmax(w @ D[:, own])]] = True
    return found


def _inflation(X: Array, own: IntArray, used: BoolArray) -> Array:
    """1/(1 − R²) of the columns `own` of X on the other columns of `used`: x'x times the diagonal of (X'X)^-1."""
    columns = np.flatnonzero(used)
    length = np.sqrt((X[:, columns] ** 2).sum(axis=0))
    spread = length > 1e-12
    U = X[:, columns[spread]] / length[spread]
    if U.shape[1] == 0:
        return np.full(len(own), np.nan)
    _, s, Vt = np.linalg.svd(U, full_matrices=False)
    inverse = (Vt**2 / (s[:, None] ** 2 + ROUNDING)).sum(axis=0)
    found = np.full(X.shape[1], np.nan)
    found[columns[spread]] = np.minimum(inverse, EXACT)
    return np.asarray(found[own])


def _strongest(D: Array, w: Array, live: BoolArray, family: IntArray) -> tuple[Array, IntArray]:
    """The largest weighted correlation of each column with one outside its family, and which that is."""
    d = np.sqrt(w)[:, None] * (D - w @ D)
    length = np.sqrt((d * d).sum(axis=0))
    seen = live & (length > 1e-12)
    d = np.where(seen, d / np.where(seen, length, 1.0), 0.0)
    C = np.clip(d.T @ d, -1, 1)
    same = (family[:, None] == family) & (family >= 0)
    allowed = seen[:, None] & seen & ~same & ~np.eye(len(C), dtype=bool)
    size = np.where(allowed, np.abs(C), -1.0)
    partner = np.argmax(size, axis=1)
    none = ~allowed.any(axis=1)
    value = np.where(none, np.nan, C[np.arange(len(C)), partner])
    return value, np.where(none, -1, partner)
