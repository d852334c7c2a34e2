"""Labels: repeated, nearly repeated, unusual, changed by Excel, missing; and texts that look like formulas."""

from __future__ import annotations

from tests.workbook.corpus.case import Corpus, Tables

CASES = Corpus()
TWICE, UNUSUAL, CHANGED = (
    "labels repeated, exactly or nearly",
    "unusual labels",
    "labels that Excel or pandas would change",
)
NONE, FORMULA, UNMATCHED = "no label", "text that looks like a formula", "tables that do not match"


def rename(tables: Tables, old: str, new: object) -> None:
    """An asset or factor under another label in every table."""
    for rows in tables.values():
        for row in rows:
            row[:] = [new if value == old else value for value in row]


def renamed(name: str, old: str, new: object, group: str, verdict: str = "ok", code: str = "", cell: str = "") -> None:
    def edit(tables: Tables) -> None:
        rename(tables, old, new)

    edit.__name__ = name
    CASES.spoils(group, verdict, code, cell, same=verdict == "ok")(edit)


renamed("a_factor_called_minus_growth", "Size", "-Growth", FORMULA)
renamed("a_ticker_that_is_a_formula", "A2", "=CMD()", FORMULA)
renamed("a_ticker_that_begins_with_at", "A2", "@SUM(1)", FORMULA)
renamed("a_ticker_that_begins_with_plus", "A2", "+A2", FORMULA)
renamed("a_name_in_arabic", "A3", "أرامكو السعودية", UNUSUAL)
renamed("a_name_in_chinese", "A3", "贵州茅台", UNUSUAL)
renamed("a_name_of_two_halves_of_a_character", "A3", "𝔸𝔹𝔹", UNUSUAL)
renamed("a_name_with_a_line_break", "A3", "Berkshire\nHathaway", UNUSUAL)
renamed("a_name_with_markup", "A3", "<b>AT&T</b>", UNUSUAL)
renamed("a_name_that_looks_like_an_escape", "A3", "_x0041_", UNUSUAL)
renamed("a_name_of_three_hundred_letters", "A3", "N" * 300, UNUSUAL)
renamed("a_ticker_of_digits_as_text", "A1", "6758", CHANGED)
renamed("the_ticker_TRUE_as_text", "A1", "TRUE", CHANGED)
renamed("the_ticker_NA", "A1", "NA", CHANGED)
renamed("the_ticker_1E5_as_text", "A1", "1E5", CHANGED)
renamed("the_ticker_MAR1_as_text", "A1", "MAR1", CHANGED)
renamed("the_ticker_nan", "A1", "NaN", CHANGED)
renamed("a_ticker_of_digits_as_a_number", "A1", 6758.0, CHANGED, "warn", "NAME_NUMERIC", "Returns!C1")
renamed("the_ticker_TRUE_as_a_truth_value", "A1", True, CHANGED, "warn", "NAME_NUMERIC", "Loadings!A3")
renamed("the_ticker_MAR1_as_a_date", "A1", 46082.0, CHANGED, "warn", "NAME_DATE", "Returns!C1")
renamed("the_ticker_1E5_as_a_number", "A1", 100000.0, CHANGED, "warn", "NAME_NUMERIC", "Portfolio!A3")
renamed("an_identifier_of_eighteen_digits", "A1", 123456789012345678.0, CHANGED, "reject", "NAME_NUMERIC", "Returns!C1")


@CASES.spoils(CHANGED, "ok", same=True)
def all_assets_are_numbers(tables: Tables) -> None:
    for n in range(8):
        rename(tables, f"A{n}", 10107.0 + n)


@CASES.spoils(CHANGED, "ok", same=True)
def numbers_in_one_table_and_their_text_in_another(tables: Tables) -> None:
    for n in range(8):
        rename(tables, f"A{n}", 10107.0 + n)
    for row in tables["Portfolio"][1:]:
        row[0] = f" {row[0]:.0f}"


@CASES.spoils(UNUSUAL, "ok", same=True)
def accents_composed_in_one_table_only(tables: Tables) -> None:
    rename(tables, "A4", "Société Générale")
    tables["Returns"][0][5] = "Socie\u0301te\u0301 Ge\u0301ne\u0301rale"


@CASES.spoils(UNUSUAL, "ok", same=True)
def blanks_around_labels_of_every_kind(tables: Tables) -> None:
    tables["Returns"][0][1] = "\u00a0A0 "
    tables["Loadings"][2][0] = "\u200bA1\ufeff"
    tables["Portfolio"][3][0] = "\tA2\u3000"


