"""A workbook with everything that users, Excel and other add-ins put into one, as an .xlsx or an .xlsm.

XlsxWriter writes what it can; the parts that it cannot write are added to its zip with their relationships.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import xlsxwriter

from tests.workbook.rich_books import ASSETS, DATES, FACTORS, FORMULA, N, T, loadings, random_returns

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MACROS = bytes(range(256)) * 8  # no macro in truth: nobody may look inside
PRINTER = b"\x00\x01A printer's own settings\xff" * 9


def part(kind: str, content: str | bytes) -> tuple[str, bytes]:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    return kind, content if isinstance(content, bytes) else (head + content).encode()


def xml_type(name: str) -> str:
    return f"application/vnd.openxmlformats-officedocument.{name}+xml"


ADDED = {  # path: content type ("" = the default of its extension), content
    "customXml/item1.xml": part("", "<note xmlns='urn:user'>kept &amp; <!-- never --> read</note>"),
    "customXml/itemProps1.xml": part(
        xml_type("customXmlProperties"),
        '<ds:datastoreItem ds:itemID="{11111111-2222-3333-4444-555555555555}" '
        'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"/>',
    ),
    "customXml/_rels/item1.xml.rels": part(
        "",
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/customXmlProps" Target="itemProps1.xml"/></Relationships>',
    ),
    "xl/webextensions/taskpanes.xml": part(
        "application/vnd.ms-office.webextensiontaskpanes+xml",
        f'<wetp:taskpanes xmlns:wetp="{MICROSOFT}/webextensions/taskpanes/2010/11"><wetp:taskpane dockstate="right" '
        f'visibility="0" width="350" row="4"><wetp:webextensionref xmlns:r="{OFFICE}" r:id="rId1"/></wetp:taskpane>'
        "</wetp:taskpanes>",
    ),
    "xl/webextensions/_rels/taskpanes.xml.rels": part(
        "",
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{MICROSOFT}/2011/relationships/webextension" Target="webextension1.xml"/></Relationships>',
    ),
    "xl/webextensions/webextension1.xml": part(
        "application/vnd.ms-office.webextension+xml",
        f'<we:webextension xmlns:we="{MICROSOFT}/webextensions/webextension/2010/11" id="{{1}}"><we:bindings/>'
        "</we:webextension>",
    ),
    "xl/persons/person.xml": part(
        "application/vnd.ms-excel.person+xml",
        f'<personList xmlns="{MICROSOFT}/spreadsheetml/2018/threadedcomments"><person displayName="A colleague" '
        'id="{A}" userId="x" providerId="None"/></personList>',
    ),
    "xl/threadedComments/threadedComment1.xml": part(
        "application/vnd.ms-excel.threadedcomments+xml",
        f'<ThreadedComments xmlns="{MICROSOFT}/spreadsheetml/2018/threadedcomments"><threadedComment ref="B2" '
        'dT="2026-01-01T00:00:00.00" personId="{A}" id="{B}"><text>is this right?</text></threadedComment>'
        "</ThreadedComments>",
    ),
    "xl/printerSettings/printerSettings1.bin": part(xml_type("spreadsheetml.printerSettings")[:-4], PRINTER),
    "xl/ctrlProps/ctrlProp1.xml": part(
        "application/vnd.ms-excel.controlproperties+xml",
        f'<formControlPr xmlns="{MICROSOFT}/spreadsheetml/2009/9/main" objectType="CheckBox" checked="Checked"/>',
    ),
    "xl/connections.xml": part(
        xml_type("spreadsheetml.connections"),
        f'<connections xmlns="{MAIN}"><connection id="1" name="Query" type="5" refreshedVersion="8">'
        '<dbPr connection="Provider=Nobody" command="SELECT 1"/></connection></connections>',
    ),
    "xl/calcChain.xml": part(
        xml_type("spreadsheetml.calcChain"), f'<calcChain xmlns="{MAIN}"><c r="A3" i="3"/><c r="E3"/></calcChain>'
    ),
    "xl/charts/chartEx1.xml": part(
        "application/vnd.ms-office.chartex+xml",
        f'<cx:chartSpace xmlns:cx="{MICROSOFT}/drawing/2014/chartex"><cx:chartData><cx:data id="0">'
        '<cx:numDim type="val"><cx:f>Model!$C$4:$C$15</cx:f><cx:lvl ptCount="1"><cx:pt idx="0">1</cx:pt></cx:lvl>'
        "</cx:numDim></cx:data></cx:chartData></cx:chartSpace>",
    ),
    "xl/unknown/of-the-future.bin": part("application/x-nobody-knows", b"\x00\xff" * 40),
}
LINKS = {  # relationships part: (kind, target)
    "_rels/.rels": [(f"{MICROSOFT}/2011/relationships/webextensiontaskpanes", "xl/webextensions/taskpanes.xml")],
    "xl/_rels/workbook.xml.rels": [
        (f"{OFFICE}/customXml", "../customXml/item1.xml"),
        ("http://schemas.microsoft.com/office/2017/10/relationships/person", "persons/person.xml"),
        (f"{OFFICE}/connections", "connections.xml"),
        (f"{OFFICE}/calcChain", "calcChain.xml"),
        ("urn:nobody-knows", "unknown/of-the-future.bin"),
    ],
    "xl/worksheets/_rels/sheet1.xml.rels": [
        ("http://schemas.microsoft.com/office/2017/10/relationships/threadedComment",
         "../threadedComments/threadedComment1.xml"),
    ],
    "xl/worksheets/_rels/sheet3.xml.rels": [
        (f"{OFFICE}/printerSettings", "../printerSettings/printerSettings1.bin"),
        (f"{OFFICE}/ctrlProp", "../ctrlProps/ctrlProp1.xml"),
    ],
    "xl/drawings/_rels/drawing2.xml.rels": [
        ("http://schemas.microsoft.com/office/2014/relationships/chartEx", "../charts/chartEx1.xml")
    ],
}  # fmt: skip


def richest_book(path: Path) -> Path:
    """Model!A3 spills FACTOR_RETURNS as in rich_books; a path that ends in .xlsm holds macros."""
    plain = io.BytesIO()
    book = xlsxwriter.Workbook(plain, {"in_memory": True})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    percent = book.add_format({"num_format": "0.00%", "bg_color": "#E2EFDA"})
    write_inputs(book, date, percent)
    write_model(book, date, percent)
    write_user_sheets(book)
    book.define_name("value_returns", "=Model!$B$4:$B$15")
    book.define_name("elsewhere", "=Model!$B$4:$B$14")
    book.define_name("Notes!local_name", "=Notes!$A$1")
    book.define_name("a_constant", "=0.05")
    book.define_name("a_formula", "=SUM(Model!$B$4:$B$15)*2")
    book.set_custom_property("desk", "Equities")
    book.set_properties({"title": "Everything", "author": "A. User"})
    if path.suffix == ".xlsm":
        book.add_vba_project(io.BytesIO(MACROS), is_stream=True)
    book.close()
    add_parts(plain, path)
    return path


def write_inputs(book, date, percent):
    sheet = book.add_worksheet("Returns")
    body = [[day, *row] for day, row in zip(DATES, random_returns().tolist(), strict=True)]
    columns = [{"header": "Date", "format": date}] + [{"header": a, "format": percent} for a in ASSETS]
    sheet.add_table(0, 0, T, N, {"name": "tblReturns", "columns": columns, "data": body})
    sheet.write_comment("B2", "checked by hand", {"author": "A. User", "width": 300})
    sheet.conditional_format("B2:I13", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})
    sheet.conditional_format("B2:B20", {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.freeze_panes(1, 1)
    sheet = book.add_worksheet("Loadings")
    body = [[asset, *row] for asset, row in zip(ASSETS, loadings().tolist(), strict=True)]
    columns = [{"header": "Asset"}] + [{"header": f} for f in FACTORS]
    sheet.add_table(0, 0, N, 2, {"name": "tblLoadings", "columns": columns, "data": body})


def write_model(book, date, percent):
    sheet = book.add_worksheet("Model")
    bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "red"})
    sheet.write_rich_string("A1", "Factor ", bold, "returns", " & ", red, "more")
    sheet.write_dynamic_array_formula(2, 0, 2 + T, 2, f"={FORMULA}", bold, "old")
    for row in range(3, 3 + T):
        for column, style in enumerate((date, percent, percent)):
            sheet.write(row, column, 0, style)
    sheet.write_formula("E3", "=SUM(B4:B15)", percent, 0)
    sheet.conditional_format("B4:C15", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format("C4:C15", {"type": "3_color_scale"})
    sheet.data_validation("G1", {"validate": "list", "source": "=$A$4:$A$15"})
    sheet.data_validation("G2", {"validate": "list", "source": ["a", "b"]})
    sheet.add_sparkline("F3", {"range": "Model!B4:B15"})
    sheet.add_sparkline("F4", {"range": "Model!B5:B15", "type": "column"})
    sheet.insert_textbox("H20", "a text box", {"textlink": "=$A$1"})
    sheet.insert_image("P2", "picture.png", {"image_data": io.BytesIO(png())})
    sheet.insert_button("P20", {"macro": "say_hello"})
    sheet.set_header("&L&G", {"image_left": "picture.png", "image_data_left": io.BytesIO(png())})
    sheet.set_landscape()
    chart = book.add_chart({"type": "line"})
    chart.add_series({"name": "Value", "categories": "=Model!$A$4:$A$15", "values": "=Model!$B$4:$B$15"})
    sheet.insert_chart("H2", chart)


def write_user_sheets(book):
    sheet = book.add_worksheet("Notes")
    sheet.write_rich_string("A1", "Read ", book.add_format({"italic": True}), "this", " first")
    sheet.write_url("A2", "https://example.org/", string="a link")
    sheet.write_url("A3", "internal:Model!A3", string="the factor returns")
    sheet.merge_range("A5:C6", "merged", book.add_format({"align": "center"}))
    sheet.insert_checkbox("E1", True)
    sheet.embed_image("E3", "picture.png", {"image_data": io.BytesIO(png())})
    sheet.add_sparkline("F9", {"range": "Model!C4:C15"})
    sheet.add_sparkline("F10", {"range": "Returns!B2:B13"})
    sheet.write_array_formula("G1:G2", "{=A1:A2}", None, "x")
    sheet.set_background(io.BytesIO(png()))
    sheet.protect()
    book.add_worksheet("Hidden").very_hidden()
    page = book.add_chartsheet("Page")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Returns!$B$2:$B$13", "trendline": {"type": "linear"}})
    page.set_chart(chart)
    other = book.add_chart({"type": "bar"})
    other.add_series({"values": "=Loadings!$B$2:$B$9"})
    sheet.insert_chart("H20", other)


def png() -> bytes:
    """One red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def add_parts(plain: io.BytesIO, path: Path) -> None:
    """The zip with ADDED, and an inline rich text in Notes!B9; some members stored, the others packed."""
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename in LINKS:
                data = with_links(data, LINKS[info.filename])
            if info.filename == "[Content_Types].xml":
                data = with_types(data)
            if info.filename == "xl/worksheets/sheet4.xml":
                data = with_inline_text(data)
            info.filename = info.filename.lstrip("/")  # XlsxWriter 3.3.1 begins one with it; preflight refuses that
            new.writestr(info, data, zipfile.ZIP_DEFLATED)
        missing = LINKS.keys() - set(old.namelist())
        assert not missing, missing
        for name, (_, content) in ADDED.items():
            new.writestr(name, content, zipfile.ZIP_STORED)


def with_links(data: bytes, links: list[tuple[str, str]]) -> bytes:
    new = "".join(f'<Relationship Id="rUser{i}" Type="{kind}" Target="{to}"/>' for i, (kind, to) in enumerate(links))
    return data.replace(b"</Relationships>", new.encode() + b"</Relationships>")


def with_types(data: bytes) -> bytes:
    new = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, (kind, _) in ADDED.items() if kind)
    return data.replace(b"</Types>", new.encode() + b"</Types>")


def with_inline_text(data: bytes) -> bytes:
    cell = b'<c r="B9" t="inlineStr"><is><r><rPr><b/></rPr><t>bold</t></r><r><t> and plain</t></r></is></c>'
    new, count = re.subn(rb'(<row r="9"[^>]*?)(/>|>)', rb"\1>" + cell, data, count=1)
    return new if count else data.replace(b"</sheetData>", b'<row r="9">' + cell + b"</row></sheetData>")
