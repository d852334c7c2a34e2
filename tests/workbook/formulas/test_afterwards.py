"""Formulas that read what the run itself wrote."""

import pytest

from tests.workbook.small_books import catalogue, written
from xlfactor.workbook.formulas.afterwards import afterwards
from xlfactor.workbook.formulas.evaluate import evaluate
from xlfactor.workbook.formulas.scan import all_formulas
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace


@pytest.fixture
def found(tmp_path):
    """Data!A1 = COPY(D5); D1 is what the run writes; the rest reads the two."""

    def fill(book):
        sheet = book.add_worksheet("Data")
        sheet.write("D1", 5)
        sheet.write("D5", 7)
        sheet.write_formula("A1", "=COPY(D5)", None, 7)
        for cell, formula in {
            "B1": "=D1*2", "B2": "=B1+A1", "B3": "=D5+1", "B4": "=A1+1", "C1": '=TEXT(D1,"0")', "C2": "=C1",
            "E1": "=E2+D1", "E2": "=E1", "F1": "=COPY(D1)",
        }.items():  # fmt: skip
            sheet.write_formula(cell, formula, None, 1)

    ws = Workspace(written(tmp_path / "book.xlsx", fill), catalogue())
    first = evaluate(ws)
    entries = all_formulas(ws)[0]
    again = afterwards(first, entries, ws, ws.book, [(Rectangle("Data", (1, 4, 1, 4)), [[100.0]])])
    return first, again


def test_plain_formulas_that_read_it_are_computed_with_what_stands_there_now(found):
    values = {plain.cell: plain.value for plain in found[1].plain}
    assert values[1, 2] == 200
    assert values[2, 2] == 207


def test_what_does_not_read_it_is_left_as_it_was(found):
    first, again = ({plain.cell: plain.value for plain in side.plain} for side in found)
    assert (3, 2) not in again
    assert again[4, 2] == first[4, 2] == 8
    assert again.keys() - first.keys() == {(1, 2)}  # it read no result, so the evaluation had nothing to say of it


def test_formulas_outside_the_closed_set_and_circles_are_left_to_excel(found):
    assert {cell for _, cell in found[1].left_to_excel} == {(1, 3), (2, 3), (1, 5), (2, 5)}


def test_catalogue_formulas_keep_their_results(found):
    assert found[1].formulas == found[0].formulas
