"""What an estimation of idio variances passes over again and again: the dates, in blocks that share a factorisation.

A block is a pattern of engine.sections freed of what changes from pass to pass (the weights) and of what only the
output needs (which date is which): every sum over dates is quadratic in the returns, so the rows of a block may be
turned, sqrt(omega_t) r_t = Q Y, and Y with at most N rows takes their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import qr

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.regression import SPARE, basis, enough, factorise
from xlfactor.engine.sections import Loadings, Pattern, Sections, patterns
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError

ZERO = 1e-200  # mean squared return: below, weights 1/psi leave the range of numbers


@dataclass(frozen=True)
class Block:
    """Dates with the same assets and loadings."""

    columns: IntArray  # (n,) places of its assets among the assets used
    B: Loadings
    basis: Array  # (K, g) R, its columns independent in Z = B R
    Y: Array  # (m, n) with Y'Y = sum omega_t r_t r_t'
    omega: float  # sum of the date weights omega_t


@dataclass(frozen=True)
class Blocks:
    """All blocks of a panel, and which columns of the returns (N_used,) they use."""

    blocks: list[Block]
    used: IntArray
    dates: IntArray  # (T_used,) the dates estimated
    active: BoolArray  # (K,) factors that any of its assets ever has

    @cached_property
    def n(self) -> Array:
        """Sum of omega_t over the dates of each asset used."""
        n = np.zeros(len(self.used))
        for b in self.blocks:
            n[b.columns] += b.omega
        return n

    @property
    def mean_square(self) -> float:
        """Weighted mean of all squared returns: where the variances start."""
        total = sum(float((b.Y**2).sum()) for b in self.blocks)
        return total / float(self.n.sum())


def blocks(R: Array, sections: Sections, half_life: float) -> Blocks:
    """The dates of R (T, N) that can be estimated, with date weights of sum 1 times their number.

    Raises FEW_ASSETS if there is none, ALL_ZERO if all its returns are zero.
    """
    found = [p for p in patterns(R, sections, np.ones((1, R.shape[1])), None) if enough(p)]
    if not found:
        raise FactorError(
            "FEW_ASSETS", f"no date has {sections.n_factors + SPARE} assets with a return and loadings",
            "add assets or drop factors; check the dates of the loadings", argument="returns",
        )  # fmt: skip
    dates = np.concatenate([p.dates for p in found])
    omega = ewma_weights(len(R), half_life)
    omega *= len(dates) / omega[dates].sum()
    used = np.unique(np.concatenate([p.columns for p in found]))
    active = np.any([p.active for p in found], axis=0)
    all_blocks = Blocks([_block(p, omega, used) for p in found], used, np.sort(dates), active)
    if all_blocks.mean_square < ZERO:
        raise FactorError("ALL_ZERO", "all returns are zero", "check the returns", argument="returns")
    return all_blocks


def last_known(V: Array) -> Array:
    """The last value given for each column of V (1, N) or (T, N); 0 where none is."""
    given = np.isfinite(V)
    last = len(V) - 1 - np.argmax(given[::-1], axis=0)
    return np.where(given.any(axis=0), V[last, np.arange(V.shape[1])], 0.0)


def _block(pattern: Pattern, omega: Array, used: IntArray) -> Block:
    Y = np.sqrt(omega[pattern.dates])[:, None] * pattern.r
    if len(Y) > 2 * Y.shape[1]:
        Y = np.asarray(np.linalg.qr(Y, mode="r"))
    R = _independent(pattern.B, basis(pattern.constraints, pattern.active))
    columns = np.searchsorted(used, pattern.columns)
    return Block(columns, pattern.B, R, Y, float(omega[pattern.dates].sum()))


def _independent(B: Loadings, R: Array) -> Array:
    """R without the columns that Z = B R has from the others, so that ln|Z'WZ| is finite for every W."""
    rank = factorise(B, np.ones(len(B.S)), R).rank
    if rank == R.shape[1]:
        return R
    Z = B.dense() @ R
    length = np.sqrt((Z * Z).sum(axis=0))
    order = qr(Z / np.where(length > 0, length, 1.0), mode="r", pivoting=True)[1]
    return np.asarray(R[:, np.sort(order[:rank])])
