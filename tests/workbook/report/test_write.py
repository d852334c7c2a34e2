"""What a report is made of: books with and without names, what is left out, what is refused, how files appear."""

from __future__ import annotations

import json
import re
import shutil
import sys
import warnings

import openpyxl
import pandas as pd
import pytest

from tests.workbook.recorded_books import recorded_book
from tests.workbook.report.books import BOOK, Page, cached, edited, sheet_table, without_names
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.report import write
from xlfactor.workbook.report.data import read_findings
from xlfactor.workbook.report.select import largest
from xlfactor.workbook.report.write import write_report
from xlfactor.workbook.template.build import templates, write_book


def tables(folder, name="report"):
    return json.loads((folder / f"{name}_tables" / "tables.json").read_text("utf-8"))


def test_the_other_row_leaves_out_what_does_not_add_up():
    header = ["Asset", "weight", "marginal", "contribution", "share"]
    parts = [[f"A{i}", 0.04, 0.2, 0.01 * i, 0.1] for i in range(25)]
    rows = largest([header, *parts, ["total", 1.0, None, 3.0, 1.0]])
    assert [row[0] for row in rows[1:3]] == ["A24", "A23"]
    assert rows[21][:3] == ["other (5)", pytest.approx(0.2), None]
    assert rows[21][3:] == [pytest.approx(0.1), pytest.approx(0.5)]


def test_z_is_the_return_over_the_volatility_of_its_horizon(tmp_path):
    write_report(BOOK, tmp_path / "report.html", ("html",))
    header, *rows = Page(tmp_path / "report.html").tables["latest"]
    week = next(row for row in rows if row[0] == "Value")
    move, z = (week[header.index(label)] for label in ("last week", "z week"))
    assert move == cached("xlf_performance", "Value", "last_week")
    assert z == pytest.approx(move / (cached("xlf_correlation", "Value", "annual_volatility") * (5 / 252) ** 0.5))
    month = next(row for row in rows if row[0] == "Size")
    days = sum(str(row[0])[:7] == "2026-01" for row in read_findings(BOOK).tables["factor_returns"][1:])
    sigma = cached("xlf_correlation", "Size", "annual_volatility") * (days / 252) ** 0.5
    assert month[header.index("z MTD")] == pytest.approx(month[header.index("MTD")] / sigma)


def test_a_book_without_our_names_is_reported_by_its_formulas(tmp_path):
    book = recorded_book(tmp_path / "book.xlsx")
    assert refresh(book).ok
    write_report(book, tmp_path / "report.xlsx", ("xlsx", "html"))
    found = tables(tmp_path)
    measure = {row[0]: row[1] for row in found["tables"]["risk"]["rows"]}
    sheet = openpyxl.load_workbook(book, data_only=True)["Risk"]
    wanted = {sheet.cell(r, 1).value: sheet.cell(r, 2).value for r in range(5, 15)}
    assert measure == wanted
    assert found["as_of"] == read_findings(book).as_of.date().isoformat()
    assert "idio_status" in found["tables"]  # IDIO_COVARIANCE has a name of the user's own


def test_what_the_book_lacks_is_left_out_and_listed_at_the_end(tmp_path):
    moved = ("xlf_moved", "xlf_moved_note", "xlf_moved_factors")
    bare = without_names(tmp_path / "bare.xlsx", *moved, tables=("tblChecks", "tblLog"))
    for path in (BOOK, bare):
        write_report(path, tmp_path / f"{path.stem}_out.html", ("html",))
    full, less = Page(tmp_path / "factor_risk_out.html"), Page(tmp_path / "bare_out.html")
    assert {"moved", "moved_factors", "checks"} <= set(full.tables)
    assert not {"moved", "moved_factors", "checks"} & set(less.tables)
    text = "".join(less.text)
    assert "Not in this book" in text
    listed = text[text.index("Not in this book") :]
    for words in ("what moved", "checks", "log of runs"):
        assert words in listed


def test_a_block_that_failed_is_listed_with_its_reason(tmp_path):
    workbook = openpyxl.load_workbook(BOOK)
    anchor = workbook.defined_names["xlf_performance"].value.split("!")[1].strip("$)").replace("$", "")
    book = edited(tmp_path / "book.xlsx", lambda name, data: fail_anchor(data, anchor))
    write_report(book, tmp_path / "report.html", ("html",))
    page = Page(tmp_path / "report.html")
    assert "performance" not in page.tables
    assert "factor performance (xlf_performance is an error: RANK_LOW: too few dates)" in "".join(page.text)


def fail_anchor(data, anchor):
    """The cell's result replaced by one of our error lines."""
    pattern = (
        rf'(<c r="{anchor}"[^>]*>(?:<f[^>]*>FACTOR_PERFORMANCE.*?</f>|<f[^>]*>_xldudf.*?</f>))<v>Factor</v>'.encode()
    )
    return re.sub(pattern, rb"\1<v>#XLF! RANK_LOW: too few dates</v>", data)


