"""The new zip: untouched members byte for byte, changed ones as given, and a proof that finds every slip."""

import io
import zipfile
import zlib

import numpy as np
import pytest

from tests.workbook.rich_books import rich_book
from xlfactor.errors import FactorError
from xlfactor.workbook.writing.archive import Change, differs, prove_archive, staged_archive, write_archive

SHEET = "xl/worksheets/sheet3.xml"


def raw_members(path):
    """Each member's header fields and its bytes as they lie in the file, by another route than the module's."""
    data = path.read_bytes()
    found = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            start = (
                info.header_offset
                + 30
                + int.from_bytes(data[info.header_offset + 26 : info.header_offset + 28], "little")
            )
            start += int.from_bytes(data[info.header_offset + 28 : info.header_offset + 30], "little")
            facts = (info.date_time, info.external_attr, info.compress_type, info.CRC, info.comment)
            found[info.filename] = (*facts, data[start : start + info.compress_size])
    return found


def test_all_members_but_the_changed_one_keep_their_bytes_order_and_attributes(tmp_path):
    book, new = rich_book(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    content = zipfile.ZipFile(book).read(SHEET).replace(b'r="A1"', b'r="A2"')
    write_archive(book, new, Change({SHEET: content}))
    before, after = raw_members(book), raw_members(new)
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == [SHEET]
    assert zipfile.ZipFile(new).read(SHEET) == content
    assert zipfile.ZipFile(new).testzip() is None


def test_a_sheet_of_numbers_is_packed_about_as_small_as_zlib_packs_it(tmp_path):
    rng = np.random.default_rng(0)
    cells = "".join(f'<c r="B{i}" s="2"><v>{x:.6f}</v></c>' for i, x in enumerate(rng.normal(0, 0.01, 20_000)))
    book, new, content = rich_book(tmp_path / "a.xlsx"), tmp_path / "b.xlsx", f"<x>{cells}</x>".encode()
    write_archive(book, new, Change({SHEET: content}))
    assert zipfile.ZipFile(new).getinfo(SHEET).compress_size < 1.1 * len(zlib.compress(content, 6))


def test_a_dropped_member_is_gone_and_nothing_else(tmp_path):
    book, new = rich_book(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    write_archive(book, new, Change({}, frozenset({"customXml/item1.xml"})))
    assert set(raw_members(book)) - set(raw_members(new)) == {"customXml/item1.xml"}
    prove_archive(book, new, Change({}, frozenset({"customXml/item1.xml"})))


def test_without_a_change_the_file_is_copied(tmp_path):
    book, new = rich_book(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    write_archive(book, new, Change({}))
    assert new.read_bytes() == book.read_bytes()


def test_the_same_change_gives_the_same_bytes(tmp_path):
    book = rich_book(tmp_path / "a.xlsx")
    for name in ("b.xlsx", "c.xlsx"):
        write_archive(book, tmp_path / name, Change({SHEET: b"<worksheet/>"}))
    assert (tmp_path / "b.xlsx").read_bytes() == (tmp_path / "c.xlsx").read_bytes()


def test_members_with_sizes_behind_their_data_and_comments_and_odd_names_are_copied(tmp_path):
    class Pipe(io.RawIOBase):  # not seekable: zipfile then writes data descriptors
        def __init__(self, file):
            self.file = file

        def writable(self):
            return True

        def write(self, data):
            return self.file.write(data)

    book, new = tmp_path / "a.zip", tmp_path / "b.zip"
    with book.open("wb") as file, zipfile.ZipFile(Pipe(file), "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("größe.xml", (2024, 5, 6, 7, 8, 10))
        info.comment = b"a comment"
        archive.writestr(info, b"<a/>")
        archive.writestr("b.xml", b"<b/>")
        archive.comment = b"of the archive"
    write_archive(book, new, Change({"b.xml": b"<c/>"}))
    prove_archive(book, new, Change({"b.xml": b"<c/>"}))
    with zipfile.ZipFile(new) as archive:
        assert archive.comment == b"of the archive"
        assert archive.testzip() is None
        assert archive.getinfo("größe.xml").comment == b"a comment"
        assert (archive.read("größe.xml"), archive.read("b.xml")) == (b"<a/>", b"<c/>")


def test_a_staged_archive_holds_the_changed_part(tmp_path):
    book = rich_book(tmp_path / "a.xlsx")
    with zipfile.ZipFile(staged_archive(book, {SHEET: b"<worksheet/>"})) as archive:
        assert archive.read(SHEET) == b"<worksheet/>"
        assert archive.testzip() is None


@pytest.mark.parametrize(
    ("slip", "change"),
    [
        ({SHEET: b"<other/>"}, {SHEET: b"<worksheet/>"}),
        ({SHEET: b"<worksheet/>", "xl/styles.xml": b"<styleSheet/>"}, {SHEET: b"<worksheet/>"}),
        ({SHEET: b"<worksheet>"}, {SHEET: b"<worksheet>"}),
    ],
    ids=["another content", "another member touched", "no XML"],
)
def test_the_proof_finds_a_slip(tmp_path, slip, change):
    book, new = rich_book(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    write_archive(book, new, Change(slip))
    with pytest.raises(FactorError, match=r"FILE_WRITE_FAILED: .*your workbook is unchanged"):
        prove_archive(book, new, Change(change))


def test_the_proof_finds_a_missing_member_and_a_broken_file(tmp_path):
    book, new = rich_book(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    write_archive(book, new, Change({}, frozenset({"xl/styles.xml"})))
    with pytest.raises(FactorError, match="its list of parts"):
        prove_archive(book, new, Change({}))
    new.write_bytes(book.read_bytes()[:-30])
    with pytest.raises(FactorError, match="FILE_WRITE_FAILED"):
        prove_archive(book, new, Change({}))


def test_a_member_differs_where_one_byte_does(tmp_path):
    with zipfile.ZipFile(rich_book(tmp_path / "a.xlsx")) as archive:
        content = archive.read(SHEET)
        assert not differs(archive, SHEET, content)
        assert differs(archive, SHEET, content[:-1] + b" ")
        assert differs(archive, SHEET, content + b" ")
