"""The command line as its user meets it: numbers, lines, exit codes, JSON; never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from tests.hosts import calc_book
from xlfactor import __version__
from xlfactor.commands.refresh import report_refresh
from xlfactor.console import Run
from xlfactor.functions import catalogue
from xlfactor.workbook.refresh_result import FormulaLine, RefreshResult

ROOT = Path(__file__).parents[1]


def xlfactor(*arguments, cwd=None):
    command = [sys.executable, "-m", "xlfactor.cli", *map(str, arguments)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "NO_COLOR": "1", "COLUMNS": "200", "PYTHONUTF8": "1"}
    environment["XLFACTOR_MODELS"] = os.environ["XLFACTOR_MODELS"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def catalogue_book(tmp_path_factory):
    """Every function with good and with wrong arguments, refreshed once with --keep-going."""
    folder = tmp_path_factory.mktemp("cli")
    good, wrong = calc_book.write(folder / "catalogue.xlsx")
    done = xlfactor("refresh", "catalogue.xlsx", "--keep-going", "--json", cwd=folder)
    return openpyxl.load_workbook(folder / "catalogue.xlsx", data_only=True), good, wrong, done


@pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning")
@pytest.mark.parametrize("name", list(catalogue()))
def test_refresh_writes_the_numbers_that_python_returns_to_the_last_bit(name, catalogue_book):
    book, good, _, _ = catalogue_book
    for call in good[name]:
        for i, row in enumerate(calc_book.as_calc_sees(call.expected)):
            shown = [cell.value for cell in book[name][call.row + i][: len(row)]]
            expected = ["#N/A" if value is None else value for value in row]
            assert [v if v is not None else "" for v in shown] == expected, call.formula


def test_wrong_input_is_one_line_with_the_cell_in_the_sheet_and_on_stderr(catalogue_book):
    book, _, wrong, done = catalogue_book
    said = {
        (check["sheet"], check["cell"]): check
        for check in json.loads(done.stdout)["checks"]
        if check["severity"] == "error"
    }
    assert done.returncode == 3
    for row, (refusal, _) in enumerate(wrong, 1):
        line = book["Wrong"][f"A{row}"].value
        assert line.startswith(f"#XLF! {refusal.code}"), refusal
        assert len(line) <= 206
        assert said["Wrong", f"A{row}"]["code"].startswith(refusal.code)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error ")]
    assert len(lines) == len(wrong)
    assert all(line.startswith("error ") and " catalogue.xlsx Wrong!A" in line for line in lines)


def test_without_keep_going_nothing_is_written(tmp_path):
    calc_book.write(tmp_path / "book.xlsx")
    before = (tmp_path / "book.xlsx").read_bytes()
    done = xlfactor("refresh", "book.xlsx", cwd=tmp_path)
    assert done.returncode == 3
    assert "nothing was written" in done.stdout
    assert (tmp_path / "book.xlsx").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["book.xlsx"]


def test_the_demo_makes_the_book_the_day_and_the_report_and_shows_the_risk(tmp_path):
    done = xlfactor("demo", "desk", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "annual_volatility" in done.stdout
    made = {path.name for path in (tmp_path / "desk").iterdir()}
    assert {"factor_risk.xlsx", "new_day.csv", "factor_risk_report.xlsx"} <= made
    again = xlfactor("demo", "desk", cwd=tmp_path)
    assert again.returncode == 4
    assert again.stderr.startswith("error FILE_EXISTS")


def test_a_second_refresh_finds_everything_up_to_date_and_leaves_the_file_alone(tmp_path):
    assert xlfactor("template", "risk.xlsx", cwd=tmp_path).returncode == 0
    assert xlfactor("refresh", "risk.xlsx", cwd=tmp_path).returncode == 0  # NumPy's last digits may differ here
    before = (tmp_path / "risk.xlsx").read_bytes()
    done = xlfactor("refresh", "risk.xlsx", cwd=tmp_path)
    assert (done.returncode, "up to date" in done.stdout) == (0, True), done.stdout + done.stderr
    assert (tmp_path / "risk.xlsx").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["check", "missing.xlsx"], 4, "error FILE_"),
        (["check", "page.xlsx"], 4, "error FILE_NOT_XLSX"),
        (["refresh", "page.xlsx"], 4, "error FILE_NOT_XLSX"),
        (["report", "page.xlsx"], 4, "error FILE_NOT_XLSX"),
        (["functions", "FACTOR_RETURN"], 3, "error FUNCTION_UNKNOWN: no function is called 'FACTOR_RETURN'"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_an_exit_code(tmp_path, arguments, code, line):
    (tmp_path / "page.xlsx").write_text("<html>not a workbook</html>")
    done = xlfactor(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert done.stderr.startswith(line)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (
            ["template", "risk"],
            4,
            "error FILE_EXTENSION risk: what would be written is a .xlsx file: call it risk.xlsx",
        ),
        (["template", "risk.xls"], 4, "error FILE_EXTENSION risk.xls: "),
        (["template", "risk.xlsx", "--empty", "--gallery"], 3, "error OPTION_CONFLICT: --empty and --gallery are "),
        (["demo", "notes.txt"], 4, "error FILE_EXISTS notes.txt: this is a file: name a folder"),
        (["demo", "notes.txt/inside"], 4, "error FILE_WRITE_FAILED inside: it could not be written (Not a directory)"),
        (["panel", "notes.txt", "--csv", "notes.txt"], 4, "error FILE_EXISTS notes.txt: this is a file: name a folder"),
        (["estimate", ".", "--out", "m.xlsx"], 4, "error FILE_EXTENSION m.xlsx: a model file is an .npz file: call it"),
        (["report", "."], 4, "error FILE_NOT_XLSX"),
        (["report", "risk.xlsx", "--output", "."], 4, "error FILE_EXISTS risk.xlsx .: this is a folder"),
        (["refresh", "nope.xlsx"], 4, "error FILE_NOT_FOUND /"),
    ],
)
def test_a_place_that_cannot_be_written_is_one_line_and_leaves_no_file(tmp_path, arguments, code, line):
    (tmp_path / "notes.txt").write_text("mine")
    done = xlfactor(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert done.stderr.startswith(line)
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_formulas_that_wait_for_one_that_failed_are_counted_and_do_not_hide_it(tmp_path):
    xlfactor("template", "risk.xlsx", cwd=tmp_path)
    assets = [f"SYN{i:03}" for i in range(1, 201)]
    (tmp_path / "caps.csv").write_text("\n".join(["Asset,Cap", *(f"{asset},-1" for asset in assets)]))
    done = xlfactor("refresh", "risk.xlsx", "--caps", "caps.csv", "--json", cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert all("caps are negative" in line for line in lines if line.startswith("error"))
    failed = {check["code"] for check in json.loads(done.stdout)["checks"] if check["severity"] == "error"}
    assert failed == {"VALUE_RANGE", "UPSTREAM"}
    assert any("formulas more without a result, for want of these" in line for line in lines)


def test_a_wrong_option_is_a_usage_error(tmp_path):
    assert xlfactor("refresh", cwd=tmp_path).returncode == 2
    assert xlfactor("nonesuch", cwd=tmp_path).returncode == 2


def test_strict_turns_warnings_into_an_exit_code(tmp_path):
    xlfactor("template", "risk.xlsx", cwd=tmp_path)
    assert xlfactor("check", "risk.xlsx", cwd=tmp_path).returncode == 0
    assert xlfactor("check", "risk.xlsx", "--strict", cwd=tmp_path).returncode == 5  # the sample has an outlier


def test_functions_and_doctor_speak_json_too():
    listed = json.loads(xlfactor("functions", "--json").stdout)
    assert [row["Function"] for row in listed["functions"]] == list(catalogue())
    found = json.loads(xlfactor("doctor", "--json").stdout)
    assert found["ok"] is True
    assert {"schema", "command", "version", "exit", "checks", "seconds"} <= found.keys()


def test_the_table_of_a_refresh_fits_a_terminal_of_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    names = [*catalogue()]
    lines = tuple(FormulaLine("Model", (6, 28), name, "unchanged", 506, 16, 505, 16, 0, 0.04, None) for name in names)
    report_refresh(Run("refresh"), RefreshResult("b.xlsx", True, (), lines, (), (), (), None, "0" * 32, "", 1.0))
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in shown[1 : 1 + len(names)]] == names


def test_the_version_is_said():
    done = xlfactor("--version")
    assert (done.returncode, done.stdout.strip()) == (0, __version__)


@pytest.mark.parametrize(("scale", "said"), [(1.0, False), (100.0, True)])
def test_a_model_of_percent_is_estimated_with_a_warning(tmp_path, scale, said):
    pytest.importorskip("pyarrow")
    rng = np.random.default_rng(3)
    dates = pd.bdate_range("2026-01-05", periods=40).strftime("%Y-%m-%d")
    lines = [f"{d},A{i},{scale * rng.normal(scale=0.01):.6f},1,{i % 5}" for d in dates for i in range(10)]
    (tmp_path / "long.csv").write_text("\n".join(["date,asset,return,cap,size", *lines]))
    written = xlfactor("panel", "p", "--csv", "long.csv", cwd=tmp_path)
    assert written.returncode == 0
    assert ("warn UNITS_PERCENT" in written.stderr) is said
    done = xlfactor("estimate", "p", "--out", "m.npz", cwd=tmp_path)
    assert done.returncode == 0
    assert ("warn UNITS_PERCENT" in done.stderr) is said
