"""What covered exactly a block's old rows covers its new ones: charts, sparklines, names, formats, validations."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from xlfactor.workbook.addresses import area_of
from xlfactor.workbook.reading.package import Book, member, relationships
from xlfactor.workbook.results import Area
from xlfactor.workbook.writing.sheet_bytes import edit_tail, parser

CHART_TYPES = (
    "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    "application/vnd.ms-office.chartex+xml",  # waterfall, box plot and their like
)
TYPES = "[Content_Types].xml"
CELL = r"\$?[A-Z]{1,3}\$?\d+"
REFERENCE = re.compile(rf"(?:(?P<sheet>'(?:[^']|'')+'|[^\s'!,()\[\]]+)!)?(?P<area>{CELL}:{CELL})")
HOLDERS = ("{*}numRef", "{*}strRef", "{*}multiLvlStrRef", "{*}numDim", "{*}strDim")
CACHES = ("numCache", "strCache", "multiLvlStrCache", "lvl")
FORMATTED = ("{*}conditionalFormatting", "{*}dataValidation", "{*}sparkline")
SOURCES = ("{*}formula1", "{*}formula2", "{*}f")  # of a list of allowed values, of a sparkline

Read = Callable[[str], bytes]  # a member's bytes, as changed so far


@dataclass(frozen=True)
class Resize:
    """A spill or a table that gets another size; areas with their header rows."""

    sheet: str
    old: Area
    new: Area


def followed(area: Area, resized: Sequence[Resize]) -> Area:
    """`area` with the new last row of the block whose rows it covered: all of them, or all but the header.

    Its columns must lie inside the block; what reaches further is somebody else's layout.
    """
    for block in resized:
        top, left, bottom, right = block.old
        if area[0] in (top, top + 1) and area[2] == bottom and left <= area[1] and area[3] <= right:
            return area[0], area[1], max(block.new[2], area[0]), area[3]
    return area


def follow_text(text: str, resized: Sequence[Resize], sheet: str = "") -> str:
    """References after the change, where `text` is a list of them and nothing else.

    `sheet` is the one that an area without sheet means; without it such an area stays.
    """
    matches = list(REFERENCE.finditer(text))
    if not matches or ",".join(match[0] for match in matches) != text:
        return text
    return ",".join(followed_reference(match, resized, sheet) for match in matches)


def followed_reference(match: re.Match[str], resized: Sequence[Resize], sheet: str) -> str:
    name = match["sheet"] or sheet
    if name.startswith("'"):
        name = name[1:-1].replace("''", "'")
    old = area_of(match["area"])
    new = followed(old, [block for block in resized if block.sheet.casefold() == name.casefold()])
    return match[0] if new == old else re.sub(r"\d+$", str(new[2]), match[0])


def follow(
    archive: zipfile.ZipFile, changed: Mapping[str, bytes], book: Book, resized: Sequence[Resize]
) -> dict[str, bytes]:
    """The parts (of `archive` as `changed` so far) in which something follows a block that was resized."""

    def read(part: str) -> bytes:
        return changed[part] if part in changed else member(archive, part)

    book_part = workbook_part(archive)
    new = {part: follow_chart(read(part), resized) for part in chart_parts(archive)}
    new[book_part] = follow_names(read(book_part), resized)
    for sheet in book.sheets:
        data = read(sheet.part)
        if may_follow(data):
            new[sheet.part] = follow_sheet(data, resized, sheet.name)
    return {part: data for part, data in new.items() if data != read(part)}


def workbook_part(archive: zipfile.ZipFile) -> str:
    return next(target for kind, _, target in relationships(archive, "") if kind == "officeDocument")


def chart_parts(archive: zipfile.ZipFile) -> list[str]:
    types = etree.fromstring(member(archive, TYPES), parser())
    return [e.get("PartName", "").lstrip("/") for e in types if e.get("ContentType") in CHART_TYPES]


def follow_chart(data: bytes, resized: Sequence[Resize]) -> bytes:
    """Series references; the values that the chart remembers of a moved one go, Excel reads them anew."""
    root = etree.fromstring(data, parser())
    moved = []
    for holder in root.iter(*HOLDERS):
        reference = holder.find("{*}f")
        text = "" if reference is None else reference.text or ""
        new = follow_text(text, resized)
        if reference is not None and new != text:
            reference.text = new
            moved.append(holder)
    for holder in moved:
        for cache in [e for e in holder if etree.QName(e).localname in CACHES]:
            holder.remove(cache)
    return to_bytes(root) if moved else data


def follow_names(data: bytes, resized: Sequence[Resize]) -> bytes:
    """Defined names, print areas among them; a filter's own hidden name stays with its filter."""
    root = etree.fromstring(data, parser())
    changed = False
    for name in root.iter("{*}definedName"):
        text = name.text or ""
        new = text if name.get("name") == "_xlnm._FilterDatabase" else follow_text(text, resized)
        if new != text:
            name.text, changed = new, True
    return to_bytes(root) if changed else data


def may_follow(data: bytes) -> bool:
    """Does a sheet have anything behind its cells that could follow? Looking costs less than cutting it up."""
    end = data.rfind(b"sheetData")
    return any(data.find(word, end) >= 0 for word in (b"conditionalFormatting", b"dataValidation", b"sparkline"))


def follow_sheet(data: bytes, resized: Sequence[Resize], sheet: str) -> bytes:
    """Conditional formats, validations and sparklines, those in the extension list too: where they apply, and what
    they read where that is nothing but a reference.
    """

    def edit(root: etree._Element) -> bool:
        changed = False
        for element in root.iter(*FORMATTED):
            sqref = element.get("sqref")
            if sqref:
                element.set("sqref", follow_areas(sqref, resized, sheet))
                changed |= element.get("sqref") != sqref
            for child in element.iter("{*}sqref", *SOURCES):
                text = child.text or ""
                to_new = follow_areas if etree.QName(child).localname == "sqref" else follow_text
                child.text = to_new(text, resized, sheet) or None
                changed |= (child.text or "") != text
        return changed

    return edit_tail(data, edit)


def follow_areas(areas: str, resized: Sequence[Resize], sheet: str) -> str:
    return " ".join(follow_text(area, resized, sheet) for area in areas.split())


def without_calc_chain(
    archive: zipfile.ZipFile, changed: Mapping[str, bytes]
) -> tuple[dict[str, bytes], frozenset[str]]:
    """Changed parts and dropped members of a package without its calculation chain; Excel rebuilds it."""
    book_part = workbook_part(archive)
    dropped = frozenset(p for kind, _, p in relationships(archive, book_part) if kind == "calcChain")
    if not dropped:
        return {}, frozenset()
    folder, name = posixpath.split(book_part)
    rels = f"{folder}/_rels/{name}.rels"
    new = {}
    for part in (TYPES, rels):
        root = etree.fromstring(changed.get(part) or member(archive, part), parser())
        for element in list(root):
            listed = element.get("PartName", "").lstrip("/") in dropped
            if listed or element.get("Type", "").endswith("/calcChain"):
                root.remove(element)
        new[part] = to_bytes(root)
    return new, dropped & frozenset(archive.namelist())


def to_bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
