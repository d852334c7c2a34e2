"""Assets that only the file has: columns of the table of returns, with all that a table's column needs."""

import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter

import xlfactor
from tests.workbook.rich_books import ASSETS, DATES, FACTORS, cells, loadings, members, rich_book
from tests.workbook.richest_book import richest_book
from xlfactor.errors import FactorError
from xlfactor.workbook.refresh import refresh

TABLE = "xl/tables/table1.xml"


@pytest.fixture
def book(tmp_path):
    """The rich book with nothing beside its table of returns, refreshed."""
    book = rich_book(tmp_path / "risk.xlsx")
    refresh(book)
    return book


def file_of(tmp_path, labels, *rows):
    path = tmp_path / "new.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [["Date", *labels], *rows]) + "\n")
    return path


def day_after():
    return (DATES[-1] + pd.Timedelta(days=1)).date()


def test_without_the_option_they_are_left_out_and_the_way_to_take_them_is_named(book, tmp_path):
    result = refresh(book, returns=file_of(tmp_path, ["A1", "NEW"], [day_after(), 0.01, 0.02]))
    note = next(note for note in result.checks if note.code == "ASSET_UNKNOWN")
    assert (note.count, note.fix) == (1, "use --new-assets to add them")


def test_with_it_each_gets_a_column_with_its_returns_and_the_tables_part_says_so(book, tmp_path):
    labels = [*ASSETS, "NEW", "=CMD()"]
    result = refresh(book, returns=file_of(tmp_path, labels, [day_after(), *[0.01] * 10]), new_assets=True)
    assert result.ok
    note = result.checks[0]
    assert (note.code, note.severity, note.count) == ("ASSET_ADDED", "info", 2)
    rows = cells(book, "Returns")
    assert rows[0][-2:] == ["NEW", "=CMD()"]
    assert rows[1][9:] in ([], [None, None])
    assert rows[13][1:] == [0.01] * 10
    part = members(book)[TABLE].decode()
    assert part.count('ref="A1:K14"') == 2
    assert '<tableColumns count="11">' in part
    assert re.findall(r'<tableColumn id="(\d+)" name="([^"]+)"', part)[-2:] == [("10", "NEW"), ("11", "=CMD()")]
    styled = openpyxl.load_workbook(book)["Returns"]
    assert styled["J14"].number_format == styled["I14"].number_format == "0.00%"
    assert (styled["K1"].data_type, styled["K1"].value) == ("s", "=CMD()")
    assert styled.tables["tblReturns"].ref == "A1:K14"


def test_the_formulas_read_the_new_column_once_the_asset_has_loadings(book, tmp_path):
    """A whole history for the new asset: not a revision, and the regression is Python's on nine assets."""
    history = np.random.default_rng(3).normal(0, 0.01, len(DATES)).round(6)
    returns = file_of(tmp_path, ["NEW"], *([day.date(), x] for day, x in zip(DATES, history, strict=True)))
    (tmp_path / "loadings.csv").write_text(
        "Asset,Value,Size\n"
        + "".join(f"{a},{x!r},{y!r}\n" for a, (x, y) in zip(ASSETS, loadings().tolist(), strict=True))
        + "NEW,0.5,-0.5\n"
    )
    result = refresh(book, returns=returns, loadings=tmp_path / "loadings.csv", new_assets=True)
    assert result.ok
    assert "REVISION" not in {note.code for note in result.checks}
    stored = cells(book, "Returns")
    R = pd.DataFrame([row[1:] for row in stored[1:13]], pd.DatetimeIndex(DATES, name="Date"), stored[0][1:])
    assert R["NEW"].tolist() == history.tolist()
    stored = cells(book, "Loadings")
    B = pd.DataFrame([row[1:] for row in stored[1:10]], pd.Index([row[0] for row in stored[1:10]]), FACTORS)
    expected = xlfactor.factor_returns(R, B).to_numpy()
    found = [[float(x).hex() for x in row[1:3]] for row in cells(book)[3:15]]
    assert found == [[x.hex() for x in row] for row in expected]


def test_a_second_run_with_the_same_file_changes_nothing(book, tmp_path):
    path = file_of(tmp_path, ["A1", "NEW"], [day_after(), 0.01, 0.02])
    refresh(book, returns=path, new_assets=True)
    bytes_ = book.read_bytes()
    assert refresh(book, returns=path, new_assets=True).outputs == ()
    assert book.read_bytes() == bytes_


def test_a_new_asset_without_any_number_gets_its_column_too(book, tmp_path):
    refresh(book, returns=file_of(tmp_path, ["NEW"], [DATES[0].date(), ""]), new_assets=True)
    assert cells(book, "Returns")[0][-1] == "NEW"
    assert 'ref="A1:J13"' in members(book)[TABLE].decode()


def test_what_lay_over_the_whole_table_grows_down_and_not_sideways(tmp_path):
    book = richest_book(tmp_path / "risk.xlsx")
    refresh(book)
    refresh(book, returns=file_of(tmp_path, ["A1", "NEW"], [day_after(), 0.01, 0.02]), new_assets=True)
    sheet = members(book)["xl/worksheets/sheet1.xml"].decode()
    assert 'sqref="B2:I14"' in sheet  # what the user laid over it keeps its columns
    assert "Returns!$B$2:$B$14" in members(book)["xl/charts/chart3.xml"].decode()


def with_beside(tmp_path, beside):
    path = tmp_path / "risk.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Returns")
        table = {"name": "tblReturns", "columns": [{"header": "Date"}, {"header": "A"}], "data": [[45000, 0.01]]}
        if beside == "totals":
            table["total_row"] = True
        sheet.add_table(0, 0, 2 if beside == "totals" else 1, 1, table)
        if beside == "value":
            sheet.write("C2", "mine")
        if beside == "merged":
            sheet.merge_range("C1:D1", "")
        if beside == "table":
            sheet.add_table(0, 2, 1, 2, {"name": "mine"})
        if beside == "formula":
            sheet.write_formula("C1", "=1+1")
        book.add_worksheet("Out").write_dynamic_array_formula("A1", "=CHECK_RETURNS(tblReturns[#All])", None, "")
    return path


@pytest.mark.parametrize(
    ("beside", "cell"), [("value", "C2"), ("merged", "C1"), ("table", "C1"), ("formula", "C1"), ("totals", "A3")]
)
def test_what_stands_beside_or_under_the_table_blocks_it_and_is_named(tmp_path, beside, cell):
    book = with_beside(tmp_path, beside)
    before = book.read_bytes()
    with pytest.raises(FactorError, match=rf"TABLE_BLOCKED: tblReturns cannot take the new data: .*\(Returns!{cell}\)"):
        refresh(book, returns=file_of(tmp_path, ["NEW"], [DATES[0].date(), 0.01]), new_assets=True)
    assert book.read_bytes() == before


def test_labels_that_differ_in_case_only_are_refused(book, tmp_path):
    with pytest.raises(FactorError, match="DUP_ASSET: A1 and a1 differ in case only"):
        refresh(book, returns=file_of(tmp_path, ["A1", "a1"], [day_after(), 0.01, 0.02]), new_assets=True)
