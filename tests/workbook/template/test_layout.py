"""The template as data: names, reserved areas, formulas, defaults."""

import datetime as dt
import inspect
import itertools
import math
import re

import pytest

from xlfactor.functions import catalogue
from xlfactor.workbook.addresses import meet
from xlfactor.workbook.template.layout import BLOCKS, TABLES, plain_cells, reserved
from xlfactor.workbook.template.layout_checks import FINDINGS_ROW, LIMIT_COLUMNS, LIMITS
from xlfactor.workbook.template.layout_model import FACTORS
from xlfactor.workbook.template.layout_pages import DIAGNOSED_ROWS, HORIZONS
from xlfactor.workbook.template.layout_risk import MEASURES_SHOWN, MOVED
from xlfactor.workbook.template.layout_settings import NAMES as NAMED_INPUTS
from xlfactor.workbook.template.layout_settings import SETTINGS, calendar_row
from xlfactor.workbook.template.schema import LAST_ROW, SHEETS, SPARE_COLUMNS, SPARE_ROWS

CLOSED_SET = {  # workbook.md, section 6
    "SUM", "ABS", "MIN", "MAX", "SQRT", "ROUND", "COUNT", "COUNTIF", "IF", "IFERROR", "INDEX", "MATCH", "ROWS",
}  # fmt: skip
CALL = re.compile(r"([A-Z][A-Z0-9_.]*)\(")
SAMPLE_ROWS = {
    "xlf_by_factor": FACTORS + 4, "xlf_risk": 11, "xlf_exposures": FACTORS + 1, "xlf_hedge": 9, "xlf_by_asset": 202,
    "xlf_version": 1,
}  # fmt: skip
NAMES = [b.name for b in BLOCKS] + [f"xlf_{s.name}" for s in SETTINGS] + [c.name for c in plain_cells() if c.name]


def without_texts(formula):
    return re.sub(r'"[^"]*"', '""', formula)


