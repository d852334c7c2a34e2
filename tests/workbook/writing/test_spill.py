"""What a spill may cover, and what the message says that stands in its way."""

import pytest

from tests.workbook.small_books import bare
from xlfactor.errors import FactorError
from xlfactor.workbook.reading.package import Table
from xlfactor.workbook.reading.sheet import Sheet, read_sheet
from xlfactor.workbook.results import Evaluation, FormulaResult, PlainResult
from xlfactor.workbook.writing.spill import contents_beyond, resizes, result_blocks, with_blocked

ANCHOR = '<c r="A1" cm="1"><f t="array" ref="A1:B2">SPREAD(1)</f><v>1</v></c><c r="B1"><v>1</v></c>'


def result(rows, cell=(1, 1), old=(1, 1, 2, 2), function="SPREAD", dynamic=True):
    return FormulaResult("Data", cell, function, rows, old, dynamic, "ok")


def rows(height, width):
    return [[1.0] * width for _ in range(height)]


def checked(tmp_path, results, extra="", below="", tables=()):
    book = bare(tmp_path / "a.xlsx", f'<sheetData><row r="1">{ANCHOR}{extra}</row>{below}</sheetData>')
    book.tables.update({table.name.casefold(): table for table in tables})
    sheet = read_sheet(book, book.sheets[0])
    return with_blocked(Evaluation(tuple(results), (), (), ()), lambda name: sheet, book)


def error(found, i=0):
    assert found.formulas[i].rows == [["#VALUE!"]]
    assert found.formulas[i].status == "error"
    return found.formulas[i].error.line


def test_a_value_is_named_with_the_anchor_and_the_area_needed(tmp_path):
    below = '<row r="4"><c r="B4" t="inlineStr"><is><t>my note</t></is></c></row>'
    assert error(checked(tmp_path, [result(rows(5, 2))], below=below)) == (
        "SPILL_BLOCKED: SPREAD needs A1:B5, but 'my note' is in B4 (Data!A1): clear or move B4"
    )


def test_the_first_cell_in_the_way_is_named_row_by_row(tmp_path):
    below = '<row r="4"><c r="A4"><v>1</v></c></row>'
    found = checked(tmp_path, [result(rows(5, 4))], extra='<c r="D1"><v>0</v></c>', below=below)
    assert "'0.0' is in D1" in error(found)


def test_a_formula_without_value_blocks(tmp_path):
    found = checked(tmp_path, [result(rows(3, 2))], below='<row r="3"><c r="A3"><f>1+1</f></c></row>')
    assert "a formula is in A3" in error(found)


def test_a_merged_range_blocks_even_where_it_is_blank(tmp_path):
    book = bare(
        tmp_path / "a.xlsx",
        f'<sheetData><row r="1">{ANCHOR}</row></sheetData><mergeCells><mergeCell ref="B3:D3"/></mergeCells>',
    )
    sheet = read_sheet(book, book.sheets[0])
    found = with_blocked(Evaluation((result(rows(3, 2)),), (), (), ()), lambda name: sheet, book)
    assert "a merged range is in B3" in error(found)


def test_a_table_blocks(tmp_path):
    table = Table("tblMine", "Data", "xl/tables/table1.xml", (3, 1, 5, 2), ("a", "b"), 1, 0)
    assert "the table tblMine is in A3" in error(checked(tmp_path, [result(rows(4, 2))], tables=[table]))


@pytest.mark.parametrize(("cell", "size"), [((1_048_575, 1), (3, 1)), ((1, 16_383), (1, 3))])
def test_the_sheets_edge_blocks(tmp_path, cell, size):
    found = checked(tmp_path, [result(rows(*size), cell, (*cell, *cell))])
    assert "the sheet's edge is in" in error(found)


def test_an_empty_cell_with_a_format_does_not_block(tmp_path):
    found = checked(tmp_path, [result(rows(3, 2))], below='<row r="3"><c r="A3" s="1"/></row>')
    assert found.formulas[0].rows == rows(3, 2)


def test_a_spill_may_take_the_cells_that_another_gives_up_but_not_those_it_needs(tmp_path):
    below = '<row r="3"><c r="A3"><f>COPY(1)</f><v>1</v></c></row><row r="4"><c r="A4"><v>7</v></c></row>'
    grown = result([[1.0, 1.0]] * 2 + [[1.0, 1.0]], old=(1, 1, 2, 2))
    other = result(rows(1, 2), (3, 3), (3, 1, 3, 3), "COPY")
    found = checked(tmp_path, [grown, other], below='<row r="3"><c r="A3"><v>1</v></c></row>')
    assert found.formulas[0].rows is grown.rows
    other = result(rows(2, 1), (3, 2), (3, 2, 4, 2), "COPY")
    found = checked(tmp_path, [grown, other], below=below)
    assert "a formula is in A3" in error(found)
    found = checked(tmp_path, [grown, other])
    assert "the block of COPY is in B3" in error(found)


def test_a_spill_that_keeps_its_size_is_not_questioned(tmp_path):
    found = checked(tmp_path, [result(rows(2, 2))])
    assert found.formulas[0].rows == rows(2, 2)
    assert resizes(found) == []


def test_sizes_that_change_are_listed_fixed_arrays_are_not(tmp_path):
    found = Evaluation((result(rows(3, 1)), result(rows(2, 2), (9, 1), (9, 1, 10, 2), dynamic=False)), (), (), ())
    assert [(change.old, change.new) for change in resizes(found)] == [((1, 1, 2, 2), (1, 1, 3, 1))]


def test_failed_formulas_show_their_message_in_their_first_cell():
    refusal = FactorError("NUM_BAD", "text where a number is expected", "type a number")
    failed = FormulaResult("Data", (1, 1), "COPY", None, (1, 1, 2, 2), True, "error", refusal)
    fixed = FormulaResult("Data", (5, 1), "COPY", None, (5, 1, 6, 2), False, "error", refusal)
    found = Evaluation((failed, fixed), (PlainResult("Data", (9, 9), 2.0),), (), ())
    blocks = result_blocks(found, lambda name: None)["Data"]
    text = "#XLF! NUM_BAD: text where a number is expected: type a number"
    assert [(block.kind, block.rows) for block in blocks] == [
        ("spill", [[text]]),
        ("values", [[text, None], [None, None]]),
        ("values", [[2.0]]),
    ]


def test_contents_beyond_an_old_area_are_those_that_a_look_at_every_cell_finds():
    values = [[float(10 * r + c) if (r + c) % 3 else None for c in range(1, 8)] for r in range(1, 9)]
    formulas = {cell: None for cell in ((2, 2), (4, 6), (7, 7), (9, 3))}
    sheet = Sheet("S", values, formulas, (), {}, None)
    areas = [(r1, c1, r2, c2) for r1 in (1, 3, 6) for c1 in (1, 4, 7) for r2 in (2, 6, 9) for c2 in (2, 5, 8)]
    areas = [area for area in areas if area[0] <= area[2] and area[1] <= area[3]]
    for area in areas:
        for old in areas:
            cells = [(r, c) for r in range(area[0], area[2] + 1) for c in range(area[1], area[3] + 1)]
            beyond = [(r, c) for r, c in cells if not (old[0] <= r <= old[2] and old[1] <= c <= old[3])]
            filled = {(r, c) for r in range(1, 9) for c in range(1, 8) if (r + c) % 3}
            wanted = [cell for cell in beyond if cell in filled or cell in formulas]
            assert [cell for cell, _ in contents_beyond(area, old, sheet)] == wanted
