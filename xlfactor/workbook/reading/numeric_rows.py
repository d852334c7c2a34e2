"""The fast half of reading a sheet: rows that hold nothing but numbers and shared texts, a row at a time.

A panel of returns is a million such cells; expat calls back five times for each. Its rows differ in their values and
hardly in anything else: what is left of a row without its values and its number, its form, is looked at once. Rows of
any other form, and every sheet that could deceive a look at its bytes, go to expat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf
from operator import ge

from xlfactor.workbook.addresses import column_number
from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.results import Cell

MAX_ROWS, MAX_COLUMNS = 20_000, 6_000
MAX_CELLS = 20_000_000  # of a sheet, blanks before a value included: a part of 400 MB holds fewer
SPARSE = 1000  # blanks that a row of few values may have here; expat counts those of the others
ROW_TAG = re.compile(rb'<row r="([1-9][0-9]{0,4})"[^<>]*(?<!/)>')
VALUE = re.compile(rb"<v>([-+.0-9Ee]*)</v>")
CELL = re.compile(rb'</c><c r="([A-Z]{1,3})#"(?: s="[0-9]{0,6}#?")?(?: t="([sn])")?>')  # "#": the row's number


@dataclass(frozen=True)
class Row:
    """A row's number and its bytes in the sheet: `cells` behind its tag, `stop` at its end tag, `end` behind that."""

    number: int
    start: int
    cells: int
    stop: int
    end: int


@dataclass(frozen=True)
class Form:
    """The cells of a row: in which columns they stand, and which of them hold shared texts."""

    columns: list[int]
    texts: list[int]


def take_numeric_rows(data: bytes, book: Book, values: list[list[Cell]]) -> bytes:
    """Move the rows of numbers from a sheet's XML into `values`; the XML comes back with them empty."""
    start, end = data.find(b"<sheetData>"), data.rfind(b"</sheetData>")
    # A comment or a section could hold what only looks like rows; 1904 dates need the cells' styles.
    if start < 0 or end < start or book.dates_1904 or holds_markup(data, start, end):
        return data
    rows = list(rows_between(data, start + len(b"<sheetData>"), end))
    numbers = [row.number for row in rows]
    if not numbers or numbers[-1] > MAX_ROWS or any(a >= b for a, b in pairwise(numbers)):
        return data
    values.extend([] for _ in range(numbers[-1] - len(values)))
    pieces, at = [], 0
    for row in rows:
        line = taken(data[row.cells : row.stop], row.number, book)
        if line is not None:
            values[row.number - 1] = line
            pieces += [data[at : row.start], b'<row r="%d"/>' % row.number]
            at = row.end
    return b"".join([*pieces, data[at:]])


def holds_markup(data: bytes, start: int, end: int) -> bool:
    """Could a comment or a section be in there? A single byte is found much faster than two."""
    return (b"!" in data and b"<!" in data) or (data.find(b"?", start, end) >= 0 and data.find(b"<?", start, end) >= 0)


def rows_between(data: bytes, start: int, end: int) -> Iterator[Row]:
    """The rows that begin as most files write them; what stands between is left to expat."""
    while (match := ROW_TAG.search(data, start, end)) is not None:
        stop = data.find(b"</row>", match.end(), end)
        if stop < 0:
            return
        start = stop + len(b"</row>")
        yield Row(int(match[1]), match.start(), match.end(), stop, start)


def taken(cells: bytes, number: int, book: Book) -> list[Cell] | None:
    """The values of a row by its cells' XML, from column 1 to its last one; None if anything in them is unusual."""
    if b"#" in cells or b"|" in cells:
        return None
    pieces = VALUE.split(b"</c>" + cells.replace(b"/>", b"><v></v></c>"))
    form = form_of(b"|".join(pieces[::2]).replace(b'%d"' % number, b'#"'))
    if form is None:
        return None
    try:
        values = values_of(pieces[1::2], form.texts, book)
    except (ValueError, IndexError):
        return None
    return line_of(values, form.columns)


@lru_cache(maxsize=4)
def form_of(cells: bytes) -> Form | None:
    """The form of a row, `|` in the places of its values; None if it is not the usual one. Most repeat the last."""
    *opened, rest = cells.split(b"|")
    places = list(map(place_of, opened))
    columns = [column for column, _ in places]
    if rest != b"</c>" or 0 in columns or any(map(ge, columns, columns[1:])):
        return None
    if columns and columns[-1] > min(MAX_COLUMNS, SPARSE + len(columns)):
        return None
    return Form(columns, [k for k, (_, is_text) in enumerate(places) if is_text])


@lru_cache(maxsize=20_000)
def place_of(opening: bytes) -> tuple[int, bool]:
    """Column and kind of the cell that stands between two values; column 0 if anything else does."""
    cell = CELL.fullmatch(opening)
    return (column_number(cell[1].decode()), cell[2] == b"s") if cell else (0, False)


def values_of(words: list[bytes], texts: list[int], book: Book) -> list[Cell]:
    """Numbers, shared texts by their index, None for a blank. ValueError, IndexError where one is neither."""
    numbers = map(float, words) if b"" not in words else (float(word) if word else None for word in words)
    values: list[Cell] = list(numbers)
    for k in texts:
        index = int(words[k])
        if index < 0:
            raise IndexError(index)
        values[k] = book.strings[index]
    if inf in values or -inf in values:
        raise ValueError
    return values


def line_of(found: list[Cell], columns: list[int]) -> list[Cell]:
    """The cells of a row from column 1 up to its last one that is not blank."""
    line = found
    if columns and columns[-1] != len(columns):
        line = [None] * columns[-1]
        for column, value in zip(columns, found, strict=True):
            line[column - 1] = value
    while line and line[-1] is None:
        line.pop()
    return line
