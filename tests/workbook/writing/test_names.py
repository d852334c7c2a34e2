"""Defined names that get another area."""

from tests.workbook.small_books import written
from xlfactor.workbook.reading.package import read_part
from xlfactor.workbook.writing.names import area_reference, named_area, with_names


def book(tmp_path):
    def fill(book):
        book.add_worksheet("Log")
        book.add_worksheet("My data")
        book.define_name("xlf_last", "=Log!$B$2:$C$9")
        book.define_name("one", "='My data'!$D$4")
        book.define_name("formula", "=SUM(Log!$A$1:$A$3)")
        book.define_name("Log!xlf_last", "=Log!$A$1")

    return written(tmp_path / "book.xlsx", fill)


def test_a_name_means_its_sheet_and_area(tmp_path):
    opened = book(tmp_path)
    assert named_area(opened, "xlf_last") == ("Log", (2, 2, 9, 3))
    assert named_area(opened, "one") == ("My data", (4, 4, 4, 4))
    assert named_area(opened, "formula") is None
    assert named_area(opened, "nothing") is None


def test_only_the_named_area_of_the_whole_book_changes(tmp_path):
    opened = book(tmp_path)
    old = read_part(opened, "xl/workbook.xml")
    new = with_names(old, {"xlf_last": ("Log", (2, 2, 30, 3)), "one": ("My data", (4, 4, 4, 4))})
    assert b">Log!$B$2:$C$30<" in new
    assert b'localSheetId="0">Log!$A$1<' in new
    assert new.count(b"$C$9") == 0
    assert with_names(new, {"xlf_last": ("Log", (2, 2, 30, 3))}) == new


def test_a_reference_is_absolute_and_quotes_the_sheet():
    assert area_reference("Log", (2, 28, 3, 702)) == "Log!$AB$2:$ZZ$3"
    assert area_reference("Bob's", (1, 1, 1, 1)) == "'Bob''s'!$A$1"
