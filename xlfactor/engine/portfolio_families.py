"""Families of test portfolios, walked forward: their returns over the risk forecast the day before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from xlfactor.engine.arrays import Array
from xlfactor.engine.covariance import remove_noise
from xlfactor.engine.regression import Fit, enough, fit
from xlfactor.engine.sections import Sections, patterns
from xlfactor.engine.walk_forward import walk_forward

FAMILIES = ("factor portfolios", "families", "long-short", "assets", "least variance", "optimised")
DRAWS = 50  # random portfolios of a family
HELD = 50  # assets in a random long-short portfolio


@dataclass(frozen=True)
class Draws:
    """Random long-short weights and random alphas, (DRAWS, N) each: the same on every date and every run."""

    long_short: Array
    alphas: Array


def standardised_returns(R: Array, sections: Sections, half_life: float, burn_in: float) -> dict[str, Array]:
    """z = w'r_t/σ, σ² = x'Omega_f x + sum w² ψ, x = B'w, of every test portfolio by family, (T − H, n) each.

    ψ of t−1 by WALK_FORWARD; Omega_f of t−1: second moment of f with weights of the same half-life, less the mean
    noise P'P (methodology 7.2). Weights of t use what was known at t−1 (loadings, ψ, Omega_f) and the assets with a
    return at t: factor portfolios P'P B'W; the equal-weighted values of each family; 50 portfolios of 25 (N/2 at
    most) assets long and as many short; single assets; Omega_r^-1 1; Omega_r^-1 α for 50 random α.
    R : (T, N) returns, NaN where an asset did not trade. A family that the loadings do not have is (T − H, 0).
    Raises as walk_forward. Source: methodology 9; USE4 Methodology Notes (test portfolios).
    """
    walk = walk_forward(R, sections, half_life, burn_in)
    H = int(np.argmax(np.isfinite(walk.sd).any(axis=1)))
    T, K = len(R), sections.n_factors
    draws = _draws(R.shape[1])
    Z = {family: np.full((T - H, n), np.nan) for family, n in _sizes(R.shape[1], sections).items()}
    Omega, noise, weight = np.zeros((K, K)), np.zeros((K, K)), np.zeros(K)
    for t, one in _by_date(R, sections, walk.sd**2, H):
        if t >= H:
            Omega_f = remove_noise(Omega, noise)
            for family, z in _on_date(one, Omega_f, draws).items():
                at = one.pattern.columns if family == "assets" else slice(None)
                Z[family][t - H, at] = z
        active = one.pattern.active
        weight = weight * np.where(active, _decay(half_life), 1.0) + active
        gain = np.where(active, 1 / np.maximum(weight, 1.0), 0.0)
        f = np.where(active, one.f[0], 0.0)
        Omega = _step(Omega, np.outer(f, f), gain)
        noise = _step(noise, one.P.T @ one.P, gain)
    return Z


def _decay(half_life: float) -> float:
    return 1.0 if half_life == 0 else float(2 ** (-1 / half_life))


def _step(M: Array, news: Array, gain: Array) -> Array:
    """(1 − g) M + g news, element jk with the roots of both factors' shares: positive semidefinite stays so."""
    old, new = np.sqrt(1 - gain), np.sqrt(gain)
    return old[:, None] * M * old + new[:, None] * news * new


def _by_date(R: Array, sections: Sections, psi: Array, H: int) -> list[tuple[int, Fit]]:
    """The regression of every date with the ψ known before it; those of the burn-in with the ψ at its end."""
    found = []
    for pattern in patterns(R, sections, np.ones((1, R.shape[1])), None):
        if not enough(pattern):
            continue
        for row, t in enumerate(pattern.dates):
            w = 1 / psi[max(int(t), H), pattern.columns]
            found.append((int(t), fit(replace(pattern, r=pattern.r[[row]], w=w))))
    return sorted(found, key=lambda pair: pair[0])


def _sizes(N: int, sections: Sections) -> dict[str, int]:
    return dict(zip(FAMILIES, (sections.n_factors, sum(sections.B.sizes), DRAWS, N, 1, DRAWS), strict=True))


def _draws(N: int) -> Draws:
    rng = np.random.default_rng(0)
    half = min(HELD, N) // 2
    order = np.argsort(rng.random((DRAWS, N)), axis=1)
    long_short = np.where(order < half, 1.0, np.where(order < 2 * half, -1.0, 0.0))
    return Draws(long_short, rng.standard_normal((DRAWS, N)))


def _on_date(one: Fit, Omega_f: Array, draws: Draws) -> dict[str, Array]:
    """z of every portfolio on one date, by family."""
    B, w, r, columns = one.pattern.B, one.pattern.w, one.pattern.r[0], one.pattern.columns
    psi = 1 / w

    def standardised(H: Array) -> Array:
        x = B.project(H.T).T
        variance = np.einsum("pk,pk->p", x @ Omega_f, x) + (H * H) @ psi
        return _ratio(H @ r, variance)

    own = Omega_f.diagonal() + (one.P.T @ one.P).diagonal()
    return {
        "factor portfolios": _ratio(one.f[0], own),
        "families": standardised(_equal_weights(one)),
        "long-short": standardised(draws.long_short[:, columns]),
        "assets": r / np.sqrt(B.quadratic(Omega_f) + psi),
        "least variance": standardised(_optimal(one, Omega_f, np.ones((1, len(columns))))),
        "optimised": standardised(_optimal(one, Omega_f, draws.alphas[:, columns])),
    }


def _ratio(r: Array, variance: Array) -> Array:
    """r/σ, NaN for what holds nothing."""
    return np.asarray(np.divide(r, np.sqrt(variance), out=np.full(len(r), np.nan), where=variance > 0))


def _equal_weights(one: Fit) -> Array:
    """Each family value's assets at equal weights (values, n); a value without assets holds nothing."""
    rows = [members.toarray() for members in one.pattern.B.members]
    D = np.concatenate(rows) if rows else np.zeros((0, len(one.pattern.columns)))
    return np.asarray(D / np.maximum(D.sum(axis=1, keepdims=True), 1.0))


def _optimal(one: Fit, Omega_f: Array, Y: Array) -> Array:
    """Omega_r^-1 y of each row of Y (m, n), never N × N.

    = W y − W B P'[I − (I + D Omega_f D')^-1] P B'W y with P B'W B P' = I, D = P B'W B (methodology 0, rule 3).
    """
    B, w, P = one.pattern.B, one.pattern.w, one.P
    D = P @ B.gram(w)
    C = np.eye(len(P)) + D @ Omega_f @ D.T
    a = P @ B.project((Y * w).T)
    g = P.T @ (a - cho_solve(cho_factor(C), a))
    return np.asarray(w * (Y - B.predict(g.T)))
