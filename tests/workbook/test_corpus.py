"""Every bad workbook of the corpus gets its verdict, code and cell, and nothing but that happens."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.workbook.corpus import labels, layouts, packages, values
from tests.workbook.corpus.case import MODEL, Case, clean, replaced, write
from xlfactor.cli import app
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.reading.sheet import read_sheet

CASES = [case for module in (packages, labels, values, layouts) for case in module.CASES]
GB = 1 << 30
BLOCKS = (1, 9), (11, 16)  # columns of FACTOR_RETURNS without its dates, and of EXPOSURES without its labels
CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
import json
from typer.testing import CliRunner
from xlfactor.cli import app
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
found = [CliRunner().invoke(app, line) for line in json.loads(sys.argv[1])]
print(json.dumps([[done.exit_code, done.stdout, done.stderr] for done in found]))
"""


def content(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def run(case: Case, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command; a hostile file's in a child that may use 10 s and 1 GB."""
    if case.hostile:
        code = CHILD.format(limit=GB)
        command = [sys.executable, "-c", code, json.dumps([arguments])]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        exit_code, out, err = json.loads(done.stdout)[0]
        return int(exit_code), out, err
    found = CliRunner().invoke(app, list(arguments))
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request) -> Case:
    return request.param


def test_check_gives_the_verdict_the_code_and_the_cell(case, tmp_path):
    path = case.make(tmp_path)
    before = content(tmp_path)
    exit_code, out, err = run(case, "check", str(path), "--json")
    assert is_calm(err), err
    assert content(tmp_path) == before
    found = json.loads(out)
    assert {key for key in ("schema", "command", "ok", "exit", "file", "checks") if key not in found} == set()
    worst = {c["severity"] for c in found["checks"]}
    verdict = "reject" if "error" in worst else "warn" if "warn" in worst else "ok"
    assert (verdict, exit_code, found["exit"]) == (case.verdict, case.exit, case.exit), err
    if case.code:
        named = [(c["code"], f"{c['sheet']}!{c['cell']}" if c["cell"] else "") for c in found["checks"]]
        assert case.code in [code for code, _ in named], err
        assert not case.cell or (case.code, case.cell) in named, err
    for line in found["checks"]:
        assert line["fix"] or line["severity"] == "info", line
        assert "\n" not in line["message"] + line["fix"]


def test_refresh_and_report_never_break_and_touch_nothing_else(case, tmp_path):
    path = case.make(tmp_path)
    before = content(tmp_path)
    output = tmp_path / f"new{path.suffix}"
    exit_code, _, err = run(case, "refresh", str(path), "--output", str(output))
    assert exit_code in (0, 3, 4), err
    assert is_calm(err), err
    after = content(tmp_path)
    assert after.pop(output.name, b"") if exit_code == 0 else output.name not in after
    assert after == before
    if case.same:
        assert exit_code == 0, err
        assert numbers(output) == clean_numbers()
    found = CliRunner().invoke(app, ["report", str(path), "--output", str(tmp_path / "report.xlsx")])
    exit_code, err = found.exit_code, found.stderr
    assert exit_code in (3, 4), err
    assert is_calm(err), err
    assert not (tmp_path / "report.xlsx").exists()


def refreshed(folder: Path, path: Path, *, killed: str = "") -> tuple[int, str]:
    """A refresh in a child that dies where it calls `killed`; its exit code and stderr."""
    kill = f"os.{killed} = lambda *_: os.kill(os.getpid(), 9)" if killed else ""
    code = f"import os, sys; {kill or 'pass'}; from xlfactor.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "refresh", str(path)], capture_output=True, text=True, cwd=folder
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_power_cut_leaves_the_old_file_and_the_next_run_needs_no_cleaning_up(moment, tmp_path):
    path = write(tmp_path / "book.xlsx", clean())
    before = path.read_bytes()
    assert refreshed(tmp_path, path, killed=moment)[0] == -9
    assert path.read_bytes() == before
    exit_code, err = refreshed(tmp_path, path)
    assert exit_code == 0, err
    assert numbers(path) == clean_numbers()
    left = {p.name for p in tmp_path.iterdir() if p.is_file()} - {path.name}
    assert not {name for name in left if "backup" not in name and ".bak" not in name}, left


@pytest.mark.parametrize(
    ("cell", "text", "code"),
    [("A3", "a note in the way", "SPILL_BLOCKED"), ("L3", "another", "SPILL_BLOCKED")],
)
def test_a_blocked_spill_is_named_with_what_blocks_it(cell, text, code, tmp_path):
    path = write(tmp_path / "book.xlsx", clean())
    row = f'<row r="{cell[1:]}"><c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c></row></sheetData>'
    replaced(path, MODEL, "</sheetData>", row)
    before = content(tmp_path)
    found = CliRunner().invoke(app, ["refresh", str(path), "--json"])
    assert found.exit_code == 3
    checks = json.loads(found.stdout)["checks"]
    anchor = "A1" if cell == "A3" else "K1"
    assert (code, "Model", anchor) in {(c["code"], c["sheet"], c["cell"]) for c in checks}
    assert any(cell in c["message"] for c in checks), checks
    assert content(tmp_path) == before


def is_calm(err: str) -> bool:
    return "bug" not in err and "Traceback" not in err


def numbers(path: Path) -> list[list[list[float]]]:
    """The numbers of the two spills, row by row in an order that does not depend on that of their labels."""
    book = open_book(path)
    grid = read_sheet(book, next(part for part in book.sheets if part.name == "Model")).values
    rows = [[[v for v in row[first:last] if isinstance(v, float)] for row in grid[:40]] for first, last in BLOCKS]
    return [sorted(row for row in block if row) for block in rows]


@cache
def clean_numbers() -> list[list[list[float]]]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "clean.xlsx", clean())
        assert CliRunner().invoke(app, ["refresh", str(path)]).exit_code == 0
        return numbers(path)


def test_the_corpus_is_large_and_its_names_differ():
    assert len({case.name for case in CASES}) == len(CASES) >= 220
