"""`xlfactor serve`: the catalogue over HTTP, its limits, and what it refuses before it opens a port."""

import json
import time

import pytest

import xlfactor
from tests import samples
from tests.hosts.office import from_excel
from tests.hosts.served import CALL, request, served
from tests.needs import need_licence
from xlfactor.functions import catalogue

pytestmark = [need_licence, pytest.mark.pro]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("server"), "--max-megabytes", "4") as one:
        yield one


def test_a_formula_gives_pythons_numbers_to_the_last_bit(server):
    cells, result = samples.sample("FACTOR_RETURNS")
    status, text = server.formula("FACTOR_RETURNS", *cells)
    assert status == 200
    assert from_excel(json.loads(text)["result"]) == result


def test_health_says_what_runs_and_nothing_else(server):
    status, text = server.get("/health")
    assert status == 200
    assert json.loads(text) == {
        "status": "ok", "version": xlfactor.__version__, "functions": len(catalogue()), "workers": 2, "idle": 2,
    }  # fmt: skip


GOOD = json.loads(request("XLFACTOR_VERSION"))


@pytest.mark.parametrize(
    ("body", "status", "line"),
    [
        (b'{"client": "Office.js", ', 400, "REQUEST_JSON: the request is no JSON"),
        (b"\xff\xfe", 400, "REQUEST_JSON"),
        (b"[" * 100_000, 400, "REQUEST_JSON"),
        (b"", 400, "REQUEST_JSON"),
        (b"[]", 400, "REQUEST_FIELDS: the request lacks client, func_name, args, version, runtime"),
        (b"{}", 400, "REQUEST_FIELDS"),
        (json.dumps(GOOD | {"func_name": "FACTOR_RETRUNS"}).encode(), 404, "did you mean FACTOR_RETURNS?"),
        (json.dumps(GOOD | {"func_name": "__name__"}).encode(), 404, "FUNCTION_UNKNOWN"),
        (json.dumps(GOOD | {"func_name": ["x"]}).encode(), 404, "FUNCTION_UNKNOWN"),
        (json.dumps(GOOD | {"args": 7}).encode(), 400, "REQUEST_ARGUMENTS: args is no list"),
        (json.dumps(GOOD | {"args": [[[1]], [[2]]]}).encode(), 400, "takes 0 arguments and got 2"),
        (request("FACTOR_RETURNS"), 400, "ARGUMENT_MISSING: returns is missing: pass it"),
        (request("FACTOR_RETURNS", [["", "A"], [45292, "O.02"]], [["", "F"], ["A", 1]]), 400, "row 2, column 2"),
        (request("FACTOR_RETURNS", [["", "A"], [45292]], [["", "F"], ["A", 1]]), 400, ": "),
        (request("FACTOR_RETURNS", [[]], [["", "F"], ["A", 1]]), 400, ": "),
        (request("FACTOR_RETURNS", [[{"a": {"b": 1}}]], [["", "F"], ["A", 1]]), 400, ": "),
    ],
)
def test_a_bad_request_is_refused_in_one_line(server, body, status, line):
    got, text = server.call(body)
    assert (got, line in text) == (status, True), text
    assert "\n" not in text
    assert len(text) <= 200


def test_what_is_not_served_is_not_found(server):
    assert server.send("POST", "/xlwings/alert")[:2] == (404, f"REQUEST_PATH: nothing is served here: POST to {CALL}")
    assert server.send("DELETE", CALL)[0] == 404


def test_a_request_beyond_the_limit_is_refused_while_it_comes(server):
    text = "the request has more than 4 MB"
    status, line = server.call(b" " * 5_000_000)
    assert (status, text in line) == (413, True)


def test_a_name_that_another_name_server_points_here_is_refused(server):
    status, line, _ = server.send("GET", "/taskpane.html", headers={"Host": "evil.example.com"})
    assert (status, line.startswith("HOST_UNKNOWN")) == (421, True)


def test_nothing_of_a_cell_is_logged(server):
    server.formula("XLFACTOR_HELP", "FACTOR_RETURNS")
    server.call(request("FACTOR_RETURNS", [["", "SECRET"], [45292, "SECRET"]], [["", "F"], ["SECRET", 1]]))
    time.sleep(0.1)
    log = server.log()
    assert "XLFACTOR_HELP 200" in log
    assert "FACTOR_RETURNS 400" in log
    for text in ("SECRET", "O.02", "Traceback", "FACTOR_RETRUNS"):
        assert text not in log
