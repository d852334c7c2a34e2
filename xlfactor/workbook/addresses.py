"""Cell addresses: `B7` and (7, 2), `A1:B9` and areas, and how a sheet's name is written before them."""

from __future__ import annotations

import re
from functools import lru_cache

from xlfactor.workbook.results import Area

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
PLAIN_NAME = re.compile(r"[^\W\d][\w.]*")
CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@lru_cache(maxsize=LAST_COLUMN)
def column_number(letters: str) -> int:
    """`A` is 1, `XFD` is 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=LAST_COLUMN)
def column_letters(number: int) -> str:
    """1 is `A`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_of(text: str) -> tuple[int, int]:
    """`B7` or `$B$7` as (7, 2); ValueError for anything else."""
    match = CELL.fullmatch(text.replace("$", "").upper())
    if not match or column_number(match[1]) > LAST_COLUMN or int(match[2]) > LAST_ROW:
        raise ValueError(text)
    return int(match[2]), column_number(match[1])


def area_of(text: str) -> Area:
    """`A1:B9`, or a single cell, as (first row, first column, last row, last column)."""
    first, _, last = text.partition(":")
    (r1, c1), (r2, c2) = cell_of(first), cell_of(last or first)
    return min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2)


def cell_text(cell: tuple[int, int]) -> str:
    """(7, 2) is `B7`."""
    return f"{column_letters(cell[1])}{cell[0]}"


def area_text(area: Area) -> str:
    """`A1:B9`, or `A1` for a single cell."""
    first, last = cell_text(area[:2]), cell_text(area[2:])
    return first if first == last else f"{first}:{last}"


def address(sheet: str, cell: tuple[int, int]) -> str:
    """`Returns!C5`, `'My data'!C5`."""
    return f"{sheet_text(sheet)}!{cell_text(cell)}"


def sheet_text(sheet: str) -> str:
    """A sheet's name as it stands in a formula, quoted where it must be."""
    if PLAIN_NAME.fullmatch(sheet) and not CELL.fullmatch(sheet.upper()):
        return sheet
    return "'" + sheet.replace("'", "''") + "'"


def meet(a: Area, b: Area) -> bool:
    """Do two areas of one sheet share a cell?"""
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
