"""Rows of plain values written as text: no formula, no rich text, attributes in the usual order; lxml does the rest.

A spill by date is thousands of such rows. What is written is what `set_content` would write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from xlfactor.workbook.addresses import column_letters, column_number
from xlfactor.workbook.reading.package import unescape
from xlfactor.workbook.writing.content import EMPTY, Content

CELL = rb'<c r="([A-Z]{1,3})([0-9]+)"(?: s="([0-9]+)")?(?: t="(n|str|e|b)")?(?:/>|>(?:<v>([^<>&]+)</v>)?</c>)'
CELLS = re.compile(CELL)
ROW = re.compile(rb'(<row r="([0-9]+)"[^<>]*(?<!/)>)((?:' + re.sub(rb"\((?!\?)", b"(?:", CELL) + rb")+)</row>")
SPANS = re.compile(rb' spans="([0-9]+):([0-9]+)"')
VALUE = re.compile(r"[ !-%'-;=?-~]*")  # nothing that XML would write otherwise

Plain = tuple[bytes, bytes, bytes | None]  # style, type and text of a cell; no text where it has no value


def plain_cells(row: bytes, number: int) -> tuple[bytes, dict[int, Plain]] | None:
    """A row's start tag and its cells by column; None if anything in it is not plain."""
    found = ROW.fullmatch(row)
    if found is None or int(found[2]) != number:
        return None
    cells: dict[int, Plain] = {}
    last = 0
    for letters, digits, style, kind, text in CELLS.findall(found[3]):
        column = column_number(letters.decode())
        if digits != found[2] or column <= last:
            return None
        last = column
        cells[column] = style, kind, text or None
    return found[1], cells


def is_plain(content: Content) -> bool:
    kind, text = content
    return kind == "n" or (kind != "inlineStr" and "_x" not in text and VALUE.fullmatch(text) is not None)


def shows(cell: Plain, content: Content) -> bool:
    """Does the cell show this already?"""
    _, stored, text = cell
    if text is None or content == EMPTY:
        return text is None and content == EMPTY
    kind, wanted = content
    if kind == "n" and (not stored or stored == b"n"):
        try:
            return float(text) == float(wanted)
        except ValueError:  # what stands there is damaged; it is written anew
            return False
    if kind == "str" and stored == b"str":
        return unescape(text.decode()) == wanted
    return stored.decode() == kind and text.decode() == wanted


def written(start: bytes, number: int, cells: Mapping[int, Plain]) -> bytes:
    """The row again; cells without style and value go, `spans` covers the others."""
    pieces = [widened(start, min(cells, default=1), max(cells, default=1))]
    for column in sorted(cells):
        style, kind, text = cells[column]
        if text is None and not style and not kind:
            continue
        opening = b'<c r="%s%d"' % (column_letters(column).encode(), number)
        opening += (b' s="%s"' % style if style else b"") + (b' t="%s"' % kind if kind else b"")
        pieces.append(opening + b"/>" if text is None else b"%s><v>%s</v></c>" % (opening, text))
    return b"".join([*pieces, b"</row>"])


def widened(start: bytes, first: int, last: int) -> bytes:
    """`spans` is a hint, but a wrong one is taken at its word."""

    def wider(match: re.Match[bytes]) -> bytes:
        return b' spans="%d:%d"' % (min(first, int(match[1])), max(last, int(match[2])))

    return SPANS.sub(wider, start)


def as_plain(style: bytes, content: Content) -> Plain:
    kind, text = content
    return style, b"" if kind == "n" else kind.encode(), None if content == EMPTY else text.encode()
