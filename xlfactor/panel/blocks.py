"""A panel on disk as blocks of dates that fit a memory bound, each in the arrays of a cross-sectional regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.sections import Loadings, Sections
from xlfactor.errors import FactorError
from xlfactor.panel.read import Panel
from xlfactor.tables.align import as_of


@dataclass(frozen=True)
class Block:
    """Consecutive dates of a panel and all that explains their returns.

    dates : (T_b,) of returns. assets : (N_b,) labels of those with a row, in the panel's order; places : theirs in
    `panel.assets`. R : (T_b, N_b). sections : loadings of the lag-th last date before each, factors as
    `panel.factors`. W : (T_b, N_b) weights as of the same rule: the column weight, else sqrt(cap), else (1, N_b) ones.
    caps : (T_b, N_b) or None. hash : blake2b of the rows read, so that a result can be kept as long as they stay.
    """

    dates: pd.DatetimeIndex
    assets: pd.Index
    places: IntArray
    R: Array
    sections: Sections
    W: Array
    caps: Array | None
    hash: str


def blocks(panel: Panel, memory: float, lag: int = 1) -> Iterator[Block]:
    """All dates of returns, in order, in blocks whose arrays take at most `memory` bytes; at least a date a block."""
    for start, stop in spans(panel, memory, lag):
        yield read_block(panel, start, stop, lag)


def spans(panel: Panel, memory: float, lag: int = 1) -> list[tuple[int, int]]:
    """Where `blocks` begin and end in `panel.dates`; known from `panel.json` alone, so workers can share them out."""
    raise NotImplementedError


def read_block(panel: Panel, start: int, stop: int, lag: int = 1) -> Block:
    """The block of panel.dates[start:stop]; only the row groups with its dates are read."""
    raise NotImplementedError
