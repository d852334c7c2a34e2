"""The dates of a panel in stretches whose loadings the cache holds, each a small panel of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.engine.sections import Sections

ROWS = 48_000  # of loadings: the third-level cache holds them while they are prepared and regressed


@dataclass(frozen=True)
class Stretch:
    """Return dates, the rows of all loadings that explain them, and these as sections of their own."""

    dates: slice
    rows: slice
    sections: Sections

    def of(self, V: Array) -> Array:
        """Its dates of returns, weights or caps, (1, N) or (T, N)."""
        return V[self.dates] if len(V) > 1 else V


def stretches(sections: Sections) -> Iterator[Stretch]:
    """All return dates in order; each loadings date that explains any is in one stretch, none of the others is.

    of_date : ascending, but for −1.
    """
    d, first = np.unique(sections.of_date, return_index=True)
    d, first = d[d >= 0], first[d >= 0]
    start, low = 0, 0
    for k in range(1, len(d)):
        if d[k] > d[k - 1] + 1 or sections.offsets[d[k] + 1] - sections.offsets[d[low]] > ROWS:
            yield _stretch(sections, slice(start, int(first[k])), slice(int(d[low]), int(d[k - 1]) + 1))
            start, low = int(first[k]), k
    last = slice(int(d[low]), int(d[-1]) + 1) if len(d) else slice(0, 0)
    yield _stretch(sections, slice(start, len(sections.of_date)), last)


def _stretch(sections: Sections, dates: slice, loadings: slice) -> Stretch:
    rows = slice(int(sections.offsets[loadings.start]), int(sections.offsets[loadings.stop]))
    offsets = sections.offsets[loadings.start : loadings.stop + 1] - rows.start
    of_date = np.where(sections.of_date[dates] >= 0, sections.of_date[dates] - loadings.start, -1)
    B = replace(sections.B, S=sections.B.S[rows], codes=sections.B.codes[rows])
    return Stretch(dates, rows, Sections(B, sections.columns[rows], offsets, of_date, sections.constant))
