"""Reading a sheet: values as openpyxl sees them, formulas with their kinds, odd but legal XML."""

import datetime

import openpyxl
import pytest
import xlsxwriter

from tests.workbook.small_books import bare, written
from xlfactor.errors import FactorError
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.reading.sheet import may_hold_formulas, read_sheet


def sheet(book, i=0):
    return read_sheet(book, book.sheets[i])


def test_reading_equals_openpyxl_on_every_kind_of_cell(tmp_path):
    def fill(book):
        page = book.add_worksheet("A")
        page.write_row(0, 1, ["Date", "é ü 東京", "  spaces ", "a\nb"])
        page.write_row(2, 0, [1, 2.5, -1e-300, 1e300, True, False, 0.1 + 0.2])
        page.write_formula(3, 0, "=1/0", None, "#DIV/0!")
        page.write_formula(3, 1, '="x"&"y"', None, "xy")
        page.write_formula(3, 3, "=1=1", None, True)
        page.write_formula(3, 4, "=2*21", None, 42)
        page.merge_range(5, 0, 5, 2, "merged")

    path = tmp_path / "a.xlsx"
    found = sheet(written(path, fill))
    expected = openpyxl.load_workbook(path, data_only=True)["A"]
    for row in expected.iter_rows():
        for cell in row:
            ours = found.values[cell.row - 1] if cell.row <= len(found.values) else []
            value = ours[cell.column - 1] if cell.column <= len(ours) else None
            assert value == cell.value
            assert isinstance(value, bool) == isinstance(cell.value, bool)
    assert found.merged == ((6, 1, 6, 3),)
    assert not found.faults


