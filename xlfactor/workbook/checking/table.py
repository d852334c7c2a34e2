"""A table under examination, and notes on many of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from xlfactor.tables import cells
from xlfactor.workbook.formulas.workspace import Rectangle
from xlfactor.workbook.results import Cell, Note

SHOWN = 20
Severity = Literal["info", "warn", "error"]
Place = tuple[int, int]


@dataclass(frozen=True)
class Table:
    """An input as a function reads it (`frame`), where it stands, and the `rows` of cells it came from."""

    kind: str
    argument: str
    frame: pd.DataFrame
    place: Rectangle
    rows: list[list[Cell]]

    @property
    def dated(self) -> bool:
        return isinstance(self.frame.index, pd.DatetimeIndex)

    @property
    def label_columns(self) -> int:
        return self.frame.index.nlevels

    def at(self, row: int, column: int) -> Place:
        """The cell of the sheet at a row and column of the block, both from 0."""
        return self.place.area[0] + row, self.place.area[1] + column

    def column_of(self, label: str) -> Place:
        """The header cell of a column."""
        header = [cells.label(value) for value in self.rows[0]]
        return self.at(0, header.index(label, self.label_columns))

    def row_of(self, asset: str) -> int:
        """The last row of the block with that label: of dated loadings the newest as a rule."""
        labels = [cells.label(row[self.label_columns - 1]) for row in self.rows]
        return max(i for i, label in enumerate(labels) if i and label == asset)

    def body_rows(self) -> list[int]:
        """For each row of the frame, its row in the block."""
        if not self.dated:
            label = self.label_columns - 1
            return [i for i, row in enumerate(self.rows) if i and not cells.is_empty(row[label])]
        row_of = {cells.date(row[0]): i for i, row in enumerate(self.rows) if i}
        return [row_of[date.to_pydatetime()] for date in self.frame.index]

    def body_columns(self) -> list[int]:
        """For each column of the frame, its column in the block."""
        return [j for j, v in enumerate(self.rows[0]) if j >= self.label_columns and not cells.is_empty(v)]


def listed(
    code: str, severity: Severity, sheet: str, found: Sequence[tuple[Place | None, str]], fix: str
) -> list[Note]:
    """A note for each cell and message, the first twenty; then how many more there are."""
    notes = [Note(code, severity, sheet, cell, text, fix) for cell, text in found[:SHOWN]]
    if len(found) > SHOWN:
        notes.append(Note(code, severity, sheet, None, f"and {len(found) - SHOWN} more", fix, len(found) - SHOWN))
    return notes
