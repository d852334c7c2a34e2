"""The fast half of reading a sheet: rows that hold nothing but numbers and shared texts, by regular expression.

A panel of returns is a million such cells; expat calls back five times for each. Rows of any other form, and
every sheet that could deceive a regular expression, go to expat.
"""

from __future__ import annotations

import re
from itertools import pairwise
from math import isfinite

from xlfactor.workbook.addresses import column_number
from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.results import Cell

MAX_ROWS, MAX_COLUMNS = 20_000, 6_000
MAX_CELLS = 20_000_000  # of a sheet, blanks before a value included: a part of 400 MB holds fewer
SPARSE = 1000  # blanks that a row of few values may have here; expat counts those of the others
CELL = rb'<c r="([A-Z]{1,3})([1-9][0-9]*)"(?: s="[0-9]+")?(?: t="([sn])")?(?:/>|><v>([0-9.eE+-]+)</v></c>)'
CELLS = re.compile(CELL)
ROW = re.compile(rb'<row r="([1-9][0-9]*)"([^<>]*)>((?:' + re.sub(rb"\((?!\?)", b"(?:", CELL) + rb")++)</row>")


def take_numeric_rows(data: bytes, book: Book, values: list[list[Cell]]) -> bytes:
    """Move the rows of numbers from a sheet's XML into `values`; the XML comes back with them empty."""
    start, end = data.find(b"<sheetData>"), data.rfind(b"</sheetData>")
    # A comment or a section could hold what only looks like rows; 1904 dates need the cells' styles.
    if start < 0 or end < start or book.dates_1904 or b"<!" in data or b"<?" in data[start:end]:
        return data

    def take(match: re.Match[bytes]) -> bytes:
        number = int(match[1])
        line = numeric_line(match[3], match[1], book) if number <= MAX_ROWS else None
        if line is None or match[2].rstrip().endswith(b"/"):
            return match[0]
        while len(values) < number:
            values.append([])
        if values[number - 1]:
            return match[0]
        values[number - 1] = line
        return b'<row r="%d"/>' % number

    return data[:start] + ROW.sub(take, data[start:end]) + data[end:]


def numeric_line(row: bytes, number: bytes, book: Book) -> list[Cell] | None:
    """The cells of a row up to its last one, or None if anything in it is unusual."""
    found = CELLS.findall(row)
    columns = [column_number(letters.decode()) for letters, _, _, _ in found]
    if columns[-1] > min(MAX_COLUMNS, SPARSE + len(columns)) or any(a >= b for a, b in pairwise(columns)):
        return None
    if any(digits != number for _, digits, _, _ in found):
        return None
    line: list[Cell] = [None] * columns[-1]
    try:
        for column, (_, _, kind, text) in zip(columns, found, strict=True):
            if not text:
                continue
            if kind == b"s":
                if text.startswith(b"-"):
                    return None
                line[column - 1] = book.strings[int(text)]
            else:
                x = float(text)
                if not isfinite(x):
                    return None
                line[column - 1] = x
    except (ValueError, IndexError):
        return None
    while line and line[-1] is None:
        line.pop()
    return line
