"""The fast half of reading a sheet: rows that hold nothing but numbers and shared texts, by array operations.

A panel of returns is a million such cells; expat calls back five times for each. The bytes of whole rows are looked
at at once: every tag must be one of six, and every address the one of its row. Rows of any other form, and every
sheet that could deceive a look at its bytes, go to expat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

import numpy as np

from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.results import Cell

MAX_ROWS, MAX_COLUMNS = 20_000, 6_000
MAX_CELLS = 20_000_000  # of a sheet, blanks before a value included: a part of 400 MB holds fewer
SPARSE = 1000  # blanks that a row of few values may have here; expat counts those of the others
CHUNK = 1 << 20  # bytes looked at together: they and their positions stay in the cache
PAD = 16  # behind them, so that a look ahead stays inside
ROW_TAG = re.compile(rb'<row r="([1-9][0-9]{0,4})"[^<>]*(?<!/)>')
NUMERIC = np.isin(np.arange(256), np.frombuffer(b"0123456789.eE+- ", np.uint8))

Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Row:
    """A row's number and its bytes in the sheet, `end` behind its end tag."""

    number: int
    start: int
    end: int


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
    for chunk in chunks(rows):
        taken = chunk
        if not take(data, chunk, book, values):
            taken = [row for row in chunk if len(chunk) > 1 and take(data, [row], book, values)]
        for row in taken:
            pieces += [data[at : row.start], b'<row r="%d"/>' % row.number]
            at = row.end
    return b"".join([*pieces, data[at:]])


def holds_markup(data: bytes, start: int, end: int) -> bool:
    """Could a comment or a section be in there? A single byte is found much faster than two."""
    return (b"!" in data and b"<!" in data) or (data.find(b"?", start, end) >= 0 and data.find(b"<?", start, end) >= 0)


def rows_between(data: bytes, start: int, end: int) -> Iterator[Row]:
    """The rows that begin as most files write them; what stands between is left to expat."""
    for match in ROW_TAG.finditer(data, start, end):
        stop = data.find(b"</row>", match.end(), end)
        if stop < 0:
            return
        yield Row(int(match[1]), match.start(), stop + len(b"</row>"))


