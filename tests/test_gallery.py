"""The gallery: the documentation of a cell is a cell, and LibreOffice computes what the documentation says."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from typer.testing import CliRunner

from docs.function_pages import PASTEABLE, cell_formula
from tests.calc_copy import calc_copy
from xlfactor.cli import app
from xlfactor.functions import catalogue
from xlfactor.functions.examples import example
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.template.gallery import INDEX, build_gallery

MISSING = {None, "", "#N/A"}
SHOWN = [name for name, function in catalogue().items() if function.stage != "Model"]
EPOCH = dt.datetime(1899, 12, 30)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    return build_gallery(tmp_path_factory.mktemp("gallery") / "gallery.xlsx")


@pytest.fixture(scope="module")
def values(gallery):
    """The cached values by sheet and address."""
    book = openpyxl.load_workbook(gallery, data_only=True)
    return {(s.title, c.coordinate): c.value for s in book for row in s for c in row if c.value is not None}


@pytest.fixture(scope="module")
def formulas(gallery):
    """The sheets with their formulas."""
    return openpyxl.load_workbook(gallery)


def test_every_function_but_those_that_need_a_file_has_one_sheet(formulas):
    assert formulas.sheetnames == [INDEX, *SHOWN]
    assert {name for name in catalogue() if name.startswith("MODEL_")} == set(catalogue()) - set(SHOWN)


def test_a_sheet_has_one_live_formula_over_its_own_cells(formulas):
    for name in SHOWN:
        live = [c.value for row in formulas[name] for c in row if c.data_type == "f" and hasattr(c.value, "ref")]
        assert len(live) == 1, name
        assert f"{name}(" in live[0].text
        assert "{" not in live[0].text, name  # no constant: the arguments are cells that a reader may change


def test_every_function_of_the_index_links_to_its_sheet_and_back(formulas):
    links = {cell.value: cell.hyperlink.location for (cell,) in formulas[INDEX].iter_rows(4, max_col=1)}
    assert links == {name: f"'{name}'!A1" for name in SHOWN}
    assert all(formulas[name]["A4"].hyperlink.location == f"'{INDEX}'!A1" for name in SHOWN)


def test_the_index_says_which_question_each_function_answers(formulas):
    asked = {name: text for name, text in formulas[INDEX].iter_rows(4, max_col=2, values_only=True)}
    assert all(text and text[0].isupper() and text.endswith("?") for text in asked.values())
    assert len(set(asked.values())) == len(SHOWN)
    assert asked["RISK_DECOMPOSITION"] == "What is my risk, and how much of it is factor risk?"


@pytest.mark.filterwarnings("ignore::xlfactor.FactorWarning")
def test_a_fresh_gallery_needs_no_refresh(gallery):
    before = gallery.read_bytes()
    result = refresh(gallery)
    assert result.ok
    assert {line.function for line in result.formulas} == set(SHOWN)
    assert (result.changed_parts, result.left_to_excel) == ((), ())
    assert gallery.read_bytes() == before


def test_the_command_writes_it_and_refuses_to_write_over_a_book(gallery, tmp_path):
    command = ["template", str(tmp_path / "all.xlsx"), "--gallery"]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert (tmp_path / "all.xlsx").read_bytes() == gallery.read_bytes()
    assert "FILE_EXISTS" in CliRunner().invoke(app, command).output


def test_the_functions_whose_formula_is_too_long_for_a_page_are_in_the_gallery():
    long = {n for n, f in catalogue().items() if len(cell_formula(f, example(f).arguments)) > PASTEABLE}
    assert long
    assert long <= set(SHOWN)


@pytest.mark.libreoffice
def test_libreoffice_recalculates_every_result_to_the_same_numbers(gallery, values, libreoffice, tmp_path):
    sheets = libreoffice.recalculate(calc_copy(gallery, tmp_path / "calc.xlsx"))
    differing = {}
    for (sheet, cell), expected in values.items():
        got = sheets[sheet].get(cell)
        if isinstance(expected, dt.datetime):
            expected = (expected - EPOCH).days
        if expected in MISSING or got in MISSING:
            same = expected in MISSING and got in MISSING
        elif isinstance(expected, bool | int | float):
            same = isinstance(got, float) and abs(got - expected) <= 1e-12 * max(1, abs(expected))
        else:
            same = got == expected
        if not same:
            differing[sheet, cell] = got, expected
    assert not differing
