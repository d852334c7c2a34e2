"""--compare: what changed between two workbooks, and what is said of books that differ in more than numbers."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from tests.workbook.report.books import BOOK, Page, renamed, sheet_table
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.report.data import named_rows
from xlfactor.workbook.report.write import write_report
from xlfactor.workbook.template.build import templates

SAMPLE = templates() / "sample"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Yesterday's book, today's with a new date and three trades, and the report on both in every format."""
    folder = tmp_path_factory.mktemp("compare")
    old, new = folder / "yesterday.xlsx", folder / "today.xlsx"
    shutil.copy(BOOK, old)
    shutil.copy(BOOK, new)
    weights = pd.read_csv(SAMPLE / "portfolio.csv")
    held, free = weights.index[weights.Portfolio > 0], weights.index[weights.Portfolio == 0]
    weights.loc[free[0], "Portfolio"] = weights.loc[held[0], "Portfolio"]  # sold, another one bought
    weights.loc[held[0], "Portfolio"] = 0.0
    weights.loc[held[1], "Portfolio"] += 0.01
    weights.loc[held[2], "Portfolio"] -= 0.01
    weights.to_csv(folder / "portfolio.csv", index=False)
    assert refresh(new, returns=SAMPLE / "new_day.csv", portfolio=folder / "portfolio.csv").ok
    write_report(new, folder / "report.xlsx", ("xlsx", "html", "pdf"), compare=old)
    trades = {weights.Asset[free[0]]: "added", weights.Asset[held[0]]: "removed",
              weights.Asset[held[1]]: "changed", weights.Asset[held[2]]: "changed"}  # fmt: skip
    return folder, old, new, trades


def frame(book, name):
    header, *rows = named_rows(book, name)
    return pd.DataFrame(rows, columns=header).set_index(header[0])


def table(folder, key):
    found = json.loads((folder / "report_tables" / "tables.json").read_text("utf-8"))["tables"][key]
    return pd.DataFrame(found["rows"], columns=found["columns"]).set_index(found["columns"][0])


@pytest.mark.parametrize("view", ["portfolio", "active"])
def test_volatility_then_and_now_is_that_of_the_two_books(pair, view):
    folder, old, new, _ = pair
    shown = table(folder, f"changes_{view}").loc["annual_volatility"]
    before, after = (frame(book, "xlf_risk")[view]["annual_volatility"] for book in (old, new))
    assert (shown.previous, shown.now) == (before, after)
    assert shown.change == pytest.approx(after - before, abs=1e-15)
    assert before != after


def test_changes_of_the_contributions_sum_to_the_change_of_the_volatility_and_are_sorted(pair):
    folder, old, new, _ = pair
    shown = table(folder, "changes_by_factor")
    total = shown.loc["total", "change"]
    before, after = (frame(book, "xlf_risk").portfolio.annual_volatility for book in (old, new))
    assert total == pytest.approx(after - before, abs=1e-12)
    parts = shown.drop("total").change
    assert parts.sum() == pytest.approx(total, abs=1e-12)
    assert np.all(np.diff(parts.abs()) <= 0)


def test_exposures_are_compared_for_the_portfolio_and_against_the_benchmark(pair):
    folder, old, new, _ = pair
    shown = table(folder, "changes_exposures")
    difference = frame(new, "xlf_exposures") - frame(old, "xlf_exposures")
    for view in ("portfolio", "active"):
        pd.testing.assert_series_equal(
            shown[f"{view} change"].sort_index(), difference[view].sort_index(), check_names=False, rtol=0, atol=1e-15
        )


def test_positions_added_removed_and_changed_are_named(pair):
    folder, _, _, trades = pair
    shown = table(folder, "changes_positions")
    assert shown.what.to_dict() == trades
    assert shown.change.sum() == pytest.approx(0, abs=1e-12)


def test_every_format_shows_the_changes(pair):
    folder, *_ = pair
    total = table(folder, "changes_by_factor").loc["total", "change"]
    page = Page(folder / "report.html")
    assert page.tables["changes_by_factor"][-1][-1] == total
    in_sheet = sheet_table(folder / "report.xlsx", "Changes", "Contributions by factor")
    assert in_sheet["total"]["change"] == total
    assert b"/Type /Page" in (folder / "report.pdf").read_bytes()
    assert "From 2026-01-30 to 2026-02-02." in "".join(page.text)


def said(tmp_path, old, new):
    write_report(new, tmp_path / "report.html", ("html",), compare=old)
    text = "".join(Page(tmp_path / "report.html").text)
    return text[text.index("Compared") :][:600]


def test_another_benchmark_factor_and_asset_are_said_plainly(tmp_path):
    old = renamed(tmp_path / "old.xlsx", {"cap-weighted index": "another index", "Quality": "Junk", "SYN001": "OLD001"})
    text = said(tmp_path, old, BOOK)
    assert "Both books are as of 2026-01-30." in text
    assert "The benchmark is another: another index before, cap-weighted index now." in text
    assert "New factors: Quality. Gone factors: Junk." in text
    assert "New assets: SYN001. Gone assets: OLD001." in text


def test_a_later_book_to_compare_with_is_said(pair, tmp_path):
    _, old, new, _ = pair
    assert "The book compared with is the LATER one." in said(tmp_path, new, old)


def test_two_equal_books_have_no_change(tmp_path):
    text = said(tmp_path, BOOK, BOOK)
    assert "The inputs are the same." in text
    rows = Page(tmp_path / "report.html").tables["changes_by_factor"]
    assert {row[-1] for row in rows[1:]} == {0.0}
    assert Page(tmp_path / "report.html").tables["changes_positions"][1][0] == "no position changed"
