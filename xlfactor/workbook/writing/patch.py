"""Blocks of cells into a sheet part: only rows in which something differs are written anew."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from xlfactor.workbook.addresses import area_of, area_text, cell_of, cell_text
from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.results import Area, Cell
from xlfactor.workbook.writing.content import (
    EMPTY,
    C,
    Content,
    F,
    constant_content,
    holds,
    result_content,
    set_content,
)
from xlfactor.workbook.writing.plain_rows import Plain, as_plain, is_plain, plain_cells, shows, written
from xlfactor.workbook.writing.sheet_bytes import (
    MAIN,
    SheetBytes,
    cut,
    fragment,
    fragment_bytes,
    row_bytes,
    with_rows,
)

Position = tuple[int, int]
Kind = Literal["spill", "values", "constants", "copy", "forget"]
DIMENSION = re.compile(rb"""(<(?:[\w.-]+:)?dimension\s[^>]*?ref\s*=\s*["'])([A-Za-z0-9:$]+)""")


@dataclass(frozen=True)
class Block:
    """A rectangle of cells to be written, and the one it takes the place of.

    kind: a `spill` (the anchor's ref follows the size), the `values` of formulas that stay as they are,
    the `constants` of a table's body, `copy` (values in the place of their formulas) or `forget` (formulas
    lose their stored value). Cells of `old` outside the new rectangle are emptied and keep their style. New
    cells without a style of their own take that of the old block's last row above or last column to the left.
    """

    origin: Position
    rows: Sequence[Sequence[Cell]]
    old: Area
    kind: Kind

    @property
    def area(self) -> Area:
        r, c = self.origin
        return r, c, r + len(self.rows) - 1, c + len(self.rows[0]) - 1 if self.rows else c


Styles = dict[int, dict[int, str]]  # of rows asked for so far, by row and column
Wanted = dict[int, tuple[Block, Content]]  # what a row's cells are to hold, by column


def patch_sheet(data: bytes, blocks: Sequence[Block], book: Book) -> bytes:
    """The sheet part with `blocks` written into it; the very same bytes if it shows all that already."""
    return patched(data, blocks, book)[0]


def patched(data: bytes, blocks: Sequence[Block], book: Book) -> tuple[bytes, frozenset[int]]:
    """`patch_sheet`, and the rows that have got other bytes."""
    sheet = cut(data)
    by_row: defaultdict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        for number in range(block.origin[0], max(block.area[2], block.old[2]) + 1):
            by_row[number].append(block)
    styles: Styles = {}
    changed = {}
    for number in sorted(by_row):
        row = patched_row(sheet, number, by_row[number], book, styles)
        if row is not None:
            changed[number] = row
    if not changed:
        return data, frozenset()
    return with_rows(sheet, grown_dimension(sheet.data[: sheet.start], blocks), changed), frozenset(changed)


def patched_row(sheet: SheetBytes, number: int, blocks: Sequence[Block], book: Book, styles: Styles) -> bytes | None:
    """One row's new bytes, None if nothing in it differs."""
    wanted = contents(blocks, number, book.dates_1904)
    plain = plain_cells(row_bytes(sheet, number) or b"", number)
    if plain and all(is_plain(content) for _, content in wanted.values()):
        return patched_plain_row(sheet, number, wanted, *plain, styles)
    root, row, cells = read_row(sheet, number)
    found = len(cells)
    changed = False
    for column, (block, content) in wanted.items():
        cell = cells.get(column)
        if cell is None:
            if content == EMPTY:
                continue
            cell = cells[column] = etree.Element(C, r=cell_text((number, column)))
        source = style_from(block, (number, column))
        if source and "s" not in cell.attrib and content != EMPTY:
            style = row_styles(sheet, source[0], styles).get(source[1])
            if style:
                cell.set("s", style)
                changed = True
        changed |= edit_cell(cell, block, (number, column), content, book.strings)
    if not changed:
        return None
    if len(cells) != found:
        others = [e for e in row if e.tag != C]
        row[:] = [cells[column] for column in sorted(cells)] + others
        widen_spans(row, min(cells), max(cells))
    for cell in cells.values():
        if len(cell) == 0 and set(cell.attrib) <= {"r"}:
            row.remove(cell)
    return fragment_bytes(root)


def patched_plain_row(
    sheet: SheetBytes, number: int, wanted: Wanted, start: bytes, cells: dict[int, Plain], styles: Styles
) -> bytes | None:
    """`patched_row` for a row that `start` begins and that holds plain cells only."""
    changed = False
    for column, (block, content) in wanted.items():
        cell = cells.get(column)
        if content == EMPTY and cell is None:
            continue
        style = cell[0] if cell else b""
        if not style and content != EMPTY and (source := style_from(block, (number, column))):
            style = row_styles(sheet, source[0], styles).get(source[1], "").encode()
        if cell is None or style != cell[0] or not shows(cell, content):
            cells[column] = as_plain(style, content)
            changed = True
    return written(start, number, cells) if changed else None


def read_row(sheet: SheetBytes, number: int) -> tuple[etree._Element, etree._Element, dict[int, etree._Element]]:
    """A row inside a root of its own, and its cells by column; the row is new where the part has none."""
    text = row_bytes(sheet, number)
    root = fragment(sheet, text or b"")
    row = root[0] if text else etree.SubElement(root, f"{MAIN}row")
    row.set("r", str(number))
    cells: dict[int, etree._Element] = {}
    column = 0
    for cell in row.iterchildren(C):
        address = cell.get("r")
        column = cell_of(address)[1] if address else column + 1
        cell.set("r", cell_text((number, column)))
        cells[column] = cell
    return root, row, cells


def row_styles(sheet: SheetBytes, number: int, known: Styles) -> dict[int, str]:
    """The styles of a row's cells by column, as the part has them."""
    if number not in known:
        known[number] = {c: e.get("s", "") for c, e in read_row(sheet, number)[2].items()}
    return known[number]


def contents(blocks: Sequence[Block], number: int, dates_1904: bool) -> Wanted:
    """What the blocks say about a row's cells, by column; one may write where another leaves."""
    wanted: Wanted = {}
    for block in blocks:
        to_content = constant_content if block.kind == "constants" else result_content
        r, c = block.origin
        line = block.rows[number - r] if r <= number < r + len(block.rows) else ()
        for column, value in enumerate(line, c):
            content = EMPTY if block.kind == "forget" else to_content(value, dates_1904)
            wanted[column] = block, content
        if block.old[0] <= number <= block.old[2]:
            for column in range(block.old[1], block.old[3] + 1):
                if not c <= column < c + len(line):
                    wanted.setdefault(column, (block, EMPTY))
    return wanted


def style_from(block: Block, cell: Position) -> Position | None:
    """The cell of the old block whose style a cell outside it takes; None for one inside."""
    row, column = cell
    r1, c1, r2, c2 = block.old
    if r1 <= row <= r2 and c1 <= column <= c2:
        return None
    return min(max(row, r1), r2), min(max(column, c1), c2)


def edit_cell(cell: etree._Element, block: Block, at: Position, content: Content, strings: Sequence[str]) -> bool:
    """Value, and for a spill's anchor its ref; says whether anything changed."""
    formula = cell.find(F)
    changed = False
    if formula is not None:
        if block.kind == "spill" and at == block.origin:
            ref = area_text(block.area)
            changed = formula.get("ref") != ref
            formula.set("ref", ref)
        elif block.kind == "copy":
            cell.remove(formula)
            cell.attrib.pop("cm", "")
            changed = True
        elif block.kind in ("spill", "constants"):
            return False  # a formula in a spill's way has been refused; one in freed cells is not ours
    if holds(cell, content, strings):
        return changed
    set_content(cell, content)
    return True


def widen_spans(row: etree._Element, first: int, last: int) -> None:
    """`spans` is a hint, but a wrong one is taken at its word."""
    spans = row.get("spans")
    if spans:
        ends = [int(end) for span in spans.split() for end in span.split(":")]
        row.set("spans", f"{min(first, *ends)}:{max(last, *ends)}")


def grown_dimension(head: bytes, blocks: Sequence[Block]) -> bytes:
    """What stands before a sheet's rows with its declared area made larger where a block reaches beyond it."""
    match = DIMENSION.search(head)
    if match is None:
        return head
    try:
        declared = area_of(match[2].decode())
    except ValueError:
        return head  # no range: readers do without it, and so do we
    areas = [declared, *(block.area for block in blocks if block.rows)]
    top, left, bottom, right = zip(*areas, strict=True)
    area = min(top), min(left), max(bottom), max(right)
    if area == areas[0]:
        return head
    return head[: match.start(2)] + area_text(area).encode() + head[match.end(2) :]
