"""Hedge: the trades in given instruments that leave the least risk, with chosen exposures at zero or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray, symmetric
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError

SINGULAR = 1e-13  # share of the largest eigenvalue or singular value: below, rounding decides
NEGLIGIBLE = 1e-10  # share of the largest instrument's variance: below, an idio variance is none


@dataclass(frozen=True)
class Hedge:
    """Trades q (m,) as portfolio weights; `free` counts the directions among them that change no risk."""

    q: Array
    free: int


@dataclass(frozen=True)
class _Coordinates:
    """Holdings of the instruments as P a: the few directions P (m, n), n ≤ 2K, that the least risk can lie in.

    own (m,) : instruments with idio risk; a counts their holdings after the trade, of the others the trade itself.
    ridge (n,) : idio variance of each coordinate. hidden : directions that P leaves out and that have no risk.
    """

    P: Array
    own: BoolArray
    ridge: Array
    hidden: int


def hedge(B: Loadings, Omega_f: Array, psi: Array, w: Array, instruments: IntArray, neutral: IntArray) -> Hedge:
    """min_q (w + G q)'Omega_r (w + G q) subject to x_k = 0 for the neutral factors k, x = B'(w + G q).

    Without neutral factors q = −(G'Omega_r G)^+ G'Omega_r w. G picks `instruments` (m,) among the N assets. At the
    least risk ψ_G u = B_G λ for the holdings u after the trade, so that u has 2K coordinates at most: neither
    Omega_r (N, N) nor G'Omega_r G (m, m) is built. Where the least risk has many q, the one of least norm.

    Omega_f : (K, K), psi : (N,) variances per period, NaN only where w is 0 and no instrument stands; w : (N,).
    Raises NEUTRAL_IMPOSSIBLE if no trade reaches the exposures. Source: methodology 8; KKT conditions of the QP.
    """
    B_G = B.take(instruments).dense()
    to = _coordinates(B_G, Omega_f, psi[instruments])
    sold = np.where(to.own, w[instruments], 0.0)
    x = B.project(w) - B_G.T @ sold
    Z = to.P.T @ B_G  # loadings of the coordinates
    A = symmetric(Z @ Omega_f @ Z.T) + np.diag(to.ridge)
    a, N = _constrained(Z[:, neutral].T, -x[neutral], len(instruments))
    z, free = _least(symmetric(N.T @ A @ N), -N.T @ (Z @ (Omega_f @ x) + A @ a), A)
    return Hedge(to.P @ (a + N @ z) - sold, free + to.hidden)


def _coordinates(B_G: Array, Omega_f: Array, psi: Array) -> _Coordinates:
    """P = sqrt(ψ̄/ψ) Q with Q an orthonormal basis of sqrt(ψ̄/ψ) B_G, and of B_G for instruments without idio risk."""
    size = (np.einsum("ik,ik->i", B_G @ Omega_f, B_G) + psi).max()
    own = psi > NEGLIGIBLE * size
    top = psi[own].max(initial=0.0)
    scale = np.sqrt(np.divide(top, psi, out=np.ones(len(psi)), where=own))
    Q, Q_0 = (np.linalg.qr(scale[rows, None] * B_G[rows])[0] for rows in (own, ~own))
    P = np.zeros((len(psi), Q.shape[1] + Q_0.shape[1]))
    P[own, : Q.shape[1]] = scale[own, None] * Q
    P[~own, Q.shape[1] :] = Q_0
    ridge = np.repeat([top, 0.0], [Q.shape[1], Q_0.shape[1]])
    return _Coordinates(P, own, ridge, len(Q_0) - Q_0.shape[1])


def _constrained(E: Array, e: Array, m: int) -> tuple[Array, Array]:
    """The a of least norm with E a = e, and an orthonormal basis N of what leaves E a as it is."""
    if not len(E):
        return np.zeros(E.shape[1]), np.eye(E.shape[1])
    U, s, Vt = np.linalg.svd(E)
    rank = int((s > SINGULAR * max(s.max(initial=0.0), np.finfo(float).tiny)).sum())
    a = Vt[:rank].T @ ((U.T @ e)[:rank] / s[:rank])
    if np.abs(E @ a - e).max() > 1e-9 * max(np.abs(e).max(), np.finfo(float).tiny):
        raise FactorError(
            "NEUTRAL_IMPOSSIBLE", f"{m} instruments cannot bring {len(E)} exposures to 0 at once",
            "add instruments with loadings on them, or neutralize fewer factors", argument="neutralize",
        )  # fmt: skip
    return a, Vt[rank:].T


def _least(A: Array, c: Array, scale: Array) -> tuple[Array, int]:
    """z of least norm with A z = c for A ≥ 0, and the number of directions of A without risk."""
    d, V = np.linalg.eigh(A)
    risky = d > SINGULAR * np.abs(scale).max(initial=0.0)
    return V[:, risky] @ ((V[:, risky].T @ c) / d[risky]), int((~risky).sum())
