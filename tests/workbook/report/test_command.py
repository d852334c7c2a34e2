"""`xlfactor report`: its options and its JSON."""

from __future__ import annotations

import json

import openpyxl
from typer.testing import CliRunner

from tests.workbook.report.books import BOOK, Page
from xlfactor.cli import app
from xlfactor.workbook.report.data import read_findings


def test_formats_output_and_compare_come_from_the_command_line(tmp_path):
    out = tmp_path / "morning.html"
    done = CliRunner().invoke(app, ["report", str(BOOK), "--output", str(out), "--compare", str(BOOK), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["as_of"] == "2026-01-30"
    assert said["input_hash"] == read_findings(BOOK).input_hash
    assert said["outputs"] == [str(out), str(tmp_path / "morning_tables")]
    assert "changes_by_factor" in Page(out).tables


def test_a_book_without_risk_to_compare_with_is_the_one_that_is_named(tmp_path):
    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    done = CliRunner().invoke(app, ["report", str(BOOK), "--output", str(tmp_path / "r.html"), "--compare", str(other)])
    assert done.exit_code == 3
    assert "error NO_RISK factor_risk.xlsx other.xlsx: the workbook has neither xlf_risk nor" in done.output
    assert not (tmp_path / "r.html").exists()


def test_an_unknown_format_is_one_line_and_exit_3(tmp_path):
    done = CliRunner().invoke(app, ["report", str(BOOK), "--output", str(tmp_path / "r.xlsx"), "--format", "html,doc"])
    assert done.exit_code == 3
    assert "error OPTION_UNKNOWN factor_risk.xlsx: format is 'doc', not one of xlsx, html, pdf" in done.output
    assert list(tmp_path.iterdir()) == []
