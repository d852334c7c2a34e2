"""The newest loadings and caps of a panel as labelled tables: what a model keeps for the next day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.engine.dated_styles import prepare_styles
from xlfactor.errors import FactorError
from xlfactor.panel.blocks import Block, block_of
from xlfactor.panel.options import MapOptions
from xlfactor.panel.prepare import labelled, preparation
from xlfactor.panel.read import Panel


def recent_tables(panel: Panel, options: MapOptions) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """(Date, Asset) × loadings, prepared as the blocks are, and Date × Asset caps, each of its last `lag` dates."""
    kept = max(options.lag, 1)
    known = panel.known <= panel.dates[-1]
    with_loadings, with_caps = (np.flatnonzero(known & panel.holding(letter))[-kept:] for letter in "lc")
    block = block_of(panel, with_loadings, lag=0)
    S = _prepared(panel, block, options)
    loadings = {date: _table(panel, block, S, d) for d, date in enumerate(block.loadings_dates)}
    caps = None
    if panel.cap:
        own = block_of(panel, with_caps, lag=0)
        caps = pd.DataFrame(own.caps, own.dates.rename("Date"), own.assets.rename("Asset"))
    return pd.concat(loadings, names=["Date", "Asset"]), caps


def _prepared(panel: Panel, block: Block, options: MapOptions) -> Array:
    """The styles of the block, a row an asset and date of loadings."""
    s, asked = block.sections, preparation(options)
    if asked is None:
        return s.B.S
    styles = np.setdiff1d(np.arange(s.B.S.shape[1]), [s.constant])
    try:
        return prepare_styles(s.B.S, s.offsets, styles, block.row_caps, asked)
    except FactorError as error:
        raise labelled(error, panel, block) from None


def _table(panel: Panel, block: Block, S: Array, d: int) -> pd.DataFrame:
    rows = slice(int(block.sections.offsets[d]), int(block.sections.offsets[d + 1]))
    families, codes = list(panel.families), block.sections.B.codes[rows]
    table = {}
    for name in panel.columns:
        if name in panel.families:
            values = np.array([*panel.families[name], None], dtype=object)
            table[name] = values[codes[:, families.index(name)]]
        else:
            table[name] = S[rows, panel.styles.index(name)]
    return pd.DataFrame(table, pd.Index(block.assets[block.sections.columns[rows]], name="Asset"))
