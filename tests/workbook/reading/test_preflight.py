"""What a file must prove before any XML reader sees it."""

import io
import zipfile

import pytest
import xlsxwriter

from tests.workbook.small_books import TYPES, bare
from xlfactor.errors import FactorError
from xlfactor.workbook.reading.preflight import Limits, preflight


def refusal(path, limits=None):
    with pytest.raises(FactorError) as caught:
        preflight(path, limits)
    return caught.value


def file(tmp_path, data, name="book.xlsx"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def zipped(tmp_path, members, name="book.xlsx"):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members:
            archive.writestr(member, data)
    return path


GOOD = [
    ("[Content_Types].xml", TYPES),
    ("xl/workbook.xml", '<?xml version="1.0"?><!-- a <b> --><workbook xmlns="x"/>'),
]


def test_a_sound_workbook_passes(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write("A1", 1)
    preflight(path)
    bare(path, "<sheetData/>")
    preflight(path)
    preflight(zipped(tmp_path, GOOD))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7", "a PDF"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><html>", "a web page (HTML)"),
        (b"<table><tr>", "a web page (HTML)"),
        (b"Date,A,B\n2026-01-30,1,2\n", "a text file, perhaps CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old binary Office file (.xls)"),
        (b"PAR1....", "a Parquet file"),
        (bytes(100), "an unknown kind of file"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, data, kind):
    error = refusal(file(tmp_path, data))
    assert error.code == "FILE_NOT_XLSX"
    assert f"this is {kind}, not an .xlsx workbook" in error.line
    assert "book.xlsx" in error.line


def test_an_empty_file_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    assert refusal(file(tmp_path, b"")).code == "FILE_EMPTY"
    assert "a folder" in refusal(tmp_path).line
    assert refusal(tmp_path / "none.xlsx").code == "FILE_NOT_FOUND"


def test_an_encrypted_workbook_asks_for_one_without_password(tmp_path):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000) + "EncryptedPackage".encode("utf-16-le")
    error = refusal(file(tmp_path, data))
    assert error.code == "FILE_ENCRYPTED"
    assert "without password" in error.fix


def test_a_download_that_stopped_early_is_damaged(tmp_path):
    whole = zipped(tmp_path, GOOD).read_bytes()
    assert refusal(file(tmp_path, whole[: len(whole) // 2])).code == "FILE_CORRUPT"


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ([("mimetype", "application/vnd.oasis.opendocument.spreadsheet")], "an OpenDocument file"),
        ([("readme.txt", "x")], "a zip archive"),
        ([("[Content_Types].xml", "<T>application/vnd.ms-excel.sheet.binary.macroEnabled.main</T>")], ".xlsb"),
        ([("[Content_Types].xml", "<T/>"), ("word/document.xml", "<x/>")], "a Word or PowerPoint file"),
        (
            [GOOD[0], ("xl/workbook.xml", '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>')],
            "a Strict Open XML workbook",
        ),
    ],
)
def test_other_packages_are_named(tmp_path, members, kind):
    error = refusal(zipped(tmp_path, members))
    assert error.code == "FILE_NOT_XLSX"
    assert kind in error.line


def test_the_extension_must_agree_with_the_content(tmp_path):
    assert refusal(zipped(tmp_path, GOOD, "book.xlsm")).code == "FILE_EXTENSION"


def test_two_members_of_one_name_are_refused(tmp_path):
    assert refusal(zipped(tmp_path, [*GOOD, ("XL/Workbook.xml", "<a/>")])).code == "ZIP_DUPLICATE"


@pytest.mark.parametrize("name", ["/etc/x.xml", "xl/../../x.xml", "xl\\x.xml", "c:x.xml"])
def test_members_that_leave_the_package_are_refused(tmp_path, name):
    assert refusal(zipped(tmp_path, [*GOOD, (name, "<a/>")])).code == "ZIP_PATH"


def test_content_out_of_proportion_is_refused(tmp_path):
    path = zipped(tmp_path, [*GOOD, ("xl/worksheets/sheet1.xml", b"<a>" + bytes(20_000_000))])
    assert refusal(path).code == "ZIP_BOMB"
    preflight(path, Limits(ratio=1e9))
    assert refusal(path, Limits(ratio=1e9, part=1_000_000)).code == "ZIP_BOMB"
    assert refusal(path, Limits(members=2)).code == "ZIP_BOMB"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        "<!-- <a> --><!DOCTYPE a>",
        "<?x <a> ?>\n<!DOCTYPE a>",
        "<!-- " + " " * 5000 + "--><!DOCTYPE a>",
    ],
)
def test_a_document_type_is_refused_in_any_encoding(tmp_path, encoding, prologue):
    path = zipped(tmp_path, [*GOOD, ("xl/styles.xml", f"{prologue}<a/>".encode(encoding))])
    error = refusal(path)
    assert error.code == "XML_ENTITY"
    assert "xl/styles.xml" in error.line


def test_an_encrypted_member_is_refused(tmp_path):
    data = bytearray(zipped(tmp_path, GOOD).read_bytes())
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 8] |= 1
    assert refusal(file(tmp_path, bytes(data))).code == "FILE_ENCRYPTED"
    assert zipfile.is_zipfile(io.BytesIO(bytes(data)))
