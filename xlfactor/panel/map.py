"""A block of dates to what the model needs of it: factor returns, moments of idio returns, the quality of each date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xlfactor.engine.arrays import Array
from xlfactor.engine.blocks import last_known
from xlfactor.engine.idio_moments import IdioMoments
from xlfactor.engine.panel_moments import panel_moments
from xlfactor.panel.blocks import Block
from xlfactor.panel.options import MapOptions
from xlfactor.panel.prepare import preparation


@dataclass(frozen=True)
class Part:
    """What a block of dates adds to a model; its size does not grow with the number of styles times assets.

    dates (T,), F (T, K) factor returns, NaN where there is none; diagnostics (T, 5), the columns of REGRESSION_SUMMARY.
    assets (N,) labels; idio : the moments of their idio returns; caps (N,) the last known of each, NaN where none is.
    """

    dates: npt.NDArray[np.datetime64]
    F: Array
    diagnostics: Array
    assets: npt.NDArray[np.str_]
    idio: IdioMoments
    caps: Array


def part_of(block: Block, options: MapOptions) -> Part:
    """The regression of every date of the block on its loadings, prepared as the options say."""
    found = panel_moments(
        block.R, block.sections, _weights(block, options.weights), block.caps, preparation(options), block.row_caps,
        options.half_life_idio, options.newey_west_idio, diagnose=True,
    )  # fmt: skip
    V = np.full((1, len(block.assets)), np.nan) if block.caps is None else block.caps
    return Part(
        block.dates.to_numpy(), found.F, found.quality, np.array([str(a) for a in block.assets]), found.idio,
        np.where(np.isfinite(V).any(axis=0), last_known(V), np.nan),  # a cap of 0 is known, and 0
    )  # fmt: skip


def _weights(block: Block, weights: str) -> Array:
    if weights == "equal":
        return np.ones((1, block.R.shape[1]))
    if weights == "weight":
        return block.W
    assert block.caps is not None
    return np.asarray(np.sqrt(block.caps))
