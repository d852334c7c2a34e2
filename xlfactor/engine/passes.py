"""One pass of regressions over dates that share their loadings: the sums over dates that an estimation of idio
variances needs. The leverage is summed as the Gram matrices are: over all assets at once, less the assets missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray, symmetric
from xlfactor.engine.downdating import TOGETHER, Chunk, Factored, chunks, factored
from xlfactor.engine.sections import Loadings
from xlfactor.engine.static_panel import Shared, block_of, consecutive


@dataclass(frozen=True)
class SharedBlock:
    """Dates with the same loadings, which differ in the assets present: pattern by pattern."""

    columns: IntArray  # (N,) places of its assets among the assets used
    B: Loadings
    basis: Array  # (K, g) R, its columns independent in Z
    Z: Array  # (N, g) B R
    Y: Array  # (m, N) with Y'Y = sum omega_t r_t r_t' of each pattern, 0 where missing
    missing: BoolArray | None  # (m, N), None where nothing is
    present: BoolArray  # (P, N) of each pattern
    chunks: list[Chunk]  # their runs are rows of Y, one after the other
    omega: Array  # (P,) of each pattern the sum of its date weights
    n: Array  # (N,) sum of the date weights of each asset


@dataclass(frozen=True)
class Sums:
    """Over the sound patterns: s (N,) sum e², q (N,) sum omega z_i'Cz_i, C (g, g) sum omega C, U (g, g) sum uu'.

    C = (Z'WZ + ridge I)^-1, u = C Z'W y, e = y − Z u; log_det sum omega ln|C^-1|. unsound : patterns left out.
    """

    s: Array
    q: Array
    C: Array
    U: Array
    log_det: float
    unsound: list[int]


def shared_block(R: Array, group: Shared, omega: Array, used: IntArray) -> SharedBlock:
    """The dates of a group in the order of their patterns; a pattern of very many dates is turned, as in Block."""
    assets = np.flatnonzero(group.seen.any(axis=0))
    seen, columns = group.seen[:, assets], group.columns[assets]
    found = chunks(seen)
    runs = [run for chunk in found for run in chunk.runs]
    n_present = seen[[run[0] for run in runs]].sum(axis=1)
    lengths = [int(n) if len(run) > 2 * n else len(run) for run, n in zip(runs, n_present, strict=True)]
    ends = np.cumsum(lengths)
    Y, present = np.zeros((ends[-1], len(assets))), np.empty((len(runs), len(assets)), dtype=bool)
    weights, n = np.empty(len(runs)), np.zeros(len(assets))
    for p, (run, end) in enumerate(zip(runs, ends, strict=True)):
        dates, present[p] = group.dates[run], seen[run[0]]
        own, here, scale = Y[end - lengths[p] : end], present[p], np.sqrt(omega[dates])[:, None]
        weights[p] = omega[dates].sum()
        n += weights[p] * here
        y = block_of(R, consecutive(dates), columns)
        if lengths[p] < len(run):
            own[:, here] = np.linalg.qr(scale * y[:, here], mode="r")
        else:
            np.multiply(scale, y, out=own, where=here)
    missing = None if present.all() else np.repeat(~present, lengths, axis=0)
    places = iter(np.split(np.arange(ends[-1]), ends[:-1]))
    found = [replace(chunk, runs=[next(places) for _ in chunk.runs]) for chunk in found]
    return SharedBlock(
        np.searchsorted(used, columns), group.B.take(assets), group.basis, group.Z[assets], Y, missing, present,
        found, weights, n,
    )  # fmt: skip


def sums(b: SharedBlock, Z: Array, w: Array, ridge: float = 0.0) -> Sums:
    """The sums of one pass with loadings Z (N, g) and weights w (N,)."""
    N, g = Z.shape
    s, q, U, C = np.zeros(N), np.zeros(N), np.zeros((g, g)), np.zeros((g, g))
    log_det = 0.0
    unsound: list[int] = []
    WZ, Zt = Z * w[:, None], np.ascontiguousarray(Z.T)
    base, of_base = None, np.zeros((g, g))
    for chunk, root in factored(Z, w, b.chunks, ridge):
        weight = np.where(root.sound, b.omega[chunk.patterns], 0.0)
        log_det += float(weight @ root.log_det)
        unsound += (np.flatnonzero(~root.sound) + chunk.patterns.start).tolist()
        if chunk.base is not base:
            _add_quadratic(q, base, Z, of_base)
            base, of_base = chunk.base, np.zeros((g, g))
        of_chunk = _inverses(q, Z, chunk, root, weight)
        of_base += of_chunk
        C += of_chunk
        _residuals(b, WZ, Zt, chunk, root, s, U)
    _add_quadratic(q, base, Z, of_base)
    return Sums(s, q, symmetric(C), U, log_det, unsound)


def _inverses(q: Array, Z: Array, chunk: Chunk, root: Factored, omega: Array) -> Array:
    """Sum omega C of the chunk as a quadratic form; q less and more omega z_i'Cz_i where a pattern leaves the base."""
    forms = root.quadratic_forms()
    forms *= omega[:, None, None]
    for i in np.flatnonzero(root.sound):
        if len(chunk.less[i]):
            q[chunk.less[i]] -= _quadratic(Z.take(chunk.less[i], 0), forms[i])
        if len(chunk.more[i]):
            q[chunk.more[i]] += _quadratic(Z.take(chunk.more[i], 0), forms[i])
    return np.asarray(forms.sum(axis=0))


def _add_quadratic(q: Array, base: BoolArray | None, Z: Array, C: Array) -> None:
    if base is not None and base.any():
        q[base] += _quadratic(Z[base], C)


def _quadratic(Z: Array, C: Array) -> Array:
    """z_i'C z_i (n,)."""
    ZC = Z @ C
    ZC *= Z
    return np.asarray(ZC @ np.ones(len(C)))


def _residuals(b: SharedBlock, WZ: Array, Zt: Array, chunk: Chunk, root: Factored, s: Array, U: Array) -> None:
    """Add sum e² to s and sum uu' to U, in blocks of rows that stay in cache."""
    first, last = int(chunk.runs[0][0]), int(chunk.runs[-1][-1]) + 1
    owner = np.repeat(np.arange(len(chunk.runs)), [len(rows) for rows in chunk.runs])
    buffer = np.empty((min(TOGETHER, last - first), len(WZ)))
    for k in range(first, last, TOGETHER):
        rows = slice(k, min(k + TOGETHER, last))
        own = owner[k - first : k - first + TOGETHER]
        u = b.Y[rows] @ WZ
        starts = np.searchsorted(own, np.arange(own[0], own[-1] + 2)).tolist()
        for i in np.flatnonzero(root.sound[own[0] : own[-1] + 1]).tolist():
            here = slice(starts[i], starts[i + 1])
            u[here] = root.solve(int(own[0]) + i, u[here])
        e = np.matmul(u, Zt, out=buffer[: len(u)])
        np.subtract(b.Y[rows], e, out=e)
        if b.missing is not None:
            np.copyto(e, 0.0, where=b.missing[rows])
        if not root.sound.all():
            e[~root.sound[own]] = u[~root.sound[own]] = 0.0
        np.multiply(e, e, out=e)
        s += np.ones(len(e)) @ e
        U += u.T @ u
