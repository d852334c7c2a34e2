"""Cells into a sheet's XML: exact numbers, kept styles, and not one byte more than needed."""

import datetime
import math
import re

import openpyxl
import pytest

from tests.workbook.rich_books import rich_book
from tests.workbook.small_books import bare
from xlfactor.workbook.reading.package import open_book, read_part
from xlfactor.workbook.writing.archive import Change, write_archive
from xlfactor.workbook.writing.patch import Block, patch_sheet
from xlfactor.workbook.writing.sheet_bytes import cut, edit_tail

PART = "xl/worksheets/sheet1.xml"
SPILL = '<c r="A1" s="1" cm="1" t="str"><f t="array" ref="A1:B3">F()</f><v>x</v></c><c r="B1" s="2"><v>1</v></c>'
ROWS = (
    f'<dimension ref="A1:D3"/><sheetData><row r="1" spans="1:4">{SPILL}<c r="D1"><v>9</v></c></row>'
    '<row r="2" spans="1:2" ht="20" customHeight="1"><c r="A2" s="3"><v>2</v></c><c r="B2" s="4"><v>3</v></c></row>'
    '<row r="3"><c r="A3" s="3"><v>4</v></c><c r="B3" s="4"><v>5</v></c></row></sheetData>'
)


@pytest.fixture
def book(tmp_path):
    return bare(tmp_path / "a.xlsx", ROWS)


def patched(book, *blocks):
    return patch_sheet(read_part(book, PART), blocks, book)


def spill(rows, old=(1, 1, 3, 2), origin=(1, 1)):
    return Block(origin, rows, old, "spill")


def cell(data, address):
    found = re.search(rf'<c r="{address}"[^>]*?(?:/>|>.*?</c>)', data.decode())
    return found[0] if found else None


SAME = [["x", 1.0], [2.0, 3.0], [4.0, 5.0]]


def test_values_that_the_file_shows_already_change_no_byte(book):
    data = read_part(book, PART)
    assert patch_sheet(data, [spill(SAME)], book) is data


def test_one_new_number_changes_its_row_alone(book):
    data, new = read_part(book, PART).decode(), patched(book, spill([["x", 1.0], [2.5, 3.0], [4.0, 5.0]])).decode()
    assert new == data.replace('<c r="A2" s="3"><v>2</v>', '<c r="A2" s="3"><v>2.5</v>')


def test_writing_the_same_values_a_second_time_gives_the_very_same_bytes(book):
    rows = [["Date", "a&b", True], [1 / 3, None, "#DIV/0!"], [datetime.datetime(2026, 1, 30), "", "_x0041_ "]]
    first = patched(book, spill(rows))
    assert patch_sheet(first, [spill(rows, old=(1, 1, 3, 3))], book) is first


