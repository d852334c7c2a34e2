"""Text in cells and CSV: never a formula, never a character that breaks the file."""

import csv

import openpyxl
import pytest
import xlsxwriter

from xlfactor.workbook.text import clean, csv_text, put_text, write_text, xml_text

NASTY = ["=1+1", "+A1", "-Growth", "@SUM(A1)", "#N/A", '=HYPERLINK("http://x")', "http://example.org", "007", "TRUE"]


@pytest.mark.parametrize("text", NASTY)
def test_text_that_looks_like_something_else_stays_text_in_an_openpyxl_cell(tmp_path, text):
    book = openpyxl.Workbook()
    put_text(book.active["A1"], text)
    book.save(tmp_path / "x.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "x.xlsx").active["A1"]
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize("text", NASTY)
def test_text_that_looks_like_something_else_stays_text_in_an_xlsxwriter_cell(tmp_path, text):
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        write_text(book.add_worksheet(), 0, 0, text)
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert (sheet["A1"].value, sheet["A1"].data_type, sheet["A1"].hyperlink) == (text, "s", None)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"])
def test_a_csv_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert csv_text(text) == "'" + text


def test_a_csv_text_that_runs_nowhere_stays():
    assert csv_text("Synthetic Bank 01") == "Synthetic Bank 01"


def test_characters_that_xml_cannot_hold_are_replaced_in_every_writer(tmp_path):
    text = "a\x00b\x0bc\ud800d\uffffe"
    book = openpyxl.Workbook()
    put_text(book.active["A1"], text)
    book.save(tmp_path / "x.xlsx")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").active["A1"].value == "a\ufffdb\ufffdc\ufffdd\ufffde"
    with (tmp_path / "x.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([csv_text(text)])


def test_text_is_cut_at_what_a_cell_can_hold():
    assert len(clean("x" * 40_000)) == 32_767


def test_text_that_reads_like_an_escape_is_escaped_as_the_format_says():
    assert xml_text("a_x0041_b_x00G1_") == "a_x005F_x0041_b_x00G1_"
