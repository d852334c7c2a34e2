"""A copy of a workbook that LibreOffice 7.4 understands and has to compute: for recalculation in tests only.

Our functions get its prefix, ANCHORARRAY(x) becomes the range that the dynamic array at x fills, tblX[#All] (#NAME?
there) becomes tblX[[#All]], and what formulas put into cells is taken out: no cached value passes for a computed one.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from lxml import etree
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import absolute_coordinate, coordinate_to_tuple

from xlfactor.functions import catalogue
from xlfactor.functions.names import catalogue_name, stored_name

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
WITH_FORMULAS = [MAIN + tag for tag in ("f", "formula", "formula1", "formula2", "definedName")]
ANCHOR = re.compile(r"(?:_xlfn\.)?ANCHORARRAY\(((?:'(?:[^']|'')*'|[^()'])*)\)", re.I)
CALL = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'!?|([A-Za-z_][\w.]*)(?=\()')
SPECIAL = re.compile(r"(?<=\w)\[(#[A-Za-z ]+)\]")
Spills = dict[tuple[str, str], str]


def calc_copy(source: Path, target: Path) -> Path:
    """Write the copy of `source` to `target`."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        sheets = sheet_parts(archive)
        trees = {part: etree.fromstring(archive.read(part)) for part in (*sheets, "xl/workbook.xml")}
        spills = {(sheets[part], cell): ref for part in sheets for cell, ref in arrays(trees[part]).items()}
        for part, root in trees.items():
            empty_computed_cells(root)
            for element in root.iter(*WITH_FORMULAS):
                element.text = element.text and calc_text(element.text, sheets.get(part, ""), spills)
                if element.get("t") == "array":
                    element.text = with_findable_labels(element.text)
        for name in archive.namelist():
            changed = name in trees and etree.tostring(trees[name], xml_declaration=True, encoding="UTF-8")
            out.writestr(name, changed or archive.read(name))
    return target


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet names by their part's path."""
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    parts = {link.get("Id"): "xl/" + link.get("Target").removeprefix("/xl/") for link in links}
    book = etree.fromstring(archive.read("xl/workbook.xml"))
    return {parts[sheet.get(LINK)]: sheet.get("name") for sheet in book.iter(MAIN + "sheet")}


def arrays(root: etree._Element) -> dict[str, str]:
    """The range that each array formula fills, by its first cell."""
    return {f.getparent().get("r"): f.get("ref") for f in root.iter(MAIN + "f") if f.get("t") == "array"}


def calc_text(text: str, sheet: str, spills: Spills) -> str:
    """A formula's text as LibreOffice 7.4 reads it; `sheet` is where it stands."""
    names = catalogue()

    def spill(match: re.Match[str]) -> str:
        there, _, cell = match[1].rpartition("!")
        name = there[1:-1].replace("''", "'") if there.startswith("'") else there or sheet
        ref = absolute_coordinate(spills[name, cell.replace("$", "")])
        return f"{there}!{ref}" if there else ref

    def rename(match: re.Match[str]) -> str:
        ours = match[1] and catalogue_name(match[1], names)
        return stored_name(ours, "libreoffice") if ours else match[0]

    return CALL.sub(rename, SPECIAL.sub(r"[[\1]]", ANCHOR.sub(spill, text)))


def with_findable_labels(text: str) -> str:
    """Texts in the array of an add-in are equal to nothing in 7.4: MATCH finds no label until & makes it anew."""
    return f'IF(ISTEXT({text}),{text}&"",{text})'


def empty_computed_cells(root: etree._Element) -> None:
    areas = [range_boundaries(ref) for ref in arrays(root).values()]
    for cell in root.iter(MAIN + "c"):
        row, column = coordinate_to_tuple(cell.get("r"))
        spilled = any(left <= column <= right and top <= row <= bottom for left, top, right, bottom in areas)
        if spilled or cell.find(MAIN + "f") is not None:
            cell.attrib.pop("t", None)
            for value in cell.findall(MAIN + "v"):
                cell.remove(value)