def test_formula_style_and_dynamic_mark_of_the_anchor_stay_and_its_ref_follows(book):
    new = patched(book, spill([["y", 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]))
    assert cell(new, "A1") == '<c r="A1" s="1" cm="1" t="str"><f t="array" ref="A1:B4">F()</f><v>y</v></c>'


def test_new_rows_take_the_styles_of_the_last_row_and_new_columns_those_of_the_last_column(book):
    new = patched(book, spill([["x", 1.0, 8.0], [2.0, 3.0, 9.0], [4.0, 5.0, 1.0], [6.0, 7.0, 2.0]]))
    assert cell(new, "A4") == '<c r="A4" s="3"><v>6</v></c>'
    assert cell(new, "B4") == '<c r="B4" s="4"><v>7</v></c>'
    assert cell(new, "C1") == '<c r="C1" s="2"><v>8</v></c>'
    assert cell(new, "C2") == '<c r="C2" s="4"><v>9</v></c>'
    assert cell(new, "C4") == '<c r="C4" s="4"><v>2</v></c>'


def test_a_grown_cell_keeps_a_style_of_its_own(tmp_path):
    book = bare(tmp_path / "a.xlsx", ROWS.replace("</sheetData>", '<row r="4"><c r="A4" s="7"/></row></sheetData>'))
    assert cell(patched(book, spill([*SAME, [6.0, 7.0]])), "A4") == '<c r="A4" s="7"><v>6</v></c>'


def test_freed_cells_are_emptied_and_keep_their_style(book):
    new = patched(book, spill([["x"], [2.0]]))
    assert cell(new, "A1") == '<c r="A1" s="1" cm="1" t="str"><f t="array" ref="A1:A2">F()</f><v>x</v></c>'
    assert (cell(new, "B1"), cell(new, "B2")) == ('<c r="B1" s="2"/>', '<c r="B2" s="4"/>')
    assert (cell(new, "A3"), cell(new, "B3")) == ('<c r="A3" s="3"/>', '<c r="B3" s="4"/>')
    assert cell(new, "D1") == '<c r="D1"><v>9</v></c>'


def test_growing_back_after_shrinking_restores_the_bytes(book):
    small = patched(book, spill([["x"], [2.0]]))
    again = patch_sheet(small, [spill(SAME, old=(1, 1, 2, 1))], book)
    assert again == read_part(book, PART)


def test_one_block_may_grow_into_the_cells_that_another_leaves(book):
    left = Block((1, 1), [["x", 8.0, 9.0]], (1, 1, 1, 2), "values")
    right = Block((1, 4), [[7.0]], (1, 3, 1, 4), "values")
    for blocks in ([left, right], [right, left]):
        assert cell(patched(book, *blocks), "C1") == '<c r="C1" s="2"><v>9</v></c>'


def test_rows_are_inserted_in_their_order_and_spans_and_dimension_grow(book):
    new = patched(
        book, Block((2, 6), [[1.0]], (2, 6, 2, 6), "values"), Block((7, 2), [[1.0], [2.0]], (7, 2, 7, 2), "values")
    )
    assert re.findall(r'<row r="(\d+)"', new.decode()) == ["1", "2", "3", "7", "8"]
    assert 'r="2" spans="1:6" ht="20" customHeight="1"' in new.decode()
    assert '<dimension ref="A1:F8"/>' in new.decode()


NUMBERS = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, -1e-7, 3.0, 2**53 + 2.0, 1e22, 123456789012345680.0, -2.5]


def test_every_float_comes_back_to_the_last_bit(tmp_path):
    path = rich_book(tmp_path / "a.xlsx")
    book = open_book(path)
    part = book.sheets[2].part
    block = Block((30, 1), [[x] for x in NUMBERS], (30, 1, 30, 1), "values")
    write_archive(path, tmp_path / "b.xlsx", Change({part: patch_sheet(read_part(book, part), [block], book)}))
    sheet = openpyxl.load_workbook(tmp_path / "b.xlsx", read_only=True)["Model"]
    sheet.reset_dimensions()
    column = [row[0] for row in sheet.iter_rows(min_row=30, max_row=29 + len(NUMBERS), max_col=1, values_only=True)]
    assert [float(value).hex() for value in column] == [value.hex() for value in NUMBERS]


@pytest.mark.parametrize(
    ("value", "xml"),
    [
        (3.0, "><v>3</v>"),
        (7, "><v>7</v>"),
        (-0.0, "><v>0</v>"),
        (1e22, "><v>1e+22</v>"),
        (True, ' t="b"><v>1</v>'),
        (None, ' t="e"><v>#N/A</v>'),
        (math.nan, ' t="e"><v>#N/A</v>'),
        (math.inf, ' t="e"><v>#N/A</v>'),
        ("#DIV/0!", ' t="e"><v>#DIV/0!</v>'),
        ("=1+1", ' t="str"><v>=1+1</v>'),
        ("<a> & b", ' t="str"><v>&lt;a&gt; &amp; b</v>'),
        (datetime.datetime(2026, 1, 30), "><v>46052</v>"),
        (datetime.datetime(2026, 1, 30, 12), "><v>46052.5</v>"),
    ],
)
def test_how_each_kind_of_result_is_stored(book, value, xml):
    new = patched(book, Block((1, 4), [[value]], (1, 4, 1, 4), "values"))
    assert cell(new, "D1") == f'<c r="D1"{xml}</c>'