def chunks(rows: list[Row]) -> Iterator[list[Row]]:
    """Runs of rows that stand side by side, about CHUNK bytes each."""
    apart = accumulate((a.end != b.start for a, b in pairwise(rows)), initial=0)
    for _, run in groupby(zip(rows, apart, strict=True), lambda item: (item[1], item[0].start // CHUNK)):
        yield [row for row, _ in run]


def take(data: bytes, rows: list[Row], book: Book, values: list[list[Cell]]) -> bool:
    """The cells of adjoining rows into `values`; False, and nothing done, if anything in them is unusual."""
    text = np.frombuffer(data[rows[0].start : rows[-1].end] + bytes(PAD), np.uint8)
    opening, closing = np.flatnonzero(text == ord("<")), np.flatnonzero(text == ord(">"))
    if len(opening) != len(closing) or (opening > closing).any() or (opening[1:] < closing[:-1]).any():
        return False
    kind = text[opening + 1]
    is_row, is_cell = kind == ord("r"), kind == ord("c")
    cell = np.flatnonzero(is_cell)
    blank = text[closing[cell] - 1] == ord("/")
    full = cell[~blank]
    if is_row.sum() != len(rows) or not are_cells(text, opening, closing, full, len(cell) - len(full), len(rows)):
        return False
    per_row = np.bincount(np.cumsum(is_row)[cell] - 1, minlength=len(rows))
    columns, types = addresses(text, opening[cell] + 6, closing[cell] - blank, rows, per_row)
    if types is None:
        return False
    contents = values_of(text, closing[full + 1] + 1, opening[full + 2], types[~blank] == ord("s"), book)
    if contents is None:
        return False
    found = np.full(len(cell), None, dtype=object)
    found[~blank] = contents
    ends = np.cumsum(per_row).tolist()
    if any(low < high and columns[high - 1] > SPARSE + high - low for low, high in pairwise([0, *ends])):
        return False
    for row, low, high in zip(rows, [0, *ends], ends, strict=False):
        values[row.number - 1] = line_of(found[low:high], columns[low:high])
    return True


def are_cells(text: Bytes, opening: Positions, closing: Positions, full: Positions, blanks: int, n_rows: int) -> bool:
    """Are the tags `<c r="…` with `<v>`, `</v>`, `</c>` behind it or none of them, `<row …>` and `</row>` only?

    And is there no text but the values'?
    """
    if len(opening) != 4 * len(full) + blanks + 2 * n_rows:
        return False
    length = closing - opening
    is_value = np.zeros(len(opening), dtype=bool)
    is_value[full + 1] = True
    if (opening[1:] != closing[:-1] + 1)[~is_value[:-1]].any():
        return False
    second, third = text[opening + 1], text[opening + 2]
    ends = second == ord("/")
    return bool(
        (second[full + 1] == ord("v")).all() and (length[full + 1] == 2).all()
        and ends[full + 2].all() and (third[full + 2] == ord("v")).all() and (length[full + 2] == 3).all()
        and ends[full + 3].all() and (third[full + 3] == ord("c")).all() and (length[full + 3] == 3).all()
        and ends.sum() == 2 * len(full) + n_rows and (length[ends & (third == ord("r"))] == 5).sum() == n_rows
    )  # fmt: skip


def addresses(
    text: Bytes, start: Positions, end: Positions, rows: list[Row], per_row: Positions
) -> tuple[Positions, Bytes | None]:
    """Columns and types of cells whose tags have their address from `start` on and end before `end`.

    Types are `s`, `n` or 0 for none; None if a tag is not `<c r="B7"`, then perhaps ` s="3"` and ` t="s"`.
    """
    a, b, c = (text[start + k].astype(np.intp) - ord("@") for k in range(3))
    two = (b >= 1) & (b <= 26)
    three = two & (c >= 1) & (c <= 26)
    columns = np.where(three, (a * 26 + b) * 26 + c, np.where(two, a * 26 + b, a))
    good = (a >= 1) & (a <= 26) & (columns <= MAX_COLUMNS) & spells(text, start - 4, b' r="')
    first = np.cumsum(per_row) - per_row
    rising = np.diff(columns, prepend=0) > 0
    rising[first[per_row > 0]] = True
    at = start + 1 + two + three
    for k in range(6):  # the row's number and the quotation mark behind it
        digit = np.array([(b'%d"' % row.number)[k : k + 1] or b"\0" for row in rows]).view(np.uint8)
        wanted = np.repeat(digit, per_row)
        good &= (text[at + k] == wanted) | (wanted == 0)
    at += np.repeat([len(str(row.number)) + 1 for row in rows], per_row)
    typed = (end - at >= 6) & spells(text, end - 6, b' t="') & (text[end - 1] == ord('"'))
    types = np.where(typed, text[end - 2], 0).astype(np.uint8)
    style = end - 6 * typed - at
    styled = style > 0
    good &= ~styled | ((style >= 6) & (style <= 12) & spells(text, at, b' s="') & (text[at + style - 1] == ord('"')))
    for k in range(4, int(style.max(initial=0)) - 1):
        digit = text[at + k]
        good &= (k >= style - 1) | ((digit >= ord("0")) & (digit <= ord("9")))
        if not good.all():
            break
    good &= (types == 0) | (types == ord("s")) | (types == ord("n"))
    return columns, types if good.all() and rising.all() else None


def spells(text: Bytes, start: Positions, word: bytes) -> Flags:
    """Does `word` stand at each of these positions?"""
    good = np.ones(len(start), dtype=bool)
    for k, letter in enumerate(word):
        good &= text[start + k] == letter
    return good


def values_of(text: Bytes, start: Positions, end: Positions, is_text: Flags, book: Book) -> list[Cell] | None:
    """The values between these positions: numbers, and shared texts by their number; None if one is neither."""
    edges = np.zeros(len(text) + 1, dtype=np.int8)
    edges[start] = 1
    edges[end + 1] = -1  # the bracket behind a value becomes the space between two
    inside = np.cumsum(edges, dtype=np.int8)[:-1].astype(bool)
    spaced = text.copy()
    spaced[end] = ord(" ")
    letters = spaced[inside]
    if (start >= end).any() or not NUMERIC[letters].all() or (letters == ord(" ")).sum() != len(start):
        return None
    words = letters.tobytes().split()
    try:
        values: list[Cell] = list(map(float, words))
        for k in np.flatnonzero(is_text).tolist():
            index = int(words[k])
            if index < 0:
                return None
            values[k] = book.strings[index]
    except (ValueError, IndexError):
        return None
    limit = float("inf")
    return None if limit in values or -limit in values else values


def line_of(found: np.ndarray[tuple[int], np.dtype[np.object_]], columns: Positions) -> list[Cell]:
    """The cells of a row from column 1 up to its last one that is not blank."""
    if len(columns) and columns[-1] != len(columns):
        spread = np.full(int(columns[-1]), None, dtype=object)
        spread[columns - 1] = found
        found = spread
    line: list[Cell] = found.tolist()
    while line and line[-1] is None:
        line.pop()
    return line
