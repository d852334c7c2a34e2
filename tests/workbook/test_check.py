"""`xlfactor check` names every bad cell of a workbook and reads only."""

import datetime as dt

import pytest
import xlsxwriter

from xlfactor.workbook.check import check

ASSETS = [f"A{n}" for n in range(8)]


def book(path, *, returns=None, loadings=None, portfolio=None, formula=None):
    """Three sheets that `check` finds by their names; cells by address over a clean table."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as out:
        sheet = out.add_worksheet("Returns")
        sheet.write_row(0, 0, ["Date", *ASSETS])
        for t in range(30):
            sheet.write_row(
                t + 1,
                0,
                [
                    45292 + 7 * (t // 5) + t % 5,
                    *[0.001 * ((t * 29 + n * 41 + t * t * n * 3 + t * n * n * 7) % 97 - 47.5) for n in range(8)],
                ],
            )
        second = out.add_worksheet(" loadings ")
        second.write_row(0, 0, ["Asset", "Market", "Size"])
        for n, asset in enumerate(ASSETS):
            second.write_row(n + 1, 0, [asset, 1, n - 3.5])
        third = out.add_worksheet("Weights")
        third.write_row(0, 0, ["Asset", "Portfolio"])
        for n, asset in enumerate(ASSETS):
            third.write_row(n + 1, 0, [asset, 1 / 8])
        for target, cells in ((sheet, returns), (second, loadings), (third, portfolio)):
            for address, value in (cells or {}).items():
                target.write(address, value)
        if formula:
            out.add_worksheet("Model").write_dynamic_array_formula("A1:A1", formula, None, 0)
    return path


def found(path):
    before = path.read_bytes()
    result = check(path)
    assert path.read_bytes() == before
    return {(note.code, note.severity, note.sheet.strip(), note.cell) for note in result.notes}


def test_a_clean_book_has_nothing_to_say(tmp_path):
    result = check(book(tmp_path / "a.xlsx"))
    assert result.notes == []
    assert set(result.inputs) == {"returns", "loadings", "portfolio"}


def test_every_bad_cell_is_named_not_only_the_first(tmp_path):
    path = book(tmp_path / "a.xlsx", returns={"C5": "abc", "D9": "0.5", "B7": "N/A"})
    assert found(path) == {
        ("NUM_BAD", "error", "Returns", (5, 3)),
        ("NUM_TEXT", "error", "Returns", (9, 4)),
        ("MISSING", "info", "Returns", None),
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"returns": {"C1": "A0"}}, ("DUP_ASSET", "error", "Returns", (1, 2))),
        ({"returns": {"A4": "Source: us"}}, ("DATE_BAD", "error", "Returns", (4, 1))),
        ({"returns": {"B5": -1.0}}, ("RETURN_LT_MINUS_1", "error", "Returns", (5, 2))),
        ({"returns": {"B5": 0.9}}, ("OUTLIER", "warn", "Returns", (5, 2))),
        (
            {"returns": {"A32": dt.date(2024, 6, 1).toordinal() - 693594, "B32": 0.01}},
            ("DATE_WEEKEND", "warn", "Returns", (32, 1)),
        ),
        ({"loadings": {"B4": "x"}}, ("NUM_BAD", "error", "loadings", (4, 2))),
        ({"portfolio": {"A10": "ZZZ", "B10": 0.1}}, ("ASSET_NOT_IN_LOADINGS", "error", "Weights", (10, 1))),
        ({"portfolio": {"B4": "N/A"}}, ("WEIGHT_MISSING", "error", "Weights", (4, 2))),
        ({"portfolio": {"B4": 5.0}}, ("WEIGHT_SUM", "warn", "", None)),
        ({"loadings": {"A9": "OTHER"}}, ("ASSET_UNUSED", "warn", "", None)),
        ({"formula": "=FACTOR_RETURNS(tblNothing[#All],Weights!A1:B9)"}, ("UNSUPPORTED", "error", "Model", (1, 1))),
    ],
)
def test_a_finding_has_its_code_severity_and_cell(tmp_path, changed, expected):
    assert expected in found(book(tmp_path / "a.xlsx", **changed))


def test_prices_in_the_place_of_returns_are_told(tmp_path):
    cells = {f"{column}{row}": 100.0 + row for column in "BCDEFGHI" for row in range(2, 32)}
    assert ("LOOKS_LIKE_PRICES", "error", "Returns", None) in found(book(tmp_path / "a.xlsx", returns=cells))


def test_a_book_without_any_input_says_what_to_make(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as out:
        out.add_worksheet("Notes").write("A1", "hello")
    assert found(tmp_path / "a.xlsx") == {("SHEET_MISSING", "error", "", None)}
