"""References: A1, whole columns, structured, names; and the parser's tree."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbook.small_books import written
from xlfactor.errors import FactorError
from xlfactor.workbook.addresses import area_text, cell_of, cell_text, column_letters, column_number, sheet_text
from xlfactor.workbook.formulas.parse import parse
from xlfactor.workbook.formulas.references import Place, resolve
from xlfactor.workbook.formulas.tree import Constant, Operation, Range
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace

NONE = frozenset()


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    def fill(book):
        page = book.add_worksheet("Data")
        headers = [{"header": h} for h in ("Date", "A", "B", "odd [x]", "it's #1")]
        page.add_table("B3:F8", {"name": "tblX", "columns": headers, "total_row": True})
        book.add_worksheet("Bob's data")
        book.add_worksheet("Model").write_dynamic_array_formula("A6:C9", "=COPY(1)", None, 1)
        book.get_worksheet_by_name("Model").write_array_formula("E6:F7", "{=COPY(1)}", None, 1)
        book.define_name("xlf_n", "=-2.5")
        book.define_name("xlf_text", '="none"')
        book.define_name("xlf_area", "=Data!$B$3:$C$4")
        book.define_name("xlf_spill", "=_xlfn.ANCHORARRAY(Model!$A$6)")
        book.define_name("xlf_table", "=tblX[A]")
        book.define_name("xlf_chain", "=xlf_area")
        book.define_name("loop_a", "=loop_b")
        book.define_name("loop_b", "=loop_a")
        book.define_name("Model!xlf_area", "=Model!$Z$1")
        book.define_name("relative", "=Data!B2")
        book.define_name("formula", "=SUM(Data!$A$1)")
        book.define_name("xlf_gone", "=Data!#REF!")

    return Workspace(written(tmp_path_factory.mktemp("refs") / "a.xlsx", fill), {})


def found(text, space, sheet="Data", cell=(5, 9), shift=(0, 0)):
    return resolve(parse(text, NONE), Place(sheet, cell, shift), space)


@pytest.mark.parametrize(
    ("text", "sheet", "area"),
    [
        ("A1", "Data", (1, 1, 1, 1)),
        ("$B$9:A1", "Data", (1, 1, 9, 2)),
        ("$A:$C", "Data", (1, 1, 1048576, 3)),
        ("3:9", "Data", (3, 1, 9, 16384)),
        ("Model!XFD1048576", "Model", (1048576, 16384, 1048576, 16384)),
        ("model!a1", "Model", (1, 1, 1, 1)),
        ("'Bob''s data'!A1:B2", "Bob's data", (1, 1, 2, 2)),
        ("[0]!xlf_area", "Data", (3, 2, 4, 3)),
        ("tblX", "Data", (4, 2, 7, 6)),
        ("TBLX[]", "Data", (4, 2, 7, 6)),
        ("tblX[#All]", "Data", (3, 2, 8, 6)),
        ("tblX[#Data]", "Data", (4, 2, 7, 6)),
        ("tblX[#Headers]", "Data", (3, 2, 3, 6)),
        ("tblX[#Totals]", "Data", (8, 2, 8, 6)),
        ("tblX[b]", "Data", (4, 4, 7, 4)),
        ("tblX[[A]:[B]]", "Data", (4, 3, 7, 4)),
        ("tblX[[#All],[B]:[A]]", "Data", (3, 3, 8, 4)),
        ("tblX[[#Headers],[#Data],[A]]", "Data", (3, 3, 7, 3)),
        ("tblX[[#Data],[#Totals]]", "Data", (4, 2, 8, 6)),
        ("tblX[[#This Row],[A]]", "Data", (5, 3, 5, 3)),
        ("tblX[odd '[x']]", "Data", (4, 5, 7, 5)),
        ("tblX[[#All],[it''s '#1]]", "Data", (3, 6, 8, 6)),
        ("xlf_area", "Data", (3, 2, 4, 3)),
        ("XLF_AREA", "Data", (3, 2, 4, 3)),
        ("Model!xlf_area", "Model", (1, 26, 1, 26)),
        ("xlf_spill", "Model", (6, 1, 9, 3)),
        ("_xlfn.ANCHORARRAY(Model!$A$6)", "Model", (6, 1, 9, 3)),
        ("xlf_table", "Data", (4, 3, 7, 3)),
        ("xlf_chain", "Data", (3, 2, 4, 3)),
        ("relative", "Data", (6, 10, 6, 10)),
    ],
)
def test_a_reference_means_these_cells(text, sheet, area, space):
    assert found(text, space) == Rectangle(sheet, area)


def test_the_sheets_own_name_comes_before_the_books(space):
    assert found("xlf_area", space, sheet="Model") == Rectangle("Model", (1, 26, 1, 26))


def test_a_spill_reference_to_a_fixed_array_is_its_area(space):
    assert found("_xlfn.ANCHORARRAY(Model!$E$6)", space) == Rectangle("Model", (6, 5, 7, 6))


def test_names_hold_constants(space):
    assert found("xlf_n", space) == Constant(-2.5)
    assert found("xlf_text", space) == Constant("none")


def test_a_shared_formula_moves_its_relative_ends_only(space):
    assert found("A$1:$B2", space, shift=(3, 2)) == Rectangle("Data", (1, 2, 5, 3))
    assert found("$A:B", space, shift=(3, 2)) == Rectangle("Data", (1, 1, 1048576, 4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Modell!A1", "no worksheet 'Modell': did you mean Model?"),
        ("tblY[A]", "no table 'tblY': did you mean tblX?"),
        ("tblX[Dat]", "no column 'Dat'"),
        ("tblX[Dat]", "did you mean Date?"),
        ("xlf_spil", "no name 'xlf_spil': did you mean xlf_spill?"),
        ("formula", "holds a formula"),
        ("loop_a", "leads back to itself"),
        ("_xlfn.ANCHORARRAY(Model!$A$7)", "no formula spills from there: Model!A7#"),
        ("tblX[[#Headers],[#Totals]]", "do not go together"),
        ("tblX[[A],[B]]", "combination of columns"),
        ("[1]Data!A1", "another workbook: [1]Data!A1"),
    ],
)
def test_what_is_not_there_is_refused_with_the_nearest_name(text, message, space):
    with pytest.raises(FactorError) as caught:
        found(text, space)
    assert caught.value.code == "UNSUPPORTED"
    assert message in caught.value.line


def test_a_setting_whose_row_was_deleted_is_named_with_the_way_back(space):
    for text in ("xlf_gone", "[0]!xlf_gone"):
        with pytest.raises(FactorError) as caught:
            found(text, space)
        assert caught.value.line == (
            "NAME_MISSING: the cell that xlf_gone names was deleted: "
            "undo the deletion, take the row from a backup, or give the name a cell with its value"
        )
    with pytest.raises(FactorError, match="reference is broken: Data!#REF!: undo the deletion, or let it refer"):
        found("Data!#REF!", space)


def test_this_row_needs_a_row_of_the_table(space):
    with pytest.raises(FactorError, match="beside no row"):
        found("tblX[[#This Row],[A]]", space, cell=(8, 9))


@given(st.integers(1, 16384))
def test_column_letters_and_numbers_are_inverse(number):
    assert column_number(column_letters(number)) == number


@given(st.integers(1, 1048576), st.integers(1, 16384))
def test_cell_addresses_are_inverse(row, column):
    assert cell_of(cell_text((row, column))) == (row, column)


@given(
    st.text(
        st.characters(codec="utf-8", exclude_characters="[]:*?/\\!\x00", exclude_categories=("C", "Z")), min_size=1
    ),
    st.tuples(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99), st.integers(1, 99)),
)
def test_a_written_range_is_parsed_back(sheet, corners):
    r1, c1, r2, c2 = corners
    area = (min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2))
    assert parse(f"{sheet_text(sheet)}!{area_text(area)}", NONE) == Range(sheet, area, (True,) * 4)


@given(
    st.recursive(
        st.integers(0, 99).map(str), lambda inner: st.tuples(inner, st.sampled_from("+-*/^&"), inner).map("".join)
    )
)
def test_operators_of_one_rank_group_from_the_left(text):
    def shown(node):
        if isinstance(node, Operation):
            return "(" + node.symbol.join(shown(operand) for operand in node.operands) + ")"
        return f"{node.value:.0f}"

    ranks = [{"^"}, {"*", "/"}, {"+", "-"}, {"&"}]
    items = re.findall(r"\d+|.", text)
    for rank in ranks:  # an independent way: fold each rank from the left, the tightest first
        i = 1
        while i < len(items):
            if items[i] in rank:
                items[i - 1 : i + 2] = [f"({items[i - 1]}{items[i]}{items[i + 1]})"]
            else:
                i += 2
    assert shown(parse(text, NONE)) == items[0]
