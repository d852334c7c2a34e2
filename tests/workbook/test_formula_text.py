"""Text that looks like a formula (a ticker, a factor, a header) stays text: in the book and in its values copy."""

import csv
import io
import zipfile

import openpyxl
import pytest
from lxml import etree

from tests.workbook.rich_books import ASSETS, cells, rich_book
from xlfactor.workbook.refresh import refresh

EVIL = ["=CMD()", "+1+1", "-2", "@SUM(A1)", '=HYPERLINK("http://example.org","x")', "{=1+1}", "\t=1", "＝1"]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def book(tmp_path):
    """Eight assets and a factor with evil names, by way of new data; and what refresh makes of them."""
    book = rich_book(tmp_path / "risk.xlsx", formula="FACTOR_PORTFOLIOS(tblLoadings[#All])")
    with (tmp_path / "loadings.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Asset", "Value", "Size"])
        writer.writerows([name, 0.1 * i, (-1) ** i] for i, name in enumerate(EVIL))
    assert refresh(book, loadings=tmp_path / "loadings.csv", values_copy=tmp_path / "values.xlsx").ok
    return book


def formulas(path):
    """All formula texts of all sheets, as the file has them."""
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                found += [f.text for f in etree.parse(io.BytesIO(archive.read(name))).iter(f"{MAIN}f")]
    return found


def test_no_text_became_a_formula(book):
    ours = "FACTOR_PORTFOLIOS(tblLoadings[#All])"
    assert formulas(book) == [ours, "SUM(B4:B15)", 'TEXT(E3,"0.0%")']
    assert formulas(book.with_name("values.xlsx")) == ["SUM(B4:B15)", 'TEXT(E3,"0.0%")']


def test_it_is_the_text_that_it_was_where_it_was_read_and_where_it_was_spilt(book):
    labels = [text.strip() for text in EVIL]
    assert [row[0] for row in cells(book, "Loadings")[1:9]] == labels
    assert [row[0] for row in cells(book)[3:11]] == labels
    sheet = openpyxl.load_workbook(book)["Loadings"]
    assert {sheet.cell(row, 1).data_type for row in range(2, 10)} <= {"s", "inlineStr"}


def test_a_header_a_factor_and_a_revised_date_are_refused_or_stay_text(tmp_path):
    book = rich_book(tmp_path / "risk.xlsx")
    refresh(book)
    (tmp_path / "new.csv").write_text(f"Date,{ASSETS[0]},=CMD()\n2026-01-13,0.01,0.02\n")
    refresh(book, returns=tmp_path / "new.csv", new_assets=True)
    assert cells(book, "Returns")[0][-1] == "=CMD()"
    assert all("CMD" not in (text or "") for text in formulas(book))
    (tmp_path / "new.csv").write_text(f"Date,{ASSETS[0]}\n=CMD(),0.01\n")
    with pytest.raises(Exception, match="DATE_BAD"):
        refresh(book, returns=tmp_path / "new.csv")
