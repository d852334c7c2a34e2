"""Every format of the report shows the workbook's own figures, with the facts on each page, and nothing that acts."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pytest

import xlfactor
from tests.needs import require
from tests.workbook.report.books import BOOK, EVIL, Page, cached, csv_table, renamed, sheet_table
from xlfactor.workbook.report.data import named_rows
from xlfactor.workbook.report.document import Chart, Table, mark
from xlfactor.workbook.report.svg import svg
from xlfactor.workbook.report.write import write_report

FORMATS = ("xlsx", "html", "pdf")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(BOOK, folder / "report.xlsx", FORMATS)
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report on a book whose labels try to be formulas, tags and ends of strings."""
    folder = tmp_path_factory.mktemp("hostile")
    words = {"SYN179": f"{EVIL}1", "Momentum": f"{EVIL}2", "Synthetic Quality Fund": f"{EVIL}3",
             "cap-weighted index": f'"}}@import url(//x){EVIL}', "Synthetic Retail 23": f"+{EVIL}"}  # fmt: skip
    book = renamed(folder / "book.xlsx", words)
    write_report(book, folder / "report.xlsx", FORMATS)
    return folder


def pdf_pages(path):
    require(shutil.which("pdftotext") is not None, "poppler (pdftotext) is not on the PATH")
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


@pytest.mark.parametrize(
    ("block", "table"), [("xlf_exposures", "exposures"), ("xlf_risk", "risk"), ("xlf_moved", "moved")]
)
def test_a_table_is_the_block_of_the_workbook_to_the_last_bit_in_every_format(folder, block, table):
    wanted = named_rows(BOOK, block)
    index = json.loads((folder / "report_tables" / "tables.json").read_text("utf-8"))["tables"][table]
    assert [index["columns"], *index["rows"]] == wanted
    from_csv = csv_table(folder / "report_tables" / f"{table}.csv")
    assert [[float(cell) if cell else None for cell in row[1:]] for row in from_csv[1:]] == [r[1:] for r in wanted[1:]]
    assert [row[1:] for row in Page(folder / "report.html").tables[table][1:]] == [row[1:] for row in wanted[1:]]
    page, title = {"exposures": ("Exposures", "Exposures"), "risk": ("Summary", "Risk measures"),
                   "moved": ("What moved", "Annual volatility, split")}[table]  # fmt: skip
    in_sheet = sheet_table(folder / "report.xlsx", page, title)
    assert [list(row.values())[1:] for row in in_sheet.values()] == [row[1:] for row in wanted[1:]]


def test_the_pdf_shows_the_rounded_figures_of_the_risk(folder):
    summary = pdf_pages(folder / "report.pdf")[0]
    shown = re.search(r"annual volatility +(\S+) +(\S+) +(\S+)", summary)
    wanted = [cached("xlf_risk", "annual_volatility", view) for view in ("portfolio", "benchmark", "active")]
    assert [*shown.groups()] == [f"{100 * value:.1f}%" for value in wanted]


@pytest.mark.parametrize("table", ["by_factor", "by_asset", "by_family"])
def test_contributions_sum_to_the_volatility_of_the_workbook_in_every_format(folder, table):
    volatility = cached("xlf_risk", "annual_volatility", "portfolio")
    page = Page(folder / "report.html").tables[table]
    index = json.loads((folder / "report_tables" / "tables.json").read_text("utf-8"))["tables"][table]
    from_csv = csv_table(folder / "report_tables" / f"{table}.csv")
    for rows in (page, [index["columns"], *index["rows"]], from_csv):
        j = rows[0].index("contribution")
        parts = {row[0]: float(row[j]) for row in rows[1:]}
        assert parts.pop("total") == pytest.approx(volatility, abs=1e-12)
        assert sum(parts.values()) == pytest.approx(volatility, abs=1e-12)


def test_contributions_in_the_sheet_sum_too(folder):
    for page, title in (("Contributions", "By factor"), ("By asset", "By asset")):
        rows = sheet_table(folder / "report.xlsx", page, title)
        total = rows.pop("total")["contribution"]
        assert sum(row["contribution"] for row in rows.values()) == pytest.approx(total, abs=1e-12)


