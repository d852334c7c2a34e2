"""The rows of some dates of a panel as arrays: only the row groups with these dates are read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.panel.part import open_part
from xlfactor.panel.read import Panel


@dataclass(frozen=True)
class Rows:
    """Rows by date: those of known date places[k] are offsets[k]:offsets[k+1].

    assets : (M,) places in `panel.assets`. numbers : (M,) by role. S, codes : (M, n_styles), (M, n_families).
    """

    places: IntArray
    offsets: IntArray
    assets: IntArray
    numbers: dict[str, Array]
    S: Array
    codes: IntArray

    def of(self, places: IntArray) -> slice | IntArray:
        """The rows of some of its dates; a slice, which copies nothing, where they lie side by side."""
        at = np.searchsorted(self.places, places)
        if len(at) and at[-1] - at[0] == len(at) - 1:
            return slice(int(self.offsets[at[0]]), int(self.offsets[at[-1] + 1]))
        return np.concatenate(
            [np.arange(self.offsets[k], self.offsets[k + 1]) for k in at] or [np.array([], dtype=int)]
        )

    def counts(self, places: IntArray) -> IntArray:
        """The number of rows of each of some of its dates."""
        return np.diff(self.offsets)[np.searchsorted(self.places, places)]


def read_rows(panel: Panel, places: IntArray) -> Rows:
    """The rows of panel.known[places], places in order."""
    offsets = np.concatenate([[0], np.cumsum(panel.rows[places])]).astype(np.int64)
    M, families = int(offsets[-1]), list(panel.families)
    roles = ["return", *(role for role, there in (("cap", panel.cap), ("weight", panel.weight)) if there)]
    rows = Rows(
        places, offsets, np.empty(M, dtype=np.int64), {role: np.empty(M) for role in roles},
        np.empty((M, len(panel.styles))), np.empty((M, len(families)), dtype=np.int64),
    )  # fmt: skip
    labels = {name: pd.Index(values, dtype=object) for name, values in panel.families.items()}
    at, first = 0, 0
    for key, part in panel.parts.items():
        wanted = places[(places >= first) & (places < first + len(part.dates))] - first
        first += len(part.dates)
        if not len(wanted):
            continue
        begins = np.concatenate([[0], np.cumsum(part.rows)])
        with open_part(panel, key) as file:
            sizes = [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)]
            edges = np.concatenate([[0], np.cumsum(sizes)])
            group_of = np.searchsorted(edges, begins[wanted], side="right") - 1
            for k in np.unique(group_of):
                table = file.read_row_group(int(k), columns=["asset", *roles, *panel.columns])
                mine = wanted[group_of == k]
                kept = np.concatenate([np.arange(begins[d], begins[d + 1]) for d in mine]) - edges[k]
                to = slice(at, at + len(kept))
                at += len(kept)
                rows.assets[to] = _codes(table.column("asset"), panel.assets)[kept]
                for role in roles:
                    rows.numbers[role][to] = table.column(role).to_numpy()[kept]
                for j, name in enumerate(panel.styles):
                    rows.S[to, j] = table.column(name).to_numpy()[kept]
                for j, name in enumerate(families):
                    rows.codes[to, j] = _codes(table.column(name), labels[name])[kept]
    return rows


def _codes(column: pa.ChunkedArray, labels: pd.Index) -> IntArray:
    """The place of each text in `labels`, -1 where missing."""
    found = []
    for chunk in column.chunks:
        places = labels.get_indexer(pd.Index(chunk.dictionary.to_pylist(), dtype=object))
        indices = chunk.indices.fill_null(len(places)).to_numpy(zero_copy_only=False)
        found.append(np.append(places, -1)[indices])
    return np.concatenate(found).astype(np.int64)
