"""A sheet part cut into rows by byte positions, so that a change touches the bytes of its rows and no others.

lxml sees only the pieces that change, each inside the sheet's own root tag: prefixes stay what they were.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from xlfactor.workbook.reading.package import corrupt

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROOT = re.compile(rb"""<((?:[\w.-]+:)?)worksheet\b(?:[^>"']|"[^"]*"|'[^']*')*>""")
ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")
NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")


@dataclass(frozen=True)
class SheetBytes:
    """A part as bytes; `rows` are (number, start, end), in order, between `start` and `end` of sheetData."""

    data: bytes
    root: bytes  # the start tag of the sheet
    close: bytes  # its end tag
    start: int
    end: int
    rows: tuple[tuple[int, int, int], ...]


def parser() -> etree.XMLParser:
    """No entities, no network; a big row is no attack here, since preflight has limited the file."""
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def cut(data: bytes) -> SheetBytes:
    """Positions of sheetData and its rows. FactorError FILE_CORRUPT where there is no sheetData."""
    data = in_utf8(data)
    root = ROOT.search(data)
    if root is None:
        raise corrupt("a sheet has no worksheet element")
    prefix = root[1]
    opening = re.compile(rb"<%ssheetData(?:\s[^>]*?)?/?>" % prefix).search(data, root.end())
    if opening is None:
        raise corrupt("a sheet has no sheetData")
    if opening[0].endswith(b"/>"):  # an empty sheet: open the element so that rows can stand in it
        data = b"%s<%ssheetData></%ssheetData>%s" % (
            data[: opening.start()], prefix, prefix, data[opening.end() :],
        )  # fmt: skip
        start = end = opening.start() + len(b"<%ssheetData>" % prefix)
    else:
        start, end = opening.end(), data.index(b"</%ssheetData" % prefix, opening.end())
    return SheetBytes(data, root[0], b"</%sworksheet>" % prefix, start, end, row_positions(data, prefix, start, end))


def in_utf8(data: bytes) -> bytes:
    """The part in UTF-8 without comments and CDATA, so that every `<` begins a tag; most are so already."""
    declared = ENCODING.search(data)
    encoding = declared[1].lower() if declared else b"utf-8"
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    odd = data.startswith((b"\xff\xfe", b"\xfe\xff")) or encoding not in (b"utf-8", b"us-ascii", b"ascii")
    if not odd and not holds_markup(data):
        return data
    plain = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    return etree.tostring(etree.fromstring(data, plain), xml_declaration=True, encoding="UTF-8", standalone=True)


def holds_markup(data: bytes) -> bool:
    """Comments, CDATA or processing instructions behind the declaration? A single byte is found much faster."""
    behind = data.find(b"?>") + 1 if data.startswith(b"<?") else 0
    return (b"!" in data and b"<!" in data) or (data.find(b"?", behind + 1) > 0 and data.find(b"<?", behind + 1) > 0)


def row_positions(data: bytes, prefix: bytes, start: int, end: int) -> tuple[tuple[int, int, int], ...]:
    """A row without number follows the one before it."""
    tag = re.compile(rb"""<%srow\b(?:[^>"']|"[^"]*"|'[^']*')*>""" % prefix)
    closing = b"</%srow" % prefix
    rows, number, at = [], 0, start
    while (match := tag.search(data, at, end)) is not None:
        found = NUMBER.search(match[0])
        number = int(found[1]) if found else number + 1
        at = match.end()
        if not match[0].endswith(b"/>"):
            at = data.index(b">", data.index(closing, at)) + 1
        rows.append((number, match.start(), at))
    return tuple(rows)


def fragment(sheet: SheetBytes, content: bytes) -> etree._Element:
    """`content` as children of the sheet's root element."""
    try:
        return etree.fromstring(sheet.root + content + sheet.close, parser())
    except etree.XMLSyntaxError as error:  # expat let it pass: elements nested deeper than lxml goes
        raise corrupt(f"a sheet cannot be edited ({error})") from error


def fragment_bytes(root: etree._Element) -> bytes:
    """The children of a fragment as bytes, without repeating the root's namespaces."""
    if len(root) == 0:
        return b""
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return text[text.index(b">") + 1 : text.rindex(b"</")]


def row_bytes(sheet: SheetBytes, number: int) -> bytes | None:
    """The bytes of a row that the part has."""
    place = bisect_left(sheet.rows, (number,))
    if place < len(sheet.rows) and sheet.rows[place][0] == number:
        return sheet.data[slice(*sheet.rows[place][1:])]
    return None


def with_rows(sheet: SheetBytes, head: bytes, new: Mapping[int, bytes]) -> bytes:
    """The part with `head` before its rows, and these replaced or, at their place in the order, inserted."""
    pieces, at = [head], sheet.start
    for number in sorted(new):
        place = bisect_left(sheet.rows, (number,))
        if place < len(sheet.rows):
            start, end = sheet.rows[place][1:]
            end = end if sheet.rows[place][0] == number else start
        else:
            start = end = sheet.end
        pieces += [sheet.data[at:start], new[number]]
        at = end
    return b"".join([*pieces, sheet.data[at:]])


def edit_tail(data: bytes, edit: Callable[[etree._Element], bool]) -> bytes:
    """Let `edit` change what stands behind the cells (merged areas, formats, tables, extensions).

    `edit` gets a root with those elements as children and says whether it changed any.
    """
    sheet = cut(data)
    start = sheet.data.index(b">", sheet.end) + 1
    end = sheet.data.rindex(b"</")
    root = fragment(sheet, sheet.data[start:end])
    return sheet.data[:start] + fragment_bytes(root) + sheet.data[end:] if edit(root) else data