@CASES.spoils(TWICE, "reject", "DUP_ASSET", "Returns!B1")
def one_asset_in_two_columns(tables: Tables) -> None:
    tables["Returns"][0][4] = "A0"


@CASES.spoils(TWICE, "reject", "DUP_ASSET", "Returns!B1")
def one_asset_twice_but_for_a_blank(tables: Tables) -> None:
    tables["Returns"][0][2] = "A0 "


@CASES.spoils(TWICE, "reject", "DUP_ASSET", "Returns!J1")
def one_asset_twice_but_for_its_case(tables: Tables) -> None:
    tables["Returns"][0].append("a0")
    for t, row in enumerate(tables["Returns"][1:]):
        row.append(0.001 * (t % 7 - 3))


@CASES.spoils(TWICE, "reject", "DUP_ASSET", "Loadings!A10")
def one_asset_twice_but_for_a_zero_width_character(tables: Tables) -> None:
    tables["Loadings"].append(["A\u200b0", 1.0, 0.3])


@CASES.spoils(TWICE, "reject", "DUP_ASSET", "Loadings!A2")
def one_asset_in_two_rows_of_the_loadings(tables: Tables) -> None:
    tables["Loadings"].append(["A0", 1.0, 0.3])


@CASES.spoils(TWICE, "reject", "DUP_ASSET", "Portfolio!A2")
def two_lots_of_one_asset_in_the_portfolio(tables: Tables) -> None:
    tables["Portfolio"].append(["A0", 0.01])


@CASES.spoils(TWICE, "reject", "DUP_FACTOR", "Loadings!B1")
def one_factor_in_two_columns(tables: Tables) -> None:
    tables["Loadings"][0][2] = "Market"


@CASES.spoils(TWICE, "reject", "DUP_FACTOR", "Loadings!D4")
def an_industry_written_in_two_ways(tables: Tables) -> None:
    for n, row in enumerate(tables["Loadings"]):
        row.append("Industry" if n == 0 else ["Banks", "Tech", "banks"][n - 1] if n < 4 else ["Banks", "Tech"][n % 2])


@CASES.spoils(NONE, "reject", "NAME_BLANK", "Returns!D1")
def a_blank_header_above_data(tables: Tables) -> None:
    tables["Returns"][0][3] = None


@CASES.spoils(NONE, "reject", "NAME_BLANK", "Loadings!A5")
def loadings_without_their_asset(tables: Tables) -> None:
    tables["Loadings"][4][0] = None


@CASES.spoils(NONE, "reject", "NAME_BLANK", "Returns!A9")
def returns_without_their_date(tables: Tables) -> None:
    tables["Returns"][8][0] = None


@CASES.spoils(NONE, "reject", "NAME_ERROR", "Loadings!A3")
def a_failed_lookup_in_the_place_of_an_asset(tables: Tables) -> None:
    tables["Loadings"][2][0] = "#N/A"


@CASES.spoils(NONE, "reject", "NAME_ERROR", "Returns!C1")
def a_broken_reference_in_a_header(tables: Tables) -> None:
    tables["Returns"][0][2] = "#REF!"


@CASES.spoils(UNMATCHED, "warn", "ASSET_UNUSED")
def an_asset_without_loadings_that_is_not_held(tables: Tables) -> None:
    del tables["Loadings"][8], tables["Portfolio"][8]


@CASES.spoils(UNMATCHED, "reject", "ASSET_NOT_IN_LOADINGS", "Portfolio!A9")
def an_asset_without_loadings_that_is_held(tables: Tables) -> None:
    del tables["Loadings"][8]


@CASES.spoils(UNMATCHED, "reject", "ASSET_NOT_IN_LOADINGS", "Portfolio!A10")
def a_total_under_the_portfolio(tables: Tables) -> None:
    tables["Portfolio"].append(["Total", 1.0])


@CASES.spoils(UNMATCHED, "ok", same=True)
def an_unknown_asset_with_weight_zero(tables: Tables) -> None:
    tables["Portfolio"].append(["Cash", 0.0])


@CASES.spoils(UNMATCHED, "ok", same=True)
def loadings_in_another_order(tables: Tables) -> None:
    tables["Loadings"][1:] = tables["Loadings"][:0:-1]


@CASES.spoils(UNMATCHED, "ok", same=True)
def a_portfolio_in_another_order(tables: Tables) -> None:
    tables["Portfolio"][1:] = tables["Portfolio"][:0:-1]


@CASES.spoils(UNMATCHED, "reject", "FEW_ASSETS", "")
def other_identifiers_in_the_loadings(tables: Tables) -> None:
    for row in tables["Loadings"][1:]:
        row[0] = f"US{row[0]}"
    del tables["Portfolio"]
