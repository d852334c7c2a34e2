"""The newest loadings and caps of a panel as labelled tables: what a model keeps for the next day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlfactor.panel.blocks import Block, read_block
from xlfactor.panel.options import MapOptions
from xlfactor.panel.prepare import prepare
from xlfactor.panel.read import Panel
from xlfactor.tables.align import as_of


def recent_tables(panel: Panel, options: MapOptions) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """(Date, Asset) × loadings, prepared as the blocks are, and Date × Asset caps, of the last `lag` dates."""
    kept = max(options.lag, 1)
    with_loadings = panel.known[panel.holding("l") & (panel.known <= panel.dates[-1])][-kept:]
    start = min(int(panel.dates.searchsorted(with_loadings[0])), len(panel.dates) - 1)
    block = read_block(panel, start, len(panel.dates), lag=0)
    place = as_of(with_loadings, block.dates, 0)
    loadings, caps = {}, {}
    for d, t in zip(*np.unique(place, return_index=True), strict=True):
        date = with_loadings[d]
        loadings[date] = _table(panel, block, int(t), options, str(date.date()))
        if block.caps is not None:
            caps[date] = pd.Series(block.caps[t], block.assets)
    v = None if block.caps is None else pd.DataFrame(caps).T.rename_axis(index="Date", columns="Asset")
    return pd.concat(loadings, names=["Date", "Asset"]), v


def _table(panel: Panel, block: Block, t: int, options: MapOptions, date: str) -> pd.DataFrame:
    B, columns = block.sections.section(int(block.sections.of_date[t]))
    v = None if block.caps is None else block.caps[t, columns]
    prepare(B.S, v, block.sections.constant, options, date)
    families = list(panel.families)
    table = {}
    for name in panel.columns:
        if name in panel.families:
            values = np.array([*panel.families[name], None], dtype=object)
            table[name] = values[B.codes[:, families.index(name)]]
        else:
            table[name] = B.S[:, panel.styles.index(name)]
    return pd.DataFrame(table, pd.Index(block.assets[columns], name="Asset"))
