"""The same workbook with catalogue formulas replaced by their values, for readers that do not know them."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from xlfactor.workbook.addresses import area_of, area_text
from xlfactor.workbook.formulas.workspace import Key
from xlfactor.workbook.reading.package import Book, member
from xlfactor.workbook.results import Area, Evaluation
from xlfactor.workbook.writing.archive import Change
from xlfactor.workbook.writing.follow import without_calc_chain, workbook_part
from xlfactor.workbook.writing.patch import Block, patch_sheet
from xlfactor.workbook.writing.spill import new_area, shown_rows

ANCHOR = re.compile(r"(?:_xlfn\.)?ANCHORARRAY\((?P<sheet>(?:'(?:[^']|'')+'|[\w.]+)!)?(?P<cell>\$?[A-Z]+\$?\d+)\)")


def values_change(source: Path, book: Book, found: Evaluation) -> Change:
    """What makes a values copy of a refreshed `source`.

    `A6#` becomes the area that it means, in names and in formulas; without its formula nothing spills.
    """
    areas = {(result.sheet, result.cell): new_area(result) for result in found.formulas}
    with zipfile.ZipFile(source) as archive:
        book_part = workbook_part(archive)
        parts = {book_part: fixed_spills(member(archive, book_part), "", areas)}
        for sheet in book.sheets:
            data = fixed_spills(member(archive, sheet.part), sheet.name, areas)
            blocks = [
                Block(result.cell, shown_rows(result), new_area(result), "copy")
                for result in found.formulas
                if result.sheet == sheet.name
            ]
            parts[sheet.part] = patch_sheet(data, blocks, book) if blocks else data
        parts = {part: data for part, data in parts.items() if data != member(archive, part)}
        links, dropped = without_calc_chain(archive, parts)
    return Change(parts | links, dropped)


def fixed_spills(data: bytes, sheet: str, areas: Mapping[Key, Area]) -> bytes:
    """A part in which each spill reference to one of our anchors is a plain area."""
    if b"ANCHORARRAY" not in data:
        return data

    def plain(match: re.Match[str]) -> str:
        name = html.unescape(match["sheet"] or "").removesuffix("!") or sheet
        if name.startswith("'"):
            name = name[1:-1].replace("''", "'")
        area = areas.get((name, area_of(match["cell"])[:2]))
        if area is None:
            return match[0]
        first, last = area_text(area).partition(":")[::2]
        return (match["sheet"] or "") + ":".join(absolute(cell) for cell in (first, last or first))

    return ANCHOR.sub(plain, data.decode("utf-8")).encode("utf-8")


def absolute(cell: str) -> str:
    return re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", cell)
