"""A block of dates to what the model needs of it: factor returns, moments of idio returns, the quality of each date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xlfactor.engine.arrays import Array
from xlfactor.engine.blocks import last_known
from xlfactor.engine.idio_moments import IdioMoments, idio_moments
from xlfactor.engine.panel_quality import quality
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.engine.sections import Sections
from xlfactor.panel.blocks import Block
from xlfactor.panel.options import MapOptions
from xlfactor.panel.prepare import prepare


@dataclass(frozen=True)
class Part:
    """What a block of dates adds to a model; its size does not grow with the number of styles times assets.

    dates (T,), F (T, K) factor returns, NaN where there is none; diagnostics (T, 5), the columns of REGRESSION_SUMMARY.
    assets (N,) labels; idio : the moments of their idio returns; caps (N,) the last known of each, 0 where none is.
    """

    dates: npt.NDArray[np.datetime64]
    F: Array
    diagnostics: Array
    assets: npt.NDArray[np.str_]
    idio: IdioMoments
    caps: Array


def part_of(block: Block, options: MapOptions) -> Part:
    """The regression of every date of the block; its styles are prepared in place."""
    sections = _prepared(block, options)
    W = _weights(block, options.weights)
    found = panel_regression(block.R, sections, W, block.caps)
    return Part(
        block.dates.to_numpy(), found.F, quality(block.R, sections, W, block.caps, found.E),
        np.array([str(a) for a in block.assets]),
        idio_moments(found.E, options.half_life_idio, options.newey_west_idio),
        np.zeros(len(block.assets)) if block.caps is None else last_known(block.caps),
    )  # fmt: skip


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
