"""A workbook's zip by exact member name: sheets, strings, names, tables; cells are read by sheet.py."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from xlfactor.errors import FactorError
from xlfactor.workbook.addresses import area_of
from xlfactor.workbook.results import Area

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
BAD_ZIP = (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError)
UNREADABLE = (ValueError, LookupError, OverflowError)  # XML whose encoding, numbers or addresses are none
HIDDEN = frozenset({"hidden", "veryHidden"})
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
DATE_FORMATS = frozenset([*range(14, 23), 27, 30, 36, 45, 46, 47, 50, 57])
NOT_A_DATE = re.compile(r'"[^"]*"|\\.|_.|\[(?!h|m|s)[^\]]*\]', re.IGNORECASE)


@dataclass(frozen=True)
class SheetPart:
    """One worksheet: its name, its member of the zip, and whether the user sees it."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True)
class Table:
    """An Excel table; `area` is its whole ref, header and totals rows included."""

    name: str
    sheet: str
    part: str
    area: Area
    columns: tuple[str, ...]
    header_rows: int
    totals_rows: int


@dataclass(frozen=True)
class Book:
    """What a workbook says about itself, cells apart.

    `names` has (sheet, name) keys in casefolded form, the sheet "" for the whole book; `tables` is keyed by
    casefolded name. `dynamic` are the `cm` numbers that mark dynamic arrays, `date_styles` the cell styles
    that show dates (read in 1904 books only, where a serial alone does not say its day).
    """

    source: Path | BinaryIO
    sheets: tuple[SheetPart, ...]
    strings: tuple[str, ...]
    names: dict[tuple[str, str], str]
    tables: dict[str, Table]
    dynamic: frozenset[int]
    dates_1904: bool
    date_styles: frozenset[int]
    schema: str | None


def open_book(source: Path | BinaryIO) -> Book:
    """The structure of a workbook that preflight let pass. Refuses FILE_CORRUPT, XML_ENTITY, ZIP_PATH."""
    try:
        return _structure(source)
    except UNREADABLE as error:
        if isinstance(error, FactorError):
            raise
        raise corrupt(f"what it says of its own sheets cannot be read ({error})") from error


def _structure(source: Path | BinaryIO) -> Book:
    with zipfile.ZipFile(source) as archive:
        book_part = next((t for kind, _, t in relationships(archive, "") if kind == "officeDocument"), "")
        root = xml_part(archive, book_part)
        links = list(relationships(archive, book_part))
        by_id = {key: target for _, key, target in links}
        by_kind = {kind: target for kind, _, target in links}
        sheets = tuple(
            SheetPart(e.get("name", ""), by_id.get(e.get(f"{{{OFFICE}}}id", ""), ""), e.get("state") in HIDDEN)
            for e in root.iter(f"{MAIN}sheet")
        )
        sheets = tuple(sheet for sheet in sheets if is_worksheet(sheet.part, links))
        properties = root.find(f"{MAIN}workbookPr")
        dates_1904 = properties is not None and properties.get("date1904", "0").lower() in ("1", "true")
        return Book(
            source,
            sheets,
            shared_strings(archive, by_kind.get("sharedStrings")),
            dict(defined_names(root)),
            {table.name.casefold(): table for sheet in sheets for table in sheet_tables(archive, sheet)},
            dynamic_marks(archive, by_kind.get("sheetMetadata")),
            dates_1904,
            date_styles(archive, by_kind.get("styles")) if dates_1904 else frozenset(),
            schema_mark(archive),
        )


def read_part(book: Book, part: str) -> bytes:
    """One member of the zip, by its exact name."""
    with zipfile.ZipFile(book.source) as archive:
        return member(archive, part)


def member(archive: zipfile.ZipFile, part: str) -> bytes:
    try:
        return archive.read(part)
    except (KeyError, EOFError, *BAD_ZIP) as error:
        raise corrupt(f"its part '{part}' cannot be read") from error


def corrupt(what: str) -> FactorError:
    return FactorError("FILE_CORRUPT", what, "open it in Excel and save it again, or take a backup")


def xml_part(archive: zipfile.ZipFile, part: str) -> Element:
    try:
        root: Element = fromstring(member(archive, part), forbid_dtd=True)
    except DefusedXmlException as error:
        raise FactorError("XML_ENTITY", f"{part} declares a DTD", "do not trust this file") from error
    except (ParseError, *UNREADABLE) as error:
        raise corrupt(f"its part '{part}' is not XML ({error})") from error
    return root


