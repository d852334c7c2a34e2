"""Dates, numbers, units, weights and factors that are not what they should be."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.workbook.corpus.case import RETURNS, Corpus, Tables, changed, replaced
from tests.workbook.corpus.packages import put_cell

CASES = Corpus()
DATE_TWICE, DATE_TYPE, NO_DATE, UNLIKELY = (
    "dates repeated; out of order", "dates of another type", "not a date", "unlikely dates",
)  # fmt: skip
NUMBER, MISSING, IMPOSSIBLE = (
    "another type for a number",
    "missing; errors and formulas without value",
    "impossible values",
)
UNITS, ODD, EMPTY = "wrong units", "suspicious values", "asset without data"
FACTORS, WEIGHTS, SMALL = "factors not identified", "weights", "parts missing or too small"


def day(serial: float) -> dt.date:
    return dt.date(1899, 12, 30) + dt.timedelta(days=int(serial))


def cell(
    name: str, at: tuple[str, int, int], value: Any, group: str, verdict: str, code: str, more: bool = False
) -> None:
    """A clean book but for one cell: `at` is sheet, row and column of the table from 0."""
    sheet, row, column = at

    def edit(tables: Tables) -> None:
        tables[sheet][row][column] = value

    edit.__name__ = name
    address = f"{sheet}!{chr(65 + column)}{row + 1}" if verdict != "ok" else ""
    CASES.spoils(group, verdict, code, address, same=more)(edit)


R, L, P = "Returns", "Loadings", "Portfolio"
cell("a_date_that_stands_twice", (R, 3, 0), 45292.0 + 1, DATE_TWICE, "reject", "DUP_DATE", False)
CASES[-1] = CASES[-1].__class__(**{**vars(CASES[-1]), "cell": "Returns!A3"})
cell("a_note_in_the_place_of_a_date", (R, 12, 0), "Source: vendor", NO_DATE, "reject", "DATE_BAD")
cell("a_day_that_no_month_has", (R, 12, 0), "2024-02-31", NO_DATE, "reject", "DATE_BAD")
cell("an_error_in_the_place_of_a_date", (R, 12, 0), "#VALUE!", NO_DATE, "reject", "DATE_BAD")
cell("a_truth_value_for_a_date", (R, 12, 0), True, NO_DATE, "reject", "DATE_BAD")
cell("a_row_number_for_a_date", (R, 12, 0), 12.0, DATE_TYPE, "reject", "DATE_SERIAL")
cell("a_date_as_eight_digits", (R, 12, 0), 20240115.0, DATE_TYPE, "reject", "DATE_SERIAL")
cell("a_date_with_a_time_of_day", (R, 12, 0), 45292.0 + 15 + 0.6875, DATE_TYPE, "ok", "DATE_TIME", True)
cell("a_sunday", (R, 30, 0), 45292.0 + 41, UNLIKELY, "warn", "DATE_WEEKEND")
cell("a_year_that_has_not_come", (R, 30, 0), 73000.0, UNLIKELY, "warn", "DATE_FUTURE")
cell("a_long_gap", (R, 30, 0), 45292.0 + 203, UNLIKELY, "warn", "DATE_GAP")
cell("a_number_stored_as_text", (R, 4, 2), "0.0123", NUMBER, "reject", "NUM_TEXT")
cell("a_decimal_comma", (R, 4, 2), "0,0123", NUMBER, "reject", "NUM_TEXT")
cell("a_percent_as_text", (R, 4, 2), "1.2%", NUMBER, "reject", "NUM_TEXT")
cell("a_minus_of_a_typesetter", (R, 4, 2), "\u22120.01", NUMBER, "reject", "NUM_TEXT")
cell("a_number_in_parentheses", (R, 4, 2), "(0.01)", NUMBER, "reject", "NUM_TEXT")
cell("a_number_with_a_hard_blank", (R, 4, 2), "1\u00a0234.5", NUMBER, "reject", "NUM_TEXT")
cell("a_word", (R, 4, 2), "halted", NUMBER, "reject", "NUM_BAD")
cell("a_cell_of_thirty_thousand_letters", (R, 4, 2), "x" * 32000, NUMBER, "reject", "NUM_BAD")
cell("a_weight_stored_as_text", (P, 4, 1), "0.125", NUMBER, "reject", "NUM_TEXT")
cell("a_loading_with_a_word_among_numbers", (L, 4, 2), "high", NUMBER, "reject", "NUM_BAD")
cell("a_division_by_zero", (R, 4, 2), "#DIV/0!", MISSING, "reject", "CELL_ERROR")
cell("a_spill_error", (R, 4, 2), "#SPILL!", MISSING, "reject", "CELL_ERROR")
cell("the_error_of_another_formula", (R, 4, 2), "#XLF! DUP_ASSET: prices list A twice", MISSING, "reject", "CELL_ERROR")
cell("not_available", (R, 4, 2), "#N/A", MISSING, "ok", "MISSING")
cell("what_a_vendor_writes_for_missing", (R, 4, 2), "#N/A N/A", MISSING, "ok", "MISSING")
cell("not_a_number_as_text", (R, 4, 2), "NaN", MISSING, "ok", "MISSING")
cell("a_formula_without_a_value", (R, 4, 2), "{=SUM(1,2)/100}", MISSING, "reject", "CELL_FORMULA_NO_VALUE")
cell("everything_lost", (R, 4, 2), -1.0, IMPOSSIBLE, "reject", "RETURN_LT_MINUS_1")
cell("more_than_everything_lost", (R, 4, 2), -1.7, IMPOSSIBLE, "reject", "RETURN_LT_MINUS_1")
cell("a_decimal_point_that_moved", (R, 4, 2), 2.3, ODD, "warn", "OUTLIER")
cell("a_held_asset_without_a_loading", (L, 4, 2), None, EMPTY, "reject", "LOADING_MISSING")
cell("a_blank_weight", (P, 4, 1), None, WEIGHTS, "reject", "WEIGHT_MISSING")
cell("a_weight_of_seven", (P, 4, 1), 7.0, WEIGHTS, "warn", "WEIGHT_SUM")
CASES[-1] = CASES[-1].__class__(**{**vars(CASES[-1]), "cell": ""})


def stored(name: str, text: str) -> None:
    def put(path):
        changed(path, RETURNS, lambda data: put_cell(data, "D6", "", f"<v>{text}</v>"))

    put.__name__ = name
    CASES.writes(IMPOSSIBLE, "reject", "NUM_BAD", "Returns!D6")(put)


stored("an_infinite_number", "inf")
stored("a_stored_nan", "NaN")
stored("a_number_beyond_all_numbers", "1e400")
stored("a_stored_decimal_comma", "1,5")
stored("a_number_with_underscores", "1_000")
stored("digits_of_another_script", "\u0661\u0662")


@CASES.spoils(DATE_TWICE, "warn", "DATES_SORTED", same=True)
def newest_first(tables: Tables) -> None:
    tables["Returns"][1:] = tables["Returns"][:0:-1]


@CASES.spoils(DATE_TWICE, "reject", "DUP_DATE", "Returns!A2")
def two_times_of_one_day(tables: Tables) -> None:
    tables["Returns"][2][0] = 45292.75


@CASES.spoils(DATE_TYPE, "warn", "DATE_TEXT", "Returns!A2", same=True)
def dates_as_iso_text(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[0] = day(row[0]).isoformat()


@CASES.spoils(DATE_TYPE, "warn", "DATE_TEXT", "Returns!A4", same=True)
def one_date_as_text_among_numbers(tables: Tables) -> None:
    tables["Returns"][3][0] = day(tables["Returns"][3][0]).isoformat()


@CASES.spoils(DATE_TYPE, "reject", "DATE_TEXT", "Returns!A2")
def day_before_month_and_the_column_says_so(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[0] = f"{day(row[0]):%d/%m/%Y}"


@CASES.spoils(DATE_TYPE, "reject", "DATE_AMBIGUOUS", "Returns!A2")
def day_and_month_that_nothing_tells_apart(tables: Tables) -> None:
    for t, row in enumerate(tables["Returns"][1:]):
        row[0] = f"{t // 12 + 1:02}/{t % 12 + 1:02}/2024"


@CASES.writes(DATE_TYPE, "ok", same=True)
def dates_of_the_1904_system(path) -> None:
    replaced(path, "xl/workbook.xml", "<workbookPr", '<workbookPr date1904="1"')
    style = '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    replaced(path, "xl/styles.xml", "</cellXfs>", f"{style}</cellXfs>")

    def moved(data: bytes) -> bytes:
        for t in range(30):
            serial, cell = 45292 + 7 * (t // 5) + t % 5, f'<c r="A{t + 2}"'
            data = data.replace(f"{cell}><v>{serial}<".encode(), f'{cell} s="1"><v>{serial - 1462}<'.encode())
        return data

    changed(path, RETURNS, moved)


@CASES.spoils(UNITS, "reject", "LOOKS_LIKE_PRICES")
def prices_for_returns(tables: Tables) -> None:
    for t, row in enumerate(tables["Returns"][1:]):
        row[1:] = [50.0 + 10 * n + t / 3 for n in range(8)]


@CASES.spoils(UNITS, "reject", "LOOKS_LIKE_PRICES")
def prices_below_one(tables: Tables) -> None:
    for t, row in enumerate(tables["Returns"][1:]):
        row[1:] = [0.5 + 0.01 * n + t / 300 for n in range(8)]


@CASES.spoils(UNITS, "reject", "UNITS_PERCENT")
def returns_in_percent(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[1:] = [100 * value for value in row[1:]]


@CASES.spoils(UNITS, "warn", "UNITS_PERCENT")
def small_returns_in_percent(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[1:] = [12 * value for value in row[1:]]


@CASES.spoils(UNITS, "warn", "WEIGHT_UNITS")
def weights_in_percent(tables: Tables) -> None:
    for row in tables["Portfolio"][1:]:
        row[1] = 12.5


@CASES.spoils(ODD, "warn", "DUP_SERIES", "Returns!D1")
def one_series_under_two_names(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[3] = row[2]


@CASES.spoils(ODD, "warn", "DUP_SERIES", "Returns!A9")
def one_day_pasted_twice(tables: Tables) -> None:
    tables["Returns"][8][1:] = tables["Returns"][7][1:]


@CASES.spoils(ODD, "warn", "ZERO_ROW", "Returns!A8")
def a_holiday_filled_with_zeros(tables: Tables) -> None:
    tables["Returns"][7][1:] = [0.0] * 8


@CASES.spoils(ODD, "reject", "ALL_ZERO")
def nothing_but_zeros(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[1:] = [0.0] * 8


@CASES.spoils(EMPTY, "warn", "ASSET_NO_DATA", "Returns!E1")
def an_asset_without_any_return(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[4] = None
    del tables["Portfolio"][4]
    for row in tables["Portfolio"][1:]:
        row[1] = 1 / 7


@CASES.spoils(EMPTY, "reject", "ASSET_NO_DATA", "Returns!E1")
def a_held_asset_without_any_return(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[4] = None


@CASES.spoils(EMPTY, "reject", "FEW_ASSETS")
def no_return_at_all(tables: Tables) -> None:
    for row in tables["Returns"][1:]:
        row[1:] = [None] * 8


@CASES.spoils(FACTORS, "reject", "FACTOR_COLLINEAR", "Loadings!D1")
def a_factor_that_is_twice_another(tables: Tables) -> None:
    for n, row in enumerate(tables["Loadings"]):
        row.append("Twice" if n == 0 else 2 * row[2])


@CASES.spoils(FACTORS, "reject", "FACTOR_COLLINEAR", "Loadings!D1")
def a_second_constant(tables: Tables) -> None:
    for n, row in enumerate(tables["Loadings"]):
        row.append("Base" if n == 0 else 3.0)


@CASES.spoils(FACTORS, "warn", "FACTOR_ILL_COND", "Loadings!D1")
def a_factor_that_is_nearly_another(tables: Tables) -> None:
    for n, row in enumerate(tables["Loadings"]):
        row.append("Nearly" if n == 0 else row[2] + 0.01 * (n * n % 5))


@CASES.spoils(FACTORS, "reject", "FACTOR_ZERO", "Loadings!D1")
def a_factor_that_nobody_has(tables: Tables) -> None:
    for n, row in enumerate(tables["Loadings"]):
        row.append("Oil" if n == 0 else 0.0)


@CASES.spoils(WEIGHTS, "ok")
def a_long_short_portfolio(tables: Tables) -> None:
    for n, row in enumerate(tables["Portfolio"][1:]):
        row[1] = 0.25 if n % 2 else -0.25


@CASES.spoils(WEIGHTS, "ok")
def a_portfolio_and_its_benchmark(tables: Tables) -> None:
    tables["Portfolio"] = [[*row, "Benchmark" if n == 0 else 0.125] for n, row in enumerate(tables["Portfolio"])]


@CASES.spoils(WEIGHTS, "reject", "WEIGHT_ALL_ZERO")
def no_weight_at_all(tables: Tables) -> None:
    for row in tables["Portfolio"][1:]:
        row[1] = 0.0


@CASES.spoils(WEIGHTS, "reject", "COLUMN_UNKNOWN")
def three_portfolios(tables: Tables) -> None:
    tables["Portfolio"] = [
        [*row, *(("Bench", "Third") if n == 0 else (0.125, 0.125))] for n, row in enumerate(tables["Portfolio"])
    ]


@CASES.spoils(SMALL, "reject", "FEW_ASSETS")
def fewer_assets_than_factors_and_two(tables: Tables) -> None:
    tables["Returns"] = [row[:4] for row in tables["Returns"]]
    del tables["Portfolio"]


@CASES.spoils(SMALL, "warn", "FEW_DATES")
def five_dates(tables: Tables) -> None:
    del tables["Returns"][6:]


@CASES.spoils(SMALL, "reject", "NO_ROWS")
def a_header_without_data(tables: Tables) -> None:
    del tables["Returns"][1:]


@CASES.spoils(SMALL, "reject", "NO_ROWS")
def an_empty_sheet_of_loadings(tables: Tables) -> None:
    tables["Loadings"] = [[None]]
