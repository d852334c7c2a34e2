"""refresh and LibreOffice's own recalculation agree on every function, however its tables are passed."""

import collections

import openpyxl
import pytest

from tests import samples
from tests.calc_copy import calc_copy
from tests.workbook import five_ways
from xlfactor.functions import catalogue
from xlfactor.tables.spill import spill
from xlfactor.workbook.refresh import refresh

MISSING = {None, "", "#N/A"}
NO_TABLE_IS_MADE = {  # of these, nothing in the catalogue makes an argument
    "RETURNS_FROM_PRICES", "ESTIMATION_UNIVERSE", "PARAMETER_COUNT", "MODEL_LOADINGS", "MODEL_FACTOR_COVARIANCE",
    "MODEL_IDIO_VARIANCE", "XLFACTOR_HELP", "XLFACTOR_VERSION",
}  # fmt: skip


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    return refreshed_book(tmp_path_factory.mktemp("ways") / "ways.xlsx")


def refreshed_book(path, **ways):
    """The workbook after a refresh, its formulas, and all its cells."""
    wanted = five_ways.write(path, **ways)
    result = refresh(path)
    assert result.ok, [line.error for line in result.formulas if line.error]
    book = openpyxl.load_workbook(path, data_only=True)
    shown = {sheet.title: {c.coordinate: c.value for row in sheet.iter_rows() for c in row} for sheet in book}
    return path, wanted, shown


def test_every_function_is_called_in_every_way_that_there_is(refreshed):
    ways = collections.defaultdict(set)
    for name, _, way in refreshed[1]:
        ways[name].add(way)
    assert ways.keys() == catalogue().keys()
    for name, found in ways.items():
        if not samples.arguments(catalogue()[name]).keys() - {"path"}:
            assert len(found) == 1, name  # one formula: there is no table to pass
        elif name in NO_TABLE_IS_MADE:
            assert found == set(five_ways.WAYS[:3]), name
        else:
            assert found == set(five_ways.WAYS), name


def test_however_the_same_table_is_passed_the_numbers_are_those_of_python_to_the_last_bit(refreshed):
    _, wanted, shown = refreshed
    for name, cell, way in wanted:
        if way in ("reference", "name", "structured"):
            function = catalogue()[name]
            expected = spill(function.call(**samples.arguments(function)))
            left = openpyxl.utils.coordinate_to_tuple(cell)[1]
            for i, row in enumerate(expected, 1):
                for j, value in enumerate(row, left):
                    got = shown[name].get(f"{openpyxl.utils.get_column_letter(j)}{i}")
                    same_bits = as_number(got) == as_number(value)
                    assert same_bits or (got in MISSING and value in MISSING), (name, way, i, j)


@pytest.mark.libreoffice
@pytest.mark.parametrize("plain_ways", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_libreoffice_recalculates_every_formula_to_the_same_numbers(libreoffice, tmp_path, plain_ways):
    """Every function nested and with spills; by reference, name or structured reference in turn, or by all three."""
    path, _, shown = refreshed_book(tmp_path / "ways.xlsx", plain_ways=plain_ways)
    sheets = libreoffice.recalculate(calc_copy(path, tmp_path / "calc.xlsx"))
    compared = 0
    for sheet in [*catalogue(), "Spills"]:
        for cell in shown[sheet].keys() | sheets[sheet].keys():
            expected, got = shown[sheet].get(cell), sheets[sheet].get(cell)
            compared += expected not in MISSING
            assert same(got, expected), (sheet, cell, got, expected)
    assert compared > 20_000


def as_number(value):
    return openpyxl.utils.datetime.to_excel(value) if hasattr(value, "year") else value


def same(got, expected):
    expected = as_number(expected)
    if expected in MISSING or got in MISSING:
        return expected in MISSING and got in MISSING
    if isinstance(expected, bool | int | float):
        return isinstance(got, float) and abs(got - expected) <= 1e-12 * max(1, abs(expected))
    return got == expected
