"""Which blocks of dates an estimation has, and the name under which each one's part is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from xlfactor import __version__
from xlfactor.errors import FactorError
from xlfactor.panel.blocks import spans
from xlfactor.panel.options import MapOptions
from xlfactor.panel.part import ROWS
from xlfactor.panel.read import Panel, combined
from xlfactor.panel.work import key_of
from xlfactor.tables.align import as_of

BASE = 280e6  # bytes of a process that has read nothing: Python, NumPy, pandas, Arrow and its buffers
WORKING = 0.8  # bytes of the engine and of what else the reader holds, for each byte of a block


@dataclass(frozen=True)
class Task:
    """Dates start:stop of `panel.dates`; key: of their part."""

    start: int
    stop: int
    key: str


def plan(panel: Panel, options: MapOptions, memory: float) -> list[Task]:
    """The blocks whose estimation keeps a process below `memory` bytes. Raises NO_DATES, MEMORY_SMALL."""
    if len(panel.dates) == 0:
        raise FactorError("NO_DATES", "the panel has no date with a return", "check it", where=str(panel.path))
    room = (memory - BASE) / (1 + WORKING)
    of_date = 8.0 * (max(panel.rows) * (options.lag + 1) + 2 * ROWS) * (len(panel.columns) + 4)
    if room < of_date:
        need = (1 + WORKING) * of_date + BASE
        raise FactorError(
            "MEMORY_SMALL", f"one date needs {need / 1e9:.2g} GB, --memory is {memory / 1e9:.2g} GB",
            f"pass --memory {np.ceil(need / 1e8) / 10:.1f}GB or more",
        )  # fmt: skip
    return [
        Task(start, stop, key_of_block(panel, options, start, stop)) for start, stop in spans(panel, room, options.lag)
    ]


def key_of_block(panel: Panel, options: MapOptions, start: int, stop: int) -> str:
    """A hash of all that the part of the dates start:stop depends on: rows, options, factors, the version."""
    facts = {
        "rows": _rows_hash(panel, start, stop, options.lag), "first": str(panel.dates[start]),
        "version": __version__, "columns": panel.columns, "families": panel.families, "cap": panel.cap,
        "weight": panel.weight, "constant": panel.factors.constant,
    }  # fmt: skip
    return key_of(asdict(options) | facts)


def _rows_hash(panel: Panel, start: int, stop: int, lag: int) -> str:
    """The hash of the rows of the dates, and of all back to the loadings, caps and weights of the first."""
    date = first = panel.dates[start]
    for letter, back in (("l", lag), ("c", lag), ("w", lag), ("c", 0)):  # at last the caps of these loadings
        there = panel.known[panel.holding(letter)]
        place = int(as_of(there, pd.DatetimeIndex([first if back == 0 else date]), back)[0])
        first = first if place < 0 else min(there[place], first)
    low, high = panel.known.searchsorted(np.array([first, panel.dates[stop - 1]], dtype="M8[ns]"))
    return combined(panel.hashes[low : high + 1])
