"""True EM for the idio variances: f_t ~ N(0, Omega_f) and B known (methodology, 6.6).

Everything runs on a root L of Omega_f = L L' (K, r): f_t = L u_t with u_t ~ N(0, I). A family constraint makes
Omega_f singular, and a root has no inverse to miss; V = L C^-1 L' with C = I + L'B'WBL.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.blocks import Blocks, last_known, single
from xlfactor.engine.passes import sums
from xlfactor.engine.regression import basis, regress
from xlfactor.engine.reml import FREE, Iteration, group_median, moments
from xlfactor.engine.sections import Sections, constraints

State = tuple[Array, Array]  # psi (N,) and L (K, r)

FARTHEST = 128.0  # longest leap, in steps
TINY = 1e-300
NO_VARIANCE = 1e-12  # of the largest eigenvalue: directions of Omega_f that are rounding


@dataclass(frozen=True)
class Expectation:
    """What the E step leaves: the log-likelihood at (psi, L), and the sums that the M step divides by their dates."""

    log_likelihood: float
    s: Array  # (N,) sum of omega_t [(r_it − b_i'm_t)² + b_i'V_t b_i]
    U: Array  # (r, r) mean of u_t u_t' + C_t^-1


def expect(panel: Blocks, psi: Array, L: Array) -> Expectation:
    """E step: u_t = C^-1 L'B'W r_t over the assets present, and ln p(r_t) without an N × N matrix.

    r'Omega_r^-1 r = e'We + u'u with e = r − B L u; ln|Omega_r| = sum ln psi + ln|C|.
    """
    r = L.shape[1]
    s, U = np.zeros_like(psi), np.zeros((r, r))
    total = float(panel.n @ np.log(2 * np.pi * psi))
    blocks = list(panel.blocks)
    for one in panel.shared:
        w = 1 / psi[one.columns]
        found = sums(one, one.B.predict(L.T).T, w, ridge=1.0)
        s[one.columns] += found.s + found.q
        U += found.U + found.C
        total += found.log_det + float(found.s @ w + np.trace(found.U))
        blocks += [single(one, p) for p in found.unsound]
    for b in blocks:
        w = 1 / psi[b.columns]
        M = b.B.predict(L.T).T  # rows b_i'L
        G = cholesky(np.eye(r) + M.T @ (w[:, None] * M), lower=True, check_finite=False)
        u = cho_solve((G, True), M.T @ (b.Y * w).T, check_finite=False).T
        e = b.Y - u @ M.T
        H = solve_triangular(G, M.T, lower=True, check_finite=False)
        squares = np.einsum("ti,ti->i", e, e)
        s[b.columns] += squares + b.omega * np.einsum("ki,ki->i", H, H)
        U += u.T @ u + b.omega * cho_solve((G, True), np.eye(r), check_finite=False)
        total += b.omega * 2 * float(np.log(np.diag(G)).sum()) + float(squares @ w + (u * u).sum())
    return Expectation(-0.5 * total, s, U / panel.omega)


def em(
    panel: Blocks, start: Iteration, R: Array, groups: IntArray, floor: float, max_iterations: int, tolerance: float
) -> tuple[Iteration, Array]:
    """EM from the psi of `start`; stops when a step lifts ln p by less than tolerance × observations.

    R : (K, g) basis of the constrained factors, one for all dates. A not identified asset stays at the median of
    its group, and Omega_f is what belongs to that. After every two steps a leap (see leap), taken back where ln p
    fell: EM alone needs thousands of steps where a factor has few assets. Returns the iteration, and Omega_f (K, K).
    """
    known, n = start.identified, panel.n
    psi = np.where(known, start.psi, group_median(start.psi, groups, known))
    L = factor_root(panel, psi, R)
    passes: list[tuple[float, float]] = []
    origin, steps = (psi, L), list[State]()  # of the last leap; and since: Δ ln psi, and G with L_new = L G
    landing: State | None = None  # where the two steps led, while a leap from there is not yet judged
    converged = False
    for _ in range(max_iterations):
        step = expect(panel, psi, L)
        gain = step.log_likelihood - passes[-1][0] if passes else np.inf
        if landing is not None and not gain >= 0:
            origin, landing = landing, None
            psi, L = origin
            continue
        converged = landing is None and gain < tolerance * n.sum()
        landing = None
        new = np.maximum(step.s / n, floor * group_median(step.s / n, groups, known))
        new = np.where(known, new, psi)
        steps.append((np.log(new / psi), cholesky(step.U, lower=True, check_finite=False)))
        passes.append((step.log_likelihood, float(np.abs(steps[-1][0]).max())))
        psi, L = new, L @ steps[-1][1]
        if converged:
            break
        if len(steps) == 2:
            landing, (psi, L) = (psi, L), leap(origin, steps)
            psi = np.maximum(psi, floor * group_median(psi, groups, known))
            origin, steps = (psi, L), []
    if landing is not None:  # the limit was reached before the leap was judged
        psi, L = landing
    m = moments(panel, psi)
    identified = known & (m.free >= FREE)
    return Iteration(psi, m.h / m.n, identified, start.collapsed, passes, converged), L @ L.T


def leap(origin: State, steps: list[State]) -> State:
    """Where two steps point to: x0 + 2 a d + a² (d2 − d), a = |d|/|d2 − d| (Varadhan and Roland 2008, SQUAREM).

    x = (ln psi, A) with L = L0 A, so that units and rotations of the factors do not matter; a = 1 is where they led.
    """
    (p1, G1), (p2, G2) = steps
    d = np.r_[p1, (G1 - np.eye(len(G1))).ravel()]
    bend = np.r_[p2, (G1 @ G2 - G1).ravel()] - d
    a = np.clip(np.linalg.norm(d) / max(float(np.linalg.norm(bend)), TINY), 1.0, FARTHEST)
    x = 2 * a * d + a**2 * bend
    psi, L = origin
    return psi * np.exp(np.clip(x[: len(psi)], -20, 20)), L + L @ x[len(psi) :].reshape(G1.shape)


def factor_root(panel: Blocks, psi: Array, R: Array) -> Array:
    """Where EM starts: the root of mean f_t f_t' of the regressions with weights 1/psi."""
    K = len(R)
    S = np.zeros((K, K))
    blocks = list(panel.blocks)
    for one in panel.shared:
        found = sums(one, one.B.dense() @ R, 1 / psi[one.columns])
        S += R @ found.U @ R.T
        blocks += [single(one, p) for p in found.unsound]
    for b in blocks:
        f, _, _ = regress(b.B, 1 / psi[b.columns], R, b.Y)
        S += f.T @ f
    d, U = np.linalg.eigh(S / panel.omega)
    kept = d > NO_VARIANCE * d[-1]
    return np.asarray(U[:, kept] * np.sqrt(d[kept]))


def one_basis(panel: Blocks, sections: Sections, caps: Array | None) -> Array:
    """R (K, g) for one Omega_f over all dates: each family's shares are those of all rows of the loadings together.

    Fitted values and psi do not depend on it. Factors that no asset used ever has are left out.
    """
    complete = sections.B.complete
    share = np.ones(len(complete)) if caps is None else last_known(caps)[sections.columns]
    rows = constraints(sections.B.take(complete), share[complete], panel.active, sections.constant, plain=caps is None)
    return basis(rows, panel.active)
