"""Hedge: the trades in given instruments that leave the least risk, with chosen exposures at zero or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, IntArray, symmetric
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError

SINGULAR = 1e-12  # share of the largest eigenvalue or singular value: below, rounding decides


@dataclass(frozen=True)
class Hedge:
    """Trades q (m,) as portfolio weights; `free` counts the directions among them that change no risk."""

    q: Array
    free: int


def hedge(B: Loadings, Omega_f: Array, psi: Array, w: Array, instruments: IntArray, neutral: IntArray) -> Hedge:
    """min_q (w + G q)'Omega_r (w + G q) subject to x_k = 0 for the neutral factors k, x = B'(w + G q).

    Without neutral factors q = −(G'Omega_r G)^+ G'Omega_r w. With them by the null space of their constraints
    E q = −x_neutral, E (p, m) the instruments' loadings: q = q_0 + N z, q_0 of least norm, z as above. Where the
    least risk has many q, the one of least norm. G picks `instruments` (m,) among the N assets: G'Omega_r G is
    (m, m), made from B_G (m, K) and ψ_G; Omega_r (N, N) is never built.

    Omega_f : (K, K), psi : (N,) variances per period, NaN only where w is 0 and no instrument stands; w : (N,).
    Raises NEUTRAL_IMPOSSIBLE if no trade reaches the exposures. Source: methodology 8; KKT conditions of the QP.
    """
    B_G, psi_G = B.take(instruments).dense(), psi[instruments]
    x = B.project(w)
    A = symmetric(B_G @ Omega_f @ B_G.T)
    A[np.diag_indices(len(A))] += psi_G
    c = B_G @ (Omega_f @ x) + psi_G * w[instruments]
    E = B_G[:, neutral].T
    q, N = _constrained(E, -x[neutral])
    z, free = _least(symmetric(N.T @ A @ N), -N.T @ (c + A @ q), A)
    return Hedge(q + N @ z, free)


def _constrained(E: Array, e: Array) -> tuple[Array, Array]:
    """The q of least norm with E q = e, and an orthonormal basis N of what leaves E q as it is."""
    m = E.shape[1]
    if not len(E):
        return np.zeros(m), np.eye(m)
    U, s, Vt = np.linalg.svd(E)
    rank = int((s > SINGULAR * max(s.max(initial=0.0), np.finfo(float).tiny)).sum())
    q = Vt[:rank].T @ ((U.T @ e)[:rank] / s[:rank])
    if np.abs(E @ q - e).max() > 1e-9 * max(np.abs(e).max(), np.finfo(float).tiny):
        raise FactorError(
            "NEUTRAL_IMPOSSIBLE", f"{m} instruments cannot bring {len(E)} exposures to 0 at once",
            "add instruments with loadings on them, or neutralize fewer factors", argument="neutralize",
        )  # fmt: skip
    return q, Vt[rank:].T


def _least(A: Array, c: Array, scale: Array) -> tuple[Array, int]:
    """z of least norm with A z = c for A ≥ 0, and the number of directions of A without risk."""
    d, V = np.linalg.eigh(A)
    risky = d > SINGULAR * np.abs(scale).max(initial=0.0)
    return V[:, risky] @ ((V[:, risky].T @ c) / d[risky]), int((~risky).sum())
