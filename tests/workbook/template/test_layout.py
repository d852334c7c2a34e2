"""The template as data: names, reserved areas, formulas, defaults."""

import datetime as dt
import inspect
import itertools
import math
import re

import pytest

from xlfactor.functions import catalogue
from xlfactor.workbook.addresses import meet
from xlfactor.workbook.template.layout import (
    BLOCKS,
    FACTORS,
    SETTINGS,
    SHEETS,
    SPARE_COLUMNS,
    SPARE_ROWS,
    TABLES,
    reserved,
)
from xlfactor.workbook.template.layout_cells import calendar_row, plain_cells

CLOSED_SET = {  # workbook.md, section 6
    "SUM", "ABS", "MIN", "MAX", "SQRT", "ROUND", "COUNT", "COUNTIF", "IF", "IFERROR", "INDEX", "MATCH", "ROWS",
}  # fmt: skip
CALL = re.compile(r"([A-Z][A-Z0-9_.]*)\(")
SAMPLE_ROWS = {"xlf_by_factor": FACTORS + 4, "xlf_risk": 11, "xlf_exposures": FACTORS + 1, "xlf_by_asset": 202}
NAMES = [b.name for b in BLOCKS] + [f"xlf_{s.name}" for s in SETTINGS] + [c.name for c in plain_cells() if c.name]


def without_texts(formula):
    return re.sub(r'"[^"]*"', '""', formula)


@pytest.mark.parametrize("name", [*NAMES, *(t.name for t in TABLES)])
def test_no_name_is_a_cell_address(name):
    assert not re.fullmatch(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*", name)
    assert re.fullmatch(r"xlf_[a-z_]+|tbl[A-Z][A-Za-z]+", name)


def test_names_are_unique():
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_a_live_block_is_one_call_of_the_catalogue(block):
    calls = CALL.findall(without_texts(block.formula))
    assert len(calls) == 1
    assert calls[0] in catalogue()
    given = re.sub(r"\[\[.*?\]\]|\[.*?\]", "", block.formula).count(",") + 1
    assert given <= len(catalogue()[calls[0]].arguments) or block.formula.endswith("()")


@pytest.mark.parametrize("cell", plain_cells(), ids=lambda c: f"{c.sheet} {c.row} {c.column}")
def test_a_plain_formula_stays_in_the_closed_set(cell):
    assert set(CALL.findall(without_texts(cell.formula))) <= CLOSED_SET


def test_every_name_in_a_formula_is_defined():
    known = {*NAMES, "xlf_portfolio_name", "xlf_benchmark_name"}
    for formula in [b.formula for b in BLOCKS] + [c.formula for c in plain_cells()]:
        assert set(re.findall(r"xlf_[a-z_]+", without_texts(formula))) <= known


def areas():
    for block in BLOCKS:
        yield block.sheet, block.name, reserved(block, SAMPLE_ROWS.get(block.name, 505), block.width)
    for cell in plain_cells():
        yield cell.sheet, f"{cell.row},{cell.column}", (cell.row, cell.column, cell.row, max(cell.to, cell.column))


def test_no_reserved_areas_overlap():
    for (sheet, a, first), (other, b, second) in itertools.combinations(areas(), 2):
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
