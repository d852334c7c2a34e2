"""A block of dates to what the model needs of it: factor returns, sums of idio returns, the quality of each date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dtrtrs

from xlfactor.engine import regression
from xlfactor.engine.arrays import Array
from xlfactor.engine.blocks import last_known
from xlfactor.engine.regression import Fit, basis
from xlfactor.engine.sections import Sections
from xlfactor.panel.blocks import Block
from xlfactor.panel.idio_sums import IdioSums, idio_sums
from xlfactor.panel.options import MapOptions
from xlfactor.panel.prepare import prepare

DIAGNOSTICS = ("n_assets", "r_squared", "adjusted_r_squared", "condition_number", "rank")


@dataclass(frozen=True)
class Part:
    """What a block of dates adds to a model; its size does not grow with the number of styles times assets.

    dates (T,), F (T, K) factor returns, NaN where there is none; diagnostics (T, 5), the columns of REGRESSION_SUMMARY.
    assets (N,) labels; sums : of their idio returns; caps (N,) the last known of each, 0 where none is.
    """

    dates: npt.NDArray[np.datetime64]
    F: Array
    diagnostics: Array
    assets: npt.NDArray[np.str_]
    sums: IdioSums
    caps: Array


def part_of(block: Block, options: MapOptions) -> Part:
    """The regression of every date of the block; its styles are prepared in place."""
    sections = _prepared(block, options)
    W = _weights(block, options.weights)
    F = np.full((len(block.R), sections.n_factors), np.nan)
    E = np.full(block.R.shape, np.nan)
    diagnostics = np.full((len(F), len(DIAGNOSTICS)), np.nan)
    diagnostics[:, 0] = 0
    for fit in regression.fits(block.R, sections, W, block.caps):
        at = fit.pattern.dates
        F[at] = fit.f
        E[np.ix_(at, fit.pattern.columns)] = fit.e
        diagnostics[at] = np.column_stack(
            [np.full(len(at), fit.n_assets), *fit.r_squared(), np.full((len(at), 2), (condition(fit), fit.rank))]
        )
    return Part(
        block.dates.to_numpy(), F, diagnostics, np.array([str(a) for a in block.assets]),
        idio_sums(E, options.half_life_idio, options.newey_west_idio),
        np.zeros(len(block.assets)) if block.caps is None else last_known(block.caps),
    )  # fmt: skip


def condition(fit: Fit) -> float:
    """Fit.condition from the K × K root instead of the loadings: W^{1/2}Z = Q L', P of the free factors L⁻¹."""
    R = basis(fit.pattern.constraints, fit.pattern.active)
    P = fit.P[:, (R == 1).argmax(axis=0)]
    if fit.smallest == 0 or len(P) != R.shape[1]:
        return fit.condition
    L, _ = dtrtrs(P, np.eye(len(P)), lower=1)
    s = np.linalg.svd(L / np.linalg.norm(L, axis=1, keepdims=True), compute_uv=False)
    return float(s[0] / s[-1])


def _prepared(block: Block, options: MapOptions) -> Sections:
    s = block.sections
    for d, t in zip(*np.unique(s.of_date, return_index=True), strict=True):
        if d >= 0:
            B, columns = s.section(int(d))
            v = None if block.caps is None else block.caps[t, columns]
            prepare(B.S, v, s.constant, options, str(block.dates[t].date()))
    return s


def _weights(block: Block, weights: str) -> Array:
    if weights == "equal":
        return np.ones((1, block.R.shape[1]))
    if weights == "weight":
        return block.W
    assert block.caps is not None
    return np.asarray(np.sqrt(block.caps))
