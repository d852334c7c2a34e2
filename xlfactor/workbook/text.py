"""Text into cells and CSV files: what a label says is never run as a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as BookCell

LONGEST = 32_767  # characters a cell can hold
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0 has no such characters
LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def clean(text: str) -> str:
    """Text that a cell can hold: control characters become U+FFFD, the rest beyond 32,767 is cut."""
    return UNWRITABLE.sub("\ufffd", text)[:LONGEST]


def put_text(cell: BookCell, text: str) -> None:
    """Text into an openpyxl cell: openpyxl itself makes a formula of a leading `=` and an error of `#N/A`."""
    cell.value = clean(text)
    cell.data_type = "s"


def write_text(sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
    """Text into an XlsxWriter worksheet (row, column from 0): `write` would guess formulas and links."""
    sheet.write_string(row, column, clean(text), style)


def csv_text(text: str) -> str:
    """Text for a CSV that a spreadsheet may open: `'` before what it would take for a formula."""
    text = clean(text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def xml_text(text: str) -> str:
    """Text for an element of a sheet: `_x0041_` would be read back as `A`, so its `_` is escaped."""
    return LOOKS_ESCAPED.sub("_x005F_", clean(text))
