"""The template's look: print set-up, validations, protection, charts with alt text; and the numbers of its pages."""

import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from xlfactor.workbook.report.data import named_rows
from xlfactor.workbook.template.build import templates
from xlfactor.workbook.template.layout_pages import EXPLAINED_ROW, SCREEN_ROW
from xlfactor.workbook.template.layout_risk import (
    FACTOR_PAGE,
    MOVED,
    RECONCILIATION,
    RISK_ASSETS,
    RISK_EXPOSURES,
    RISK_FACTORS,
)
from xlfactor.workbook.template.layout_scatter import ASSET, FIRST, LAST, STRONG

COMMITTED = templates() / "factor_risk.xlsx"
SAMPLE = templates() / "sample"


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(COMMITTED, data_only=True)


@pytest.fixture(scope="module")
def parts():
    with zipfile.ZipFile(COMMITTED) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}


def test_risk_prints_on_landscape_a4_one_page_wide_with_a_page_before_items_6_10_and_11(book):
    sheet = book["Risk"]
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert (int(sheet.page_setup.fitToWidth or 1), int(sheet.page_setup.fitToHeight)) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$3"
    starts = [int(re.search(r"\$A\$(\d+)", area)[1]) for area in str(sheet.print_area).split(",")]
    assert {RISK_FACTORS - 1, FACTOR_PAGE - 1, RISK_ASSETS - 3} <= set(starts)
    assert [b.id for b in sheet.row_breaks.brk] == [RISK_FACTORS - 2, FACTOR_PAGE - 2, RISK_ASSETS - 4]
    assert all(not other.print_area for other in book if other.title != "Risk")


def test_output_sheets_are_protected_without_a_password_and_inputs_are_open(book):
    for sheet in book:
        output = sheet.title in ("Model", "Risk", "Checks")
        assert sheet.protection.sheet is output, sheet.title
        assert not output or (sheet.protection.password is None and not sheet.protection.sort)


def test_validations_stop_at_settings_and_warn_for_an_unknown_asset(book):
    settings = {str(rule.sqref): rule for rule in book["Settings"].data_validations.dataValidation}
    method = book.defined_names["xlf_method"].attr_text.split("!")[1].replace("$", "")
    assert settings[method].type == "list"
    assert settings[method].formula1 == '"wls,huber"'
    assert settings[method].errorStyle in (None, "stop")
    assert settings[method].promptTitle == "Regression method"
    portfolio = {str(rule.sqref): rule for rule in book["Portfolio"].data_validations.dataValidation}
    assert portfolio["A2:A1048576"].formula1 == "xlf_assets"
    assert portfolio["A2:A1048576"].errorStyle == "warning"


def test_the_only_volatile_function_is_in_a_conditional_format(parts):
    text = "".join(data for name, data in parts.items() if "worksheets/sheet" in name)
    assert text.count("TODAY(") == 2
    assert len(re.findall(r"<formula>[^<]*TODAY\(", text)) == 2


def test_every_chart_has_words_for_those_who_cannot_see_it_and_plain_ranges(parts):
    drawing = next(data for name, data in parts.items() if name.startswith("xl/drawings/drawing"))
    words = re.findall(r'<xdr:cNvPr [^>]*descr="([^"]+)"', drawing)
    charts = [data for name, data in parts.items() if name.startswith("xl/charts/chart")]
    assert len(words) == len(charts) == 8
    for data in charts:
        assert all(
            re.fullmatch(r"\w+!\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?", f) for f in re.findall(r"<c:f>(.*?)</c:f>", data)
        )
    assert sum('<c:trendlineType val="linear"/>' in data for data in charts) == 2


def test_every_font_is_named(parts):
    fonts = re.search(r"<fonts.*?</fonts>", parts["xl/styles.xml"])[0]
    assert fonts.count("<font>") == fonts.count('<name val="Calibri"/>')


def test_the_three_ways_to_total_volatility_agree(book):
    row = [book["Risk"].cell(RECONCILIATION, column).value for column in (11, 13, 15, 17, 18)]
    assert max(row[:3]) - min(row[:3]) == row[3] < 1e-12
    assert row[4] == "OK"


