"""Classic xlwings (Excel for Windows): the catalogue through xlwings' own COM code, over a stub of pywin32."""

import datetime as dt
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from tests import samples
from tests.hosts import com
from tests.hosts.child import process, take_log
from tests.refusals import refusals
from xlfactor.functions import catalogue


@pytest.fixture(scope="module")
def excel():
    with process(com.start) as ask:
        yield ask


@pytest.mark.parametrize("name", catalogue())
def test_a_function_gives_the_numbers_of_python_to_the_last_bit(excel, name):
    cells, result = samples.sample(name)
    assert com.from_excel(excel(com.formula, name, *cells)) == result


@pytest.mark.parametrize("name", catalogue())
def test_the_results_of_nested_formulas_give_them_too(excel, name):
    cells, result = samples.sample(name)
    assert com.from_excel(excel(nested, name, *cells)) == result


def nested(name, *cells):
    return com.formula(name, *cells, nested=True)


@pytest.mark.parametrize("name", catalogue())
def test_arguments_left_out_which_vba_hands_over_all_the_same_are_the_defaults(excel, name):
    cells, _ = samples.sample(name)
    required = cells[: sum(argument.required for argument in catalogue()[name].arguments)]
    left_out = [None] * (len(catalogue()[name].arguments) - len(required))
    assert excel(com.formula, name, *required, *left_out) == excel(com.formula, name, *required)


@pytest.mark.parametrize("refusal", refusals(), ids=str)
def test_wrong_input_is_one_line_of_text_in_the_cell(excel, refusal):
    shown = excel(com.formula, refusal.function, *refusal.values)
    assert len(shown) == len(shown[0]) == 1
    line = shown[0][0]
    assert line.startswith(f"#XLF! {refusal.code}")
    assert refusal.place in line
    assert "\n" not in line
    assert len(line) <= 206


DAY = com.com_time(dt.datetime(2024, 1, 3))


@pytest.mark.parametrize(
    ("values", "levelled"),
    [
        (1.5, [[1.5]]),
        (7, [[7.0]]),
        ("x", [["x"]]),
        (True, [[True]]),
        (None, [[None]]),
        (com.MISSING, [[None]]),
        (com.NA, [["#N/A"]]),
        (com.DIV0, [["#DIV/0!"]]),
        (-2146826243, [["#SPILL!"]]),
        (Decimal("12.34"), [[12.34]]),
        (DAY, [[dt.datetime(2024, 1, 3)]]),
        (((None, "A"), (DAY, com.NA)), [(None, "A"), [dt.datetime(2024, 1, 3), "#N/A"]]),
    ],
)
def test_what_com_gives_is_levelled_to_cells(excel, values, levelled):
    assert excel(com.probed, repr, values) == [[repr(levelled)]]


def test_a_row_of_cells_is_a_row(excel):
    assert excel(row_of_three) == [["[(1.0, 2.0, 3.0)]"]]


def row_of_three():
    return com.probed(repr, com.Range([[1.0, 2.0, 3.0]]))


def test_a_date_becomes_the_time_of_com_and_a_missing_or_infinite_number_a_blank_text(excel):
    shown = excel(com.probed, with_infinity)
    assert [row[1] for row in shown] == ["x", 1.5, "", ""]
    assert shown[1][0] == dt.datetime(2024, 1, 3, tzinfo=dt.UTC)


def with_infinity():
    days = pd.DatetimeIndex(["2024-01-03", "2024-01-04", "2024-01-05"], name="Date")
    return pd.DataFrame({"x": [1.5, np.inf, np.nan]}, days)


def test_an_error_in_a_range_is_refused_with_its_cell_and_not_available_is_missing(excel):
    (returns, *others), _ = samples.sample("FACTOR_RETURNS")
    returns[5][3] = "#N/A"
    not_available = excel(com.formula, "FACTOR_RETURNS", returns, *others)
    returns[5][3] = None
    assert not_available == excel(com.formula, "FACTOR_RETURNS", returns, *others)
    returns[5][3] = com.DIV0
    line = excel(com.formula, "FACTOR_RETURNS", returns, *others)[0][0]
    assert line.startswith("#XLF! CELL_ERROR: returns hold the error #DIV/0!")
    assert "row 6, column 4" in line


def test_the_text_of_an_error_is_passed_on_by_the_next_formula(excel):
    line = excel(com.formula, "FACTOR_RETURNS", [["#XLF! DUP_ASSET: returns list A twice"]], [["", "m"], ["A", 1.0]])
    assert line[0][0].startswith("#XLF! UPSTREAM")
    assert "DUP_ASSET" in line[0][0]


def test_a_bug_is_one_line_in_the_cell_and_a_traceback_in_the_log(excel):
    excel(take_log)
    assert excel(com.probed, broken) == [["#XLF! BUG: unexpected KeyError, see the log"]]
    log = excel(take_log)
    assert "Traceback" in log
    assert "KeyError: 'secret'" in log


def broken():
    raise KeyError("secret")


def test_a_warning_is_logged_and_the_result_shown(excel):
    cells, result = samples.sample("FACTOR_RETURNS")
    returns = [cells[0][0], *reversed(cells[0][1:])]
    excel(take_log)
    shown = com.from_excel(excel(com.formula, "FACTOR_RETURNS", returns, *cells[1:]))
    assert shown == [result[0], *reversed(result[1:])]
    assert "DATES_SORTED" in excel(take_log)


def test_the_vba_of_xlwings_declares_every_function_with_its_arguments(excel):
    declared = re.findall(r"^Function (\w+)\((.*)\)$", excel(com.vba), re.M)
    assert dict(declared) == {
        name: ", ".join(a.name if a.required else f"Optional {a.name}" for a in function.arguments)
        for name, function in catalogue().items()
    }


def test_the_wizard_tells_what_the_catalogue_says(excel):
    assert excel(com.wizard) == {
        name: [function.help, *(a.help for a in function.arguments)] for name, function in catalogue().items()
    }
