"""xlwings Server and Lite: the catalogue through xlwings' own conversion and dispatch."""

import sys
import threading

import numpy as np
import pandas as pd
import pytest

from tests import samples
from tests.hosts import office
from tests.hosts.child import process, take_log
from tests.needs import need_licence
from tests.refusals import refusals
from xlfactor.functions import catalogue

pytestmark = [need_licence, pytest.mark.pro]


@pytest.fixture(scope="module")
def server():
    with process(office.start, sys.platform) as ask:
        yield ask


@pytest.fixture(scope="module")
def lite():
    with process(office.start, "emscripten") as ask:
        yield ask


@pytest.mark.parametrize("name", catalogue())
def test_a_function_gives_the_numbers_of_python_to_the_last_bit(server, name):
    cells, result = samples.sample(name)
    assert office.from_excel(server(office.formula, name, *cells)) == result


@pytest.mark.parametrize("name", catalogue())
def test_lite_gives_them_without_threads(lite, name):
    cells, result = samples.sample(name)
    assert office.from_excel(lite(office.formula, name, *cells)) == result


@pytest.mark.parametrize("refusal", refusals(), ids=str)
def test_wrong_input_is_the_native_error_with_the_line_as_its_hover(server, refusal):
    hover = server(office.formula, refusal.function, *refusal.values)
    assert isinstance(hover, str)
    assert hover.startswith(refusal.code)
    assert refusal.place in hover
    assert len(hover) <= 200


def test_the_star_import_gives_the_catalogue_and_nothing_else(server, lite):
    assert server(office.star) == dict.fromkeys(catalogue(), True)  # coroutines: nobody waits for another's formula
    assert lite(office.star) == dict.fromkeys(catalogue(), False)


def test_the_add_in_learns_every_function_with_its_arguments(server):
    told = {f["name"]: f for f in server(office.metadata)}
    assert set(told) == set(catalogue())
    for name, function in catalogue().items():
        assert told[name]["description"] == function.help
        given = [(p["name"], p["description"], p.get("optional", False)) for p in told[name]["parameters"]]
        assert given == [(a.name, a.help, not a.required) for a in function.arguments]


def test_a_formula_runs_in_a_thread_on_server_and_in_the_only_one_on_lite(server, lite):
    assert server(office.probed, thread) == [["worker"]]
    assert lite(office.probed, thread) == [["main"]]


def thread():
    return "main" if threading.current_thread() is threading.main_thread() else "worker"


NUMBER = {"type": "FormattedNumber", "basicValue": 45293, "numberFormat": "m/d/yyyy"}


@pytest.mark.parametrize(
    ("excel", "levelled"),
    [
        ([[1.5]], [[1.5]]),
        ([[7]], [[7]]),
        ([["x"]], [["x"]]),
        ([[True]], [[True]]),
        ([[""]], [[""]]),
        ([[office.NA]], [["#N/A"]]),
        ([[{"type": "Error", "errorType": "Div0", "basicValue": "#DIV/0!"}]], [["#DIV/0!"]]),
        ([[{"type": "Error", "errorType": "Blocked"}]], [["#VALUE!"]]),
        ([[NUMBER]], [[45293]]),
        (None, [[None]]),
        ([[1, 2, 3]], [[1, 2, 3]]),
        ([[1], [2]], [[1], [2]]),
        ([["", "A"], [NUMBER, office.NA]], [["", "A"], [45293, "#N/A"]]),
    ],
)
def test_what_office_js_sends_is_levelled_to_cells(server, excel, levelled):
    assert server(office.probed, repr, excel) == [[repr(levelled)]]


def test_a_blank_cell_of_pyodide_is_blank(server):
    assert server(levelled_blanks) == ([[None]], [["A", None]])


def levelled_blanks():
    from xlfactor.hosts.levels import from_office

    JsNull = type("JsNull", (), {})
    return from_office(JsNull()), from_office([["A", JsNull()]])


def test_a_blank_cell_and_an_argument_left_out_mean_the_default(server):
    cells, result = samples.sample("FACTOR_RETURNS")
    assert office.from_excel(server(office.formula, "FACTOR_RETURNS", *cells[:2])) != result  # caps matter
    blank = [[[None]] if value is None else value for value in cells]
    assert office.from_excel(server(office.formula, "FACTOR_RETURNS", *blank)) == result


def test_what_another_formula_shows_for_missing_is_missing_again(server):
    cells, result = samples.sample("IDIO_RETURNS")
    shown = server(office.formula, "IDIO_RETURNS", *cells)
    assert any("" in row for row in shown[1:])
    again = server(office.probed, as_returns, shown)
    assert office.from_excel(again) == result


def as_returns(rows):
    from xlfactor.tables.parse import read

    return read("returns", rows, "returns")


def test_neither_infinity_nor_nan_leaves_python(server):
    shown = server(office.probed, with_infinity)
    assert [row[1] for row in shown] == ["x", 1.5, "", ""]


def test_a_date_is_a_formatted_number_where_excel_knows_them_and_a_serial_number_elsewhere(server):
    assert server(office.probed, with_infinity)[1][0] == {**NUMBER, "basicValue": 45294}
    assert server(in_an_older_excel, with_infinity)[1][0] == 45294


def with_infinity():
    days = pd.DatetimeIndex(["2024-01-03", "2024-01-04", "2024-01-05"], name="Date")
    return pd.DataFrame({"x": [1.5, np.inf, np.nan]}, days)


def in_an_older_excel(call):
    return office.probed(call, runtime="1.1")


def test_a_bug_is_one_line_in_the_cell_and_a_traceback_in_the_log(server):
    server(take_log)
    assert server(office.probed, broken) == "unexpected KeyError, see the log"
    log = server(take_log)
    assert "XLF_PROBE" in log
    assert "Traceback" in log
    assert "KeyError: 'secret'" in log


def broken():
    raise KeyError("secret")


def test_a_warning_is_logged_and_the_result_shown(server):
    cells, result = samples.sample("FACTOR_RETURNS")
    returns = [cells[0][0], *reversed(cells[0][1:])]
    server(take_log)
    shown = office.from_excel(server(office.formula, "FACTOR_RETURNS", returns, *cells[1:]))
    assert shown == [result[0], *reversed(result[1:])]
    assert "DATES_SORTED" in server(take_log)
