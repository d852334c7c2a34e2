"""The page in a real browser: xlwings Server's own page and client code, with a stand-in for Excel's objects."""

import json
import time
from pathlib import Path

import pytest

from tests import samples
from tests.hosts.office import from_excel, to_excel
from tests.hosts.served import served
from tests.needs import need_licence
from tests.refusals import refusals
from xlfactor.functions import catalogue

pytestmark = [need_licence, pytest.mark.pro]
STAND_IN = Path(__file__).with_name("excel_page.js")
TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    (folder / "token").write_text(TOKEN + "\n")
    with served(folder, "--token-file", "token") as one:
        yield one


@pytest.fixture(scope="module")
def page(browser, server):
    browser.before_each_page(STAND_IN.read_text())
    opened(browser, server)
    browser.script("localStorage.setItem('xlfactorToken', arguments[0])", TOKEN)
    return browser


def opened(browser, server):
    browser.open(f"{server.url}/taskpane.html")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if browser.script("return globalThis.excelFunctions?.().length ?? 0") == len(catalogue()):
            return
        time.sleep(0.1)
    pytest.fail(f"the page registered no functions: {browser.errors()}")


def formula(page, name, *excel):
    return page.script("return excelFormula(...arguments)", name, *excel)


def test_the_page_registers_the_catalogue_and_nothing_else(page):
    assert sorted(page.script("return excelFunctions()")) == sorted(catalogue())
    assert page.script("return config.customFunctionsMaxRetries") == 1


@pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning")
@pytest.mark.parametrize("name", catalogue())
def test_a_function_called_from_the_page_gives_the_numbers_of_python(page, name):
    cells, result = samples.sample(name)
    shown = formula(page, name, *map(to_excel, cells))
    assert from_excel(shown["value"]) == result


def test_a_date_comes_back_as_a_date_of_excel(page):
    cells, result = samples.sample("FACTOR_RETURNS")
    shown = formula(page, "FACTOR_RETURNS", *map(to_excel, cells))["value"]
    assert shown[1][0] == {"type": "FormattedNumber", "basicValue": 45293, "numberFormat": "m/d/yyyy"}
    assert f"{result[1][0]:%Y-%m-%d}" == "2024-01-02"


FIRST_REFUSALS = {refusal.function: refusal for refusal in reversed(refusals())}  # test_excel_server.py has them all


@pytest.mark.parametrize("refusal", FIRST_REFUSALS.values(), ids=str)
def test_an_error_is_value_with_our_line_as_its_hover(page, refusal):
    shown = formula(page, refusal.function, *map(to_excel, refusal.values))
    assert shown["error"] == "#VALUE!"
    assert shown["hover"].startswith(refusal.code)
    assert refusal.place in shown["hover"]
    assert len(shown["hover"]) <= 200


def test_without_its_token_the_page_says_where_to_enter_it(page):
    page.script("localStorage.removeItem('xlfactorToken')")
    shown = formula(page, "XLFACTOR_VERSION")
    assert shown["hover"] == "TOKEN_MISSING: this server wants an access token: enter it in the task pane"
    page.script(
        "document.getElementById('token-text').value = arguments[0];document.querySelector('#token button').click()",
        TOKEN,
    )
    assert "value" in formula(page, "XLFACTOR_VERSION")


def test_the_search_leaves_the_functions_that_have_the_words(page):
    shown = """const search = document.getElementById('search'); search.value = arguments[0];
               search.dispatchEvent(new Event('input'));
               return [...document.querySelectorAll('details:not([hidden]) summary code')].map((c) => c.textContent)"""
    assert page.script(shown, "decomposition horizon") == ["RISK_DECOMPOSITION"]
    assert page.script(shown, "no such words") == []
    assert not page.script("return document.getElementById('none').hidden")
    assert sorted(page.script(shown, "")) == sorted(catalogue())


def test_refresh_calculates_the_workbook_and_shows_the_risk_sheet(page):
    page.script("document.getElementById('refresh').click()")
    deadline = time.monotonic() + 20
    while len(page.script("return excelCalls")) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert page.script("return excelCalls") == [["calculate", "Full"], ["activate", "Risk"]], page.errors()


def test_the_picture_of_the_pane_is_small(page, tmp_path):
    page.script("scrollTo(0, 0)")
    picture = page.picture(tmp_path / "pane.png", width=360, height=900)
    assert 5_000 < picture.stat().st_size < 300_000


def test_the_page_complains_of_nothing(browser, server, page):
    opened(browser, server)
    assert browser.errors() == []


def test_no_cell_no_token_is_in_the_log_of_all_this(server, page):
    log = server.log()
    assert json.loads(server.get("/health")[1])["status"] == "ok"
    for text in (TOKEN, "A01", "Energy", "Traceback"):
        assert text not in log
