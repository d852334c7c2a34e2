"""The log of runs in our own template, and in no other workbook."""

import datetime
import zipfile

import pytest

from tests.workbook.rich_books import cells, members, new_day, rich_book
from xlfactor.errors import FactorError
from xlfactor.workbook.log_row import KEPT, with_log_row
from xlfactor.workbook.reading.package import Table, open_book
from xlfactor.workbook.reading.sheet import Sheet
from xlfactor.workbook.refresh import refresh


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv(
        "SOURCE_DATE_EPOCH", str(int(datetime.datetime(2026, 1, 30, 18, tzinfo=datetime.UTC).timestamp()))
    )
    return rich_book(tmp_path / "risk.xlsx", log=True)


def test_each_run_that_writes_leaves_one_row_and_a_run_without_news_none(book, tmp_path):
    first = refresh(book)
    assert refresh(book).outputs == ()
    second = refresh(book, returns=new_day(tmp_path)[0])
    rows = [row[:8] for row in cells(book, "Log")[1:3]]
    time = (datetime.datetime(2026, 1, 30, 18) - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
    assert rows == [
        [1, time, 46034, first.input_hash, 8, 2, 12, "OK"],
        [2, time, 46035, second.input_hash, 8, 2, 13, "OK"],
    ]
    assert open_book(book).tables["tbllog"].area == (1, 1, 3, 9)
    assert "xl/worksheets/sheet4.xml" in second.changed_parts


def test_a_book_without_our_mark_gets_no_row(book):
    data = members(book)
    with zipfile.ZipFile(book, "w") as archive:
        for name, content in data.items():
            archive.writestr(name, content.replace(b"xlfactor_schema", b"somebody_elses"))
    assert refresh(book).changed_parts == ("xl/worksheets/sheet3.xml",)


def test_a_log_with_something_under_it_says_so_and_nothing_is_written(book, tmp_path):
    for days in range(1, 7):
        refresh(book, returns=new_day(tmp_path, days)[0])
    assert [row[0] for row in cells(book, "Log")[1:7]] == [1, 2, 3, 4, 5, 6]
    refresh(book, returns=new_day(tmp_path, 7)[0])
    bytes_ = book.read_bytes()
    with pytest.raises(FactorError, match=r"TABLE_BLOCKED: tblLog .*F9"):
        refresh(book, returns=new_day(tmp_path, 8)[0])
    assert book.read_bytes() == bytes_


def test_the_oldest_rows_make_room():
    values = [["run"], *[[float(i)] for i in range(1, KEPT + 1)]]
    table = Table("tblLog", "Log", "t", (1, 1, KEPT + 1, 1), ("run",), 1, 0)
    _, rows = with_log_row(table, Sheet("Log", values, {}, (), {}, None), {})
    assert [rows[0], rows[-1], len(rows)] == [[2.0], [KEPT + 1.0], KEPT]