def relationships(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str, str]]:
    """(kind, id, member name) of what a part points to inside the package; "" is the package itself."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if part and rels not in archive.namelist():
        return
    for e in xml_part(archive, rels).iter(f"{PACKAGE}Relationship"):
        if e.get("TargetMode") == "External":
            continue
        target = posixpath.normpath(posixpath.join("/", folder, e.get("Target", "")))
        if e.get("Target", "").split("/").count("..") > len(folder.split("/")):
            raise FactorError("ZIP_PATH", f"{rels} points outside the workbook", "do not trust this file")
        yield e.get("Type", "").rpartition("/")[2], e.get("Id", ""), target.lstrip("/")


def is_worksheet(part: str, links: list[tuple[str, str, str]]) -> bool:
    """Chart sheets, dialog sheets and old macro sheets hold no cells for us."""
    return any(target == part and kind == "worksheet" for kind, _, target in links)


def text_of(item: Element) -> str:
    """The text of a string item: its runs without the phonetic ones, escapes undone."""
    runs = [item.find(f"{MAIN}t"), *(run.find(f"{MAIN}t") for run in item.iter(f"{MAIN}r"))]
    return unescape("".join(run.text or "" for run in runs if run is not None))


def unescape(text: str) -> str:
    """`_x000D_` is how a file writes a character that XML cannot hold."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def shared_strings(archive: zipfile.ZipFile, part: str | None) -> tuple[str, ...]:
    return tuple(text_of(item) for item in xml_part(archive, part).iter(f"{MAIN}si")) if part else ()


def defined_names(root: Element) -> Iterator[tuple[tuple[str, str], str]]:
    sheets = [e.get("name", "") for e in root.iter(f"{MAIN}sheet")]
    for e in root.iter(f"{MAIN}definedName"):
        scope = e.get("localSheetId")
        sheet = sheets[int(scope)] if scope and int(scope) < len(sheets) else ""
        yield (sheet.casefold(), e.get("name", "").casefold()), e.text or ""


def sheet_tables(archive: zipfile.ZipFile, sheet: SheetPart) -> Iterator[Table]:
    for kind, _, part in relationships(archive, sheet.part):
        if kind == "table":
            root = xml_part(archive, part)
            columns = tuple(unescape(e.get("name", "")) for e in root.iter(f"{MAIN}tableColumn"))
            name = root.get("displayName") or root.get("name") or ""
            header, totals = int(root.get("headerRowCount", "1")), int(root.get("totalsRowCount", "0"))
            yield Table(name, sheet.name, part, area_of(root.get("ref", "")), columns, header, totals)


def dynamic_marks(archive: zipfile.ZipFile, part: str | None) -> frozenset[int]:
    """The `cm` numbers (from 1) whose metadata type is XLDAPR, the mark of a dynamic array."""
    if not part:
        return frozenset()
    root = xml_part(archive, part)
    types = [e.get("name") for e in root.iter(f"{MAIN}metadataType")]
    kind = str(types.index("XLDAPR") + 1) if "XLDAPR" in types else ""
    blocks = root.iterfind(f"{MAIN}cellMetadata/{MAIN}bk")
    return frozenset(i for i, block in enumerate(blocks, 1) if any(rc.get("t") == kind for rc in block))


def date_styles(archive: zipfile.ZipFile, part: str | None) -> frozenset[int]:
    """The cell styles (`s`) whose number format shows a date."""
    if not part:
        return frozenset()
    root = xml_part(archive, part)
    own = {e.get("numFmtId"): e.get("formatCode", "") for e in root.iter(f"{MAIN}numFmt")}
    dates = {key for key, code in own.items() if re.search("[dmyhs]", NOT_A_DATE.sub("", code), re.IGNORECASE)}
    formats = [e.get("numFmtId", "0") for e in root.iterfind(f"{MAIN}cellXfs/{MAIN}xf")]
    return frozenset(i for i, f in enumerate(formats) if f in dates or (f not in own and int(f) in DATE_FORMATS))


def schema_mark(archive: zipfile.ZipFile) -> str | None:
    """The document property xlfactor_schema, which marks our own template."""
    if "docProps/custom.xml" not in archive.namelist():
        return None
    for e in xml_part(archive, "docProps/custom.xml"):
        if e.get("name") == "xlfactor_schema":
            return "".join(e.itertext())
    return None
