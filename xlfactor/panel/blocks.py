"""A panel on disk as blocks of dates that fit a memory bound, each in the arrays of a cross-sectional regression."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.sections import Loadings, Sections
from xlfactor.errors import FactorError
from xlfactor.panel.part import ROWS
from xlfactor.panel.read import Panel, combined
from xlfactor.panel.stored import Rows, read_rows
from xlfactor.tables.align import as_of


@dataclass(frozen=True)
class Block:
    """Consecutive dates of a panel and all that explains their returns.

    dates : (T_b,) of returns. assets : (N_b,) labels of those with a row, in the panel's order; places : theirs in
    `panel.assets`. R : (T_b, N_b). sections : loadings of the lag-th last date before each, factors as
    `panel.factors`. W : (T_b, N_b) weights as of the same rule: the column weight, else sqrt(cap), else (1, N_b) ones.
    caps : (T_b, N_b) or None. row_caps : (M,) or None, of each row of the loadings as of its own date, one of
    loadings_dates. hash : blake2b of the rows read, so that a result can be kept as long as they stay.
    """

    dates: pd.DatetimeIndex
    assets: pd.Index
    places: IntArray
    R: Array
    sections: Sections
    W: Array
    caps: Array | None
    row_caps: Array | None
    loadings_dates: pd.DatetimeIndex
    hash: str


def blocks(panel: Panel, memory: float, lag: int = 1) -> Iterator[Block]:
    """All dates of returns, in order, in blocks whose arrays take at most `memory` bytes; at least a date a block."""
    for start, stop in spans(panel, memory, lag):
        yield read_block(panel, start, stop, lag)


def spans(panel: Panel, memory: float, lag: int = 1) -> list[tuple[int, int]]:
    """Where `blocks` begin and end in `panel.dates`; known from `panel.json` alone, so workers can share them out."""
    if not memory > 0:
        raise FactorError("VALUE_RANGE", f"memory is {memory}", "give bytes, above 0", argument="memory")
    found, start, T = [], 0, len(panel.dates)
    while start < T:
        further = bisect_right(range(start + 2, T + 1), memory, key=lambda end: _bytes(panel, start, end, lag))
        stop = start + 1 + further
        found.append((start, stop))
        start = stop
    return found


def read_block(panel: Panel, start: int, stop: int, lag: int = 1) -> Block:
    """The block of panel.dates[start:stop]; only the row groups with its dates are read."""
    return block_of(panel, _returns(panel, start, stop), lag)


def block_of(panel: Panel, places: IntArray, lag: int) -> Block:
    """The block of these places in panel.known, whether or not the dates have a return."""
    need = _need(panel, places, lag)
    rows = read_rows(panel, need.rows)
    of_returns, of_loadings = rows.of(need.returns), rows.of(need.loadings.places)
    used = np.unique(np.concatenate([rows.assets[of_returns], rows.assets[of_loadings]]))
    column_of = np.full(len(panel.assets), -1, dtype=np.int64)
    column_of[used] = np.arange(len(used))
    R = _table(rows, "return", _AsOf(need.returns, np.arange(len(places))), column_of, len(used))
    caps = None if need.caps is None else _table(rows, "cap", need.caps, column_of, len(used))
    if panel.weight and need.weights is not None:
        W = _table(rows, "weight", need.weights, column_of, len(used))
    else:
        W = np.ones((1, len(used))) if caps is None else np.sqrt(caps)
    of_date = need.loadings.of_date
    if caps is not None:  # before the first caps nothing fixes the families' sums
        of_date = np.where((np.nan_to_num(caps) > 0).any(axis=1), of_date, -1)
    offsets = np.concatenate([[0], np.cumsum(rows.counts(need.loadings.places))]).astype(np.int64)
    table = panel.factors
    B = Loadings(rows.S[of_loadings], rows.codes[of_loadings], table.B.sizes, table.B.order)
    sections = Sections(B, column_of[rows.assets[of_loadings]], offsets, of_date, table.constant)
    row_caps = None if need.row_caps is None else _caps_of_loadings(rows, need, need.row_caps, column_of, len(used))
    read = combined(panel.hashes[k] for k in need.rows)
    loadings_dates = panel.known[need.loadings.places]
    return Block(panel.known[places], panel.assets[used], used, R, sections, W, caps, row_caps, loadings_dates, read)


@dataclass(frozen=True)
class _AsOf:
    """Places in `panel.known`, in order, and for each date of a block which of them is its own, -1 if none."""

    places: IntArray
    of_date: IntArray


@dataclass(frozen=True)
class _Need:
    """The rows that a block reads, all in `rows`."""

    returns: IntArray
    loadings: _AsOf
    caps: _AsOf | None
    weights: _AsOf | None
    row_caps: _AsOf | None  # for each date of loadings, not of the block
    rows: IntArray


def _returns(panel: Panel, start: int, stop: int) -> IntArray:
    return np.flatnonzero(panel.holding("r"))[start:stop]


def _need(panel: Panel, returns: IntArray, lag: int) -> _Need:
    if lag < 0:
        raise FactorError("VALUE_RANGE", f"lag is {lag}", "give 0 or more", argument="lag")
    dates = panel.known[returns]
    loadings = _as_of(panel, "l", dates, lag)
    caps = _as_of(panel, "c", dates, lag) if panel.cap else None
    weights = _as_of(panel, "w", dates, lag) if panel.weight else None
    row_caps = _as_of(panel, "c", panel.known[loadings.places], 0) if panel.cap else None
    others = [one.places for one in (loadings, caps, weights, row_caps) if one is not None]
    return _Need(returns, loadings, caps, weights, row_caps, np.unique(np.concatenate([returns, *others])))


def _as_of(panel: Panel, letter: str, dates: pd.DatetimeIndex, lag: int) -> _AsOf:
    """The dates with a loading, cap or weight that other dates have as their own."""
    there = np.flatnonzero(panel.holding(letter))
    place = as_of(panel.known[there], dates, lag)
    own = np.unique(place[place >= 0])
    return _AsOf(there[own], np.where(place >= 0, np.searchsorted(own, place), -1))


def _table(rows: Rows, role: str, which: _AsOf, column_of: IntArray, N: int) -> Array:
    """Numbers by date and asset, NaN where there is none."""
    V = np.full((len(which.places) + 1, N), np.nan)  # the last row: of dates without any
    for k, place in enumerate(which.places):
        own = rows.of(np.array([place]))
        columns = column_of[rows.assets[own]]
        V[k, columns[columns >= 0]] = rows.numbers[role][own][columns >= 0]
    return V[which.of_date]


def _caps_of_loadings(rows: Rows, need: _Need, caps: _AsOf, column_of: IntArray, N: int) -> Array:
    """The cap of each row of the loadings: of its date, or the last date before that has any."""
    of_loadings = rows.of(need.loadings.places)
    if np.array_equal(np.append(caps.places, -1)[caps.of_date], need.loadings.places):
        return rows.numbers["cap"][of_loadings]
    V = _table(rows, "cap", caps, column_of, N)
    return V[np.repeat(np.arange(len(V)), rows.counts(need.loadings.places)), column_of[rows.assets[of_loadings]]]


def _bytes(panel: Panel, start: int, stop: int, lag: int) -> int:
    """What reading a block takes at most: the rows, one row group on its way, the tables by date and asset."""
    read = int(panel.rows[_need(panel, _returns(panel, start, stop), lag).rows].sum())
    numbers = 2 + panel.cap + panel.weight + len(panel.columns)
    tables = 2 + 2 * panel.cap + panel.weight
    return 8 * ((read + 2 * ROWS) * numbers + tables * (stop - start) * min(len(panel.assets), read))
