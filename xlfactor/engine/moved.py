"""What moved a volatility from one state of a portfolio and its model to another: positions, loadings, covariance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.engine.risk import Risk
from xlfactor.errors import FactorError

PARTS = ("positions", "loadings", "covariance")


@dataclass(frozen=True)
class State:
    """w (N,) weights, B (N, K) loadings, Omega_f (K, K), psi (N,): variances of the same period, no NaN."""

    w: Array
    B: Array
    Omega_f: Array
    psi: Array


@dataclass(frozen=True)
class Moved:
    """Volatility before and after, and the part of each of PARTS in the change."""

    before: float
    after: float
    parts: dict[str, float]

    @property
    def change(self) -> float:
        """σ_1 − σ_0."""
        return self.after - self.before


def state_risk(state: State) -> Risk:
    """x = B'w and its products, as `risk.portfolio_risk`."""
    x = state.B.T @ state.w
    return Risk(state.w, x, state.Omega_f @ x, state.psi * state.w)


def volatility_moved(before: State, after: State) -> Moved:
    """σ(w, B, Ω), Ω = (Omega_f, psi): part_k = mean over the 3! orders of replacing w, B, Ω of the change that k makes.

    Both states are given on the same N assets and K factors. No order is preferred; the parts sum to σ_1 − σ_0.
    Variances per period give volatilities per period, times periods a year annual ones.
    Raises FactorError SHAPE where the states differ in size or a piece does not fit, MISSING for a number that is
    missing or infinite. Source: Shapley (1953), the value of a game of three players; methodology 8.
    """
    refuse_unlike(before, after)
    ends = (before, after)
    sigma = {taken: mixed(ends, taken).volatility for taken in product((0, 1), repeat=3)}
    parts = np.zeros(3)
    orders = list(permutations(range(3)))
    for order in orders:
        taken = [0, 0, 0]
        for k in order:
            start = sigma[tuple(taken)]
            taken[k] = 1
            parts[k] += (sigma[tuple(taken)] - start) / len(orders)
    return Moved(sigma[0, 0, 0], sigma[1, 1, 1], dict(zip(PARTS, parts.tolist(), strict=True)))


def mixed(ends: tuple[State, State], taken: tuple[int, ...]) -> Risk:
    """The risk of positions, loadings and covariance each taken from one of the two ends."""
    w, B, covariance = (ends[end] for end in taken)
    return state_risk(State(w.w, B.B, covariance.Omega_f, covariance.psi))


def refuse_unlike(before: State, after: State) -> None:
    N, K = before.B.shape
    for name, state in (("before", before), ("after", after)):
        shapes = (state.w.shape, state.B.shape, state.Omega_f.shape, state.psi.shape)
        if shapes != ((N,), (N, K), (K, K), (N,)):
            what = f"the state {name} does not have {N} assets and {K} factors throughout"
            raise FactorError("SHAPE", what, "bring both states to the same assets and factors")
        if not all(np.isfinite(piece).all() for piece in (state.w, state.B, state.Omega_f, state.psi)):
            raise FactorError("MISSING", f"the state {name} has a missing or infinite number", "fill it")