def test_assets_are_the_twenty_largest_and_one_row_for_the_others(folder):
    rows = csv_table(folder / "report_tables" / "by_asset.csv")
    labels = [row[0] for row in rows[1:]]
    assert labels[20:] == ["other (180)", "total"]
    sizes = [abs(float(row[rows[0].index("contribution")])) for row in rows[1:21]]
    assert sizes == sorted(sizes, reverse=True)


def test_every_table_has_its_twins_and_the_page_shows_the_same_tables(folder):
    index = json.loads((folder / "report_tables" / "tables.json").read_text("utf-8"))
    files = {path.name for path in (folder / "report_tables").iterdir()}
    assert files == {"tables.json", *index["files"]}
    assert list(index["tables"]) == list(Page(folder / "report.html").tables)
    assert index["as_of"] == "2026-01-30"
    assert re.fullmatch("[0-9a-f]{32}", index["input_hash"])


def facts(status):
    return ["2026-01-30", status, "60 held, 200 of 200 assets covered, 504 dates", xlfactor.__version__]


def test_every_page_of_every_format_says_as_of_status_coverage_version_and_input_hash(folder):
    index = json.loads((folder / "report_tables" / "tables.json").read_text("utf-8"))
    wanted = [*facts(cached_status()), index["input_hash"]]
    for sheet in openpyxl.load_workbook(folder / "report.xlsx"):
        assert set(wanted) <= {str(cell.value) for cell in sheet[3]}, sheet.title
        assert sheet.print_title_rows == "$1:$3"
    sections = (folder / "report.html").read_text("utf-8").split("<section")[1:]
    assert len(sections) > 5
    for section in sections:
        assert all(f">{text}<" in section for text in wanted)
    pages = pdf_pages(folder / "report.pdf")
    assert len(pages) >= len(sections)
    for page in pages:
        assert all(text in page for text in wanted)


def cached_status():
    book = openpyxl.load_workbook(BOOK, data_only=True)
    sheet, cell = book.defined_names["xlf_status"].value.replace("$", "").split("!")
    return book[sheet][cell].value


def test_the_page_fetches_nothing_and_runs_nothing(folder, hostile):
    for path in (folder / "report.html", hostile / "report.html"):
        page, source = Page(path), path.read_text("utf-8")
        assert page.fetched == []
        assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
        assert "http:" not in source
        assert "https:" not in source
        assert not re.search(r"url\(|@import", source.replace("@import url(//x)", ""))
        assert not re.search(r"<[^>]*\son\w+=", source)


def test_hostile_labels_stay_text_in_the_page(hostile):
    page = Page(hostile / "report.html")
    assert f"{EVIL}1" in [row[0] for row in page.tables["by_asset"]]
    assert f"{EVIL}2" in [row[0] for row in page.tables["exposures"]]
    style = re.search("<style>(.*?)</style>", (hostile / "report.html").read_text("utf-8"), re.DOTALL)[1]
    assert "@import" not in style  # the benchmark's name stands in the margin of printed pages
    assert style.count("{") == style.count("}")


def test_hostile_labels_stay_text_in_the_workbook(hostile):
    cells = [c for s in openpyxl.load_workbook(hostile / "report.xlsx") for row in s.iter_rows() for c in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    assert any(c.value == f"{EVIL}1" for c in cells)
    with zipfile.ZipFile(hostile / "report.xlsx") as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in archive.read(name) for name in sheets)
        assert not [name for name in archive.namelist() if "externalLink" in name]


def test_hostile_labels_stay_text_in_csv_and_json(hostile):
    rows = csv_table(hostile / "report_tables" / "by_asset.csv")
    assert f"'{EVIL}1" in [row[0] for row in rows]
    assert f"'+{EVIL}" in [row[1] for row in rows]
    for path in (hostile / "report_tables").glob("*.csv"):
        for row in csv_table(path):
            for cell in row:
                assert not cell.startswith(("=", "@", "\t"))
                assert not cell.startswith(("+", "-")) or float(cell)
    index = json.loads((hostile / "report_tables" / "tables.json").read_text("utf-8"))
    assert f"{EVIL}1" in [row[0] for row in index["tables"]["by_asset"]["rows"]]


