"""`xlfactor check` names every bad cell of a workbook and reads only."""

import datetime as dt
import json

import pytest
import xlsxwriter
from typer.testing import CliRunner

from xlfactor.cli import app
from xlfactor.workbook.check import check

ASSETS = [f"A{n}" for n in range(8)]


def book(path, *, returns=None, loadings=None, portfolio=None, formula=None):
    """Three sheets that `check` finds by their names; cells by address over a clean table."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as out:
        sheet = out.add_worksheet("Returns")
        sheet.write_row(0, 0, ["Date", *ASSETS])
        for t in range(30):
            sheet.write_row(
                t + 1,
                0,
                [
                    45292 + 7 * (t // 5) + t % 5,
                    *[0.001 * ((t * 29 + n * 41 + t * t * n * 3 + t * n * n * 7) % 97 - 47.5) for n in range(8)],
                ],
            )
        second = out.add_worksheet(" loadings ")
        second.write_row(0, 0, ["Asset", "Market", "Size"])
        for n, asset in enumerate(ASSETS):
            second.write_row(n + 1, 0, [asset, 1, n - 3.5])
        third = out.add_worksheet("Weights")
        third.write_row(0, 0, ["Asset", "Portfolio"])
        for n, asset in enumerate(ASSETS):
            third.write_row(n + 1, 0, [asset, 1 / 8])
        for target, cells in ((sheet, returns), (second, loadings), (third, portfolio)):
            for address, value in (cells or {}).items():
                target.write(address, value)
        if formula:
            out.add_worksheet("Model").write_dynamic_array_formula("A1:A1", formula, None, 0)
    return path


def found(path):
    before = path.read_bytes()
    result = check(path)
    assert path.read_bytes() == before
    return {(note.code, note.severity, note.sheet.strip(), note.cell) for note in result.notes}


def test_a_clean_book_has_nothing_to_say(tmp_path):
    result = check(book(tmp_path / "a.xlsx"))
    assert result.notes == []
    assert set(result.inputs) == {"returns", "loadings", "portfolio"}


def test_every_bad_cell_is_named_not_only_the_first(tmp_path):
    path = book(tmp_path / "a.xlsx", returns={"C5": "abc", "D9": "0.5", "B7": "N/A"})
    assert found(path) == {
        ("NUM_BAD", "error", "Returns", (5, 3)),
        ("NUM_TEXT", "error", "Returns", (9, 4)),
        ("MISSING", "info", "Returns", None),
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"returns": {"C1": "A0"}}, ("DUP_ASSET", "error", "Returns", (1, 2))),
        ({"returns": {"A4": "Source: us"}}, ("DATE_BAD", "error", "Returns", (4, 1))),
        ({"returns": {"B5": -1.0}}, ("RETURN_LT_MINUS_1", "error", "Returns", (5, 2))),
        ({"returns": {"B5": 0.9}}, ("OUTLIER", "warn", "Returns", (5, 2))),
        (
            {"returns": {"A32": dt.date(2024, 6, 1).toordinal() - 693594, "B32": 0.01}},
            ("DATE_WEEKEND", "warn", "Returns", (32, 1)),
        ),
        ({"loadings": {"B4": "x"}}, ("NUM_BAD", "error", "loadings", (4, 2))),
        ({"portfolio": {"A10": "ZZZ", "B10": 0.1}}, ("ASSET_NOT_IN_LOADINGS", "error", "Weights", (10, 1))),
        ({"portfolio": {"B4": "N/A"}}, ("WEIGHT_MISSING", "error", "Weights", (4, 2))),
        ({"portfolio": {"B4": 5.0}}, ("WEIGHT_SUM", "warn", "", None)),
        ({"loadings": {"A9": "OTHER"}}, ("ASSET_UNUSED", "warn", "", None)),
        ({"formula": "=FACTOR_RETURNS(tblNothing[#All],Weights!A1:B9)"}, ("UNSUPPORTED", "error", "Model", (1, 1))),
    ],
)
def test_a_finding_has_its_code_severity_and_cell(tmp_path, changed, expected):
    assert expected in found(book(tmp_path / "a.xlsx", **changed))


def test_prices_in_the_place_of_returns_are_told(tmp_path):
    cells = {f"{column}{row}": 100.0 + row for column in "BCDEFGHI" for row in range(2, 32)}
    assert ("LOOKS_LIKE_PRICES", "error", "Returns", None) in found(book(tmp_path / "a.xlsx", returns=cells))


def test_a_book_without_any_input_says_what_to_make(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as out:
        out.add_worksheet("Notes").write("A1", "hello")
    assert found(tmp_path / "a.xlsx") == {("SHEET_MISSING", "error", "", None)}


def checked(path, *options):
    found = CliRunner().invoke(app, ["check", str(path), *options])
    return found.exit_code, found.stdout, found.stderr


def test_a_message_is_one_line_with_the_file_the_cell_and_the_cure(tmp_path):
    path = book(tmp_path / "risk.xlsx", returns={"C5": "abc"})
    exit_code, _, err = checked(path)
    assert exit_code == 3
    line = (
        "error NUM_BAD risk.xlsx Returns!C5: returns hold 'abc' where a number is expected: type a number or clear it"
    )
    assert line in err.splitlines()


def test_of_one_code_twenty_cells_are_shown_and_the_rest_are_counted(tmp_path):
    cells = {f"{column}{row}": "x" for column in "BCD" for row in range(3, 22)}
    exit_code, out, _ = checked(book(tmp_path / "a.xlsx", returns=cells), "--json")
    bad = [c for c in json.loads(out)["checks"] if c["code"] == "NUM_BAD"]
    assert (exit_code, len(bad)) == (3, 21)
    assert (bad[-1]["message"], bad[-1]["count"], bad[-1]["cell"]) == ("and 37 more", 37, "")


def test_json_has_every_key_of_the_contract(tmp_path):
    formula = "=FACTOR_RETURNS(Returns!A1:I31,' loadings '!A1:C9)"
    path = book(tmp_path / "a.xlsx", returns={"B5": 0.9}, formula=formula)
    exit_code, out, _ = checked(path, "--json")
    found = json.loads(out)
    lists = {"checks", "formulas", "left_to_excel", "changed_parts", "outputs"}
    single = {"schema", "command", "version", "ok", "exit", "file", "input_hash", "as_of", "seconds"}
    assert found.keys() == lists | single
    assert (found["schema"], found["command"], found["ok"], found["exit"]) == (1, "check", True, exit_code)
    assert found["as_of"] == "2024-02-09"
    refreshed = CliRunner().invoke(app, ["refresh", str(path), "--dry-run", "--json"])
    assert found["input_hash"] == json.loads(refreshed.stdout)["input_hash"] != ""
    assert [c.keys() for c in found["checks"]] == [
        {"code", "severity", "sheet", "cell", "message", "fix", "count"} for _ in found["checks"]
    ]


def test_strict_makes_warnings_fail(tmp_path):
    path = book(tmp_path / "a.xlsx", returns={"B5": 0.9})
    assert checked(path)[0] == 0
    assert checked(path, "--strict")[0] == 5


def test_what_a_terminal_would_obey_is_not_printed(tmp_path):
    path = book(tmp_path / "a.xlsx", returns={"C5": "\x1b[2Jgone\nsecond line"})
    _, _, err = checked(path)
    assert "\x1b" not in err
    assert len([line for line in err.splitlines() if "NUM_BAD" in line]) == 1
    assert "gone second line" in err