def test_the_1904_calendar_counts_from_its_own_day(tmp_path):
    book = bare(tmp_path / "a.xlsx", ROWS)
    book = type(book)(**{**book.__dict__, "dates_1904": True})
    new = patched(book, Block((1, 4), [[datetime.datetime(2026, 1, 30)]], (1, 4, 1, 4), "values"))
    assert cell(new, "D1") == '<c r="D1"><v>44590</v></c>'


def test_constants_are_typed_values_text_stays_text_and_missing_is_blank(book):
    rows = [["=1+1", None, " a "]]
    new = patched(book, Block((5, 1), rows, (5, 1, 5, 1), "constants"))
    assert cell(new, "A5") == '<c r="A5" t="inlineStr"><is><t>=1+1</t></is></c>'
    assert cell(new, "B5") is None
    assert cell(new, "C5") == '<c r="C5" t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>'


def test_a_shared_string_that_says_the_same_stays_a_shared_string(tmp_path):
    strings = "<si><t>x</t></si><si><r><t>ri</t></r><r><t>ch</t></r></si>"
    book = bare(tmp_path / "a.xlsx", '<sheetData><row r="1"><c r="A1" t="s"><v>1</v></c></row></sheetData>', strings)
    data = read_part(book, PART)
    assert patch_sheet(data, [Block((1, 1), [["rich"]], (1, 1, 1, 1), "constants")], book) is data
    assert cell(patched(book, Block((1, 1), [["x"]], (1, 1, 1, 1), "values")), "A1") == '<c r="A1" t="str"><v>x</v></c>'


def test_forgotten_formulas_keep_their_text_and_lose_their_value(tmp_path):
    xml = '<sheetData><row r="1"><c r="A1" s="5" t="str"><f>TEXT(B1,"0")</f><v>old</v></c></row></sheetData>'
    book = bare(tmp_path / "a.xlsx", xml)
    new = patched(book, Block((1, 1), [[None]], (1, 1, 1, 1), "forget"))
    assert cell(new, "A1") == '<c r="A1" s="5"><f>TEXT(B1,"0")</f></c>'


def test_a_values_copy_has_neither_formula_nor_dynamic_mark(book):
    new = patched(book, Block((1, 1), SAME, (1, 1, 3, 2), "copy"))
    assert cell(new, "A1") == '<c r="A1" s="1" t="str"><v>x</v></c>'


def test_the_mark_of_a_rich_old_value_goes_with_it(tmp_path):
    anchor = '<c r="A1" cm="1" vm="2" t="e"><f t="array" ref="A1">F()</f><v>#VALUE!</v></c>'
    xml = f'<sheetData><row r="1">{anchor}</row></sheetData>'
    new = patched(bare(tmp_path / "a.xlsx", xml), spill([[1.0]], old=(1, 1, 1, 1)))
    assert cell(new, "A1") == '<c r="A1" cm="1"><f t="array" ref="A1">F()</f><v>1</v></c>'


PLAIN = "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row></sheetData>"


def test_cells_and_rows_without_addresses_are_counted(tmp_path):
    new = patched(bare(tmp_path / "a.xlsx", PLAIN), Block((2, 1), [[3.0, 4.0]], (2, 1, 2, 1), "values"))
    assert '<row><c><v>1</v></c><c><v>2</v></c></row><row r="2">' in new.decode()
    assert cell(new, "B2") == '<c r="B2"><v>4</v></c>'


@pytest.mark.parametrize("empty", ["<sheetData/>", "<sheetData></sheetData>", "<sheetData />"])
def test_an_empty_sheet_takes_its_first_row(tmp_path, empty):
    new = patched(bare(tmp_path / "a.xlsx", f"{empty}<pageMargins/>"), Block((2, 2), [[1.0]], (2, 2, 2, 2), "values"))
    assert '<sheetData><row r="2"><c r="B2"><v>1</v></c></row></sheetData><pageMargins/>' in new.decode()


