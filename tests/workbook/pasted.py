"""What a user does who pastes own data over the tables of a template: cells and tables replaced, all else kept."""

from __future__ import annotations

import zipfile
from pathlib import Path

from lxml import etree

from xlfactor.workbook.addresses import cell_of, cell_text

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def paste(source: Path, target: Path, tables: dict[str, list[list[object]]]) -> Path:
    """`source` with these tables (rows with their header) in the place of what stood there."""
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in [name for name in parts if name.startswith("xl/tables/")]:
        root = etree.fromstring(parts[name])
        rows = tables.get(root.get("name"))
        if rows is not None:
            sheet = sheet_of(parts, name)
            row, column = cell_of(root.get("ref").split(":")[0])
            parts[sheet] = with_cells(parts[sheet], row, column, rows)
            parts[name] = resized(root, row, column, rows)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target


def sheet_of(parts: dict[str, bytes], table: str) -> str:
    """The worksheet whose relationships name the table."""
    rels = next(n for n, data in parts.items() if "worksheets/_rels" in n and Path(table).name.encode() in data)
    return rels.replace("_rels/", "").removesuffix(".rels")


def with_cells(data: bytes, top: int, left: int, rows: list[list[object]]) -> bytes:
    root = etree.fromstring(data)
    body = root.find(MAIN + "sheetData")
    lines = {int(line.get("r")): line for line in body}
    for i, values in enumerate(rows, start=top):
        line = lines.get(i)
        if line is None:
            line = etree.SubElement(body, MAIN + "row", r=str(i))
        kept = [c for c in line if not left <= cell_of(c.get("r"))[1] < left + len(values)]
        new = [cell(cell_text((i, left + j)), value) for j, value in enumerate(values) if value is not None]
        for child in list(line):
            line.remove(child)
        line.extend(sorted([*kept, *new], key=lambda c: cell_of(c.get("r"))[1]))
        line.attrib.pop("spans", None)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def cell(name: str, value: object) -> etree._Element:
    element = etree.Element(MAIN + "c", r=name)
    if isinstance(value, str):
        element.set("t", "inlineStr")
        etree.SubElement(etree.SubElement(element, MAIN + "is"), MAIN + "t").text = value
    else:
        etree.SubElement(element, MAIN + "v").text = repr(float(value))
    return element


def resized(root: etree._Element, top: int, left: int, rows: list[list[object]]) -> bytes:
    ref = f"{cell_text((top, left))}:{cell_text((top + len(rows) - 1, left + len(rows[0]) - 1))}"
    root.set("ref", ref)
    for element in root.iter(MAIN + "autoFilter"):
        element.set("ref", ref)
    columns = root.find(MAIN + "tableColumns")
    for child in list(columns):
        columns.remove(child)
    columns.set("count", str(len(rows[0])))
    for k, label in enumerate(rows[0], start=1):
        etree.SubElement(columns, MAIN + "tableColumn", id=str(k), name=str(label))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
