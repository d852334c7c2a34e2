"""Workbooks for the tests of the report, made from the template's sample, and readers of what a report wrote."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import openpyxl

from xlfactor.workbook.report.data import named_rows
from xlfactor.workbook.template.build import templates

BOOK = templates() / "factor_risk.xlsx"
EVIL = "=CMD()|\"<script>alert(1)</script>'&"


def edited(out: Path, edit, book: Path = BOOK) -> Path:
    """A copy of a workbook, each member passed through edit(name, data)."""
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, edit(name, source.read(name)))
    return out


def renamed(out: Path, words: dict[str, str]) -> Path:
    """The sample with these texts in place of those, in shared strings and in results alike."""

    def edit(name: str, data: bytes) -> bytes:
        if not name.endswith(".xml") or ("/worksheets/sheet" not in name and not name.endswith("sharedStrings.xml")):
            return data
        text = data.decode()
        for old, new in words.items():
            text = text.replace(f">{old}<", f">{xml(new)}<")
        return text.encode()

    return edited(out, edit)


def without_names(out: Path, *names: str, tables: tuple[str, ...] = ()) -> Path:
    """The sample without these defined names, and its tables called otherwise."""

    def edit(name: str, data: bytes) -> bytes:
        if name == "xl/workbook.xml":
            for gone in names:
                data = re.sub(rf'<definedName name="{gone}">[^<]*</definedName>'.encode(), b"", data)
        if name.startswith("xl/tables/"):
            for table in tables:
                data = data.replace(f'"{table}"'.encode(), f'"{table}Other"'.encode())
        return data

    return edited(out, edit)


def xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cached(name: str, row: str, label: str, book: Path = BOOK):
    """A value of a block as the workbook holds it."""
    rows = named_rows(book, name)
    return next(r for r in rows if r[0] == row)[rows[0].index(label)]


def csv_table(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def sheet_table(report: Path, page: str, title: str) -> dict[str, dict[str, object]]:
    """{row label: {column: value}} of the table under a heading of the xlsx."""
    sheet = openpyxl.load_workbook(report)[page]
    start = next(c for row in sheet.iter_rows() for c in row if c.value == title)
    top = start.row + 1
    if sheet.cell(top, start.column + 1).value is None:
        top += 1  # a note stands between
    width = next(k for k in range(1, 99) if sheet.cell(top, start.column + k).value is None)
    header = [sheet.cell(top, start.column + k).value for k in range(width)]
    found, row = {}, top + 1
    while sheet.cell(row, start.column).value is not None:
        values = [sheet.cell(row, start.column + k).value for k in range(width)]
        found[str(values[0])] = dict(zip(header, values, strict=True))
        row += 1
    return found


class Page(HTMLParser):
    """An HTML report read back: `tables` {id: rows of exact values}, `text`, the tags, and what it would fetch."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tables: dict[str, list[list[object]]] = {}
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.text: list[str] = []
        self.rows: list[list[object]] | None = None
        self.exact: object = None
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.fetched += [v for k, v in attrs if k in ("src", "href", "srcset", "data", "action") and v[0] != "#"]
        if tag == "table":
            self.rows = self.tables.setdefault(given["id"], [])
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append(None)
        elif tag == "data":
            self.exact = float(given["value"])
        elif tag == "time":
            self.exact = given["datetime"][:10]

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.rows = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] = data if self.exact is None else self.exact
            self.exact = None