def test_without_a_benchmark_the_report_leaves_active_figures_blank(tmp_path):
    book, weights = tmp_path / "book.xlsx", tmp_path / "portfolio.csv"
    shutil.copy(BOOK, book)
    table = pd.read_csv(templates() / "sample" / "portfolio.csv")
    table.assign(Benchmark=None).to_csv(weights, index=False)
    assert refresh(book, portfolio=weights).ok
    write_report(book, tmp_path / "report.xlsx", ("xlsx", "html", "pdf"))
    risk = sheet_table(tmp_path / "report.xlsx", "Summary", "Risk measures")
    assert {row["active"] for row in risk.values()} == {None}
    wanted = cached("xlf_risk", "annual_volatility", "portfolio", book)
    assert risk["annual volatility"]["portfolio"] == wanted


def test_the_workbook_is_left_as_it_was(tmp_path):
    book = tmp_path / "book.xlsx"
    shutil.copy(BOOK, book)
    made = write_report(book, tmp_path / "report.xlsx", ("xlsx", "html"))
    assert book.read_bytes() == BOOK.read_bytes()
    assert [path.name for path in made.outputs] == ["report.xlsx", "report.html", "report_tables"]
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["book.xlsx", "report.html", "report.xlsx", "report_tables"]


def test_a_book_without_any_risk_is_refused(tmp_path):
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    with pytest.raises(FactorError, match=r"NO_RISK: the workbook has neither xlf_risk nor a formula such as RISK_"):
        write_report(tmp_path / "other.xlsx", tmp_path / "report.xlsx")


def test_a_book_that_was_never_calculated_is_refused(tmp_path):
    write_book(tmp_path / "bare.xlsx", {})
    with pytest.raises(
        FactorError, match=r"(NOT_REFRESHED|UPSTREAM): .*: (run xlfactor refresh|mend that formula) first"
    ):
        write_report(tmp_path / "bare.xlsx", tmp_path / "report.xlsx")


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(FactorError, match="OPTION_UNKNOWN: format is 'docx', not one of xlsx, html, pdf"):
        write_report(BOOK, tmp_path / "report.xlsx", ("xlsx", "docx"))
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_one_line_says_what_to_install_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(FactorError, match=r"MATPLOTLIB_MISSING: a PDF is drawn with matplotlib: pip install"):
        write_report(BOOK, tmp_path / "report.pdf", ("html", "pdf"))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_without_force(tmp_path):
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(FactorError, match=r"FILE_EXISTS: report\.html is there already"):
        write_report(BOOK, tmp_path / "report.xlsx", ("xlsx", "html"))
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "mine"


def test_the_book_itself_is_never_replaced_not_even_with_force(tmp_path):
    shutil.copy(BOOK, tmp_path / "book.xlsx")
    with pytest.raises(FactorError, match=r"FILE_EXISTS: book\.xlsx is there already: choose another name$"):
        write_report(tmp_path / "book.xlsx", tmp_path / "book.xlsx", force=True)
    assert (tmp_path / "book.xlsx").read_bytes() == BOOK.read_bytes()


def test_force_replaces_the_report_and_removes_tables_that_it_no_longer_has(tmp_path):
    write_report(BOOK, tmp_path / "report.html", ("html",), compare=BOOK)
    mine = tmp_path / "report_tables" / "mine.csv"
    mine.write_text("mine")
    assert (tmp_path / "report_tables" / "changes_by_factor.csv").exists()
    write_report(BOOK, tmp_path / "report.html", ("html",), force=True)
    left = {path.name for path in (tmp_path / "report_tables").iterdir()}
    assert left == {"tables.json", "mine.csv", *tables(tmp_path)["files"]}
    assert "changes_by_factor.csv" not in left


def test_a_file_that_cannot_be_written_leaves_no_half_of_one(tmp_path, monkeypatch):
    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write.os, "fsync", full)
    with pytest.raises(FactorError, match=r"FILE_NOT_WRITTEN: report\.html: No space left on device"):
        write_report(BOOK, tmp_path / "report.html", ("html",))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_report_on_a_book_whose_inputs_changed_after_its_last_run_says_so(tmp_path):
    def moved(name, data):
        return data.replace(b"<v>0.005097</v>", b"<v>0.3</v>") if name.endswith("sheet3.xml") else data

    edited(tmp_path / "risk.xlsx", moved)
    with pytest.warns(FactorWarning, match="NOT_REFRESHED: its inputs have changed since the last run of its log"):
        write_report(tmp_path / "risk.xlsx", tmp_path / "old.html", ("html",))
    last_run = read_findings(BOOK).input_hash
    assert f"{last_run} of the last run; inputs changed since" in (tmp_path / "old.html").read_text(encoding="utf-8")
    refresh(tmp_path / "risk.xlsx")
    with warnings.catch_warnings():
        warnings.simplefilter("error", FactorWarning)
        write_report(tmp_path / "risk.xlsx", tmp_path / "new.html", ("html",))
    assert "inputs changed" not in (tmp_path / "new.html").read_text(encoding="utf-8")
