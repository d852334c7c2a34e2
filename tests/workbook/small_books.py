"""Small workbooks and a small catalogue for the tests of reading and evaluation."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from xlfactor.errors import FactorError
from xlfactor.workbook.reading.package import open_book

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="' + OFFICE + '/{kind}" Target="{target}"/></Relationships>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class FakeArgument:
    name: str


@dataclass(frozen=True)
class FakeFunction:
    name: str
    arguments: tuple[FakeArgument, ...]
    spill: Callable


def rows_of(value):
    return value if isinstance(value, list) else [[value]]


def refusing(name, code="NUM_BAD", cells=((1, 1),)):
    def spill(values):
        raise FactorError(code, "text where a number is expected", "type a number", argument="x", cells=cells)

    return FakeFunction(name, (FakeArgument("x"),), spill)


def catalogue(calls=None):
    """COPY(x) gives its argument; SPREAD(n) n rows of 1…n; ADD(x, y) the sums, as a column; REFUSE and BREAK fail."""

    def noted(name, function):
        def spill(values):
            if calls is not None:
                calls.append((name, values))
            return function(*values)

        return FakeFunction(name, (FakeArgument("x"), FakeArgument("y")), spill)

    def broken(*values):
        raise ZeroDivisionError("our own mistake")

    functions = [
        noted("COPY", lambda x, y=None: [list(row) for row in rows_of(x)]),
        noted("SPREAD", lambda n, y=None: [[float(i + 1)] for i in range(int(n or 1))]),
        noted("ADD", lambda x, y: [[a[0] + b[0]] for a, b in zip(rows_of(x), rows_of(y), strict=True)]),
        noted("SIZE", lambda x, y=None: [[float(len(rows_of(x))), float(len(rows_of(x)[0]))]]),
        noted("BREAK", broken),
        refusing("REFUSE"),
    ]
    return {function.name: function for function in functions}


def written(path: Path, fill):
    """A workbook that `fill` wrote with XlsxWriter, opened."""
    with xlsxwriter.Workbook(path) as book:
        book.add_format()
        fill(book)
    return open_book(path)


def bare(path: Path, sheet_xml: str, strings: str = "", extra: dict[str, str] | None = None, sheet_name="Data"):
    """A workbook of one sheet with hand-written XML inside its worksheet element."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELS.format(kind="officeDocument", target="xl/workbook.xml"))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="{sheet_name}" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>",
        )
        rels = RELS.format(kind="worksheet", target="worksheets/sheet1.xml")
        if strings:
            link = f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
            rels = rels.replace("</Relationships>", link)
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
        archive.writestr("xl/_rels/workbook.xml.rels", rels)
        archive.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}">{sheet_xml}</worksheet>')
        for name, text in (extra or {}).items():
            archive.writestr(name, text)
    return open_book(path)
