"""Every formula of the template gives one number: in LibreOffice, refresh, xlwings Server and classic xlwings."""

from __future__ import annotations

import sys
from pathlib import Path

import openpyxl
import pytest

from tests.calc_copy import calc_copy
from tests.hosts import com, office
from tests.hosts.child import process
from tests.needs import need_licence
from xlfactor.functions import catalogue
from xlfactor.workbook.formulas.evaluate import evaluate
from xlfactor.workbook.formulas.workspace import Workspace
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.template.build import NAME, copy_template, templates

TEMPLATE = templates() / NAME
MISSING = {None, "", "#N/A"}


class Recorded:
    """A function of the catalogue that remembers the cells it was given and the rows it gave."""

    def __init__(self, function):
        self.function, self.name, self.arguments, self.calls = function, function.name, function.arguments, []

    def spill(self, values):
        rows = self.function.spill(values)
        self.calls.append((values, rows))
        return rows


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The template after a refresh on this machine, and every call that an evaluation of it makes."""
    path = copy_template(tmp_path_factory.mktemp("template") / NAME)
    assert refresh(path).ok
    functions = {name: Recorded(function) for name, function in catalogue().items()}
    evaluation = evaluate(Workspace(open_book(path), functions))
    assert all(result.status == "ok" for result in evaluation.formulas)
    return path, evaluation, [(name, *call) for name, f in functions.items() for call in f.calls]


def shown(path: Path) -> dict[tuple[str, str], object]:
    """The cached values of a workbook by sheet and address."""
    book = openpyxl.load_workbook(path, data_only=True)
    return {(s.title, c.coordinate): c.value for s in book for row in s.iter_rows() for c in row if c.value is not None}


def test_refresh_writes_the_numbers_that_python_returns_to_the_last_bit(recorded):
    path, evaluation, _ = recorded
    cells = shown(path)
    epoch = openpyxl.utils.datetime.to_excel
    for result in evaluation.formulas:
        sheet, (top, left) = result.sheet, result.cell
        for i, row in enumerate(result.rows):
            for j, value in enumerate(row):
                got = cells.get((sheet, f"{openpyxl.utils.get_column_letter(left + j)}{top + i}"))
                if value in MISSING:
                    assert got in MISSING
                elif hasattr(value, "year"):
                    assert epoch(got) == epoch(value)
                else:
                    assert got == value, (result.function, sheet, i, j)


@pytest.mark.libreoffice
def test_libreoffice_recalculates_every_formula_to_the_same_numbers(libreoffice, tmp_path):
    sheets = libreoffice.recalculate(calc_copy(TEMPLATE, tmp_path / "calc.xlsx"))
    differing = {}
    for (sheet, cell), expected in shown(TEMPLATE).items():
        got = sheets[sheet].get(cell)
        if hasattr(expected, "year"):
            expected = openpyxl.utils.datetime.to_excel(expected)
        if expected in MISSING or got in MISSING:
            same = expected in MISSING and got in MISSING
        elif isinstance(expected, bool | int | float):
            same = isinstance(got, float) and abs(got - expected) <= 1e-12 * max(1, abs(expected))
        else:
            same = got == expected
        if not same:
            differing[sheet, cell] = (got, expected)
    assert not differing


@pytest.mark.pro
@need_licence
def test_xlwings_server_returns_them_to_the_last_bit(recorded):
    with process(office.start, sys.platform) as ask:
        for name, values, rows in recorded[2]:
            assert office.from_excel(ask(office.formula, name, *values)) == as_numbers(rows), name


def test_classic_xlwings_returns_them_to_the_last_bit(recorded):
    with process(com.start) as ask:
        for name, values, rows in recorded[2]:
            assert com.from_excel(ask(com.formula, name, *values)) == as_numbers(rows), name


def as_numbers(rows):
    """Blank and missing alike, as the hosts' replies are read back."""
    return [[None if value == "" else value for value in row] for row in rows]