def test_a_workbook_of_openpyxl_has_formulas_without_value(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = 1, "=A1+1"
    book.save(path)
    found = sheet(open_book(path))
    assert found.values == [[1.0], [None]]
    assert found.formulas[2, 1].text == "A1+1"
    assert not found.formulas[2, 1].cached


def test_array_formulas_are_dynamic_or_of_fixed_size(tmp_path):
    def fill(book):
        page = book.add_worksheet()
        page.write_dynamic_array_formula("A1:B3", "=COPY(D1:E3)", None, 1)
        page.write_array_formula("G1:G2", "{=COPY(D1:D2)}", None, 1)
        page.write_formula("I1", "=COPY(D1)", None, 1)

    formulas = sheet(written(tmp_path / "a.xlsx", fill)).formulas
    assert [(f.kind, f.area) for f in formulas.values()] == [
        ("dynamic", (1, 1, 3, 2)),
        ("array", (1, 7, 2, 7)),
        ("single", (1, 9, 1, 9)),
    ]
    assert formulas[1, 1].text == "COPY(D1:E3)"


def test_a_shared_formula_stands_as_far_from_its_master_as_its_cell(tmp_path):
    xml = (
        '<sheetData><row r="2"><c r="B2"><f t="shared" ref="B2:C3" si="0">A1*$A$1</f><v>1</v></c></row>'
        '<row r="3"><c r="C3"><f t="shared" si="0"/><v>2</v></c></row></sheetData>'
    )
    formulas = sheet(bare(tmp_path / "a.xlsx", xml)).formulas
    assert formulas[3, 3].text == "A1*$A$1"
    assert formulas[3, 3].shift == (1, 1)


def test_cells_without_addresses_follow_each_other(tmp_path):
    rows = '<row><c><v>1</v></c><c t="inlineStr"><is><t>x</t></is></c></row><row><c/><c><v>3</v></c></row>'
    xml = f"<sheetData>{rows}</sheetData>"
    assert sheet(bare(tmp_path / "a.xlsx", xml)).values == [[1.0, "x"], [None, 3.0]]


def test_strings_come_shared_inline_with_runs_and_escapes(tmp_path):
    strings = (
        "<si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh sb='0' eb='1'><t>no</t></rPh></si>"
        "<si><t>a_x000D_b</t></si>"
    )
    xml = (
        '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>'
        '<c r="D1" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r><rPh sb="0" eb="1"><t>no</t></rPh></is></c>'
        '<c r="E1" t="str"><v>text</v></c><c r="F1" t="e"><v>#N/A</v></c></row></sheetData>'
    )
    found = sheet(bare(tmp_path / "a.xlsx", xml, strings))
    assert found.values == [["plain", "rich", "a\rb", "inline", "text", "#N/A"]]


@pytest.mark.parametrize("text", ["inf", "NaN", "1,5", "1e400", "1_000", "", "abc", "١٢"])
def test_what_is_no_finite_number_is_a_fault_that_names_its_cell(tmp_path, text):
    xml = f'<sheetData><row r="3"><c r="C3"><v>{text}</v></c></row></sheetData>'
    found = sheet(bare(tmp_path / "a.xlsx", xml))
    if text == "":
        assert not found.faults
    else:
        assert found.faults[3, 3].code == "NUM_BAD"
        assert "Data!C3" in found.faults[3, 3].line


def test_a_shared_string_that_is_not_there_is_a_fault(tmp_path):
    xml = '<sheetData><row r="1"><c r="A1" t="s"><v>7</v></c></row></sheetData>'
    assert (1, 1) in sheet(bare(tmp_path / "a.xlsx", xml)).faults


def test_a_far_away_value_is_noted_and_not_kept(tmp_path):
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    xml = f"<sheetData>{rows}</sheetData>"
    found = sheet(bare(tmp_path / "a.xlsx", xml))
    assert found.beyond == (1048576, 16384)
    assert found.values == [[1.0]]


def test_a_wrong_dimension_changes_nothing(tmp_path):
    xml = '<dimension ref="A1"/><sheetData><row r="2"><c r="B2"><v>5</v></c></row></sheetData>'
    assert sheet(bare(tmp_path / "a.xlsx", xml)).values == [[], [None, 5.0]]


def test_a_damaged_sheet_is_refused(tmp_path):
    book = bare(tmp_path / "a.xlsx", "<sheetData><row>")
    with pytest.raises(FactorError, match="FILE_CORRUPT: sheet Data is not XML"):
        sheet(book)


def test_an_impossible_address_is_refused(tmp_path):
    book = bare(tmp_path / "a.xlsx", '<sheetData><row><c r="1A"><v>1</v></c></row></sheetData>')
    with pytest.raises(FactorError, match="FILE_CORRUPT: a cell has the address '1A'"):
        sheet(book)


def test_a_prefix_before_every_element_changes_nothing(tmp_path):
    book = bare(tmp_path / "a.xlsx", "<sheetData/>")
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    data = (
        f'<x:worksheet xmlns:x="{main}"><x:sheetData><x:row r="1"><x:c r="A1"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row>'
    )
    data += "</x:sheetData></x:worksheet>"
    found = read_sheet(book, book.sheets[0], data.encode())
    assert found.values == [[2.0]]
    assert found.formulas[1, 1].text == "1+1"


def test_dates_of_the_1904_system_are_dates(tmp_path):
    def fill(book):
        page = book.add_worksheet("A")
        page.write_datetime(0, 0, datetime.datetime(2026, 1, 30), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(0, 1, 44590.0)

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        fill(book)
    assert sheet(open_book(path)).values == [[datetime.datetime(2026, 1, 30), 44590.0]]
    assert sheet(written(path, fill)).values == [[46052.0, 44590.0]]


@pytest.mark.parametrize(
    ("xml", "may"),
    [
        ('<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><pageMargins footer="0.3"/>', False),
        ('<sheetData><row r="1"><c r="A1" t="str"><v>of</v></c></row></sheetData>', False),
        ('<sheetData><row r="1"><c r="A1"><f>1</f></c></row></sheetData>', True),
        ('<x:sheetData><x:row r="1"><x:c r="A1"><x:f>1</x:f></x:c></x:row></x:sheetData>', True),
        ("<sheetData/><conditionalFormatting><cfRule><formula>1</formula></cfRule></conditionalFormatting>", False),
    ],
)
def test_a_sheet_is_looked_through_for_formulas_only_where_its_cells_may_hold_one(xml, may):
    assert may_hold_formulas(f"<worksheet>{xml}</worksheet>".encode()) is may
    assert may_hold_formulas(f"<worksheet>{xml}</worksheet>".encode("utf-16"))