def test_hostile_labels_stay_text_in_the_pdf(hostile):
    assert '=CMD()|"<script>' in "".join(pdf_pages(hostile / "report.pdf"))
    content = (hostile / "report.pdf").read_bytes()
    assert not re.search(rb"/(JavaScript|JS|OpenAction|URI|Launch)\b", content)


def test_the_same_input_gives_the_same_bytes(folder, tmp_path):
    write_report(BOOK, tmp_path / "report.xlsx", FORMATS)
    first = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    again = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert first == again


def test_charts_keep_their_axes_and_draw_straight_lines(folder):
    with zipfile.ZipFile(folder / "report.xlsx") as archive:
        charts = [archive.read(n).decode() for n in archive.namelist() if re.match(r"xl/charts/chart\d", n)]
    assert len(charts) >= 8
    for chart in charts:
        axes = len(re.findall(r"<(?:c:)?(?:catAx|valAx|dateAx)>", chart))
        assert axes == 2
        assert len(re.findall(r'<(?:c:)?delete val="0"', chart)) == axes
        assert 'smooth val="1"' not in chart
        assert re.search(r"<(?:c:)?(?:cat|xVal)>", chart)
    assert any('overlap val="100"' in chart and 'grouping val="stacked"' in chart for chart in charts)


def test_series_show_the_workbook_to_the_last_bit(folder):
    sheet, wanted = openpyxl.load_workbook(folder / "report.xlsx")["Series"], named_rows(BOOK, "xlf_cumulative")
    found = {}
    for cell in sheet[6]:
        found.setdefault(cell.value, cell.column)
    j = wanted[0].index("Momentum")
    got = [sheet.cell(7 + i, found["Momentum"]).value for i in range(len(wanted) - 1)]
    assert got == [row[j] for row in wanted[1:]]


def test_in_a_browser_the_page_has_no_error_shows_the_figures_and_turns_dark(folder, browser):
    browser.emulate(prefers_color_scheme="light")
    browser.open(folder / "report.html")
    light = browser.script("return getComputedStyle(document.body).backgroundColor")
    rows = browser.script("return [...document.querySelectorAll('#risk tbody tr')].map(r => r.innerText)")
    volatility = f"{100 * cached('xlf_risk', 'annual_volatility', 'portfolio'):.1f}%"
    assert volatility in next(row for row in rows if row.startswith("annual volatility"))
    assert browser.script("return document.querySelectorAll('svg').length") >= 8
    browser.emulate(prefers_color_scheme="dark")
    assert browser.script("return getComputedStyle(document.body).backgroundColor") != light
    browser.emulate()
    assert browser.errors() == []


def test_a_z_beyond_two_stands_out_and_beyond_three_more_so():
    rows = [["Factor", "z day"], ["A", 1.9], ["B", -2.1], ["C", 3.2], ["D", None]]
    table = Table("latest", "Latest", rows)
    assert [mark(table, i, 1) for i in range(1, 5)] == ["", "warn", "bad", ""]


def test_every_printed_page_of_the_html_says_the_facts(folder, browser, tmp_path):
    browser.open(folder / "report.html")
    options = {"printBackground": True, "preferCSSPageSize": True}
    printed = browser.driver.execute_cdp_cmd("Page.printToPDF", options)["data"]
    (tmp_path / "printed.pdf").write_bytes(base64.b64decode(printed))
    index = json.loads((folder / "report_tables" / "tables.json").read_text("utf-8"))
    pages = pdf_pages(tmp_path / "printed.pdf")
    assert len(pages) > 5
    for page in pages:
        assert all(text in page for text in [*facts(cached_status()), index["input_hash"]])


def test_the_page_fits_a_phone(folder, browser, tmp_path):
    browser.open(folder / "report.html")
    browser.picture(tmp_path / "phone.png", width=390, height=800)
    assert browser.script("return document.documentElement.scrollWidth <= window.innerWidth")


def test_the_parts_of_a_stacked_chart_are_named_in_full_and_a_longer_name_says_that_it_is_cut():
    rows = [["Asset", "factor_contribution", "idio_contribution"], ["A name that is long", 0.02, 0.01]]
    drawn = svg(Chart("stacked", "By asset", rows, "contribution"))
    for text in ("factor contribution", "idio contribution", "A name that…"):
        assert f">{text}<" in drawn
