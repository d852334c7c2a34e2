"""`refresh --live`: new data reach the tables of the workbook that is open, and Excel's results are reported."""

import datetime
import json
from types import SimpleNamespace

import numpy as np
import pytest
import xlwings
from typer.testing import CliRunner

from tests.hosts.fake_book import FakeBook
from xlfactor.cli import app
from xlfactor.functions import catalogue
from xlfactor.hosts import live

FORMULA = "=FACTOR_RETURNS(tblReturns[#All],tblLoadings[#All])"
ASSETS = [f"A{i}" for i in range(8)]
DAYS = [datetime.datetime(2026, 1, 5 + i) for i in range(6)]


def returns(days):
    values = np.random.default_rng(5).normal(0, 0.01, (9, len(ASSETS))).round(6).tolist()
    return [["Date", *ASSETS], *([DAYS[0] + datetime.timedelta(days=i), *values[i]] for i in range(days))]


def excel_calculates(book):
    """FACTOR_RETURNS of the two tables as they are, spilt from Model!B3."""
    tables = {table.name: table.range.options(ndim=2, err_to_str=True).value for s in book.sheets for table in s.tables}
    rows = catalogue()["FACTOR_RETURNS"].spill([tables["tblReturns"], tables["tblLoadings"]])
    book.sheets[2].spill(3, 2, FORMULA, rows)


@pytest.fixture
def book(tmp_path, monkeypatch):
    path = tmp_path / "risk.xlsx"
    path.write_bytes(b"what Excel has locked")
    book = FakeBook(path, excel_calculates)
    book.add("Returns").table("tblReturns", 1, 1, returns(6))
    loadings = np.random.default_rng(6).normal(size=(len(ASSETS), 2)).round(3).tolist()
    rows = [["Asset", "Value", "Size"], *([a, *row] for a, row in zip(ASSETS, loadings, strict=True))]
    book.add("Loadings").table("tblLoadings", 2, 3, rows)
    book.add("Model")
    excel_calculates(book)
    monkeypatch.setattr(live, "xw", SimpleNamespace(apps=[book.app], XlwingsError=xlwings.XlwingsError))
    return book


def run(book, *words):
    return CliRunner().invoke(app, ["refresh", book.fullname, "--live", *map(str, words)])


def new_day(tmp_path, days=7, first=6):
    path = tmp_path / "new.csv"
    lines = [",".join(map(str, ["Date", *ASSETS]))]
    lines += [",".join([f"{row[0].date()}", *map(str, row[1:])]) for row in returns(days)[1 + first :]]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_new_day_is_appended_to_the_open_table_and_excel_calculates(book, tmp_path):
    result = run(book, "--returns", new_day(tmp_path), "--json")
    assert result.exit_code == 0, result.stderr
    table = book.sheets[0].tables[0].range
    assert table.options(ndim=2, err_to_str=True).value == returns(7)
    assert book.app.calculation == "automatic"
    (line,) = json.loads(result.stdout)["formulas"]
    assert line == {
        "sheet": "Model", "cell": "B3", "function": "FACTOR_RETURNS", "rows": 8, "columns": 3, "status": "ok"
    }  # fmt: skip
    assert (tmp_path / "risk.xlsx").read_bytes() == b"what Excel has locked"


def test_it_says_that_nothing_was_saved(book, tmp_path):
    assert "not saved: save it there" in run(book, "--returns", new_day(tmp_path)).stdout


def test_without_new_data_it_calculates_and_reports(book):
    result = run(book)
    assert result.exit_code == 0
    assert "7×3" in result.stdout


def test_fewer_assets_shrink_the_table_and_clear_what_was_below(book, tmp_path):
    path = tmp_path / "loadings.csv"
    path.write_text(
        "Asset,Value,Size\n" + "".join(f"{a},{i},{i % 3 - 1}\n" for i, a in enumerate(["=CMD()", *ASSETS[:6]]))
    )
    run(book, "--loadings", path)
    sheet = book.sheets[1]
    assert sheet.tables[0].range.shape == (8, 3)
    assert sheet.cells[3, 3] == "=CMD()"  # text, as the stand-in demands of every text
    assert not any(row > 9 for row, _ in sheet.cells)