@pytest.mark.parametrize("name", [*NAMES, *(t.name for t in TABLES)])
def test_no_name_is_a_cell_address(name):
    assert not re.fullmatch(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*", name)
    assert re.fullmatch(r"xlf_[a-z_]+|tbl[A-Z][A-Za-z]+", name)


def test_names_are_unique():
    assert len(NAMES) == len(set(NAMES))


def top_level_arguments(formula):
    """The arguments of the outermost call, as texts."""
    inside, depth, found = formula.partition("(")[2][:-1], 0, [""]
    for character in inside:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_a_live_block_is_a_call_of_the_catalogue_with_known_arguments(block):
    calls = CALL.findall(without_texts(block.formula))
    assert set(calls) <= set(catalogue())
    assert len(calls) == (2 if block.name == "xlf_idio_variance" else 1)
    assert len(top_level_arguments(block.formula)) <= max(len(catalogue()[calls[0]].arguments), 1)


CONTRACT = {  # workbook.md, sections 3 and 4: name, the outermost function
    "xlf_idio_covariance": "IDIO_COVARIANCE", "xlf_convergence": "IDIO_CONVERGENCE",
    "xlf_factor_returns": "FACTOR_RETURNS", "xlf_regression": "REGRESSION_SUMMARY",
    "xlf_factor_covariance": "FACTOR_COVARIANCE", "xlf_correlation": "COVARIANCE_SUMMARY",
    "xlf_idio_variance": "IDIO_VARIANCE", "xlf_noise": "FACTOR_NOISE", "xlf_performance": "FACTOR_PERFORMANCE",
    "xlf_cumulative": "CUMULATIVE_RETURNS", "xlf_screen": "SCREEN_FACTORS", "xlf_explained": "EXPLAINED_VARIANCE",
    "xlf_diagnosis": "DIAGNOSE_MODEL", "xlf_check_returns": "CHECK_RETURNS", "xlf_by_factor": "RISK_BY_FACTOR",
    "xlf_risk": "RISK_DECOMPOSITION", "xlf_exposures": "EXPOSURES", "xlf_hedge": "HEDGE",
    "xlf_by_asset": "RISK_BY_ASSET", "xlf_version": "XLFACTOR_VERSION",
}  # fmt: skip


def test_the_live_blocks_are_those_of_the_contract():
    assert {b.name: CALL.findall(b.formula)[0] for b in BLOCKS} == CONTRACT


def test_the_settings_are_those_of_the_contract():
    assert [s.name for s in SETTINGS] == [
        "method", "lag", "idio_method", "half_life_volatility", "half_life_correlation", "newey_west_volatility",
        "newey_west_correlation", "eigen_adjustment", "regime_half_life", "shrinkage", "idio_half_life",
        "idio_newey_west", "idio_shrinkage", "periods_per_year", "confidence", "horizon",
    ]  # fmt: skip


def test_the_risk_sheet_shows_every_measure_horizon_and_test():
    assert [label for label, *_ in MEASURES_SHOWN] == [
        "annual_volatility", "annual_factor_volatility", "annual_idio_volatility", "factor_share", "idio_share",
        "beta", "value_at_risk", "expected_shortfall", "effective_assets", "n_assets",
    ]  # fmt: skip
    assert [label for label, *_ in HORIZONS] == ["last_day", "last_week", "month_to_date", "year_to_date"]
    assert DIAGNOSED_ROWS == 14  # rows of DIAGNOSE_MODEL, whatever the data


def test_a_plain_formula_stays_in_the_closed_set():
    for cell in plain_cells():
        assert set(CALL.findall(without_texts(cell.formula))) <= CLOSED_SET, (cell.sheet, cell.row, cell.column)


def test_every_name_in_a_formula_is_defined():
    known = {*NAMES, *(f"xlf_{name}" for _, name, _, _ in NAMED_INPUTS), "xlf_neutralize"}
    for formula in [b.formula for b in BLOCKS] + [c.formula for c in plain_cells()]:
        assert set(re.findall(r"xlf_[a-z_]+", without_texts(formula))) <= known


def areas():
    for block in BLOCKS:
        yield block.sheet, block.name, reserved(block, SAMPLE_ROWS.get(block.name, 505), block.width)
    yield "Risk", "what moved", (*MOVED, MOVED[0] + 13, MOVED[1] + 8)
    yield "Checks", "tblChecks", (FINDINGS_ROW, 2, LAST_ROW, 1 + len(LIMIT_COLUMNS))
    yield "Checks", "limits", (FINDINGS_ROW - 4 - len(LIMITS), 5, FINDINGS_ROW - 4, 6)
    for cell in plain_cells():
        yield cell.sheet, f"{cell.row},{cell.column}", (cell.row, cell.column, cell.row, max(cell.to, cell.column))


def test_no_reserved_areas_overlap():
    found = list(areas())
    single = [area for area in found if area[2][:2] == area[2][2:]]
    places = [(sheet, area[:2]) for sheet, _, area in single]
    assert len(places) == len(set(places))
    large = [area for area in found if area[2][:2] != area[2][2:]]
    for (sheet, a, first), (other, b, second) in itertools.chain(
        itertools.combinations(large, 2), itertools.product(large, single)
    ):
        assert sheet != other or not meet(first, second), (a, b)


def test_every_spill_has_spare_rows_or_nothing_below():
    for block in BLOCKS:
        last_in_its_columns = block.spare_rows > 1_000_000
        assert last_in_its_columns or block.spare_rows == SPARE_ROWS or block.name == "xlf_version"
        assert block.sheet != "Model" or block.spare_columns == SPARE_COLUMNS


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: s.name)
def test_a_setting_is_an_argument_with_a_default_inside_its_bounds(setting):
    default = inspect.signature(catalogue()[setting.function].call).parameters[setting.argument].default
    assert default is not inspect.Parameter.empty
    if setting.bounds:
        assert setting.bounds[0] <= default <= setting.bounds[1]
    else:
        assert isinstance(default, str)


def test_the_sheets_are_those_of_the_contract_in_order():
    assert list(SHEETS) == [
        "About", "Settings", "Returns", "Loadings", "Portfolio", "Model", "Risk", "Checks", "Log"
    ]  # fmt: skip


def excel_round(x, digits):
    return math.copysign(math.floor(abs(x) + 0.5), x)


def test_month_and_year_begin_where_the_calendar_says_from_1950_to_2099():
    cells = {
        c.row - calendar_row(): c.formula for c in plain_cells() if c.sheet == "Settings" and c.row >= calendar_row()
    }
    text = {k: re.sub(r"\$C\$(\d+)", lambda m: f"row({int(m[1]) - calendar_row()})", f) for k, f in cells.items()}
    python = {k: compile(f[1:].replace("ROUND", "rounded"), "", "eval") for k, f in text.items() if k >= 2}

    def value(k, as_of):
        return eval(python[k], {"xlf_as_of": as_of, "rounded": excel_round, "row": lambda j: value(j, as_of)})

    day = dt.date(1950, 1, 1)
    while day.year < 2100:
        serial = (day - dt.date(1899, 12, 30)).days
        assert value(2, serial) == serial - day.day + 1, day
        assert value(3, serial) == serial - day.timetuple().tm_yday + 1, day
        day += dt.timedelta(days=1 if day.month in (2, 3, 12) else 5)
