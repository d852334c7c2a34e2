"""What an estimation of idio variances passes over again and again: the dates, in blocks that share a factorisation.

A block is a pattern of engine.sections freed of what changes from pass to pass (the weights) and of what only the
output needs (which date is which): every sum over dates is quadratic in the returns, so the rows of a block may be
turned, sqrt(omega_t) r_t = Q Y, and Y with at most N rows takes their place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import qr

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.downdating import chunks, factored
from xlfactor.engine.passes import SharedBlock, shared_block
from xlfactor.engine.regression import SPARE, basis, enough, factorise
from xlfactor.engine.sections import Loadings, Pattern, Sections, patterns
from xlfactor.engine.static_panel import Shared, shared
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

    shared: list[SharedBlock]  # dates of loadings that serve many dates
    blocks: list[Block]  # all other dates
    used: IntArray
    dates: IntArray  # (T_used,) the dates estimated
    active: BoolArray  # (K,) factors that any of its assets ever has

    @cached_property
    def n(self) -> Array:
        """Sum of omega_t over the dates of each asset used."""
        n = np.zeros(len(self.used))
        for b in self.blocks:
            n[b.columns] += b.omega
        for one in self.shared:
            n[one.columns] += one.n
        return n

    @property
    def omega(self) -> float:
        """Sum of omega_t over the dates."""
        return sum(float(one.omega.sum()) for one in self.shared) + sum(b.omega for b in self.blocks)

    @property
    def mean_square(self) -> float:
        """Weighted mean of all squared returns: where the variances start."""
        returns = [b.Y for b in self.blocks] + [one.Y for one in self.shared]
        total = sum(float(np.vdot(Y, Y)) for Y in returns)
        return total / float(self.n.sum())


def blocks(R: Array, sections: Sections, half_life: float) -> Blocks:
    """The dates of R (T, N) that can be estimated, with date weights of sum 1 times their number.

    Raises FEW_ASSETS if there is none, ALL_ZERO if all its returns are zero.
    """
    W = np.ones((1, R.shape[1]))
    groups = [_sound(one) for one in shared(R, sections, W, None) if len(one.dates) >= sections.n_factors]
    groups = [one for one in groups if len(one.dates)]
    rest = sections.of_date.copy()
    for one in groups:
        rest[one.dates] = -1
    found = [p for p in patterns(R, replace(sections, of_date=rest), W, None) if enough(p)]
    if not found and not groups:
        raise FactorError(
            "FEW_ASSETS", f"no date has {sections.n_factors + SPARE} assets with a return and loadings",
            "add assets or drop factors; check the dates of the loadings", argument="returns",
        )  # fmt: skip
    dates = np.concatenate([one.dates for one in groups] + [p.dates for p in found])
    omega = ewma_weights(len(R), half_life)
    omega *= len(dates) / omega[dates].sum()
    used = np.unique(
        np.concatenate([*(one.columns[one.seen.any(axis=0)] for one in groups), *(p.columns for p in found)])
    )
    actives = [one.active for one in groups] + [p.active for p in found]
    all_blocks = Blocks(
        [shared_block(R, one, omega, used) for one in groups], [_block(p, omega, used) for p in found],
        used, np.sort(dates), np.any(actives, axis=0),
    )  # fmt: skip
    if all_blocks.mean_square < ZERO:
        raise FactorError("ALL_ZERO", "all returns are zero", "check the returns", argument="returns")
    return all_blocks


def single(b: SharedBlock, p: int) -> Block:
    """Pattern p as a block of its own: what is not well-conditioned is regressed by itself."""
    here = b.present[p]
    rows = next(c.runs[p - c.patterns.start] for c in b.chunks if p < c.patterns.stop)
    return Block(b.columns[here], b.B.take(here), b.basis, b.Y[np.ix_(rows, np.flatnonzero(here))], float(b.omega[p]))


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


def _sound(group: Shared) -> Shared:
    """The group with independent columns, and without the dates on which they are not clearly so."""
    R = _independent(group.B, group.basis)
    Z = group.B.dense() @ R
    sound = np.zeros(len(group.dates), dtype=bool)
    for chunk, root in factored(Z, np.ones(len(Z)), chunks(group.seen)):
        for i in np.flatnonzero(root.sound):
            sound[chunk.runs[i]] = True
    if sound.all():
        return replace(group, basis=R, Z=Z)
    return replace(group, basis=R, Z=Z, dates=group.dates[sound], seen=group.seen[sound])


def _independent(B: Loadings, R: Array) -> Array:
    """R without the columns that Z = B R has from the others, so that ln|Z'WZ| is finite for every W."""
    rank = factorise(B, np.ones(len(B.S)), R).rank
    if rank == R.shape[1]:
        return R
    Z = B.dense() @ R
    length = np.sqrt((Z * Z).sum(axis=0))
    order = qr(Z / np.where(length > 0, length, 1.0), mode="r", pivoting=True)[1]
    return np.asarray(R[:, np.sort(order[:rank])])
