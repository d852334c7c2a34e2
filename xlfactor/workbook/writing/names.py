"""Defined names of the workbook part that get another area."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from xlfactor.workbook.addresses import area_of, cell_text, sheet_text
from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.results import Area
from xlfactor.workbook.writing.follow import to_bytes
from xlfactor.workbook.writing.sheet_bytes import parser


def named_area(book: Book, name: str) -> tuple[str, Area] | None:
    """Sheet and area of a name of the whole book; None where there is no such name, or it means something else."""
    sheet, _, area = book.names.get(("", name), "").rpartition("!")
    sheet = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
    try:
        return (sheet, area_of(area)) if any(part.name == sheet for part in book.sheets) else None
    except ValueError:
        return None


def area_reference(sheet: str, area: Area) -> str:
    """`Log!$B$2:$C$9`, as a defined name holds it."""
    ends = [cell_text(end) for end in (area[:2], area[2:])]
    fixed = [f"${end.rstrip('0123456789')}${end.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}" for end in ends]
    return f"{sheet_text(sheet)}!" + (fixed[0] if area[:2] == area[2:] else ":".join(fixed))


def with_names(data: bytes, areas: Mapping[str, tuple[str, Area]]) -> bytes:
    """The workbook part in which these names of the whole book mean these areas; the same bytes if they do."""
    root = etree.fromstring(data, parser())
    changed = False
    for element in root.iter("{*}definedName"):
        name = (element.get("name") or "").casefold()
        if name in areas and element.get("localSheetId") is None:
            text = area_reference(*areas[name])
            changed |= element.text != text
            element.text = text
    return to_bytes(root) if changed else data
