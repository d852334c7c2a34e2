"""LibreOffice Calc computes the template anew: every cell equals the one that was committed.

In two steps: our functions on a copy with the add-in's names, then the plain formulas on a values copy.
Calc 7.4 does not intern text in an add-in's array, so that a MATCH on our labels finds nothing before they are saved
(`&""` on the label would mend it there, and be an implicit intersection in Excel).
"""

import shutil

import pytest

from tests.calc_copy import calc_copy
from xlfactor.workbook.addresses import cell_text
from xlfactor.workbook.layout import BLOCKS
from xlfactor.workbook.package import open_book
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.report_data import named_rows
from xlfactor.workbook.sheet import read_sheet
from xlfactor.workbook.template import templates

COMMITTED = templates() / "factor_risk.xlsx"
INPUTS = ("Returns", "Loadings", "Portfolio")


def cells(path):
    """Every value by sheet and address, missing and empty ones left out, dates as serial numbers."""
    book = open_book(path)
    for part in book.sheets:
        if part.name not in INPUTS:
            for i, row in enumerate(read_sheet(book, part).values, 1):
                for j, value in enumerate(row, 1):
                    if value not in (None, "", "#N/A"):
                        yield part.name, i, j, value


def assert_equal(got, wanted, where):
    if isinstance(wanted, float):
        assert isinstance(got, float), f"{where}: {got!r}, not {wanted!r}"
        assert abs(got - wanted) <= 1e-12 * max(1, abs(wanted)), where
    else:
        assert got == wanted, where


@pytest.mark.libreoffice
def test_our_functions_give_every_spill_of_the_template(libreoffice, tmp_path):
    computed = libreoffice.recalculate(calc_copy(COMMITTED, tmp_path / "calc.xlsx"))
    wanted = {(sheet, i, j): value for sheet, i, j, value in cells(COMMITTED)}
    for block in BLOCKS:
        rows = len(named_rows(COMMITTED, block.name)) if block.width > 1 else 1
        for i in range(block.row, block.row + rows):
            for j in range(block.column, block.column + block.width):
                got = computed[block.sheet].get(cell_text((i, j)))
                assert_equal(None if got == "#N/A" else got, wanted.get((block.sheet, i, j)), f"{block.name} {i}, {j}")


@pytest.mark.libreoffice
def test_the_plain_formulas_give_every_other_figure_of_the_template(libreoffice, tmp_path):
    book = tmp_path / "book.xlsx"
    shutil.copy(COMMITTED, book)
    refresh(book, values_copy=tmp_path / "values.xlsx")
    computed = libreoffice.recalculate(tmp_path / "values.xlsx")
    for sheet, i, j, wanted in cells(COMMITTED):
        assert_equal(computed[sheet].get(cell_text((i, j))), wanted, f"{sheet} {cell_text((i, j))}")