def test_what_stands_under_the_table_is_not_overwritten(book, tmp_path):
    book.sheets[0].cells[8, 2] = "a note"
    before = dict(book.sheets[0].cells)
    result = run(book, "--returns", new_day(tmp_path))
    assert (result.exit_code, "TABLE_BLOCKED" in result.stderr) == (3, True)
    assert book.sheets[0].cells == before


def test_a_file_that_is_refused_leaves_the_other_tables_alone_too(book, tmp_path):
    (tmp_path / "loadings.csv").write_text("Asset,Value,Size\nA0,big,1\n")
    before = dict(book.sheets[0].cells)
    result = run(book, "--returns", new_day(tmp_path), "--loadings", tmp_path / "loadings.csv")
    assert (result.exit_code, "NUM_BAD" in result.stderr) == (3, True)
    assert book.sheets[0].cells == before


def test_a_revision_is_refused_as_in_a_closed_book(book, tmp_path):
    (tmp_path / "new.csv").write_text(f"Date,A0\n{DAYS[2].date()},0.5\n")
    assert "REVISION" in run(book, "--returns", tmp_path / "new.csv").stderr
    assert run(book, "--returns", tmp_path / "new.csv", "--revise").exit_code == 0
    assert book.sheets[0].cells[4, 2] == 0.5


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        ("#NAME?", "error ADDIN_MISSING risk.xlsx Model!B3: FACTOR_RETURNS: Excel does not know the function"),
        (
            "#XLF! DUP_ASSET: returns list A1 twice: rename one",
            "error DUP_ASSET risk.xlsx Model!B3: FACTOR_RETURNS: ret",
        ),
        ("#SPILL!", "error CELL_ERROR risk.xlsx Model!B3: FACTOR_RETURNS: #SPILL!"),
    ],
)
def test_an_error_that_the_cell_shows_is_a_line_and_exit_3(book, shown, message):
    book.app.calculate = lambda: book.sheets[2].spill(3, 2, FORMULA, [[shown]])
    result = run(book)
    assert result.exit_code == 3
    assert message in result.stderr


@pytest.mark.parametrize("change", ["totals", "formula", "missing"])
def test_a_table_that_cannot_take_data_is_refused(book, tmp_path, change):
    table = book.sheets[0].tables[0]
    if change == "totals":
        table.totals_row_range = table.range
    elif change == "formula":
        book.sheets[0].formulas[3, 3] = "=1+1"
    else:
        table.name = "tblReturn"
    result = run(book, "--returns", new_day(tmp_path))
    assert result.exit_code == 3
    assert ("did you mean tblReturn" if change == "missing" else "TABLE_BLOCKED") in result.stderr


def test_a_book_that_is_not_open_and_a_machine_without_excel_are_told_apart(book, tmp_path, monkeypatch):
    other = SimpleNamespace(fullname=str(tmp_path / "other.xlsx"))
    assert "BOOK_NOT_OPEN" in run(other).stderr

    class NoExcel:
        def __iter__(self):
            raise xlwings.XlwingsError("only supported on Windows and macOS")

    monkeypatch.setattr(live, "xw", SimpleNamespace(apps=NoExcel(), XlwingsError=xlwings.XlwingsError))
    assert "EXCEL_MISSING" in run(book).stderr


def test_options_of_a_file_are_refused_for_an_open_book(book):
    assert (
        "--output, --dry-run has no meaning for an open workbook" in run(book, "--output", "x.xlsx", "--dry-run").stderr
    )


def test_a_book_in_the_cloud_is_found_by_its_name(book):
    name, book.fullname = book.fullname, "https://example.org/desk/risk.xlsx"
    assert run(SimpleNamespace(fullname=name)).exit_code == 0