def test_z_is_the_return_over_the_volatility_of_its_horizon(book):
    sheet = book["Risk"]
    rows = named_rows(COMMITTED, "xlf_factor_returns")
    market = np.array([row[1] for row in rows[1:]])
    volatility = {row[0]: row[1] for row in named_rows(COMMITTED, "xlf_correlation")[1:]}["Market"]
    week = np.prod(1 + market[-5:]) - 1
    line = [sheet.cell(RISK_EXPOSURES + 1, column).value for column in range(10, 19)]
    assert line[0] == "Market"
    assert line[1] == pytest.approx(market[-1], rel=1e-12)
    assert line[2] == pytest.approx(market[-1] / (volatility * np.sqrt(1 / 252)), rel=1e-12)
    assert line[3] == pytest.approx(week, rel=1e-9)
    assert line[4] == pytest.approx(week / (volatility * np.sqrt(5 / 252)), rel=1e-9)


def test_the_factor_page_shows_the_strongest_factor_against_the_largest_holding(book):
    sheet = book["Risk"]
    holding = pd.read_csv(SAMPLE / "portfolio.csv", index_col="Asset")["Portfolio"].idxmax()
    screen = {row[0]: row for row in named_rows(COMMITTED, "xlf_screen")[1:]}
    adds = {name: row[1] for name, row in screen.items() if row[6] != "redundant"}
    assert sheet.cell(EXPLAINED_ROW + 1, 2).value == holding
    assert sheet.cell(SCREEN_ROW, 5).value == max(adds, key=adds.get)
    assert sheet.cell(SCREEN_ROW, 13).value == min(adds, key=adds.get)
    assert sheet.cell(SCREEN_ROW + 1, 5).value == screen[sheet.cell(SCREEN_ROW, 5).value][6]
    returns = pd.read_csv(SAMPLE / "returns.csv", index_col="Date")[holding]
    shown = [sheet.cell(row, ASSET).value for row in range(FIRST, LAST + 1)]
    expected = returns.iloc[-252:].to_numpy()
    assert [value == "#N/A" for value in shown] == list(np.isnan(expected))
    assert [v for v in shown if v != "#N/A"] == list(expected[~np.isnan(expected)])
    market = [row[1] for row in named_rows(COMMITTED, "xlf_factor_returns")[-252:]]
    assert [sheet.cell(row, STRONG).value for row in range(FIRST, LAST + 1)] == market


def test_no_number_format_writes_a_minus_of_its_own_which_would_stand_before_a_zero_too(book):
    formats = {cell.number_format for sheet in book for row in sheet.iter_rows() for cell in row}
    assert not [text for text in formats if text.replace("yyyy-mm-dd", "").count("-")]


def test_what_rounding_leaves_shows_as_zero_in_the_unit_of_the_figures_beside_it(book):
    sheet, (row, column) = book["Risk"], MOVED
    beside, difference = sheet.cell(RECONCILIATION, 15), sheet.cell(RECONCILIATION, 17)
    assert difference.number_format == beside.number_format == "0.000000%"
    assert sheet.cell(row + 4, column + 7).value == "parts - change"
    assert sheet.cell(row + 5, column + 7).number_format == "0.000000%"


def test_the_heading_of_what_the_split_leaves_has_two_columns(book):
    row, column = MOVED
    merged = {area.coord for area in book["Risk"].merged_cells.ranges}
    assert {f"Q{k}:R{k}" for k in range(row + 4, row + 7)} <= merged
    assert column == 10


def test_a_text_beside_a_number_stands_apart_from_it(book):
    for cell in (book["Loadings"]["C2"], book["Portfolio"]["D2"]):
        assert isinstance(cell.value, str)
        assert cell.alignment.indent == 1


def test_an_asset_without_weight_is_a_dash_in_the_table_of_risk_by_asset(book):
    sheet = book["Risk"]
    assert [sheet.cell(RISK_ASSETS, k).value for k in (3, 4)] == ["weight", "marginal"]
    assert sheet.cell(RISK_ASSETS + 1, 3).number_format.startswith('[=0]"–"')
    assert sheet.cell(RISK_ASSETS + 1, 4).number_format == "0.00%"
