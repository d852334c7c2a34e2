"""The report: its totals, its labels on every page, its charts, and what it refuses."""

import re
import shutil
import zipfile

import openpyxl
import pandas as pd
import pytest

import xlfactor
from xlfactor.errors import FactorError
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.report.data import largest
from xlfactor.workbook.report.write import named_rows, write_report
from xlfactor.workbook.template.build import templates, write_book

BOOK = templates() / "factor_risk.xlsx"
PAGES = ["Summary", "Contributions", "Exposures", "Factor returns", "Model health", "Series"]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "report.xlsx"
    write_report(BOOK, out)
    return out


def column(sheet, header, label, first_row=1):
    """The cells under a header in the first table whose corner is `header`, as {row label: value}."""
    for row in sheet.iter_rows(min_row=first_row):
        for cell in row:
            if cell.value == header:
                headers = {c.value: c.column for c in row[cell.column - 1 :]}
                values, r = {}, cell.row + 1
                while sheet.cell(r, cell.column).value is not None:
                    values[sheet.cell(r, cell.column).value] = sheet.cell(r, headers[label]).value
                    r += 1
                return values
    raise AssertionError(f"{header} not found")


def cached(name, row, label):
    rows = named_rows(BOOK, name)
    return next(r for r in rows if r[0] == row)[rows[0].index(label)]


@pytest.mark.parametrize("header", ["Factor", "Asset"])
def test_contributions_sum_to_the_volatility_of_the_workbook(report, header):
    shown = column(openpyxl.load_workbook(report)["Contributions"], header, "contribution")
    total = shown.pop("total")
    assert sum(shown.values()) == pytest.approx(total, abs=1e-15)
    assert total == pytest.approx(cached("xlf_risk", "annual_volatility", "portfolio"), rel=1e-12)


def test_assets_are_the_twenty_largest_and_one_row_for_the_others(report):
    shown = column(openpyxl.load_workbook(report)["Contributions"], "Asset", "contribution")
    labels = list(shown)
    assert labels[20:] == ["other (180)", "total"]
    sizes = [abs(shown[label]) for label in labels[:20]]
    assert sizes == sorted(sizes, reverse=True)


def test_the_other_row_leaves_out_what_does_not_add_up():
    header = ["Asset", "weight", "marginal", "contribution", "share"]
    parts = [[f"A{i}", 0.04, 0.2, 0.01 * i, 0.1] for i in range(25)]
    rows = largest([header, *parts, ["total", 1.0, None, 3.0, 1.0]])
    assert [row[0] for row in rows[1:3]] == ["A24", "A23"]
    assert rows[21][:3] == ["other (5)", pytest.approx(0.2), None]
    assert rows[21][3:] == [pytest.approx(0.1), pytest.approx(0.5)]


def test_the_report_shows_the_workbook_to_the_last_bit(report):
    sheet, wanted = openpyxl.load_workbook(report)["Series"], named_rows(BOOK, "xlf_cumulative")
    got = [[sheet.cell(6 + i, 2 + j).value for j in range(len(wanted[0]))] for i in range(len(wanted))]
    assert got == wanted


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_as_of_coverage_status_version_and_input_hash(report, page):
    sheet = openpyxl.load_workbook(report)[page]
    said = {sheet.cell(2, c).value: sheet.cell(3, c).value for c in range(2, 15) if sheet.cell(2, c).value}
    assert said["As of"].isoformat() == "2026-01-30T00:00:00"
    assert said["Coverage"] == "200 of 200 assets, 504 dates"
    assert said["Status"] == "WARN"  # the outlier of the sample
    assert said["xlfactor"] == xlfactor.__version__
    assert re.fullmatch(r"[0-9a-f]{32}", said["Input hash"])


def test_the_report_holds_values_only(report):
    with zipfile.ZipFile(report) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in archive.read(name)


def test_charts_keep_their_axes_and_draw_straight_lines(report):
    with zipfile.ZipFile(report) as archive:
        charts = [archive.read(n).decode() for n in archive.namelist() if re.match(r"xl/charts/chart\d", n)]
    assert len(charts) == 6
    for chart in charts:
        axes = len(re.findall(r"<(?:c:)?(?:catAx|valAx|dateAx)>", chart))
        assert axes == 2
        assert len(re.findall(r'<(?:c:)?delete val="0"', chart)) == axes
        assert 'smooth val="1"' not in chart
        assert re.search(r"<(?:c:)?cat>", chart)


def test_text_that_looks_like_a_formula_stays_text(tmp_path):
    book = tmp_path / "book.xlsx"
    evil = "=HYPERLINK(&quot;x&quot;)"
    with zipfile.ZipFile(BOOK) as source, zipfile.ZipFile(book, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/sharedStrings.xml":
                for text in (b"Synthetic Quality Fund", b"Synthetic Software 01", b"SYN001"):
                    assert text in data
                    data = data.replace(b">" + text + b"<", b">" + evil.encode() + text + b"<")
            target.writestr(name, data)
    write_report(book, tmp_path / "report.xlsx")
    cells = [c for s in openpyxl.load_workbook(tmp_path / "report.xlsx") for row in s.iter_rows() for c in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    assert any(str(c.value).startswith('=HYPERLINK("x")Synthetic Quality Fund') for c in cells)


def test_without_a_benchmark_the_report_leaves_active_figures_blank(tmp_path):
    book, weights = tmp_path / "book.xlsx", tmp_path / "portfolio.csv"
    shutil.copy(BOOK, book)
    table = pd.read_csv(templates() / "sample" / "portfolio.csv")
    table.assign(Benchmark=None).to_csv(weights, index=False)
    assert refresh(book, portfolio=weights).ok
    write_report(book, tmp_path / "report.xlsx")
    summary = openpyxl.load_workbook(tmp_path / "report.xlsx")["Summary"]
    risk = column(summary, "Measure", "active")
    assert set(risk.values()) == {None}
    assert column(summary, "Measure", "portfolio")["annual_volatility"] == cached(
        "xlf_risk", "annual_volatility", "portfolio"
    )
    assert summary.cell(3, 3).value == "WARN"


def test_the_same_input_gives_the_same_bytes(report, tmp_path):
    write_report(BOOK, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == report.read_bytes()


def test_the_workbook_is_left_as_it_was(tmp_path):
    book = tmp_path / "book.xlsx"
    shutil.copy(BOOK, book)
    write_report(book, tmp_path / "report.xlsx")
    assert book.read_bytes() == BOOK.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["book.xlsx", "report.xlsx"]


def test_a_book_that_is_no_template_is_refused(tmp_path):
    other = openpyxl.Workbook()
    other.save(tmp_path / "other.xlsx")
    with pytest.raises(
        FactorError, match="NAME_MISSING: the workbook has no name xlf_risk: start from xlfactor template"
    ):
        write_report(tmp_path / "other.xlsx", tmp_path / "report.xlsx")


def test_a_book_that_was_never_calculated_is_refused(tmp_path):
    write_book(tmp_path / "bare.xlsx", {})
    with pytest.raises(FactorError, match=r"NOT_REFRESHED: .*: run xlfactor refresh first"):
        write_report(tmp_path / "bare.xlsx", tmp_path / "report.xlsx")


def test_another_file_is_never_replaced_without_force(report):
    with pytest.raises(FactorError, match=r"FILE_EXISTS: report\.xlsx is there already"):
        write_report(BOOK, report)