PREFIXED = (
    '<?xml version="1.0" encoding="{encoding}"?>'
    '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
    'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac">{note}<x:sheetData>'
    "<x:row r='1' x14ac:dyDescent='0.25'><x:c r='A1' t='str'><x:v>ä</x:v></x:c></x:row>"
    "</x:sheetData><x:pageMargins/></x:worksheet>"
)


def test_prefixes_and_namespaces_stay_as_the_writer_chose_them(book):
    text = PREFIXED.format(encoding="UTF-8", note="")
    new = patch_sheet(text.encode(), [Block((1, 1), [["ö"]], (1, 1, 1, 1), "values")], book).decode()
    assert new.replace('"', "'") == text.replace("ä", "ö").replace('"', "'")


@pytest.mark.parametrize(
    ("encoding", "note"), [("UTF-16", ""), ("ISO-8859-1", ""), ("UTF-8", "<!-- <x:row r='9'> -->")]
)
def test_other_encodings_and_comments_are_understood(book, encoding, note):
    text = PREFIXED.format(encoding=encoding, note=note).encode(encoding)
    new = patch_sheet(text, [Block((1, 1), [["ö"]], (1, 1, 1, 1), "values")], book).decode("utf-8")
    assert '<x:c r="A1" t="str"><x:v>ö</x:v></x:c>' in new
    assert new.count("<x:row") == 1
    assert patch_sheet(text, [Block((1, 1), [["ä"]], (1, 1, 1, 1), "values")], book) == text


def test_the_tail_of_a_sheet_is_edited_without_touching_its_cells(book):
    data = read_part(book, PART).replace(
        b"</worksheet>", b'<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells></worksheet>'
    )

    def edit(root):
        root[0][0].set("ref", "A1:C1")
        return True

    assert edit_tail(data, edit) == data.replace(b'ref="A1:B1"/></merge', b'ref="A1:C1"/></merge')
    assert edit_tail(data, lambda root: False) is data


def test_an_empty_text_as_xlsxwriter_stores_it_is_left_as_it_is(tmp_path):
    xml = '<sheetData><row r="1"><c r="A1"><f>IF(TRUE,"")</f><v></v></c></row></sheetData>'
    book = bare(tmp_path / "a.xlsx", xml)
    data = read_part(book, PART)
    assert patch_sheet(data, [Block((1, 1), [[""]], (1, 1, 1, 1), "values")], book) is data


@pytest.mark.parametrize("stored", ['<c r="A1"><v>abc</v></c>', '<c r="A1" t="s"><v>99</v></c>', '<c r="A1" t="s"/>'])
@pytest.mark.parametrize(("value", "xml"), [(1.5, "><v>1.5</v>"), ("x", ' t="str"><v>x</v>')])
def test_a_damaged_value_is_written_anew(tmp_path, stored, value, xml):
    book = bare(tmp_path / "a.xlsx", f'<sheetData><row r="1">{stored}</row></sheetData>')
    assert cell(patched(book, Block((1, 1), [[value]], (1, 1, 1, 1), "values")), "A1") == f'<c r="A1"{xml}</c>'


def test_an_error_in_a_tables_row_that_is_written_again_stays_an_error(tmp_path):
    row = '<c r="A1" t="e"><v>#N/A</v></c>'
    book = bare(tmp_path / "a.xlsx", f'<sheetData><row r="1">{row}</row></sheetData>')
    new = patched(book, Block((1, 1), [["#N/A"], [1.0]], (1, 1, 1, 1), "constants"))
    assert cell(new, "A1") == row


def test_rows_are_found_where_they_are(book):
    sheet = cut(read_part(book, PART))
    assert [number for number, _, _ in sheet.rows] == [1, 2, 3]
    for number, start, end in sheet.rows:
        assert sheet.data[start:end].startswith(f'<row r="{number}"'.encode())
        assert sheet.data[start:end].endswith(b"</row>")
