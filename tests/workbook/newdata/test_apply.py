"""New data in the tables: appended by date, replaced by label, refused by cell."""

import datetime

import pytest

from xlfactor.errors import FactorError
from xlfactor.workbook.newdata.datafile import DataFile
from xlfactor.workbook.newdata.returns import with_new_returns
from xlfactor.workbook.newdata.table import with_new_rows
from xlfactor.workbook.newdata.table_body import Body, body_block
from xlfactor.workbook.reading.package import Table


def day(number):
    return datetime.datetime(2026, 1, number)


def serial(number):
    return 46022.0 + number  # 1 January 2026 is 46023


def returns_body(*rows):
    rows = rows or ((serial(5), 0.01, 0.02), (serial(6), 0.03, None))
    table = Table("tblReturns", "Returns", "t", (1, 1, 1 + len(rows), 3), ("Date", "A", "B"), 1, 0)
    return Body(table, ("Date", "A", "B"), [list(row) for row in rows])


def data(labels, *rows):
    return DataFile("new.csv", tuple(labels), rows, tuple(range(2, 2 + len(rows))), ".")


def codes(notes):
    return [(note.code, note.count) for note in notes]


def test_later_dates_are_appended_in_order_under_their_labels():
    new = data(["Date", "B", "A"], ("2026-01-08", "0.5", "0.6"), ("2026-01-07", "0.7", ""))
    rows, notes = with_new_returns(returns_body(), new, revise=False)
    assert rows[2:] == [[day(7), None, 0.7], [day(8), 0.6, 0.5]]
    assert rows[:2] == [[serial(5), 0.01, 0.02], [serial(6), 0.03, None]]
    assert notes == []


def test_a_known_date_with_equal_numbers_is_fine():
    new = data(["Date", "A", "B"], ("2026-01-06", "0.03", "#N/A"), ("2026-01-07", "1", "2"))
    rows, notes = with_new_returns(returns_body(), new, revise=False)
    assert rows[2:] == [[day(7), 1.0, 2.0]]
    assert notes == []


def test_a_known_date_with_another_number_is_refused_with_cell_and_both_numbers():
    new = data(["Date", "A", "B"], ("2026-01-05", "0.01", "0.99"), ("2026-01-06", "0.5", ""))
    with pytest.raises(FactorError) as refused:
        with_new_returns(returns_body(), new, revise=False)
    assert refused.value.line == (
        "REVISION: B is 0.02, new.csv says 0.99, and 1 more differ (Returns!C2): use --revise to take the file's"
    )


def test_a_revision_that_is_allowed_is_taken_and_listed():
    new = data(["Date", "A", "B"], ("2026-01-05", "0.01", "0.99"))
    rows, notes = with_new_returns(returns_body(), new, revise=True)
    assert rows[0] == [serial(5), 0.01, 0.99]
    assert [note.message for note in notes] == ["2026-01-05 B: 0.02 became 0.99"]


def test_an_earlier_date_is_refused_and_with_revise_put_in_its_place():
    new = data(["Date", "A", "B"], ("2026-01-02", "0.1", "0.2"))
    with pytest.raises(FactorError, match="REVISION: tblReturns goes on to 2026-01-06, and has no row for 2026-01-02"):
        with_new_returns(returns_body(), new, revise=False)
    rows, notes = with_new_returns(returns_body(), new, revise=True)
    assert [row[0] for row in rows] == [day(2), serial(5), serial(6)]
    assert [note.message for note in notes] == ["2026-01-02 was added"]


def test_unknown_assets_are_left_out_and_absent_ones_left_blank_both_counted():
    new = data(["Date", "A", "X", "Y"], ("2026-01-07", "1", "2", "3"))
    rows, notes = with_new_returns(returns_body(), new, revise=False)
    assert rows[2] == [day(7), 1.0, None]
    assert codes(notes) == [("ASSET_UNKNOWN", 2), ("ASSET_NO_DATA", 1)]
    assert "X, Y" in notes[0].message


def test_labels_join_as_numbers_and_texts_alike():
    table = Table("tblReturns", "Returns", "t", (1, 1, 2, 2), ("Date", "6758"), 1, 0)
    rows, _ = with_new_returns(Body(table, ("Date", "6758"), []), data(["Date", "6758"], (serial(7), 0.5)), False)
    assert rows == [[day(7), 0.5]]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (data(["Date", "A"], ("30/01/2026", "1")), r"DATE_BAD: '30/01/2026' is no date \(new.csv, row 2, Date\)"),
        (
            data(["Date", "A"], ("", "1")),
            r"DATE_BAD: the date is blank \(new.csv, row 2, Date\): write it as 2026-01-30",
        ),
        (data(["Date", "A"], ("2026-01-07", "abc")), r'NUM_BAD: text "abc" .* \(new.csv, row 2, A\)'),
        (data(["Date", "A"], ("2026-01-07", "1"), ("2026-01-07", "1")), "DUP_DATE: 2026-01-07 stands there twice"),
        (data(["Date", "A", "A"], ("2026-01-07", "1", "1")), "DUP_ASSET: A stands twice"),
        (data(["Date", "X"], ("2026-01-07", "1")), "COLUMN_MISSING: no asset of it is in tblReturns"),
    ],
)
def test_a_file_of_returns_that_cannot_be_taken_names_its_row_and_column(new, message):
    with pytest.raises(FactorError, match=message):
        with_new_returns(returns_body(), new, revise=False)


def test_a_row_of_the_table_without_a_date_is_named():
    with pytest.raises(FactorError, match=r"DATE_BAD: the date is blank \(Returns!A3\): type a date or delete the row"):
        with_new_returns(
            returns_body((serial(5), 0.1, 0.2), (None, 0.3, 0.4)), data(["Date", "A"], ("2026-01-07", "1")), False
        )


def loadings_body(*rows):
    labels = ("Asset", "Industry", "Size", "Name")
    rows = rows or (("A", "Banks", 0.5, "Alpha"), ("B", "Oil", 0.7, "Beta"))
    table = Table("tblLoadings", "Loadings", "t", (1, 1, 1 + len(rows), 4), labels, 1, 0)
    return Body(table, labels, [list(row) for row in rows])


def test_the_body_is_replaced_by_label_and_a_text_column_that_the_file_lacks_is_kept():
    new = data(["size", "Asset", "Industry", "Extra"], ("0.1", "C", "Banks", "x"), ("0.2", "A", "10", "y"))
    rows, notes = with_new_rows(loadings_body(), new)
    assert rows == [["C", "Banks", 0.1, None], ["A", "10", 0.2, "Alpha"]]
    assert codes(notes) == [("COLUMN_UNKNOWN", 1), ("COLUMN_KEPT", 1), ("ROW_GONE", 1)]


def test_a_position_that_the_new_file_lacks_is_named_and_not_dropped_in_silence():
    _, notes = with_new_rows(loadings_body(), data(["Asset", "Size", "Industry", "Name"], ("A", "0.1", "10", "x")))
    assert [(note.code, note.severity) for note in notes] == [("ROW_GONE", "info")]
    assert notes[0].message == "new.csv lacks B, which tblLoadings had: no longer there"


def test_a_table_that_was_blank_takes_what_the_file_has():
    body = Body(loadings_body().table, loadings_body().labels, [])
    rows, _ = with_new_rows(
        body, data(["Asset", "Industry", "Size", "Name"], ("A", "10", "0.5", "x"), ("B", "N", "", ""))
    )
    assert rows == [["A", "10", 0.5, "x"], ["B", "N", None, None]]


def test_a_label_that_is_a_number_in_the_table_stays_one():
    table = Table("tblCaps", "P", "t", (1, 1, 2, 2), ("Asset", "Cap"), 1, 0)
    rows, _ = with_new_rows(Body(table, ("Asset", "Cap"), [[6758.0, 1.0]]), data(["Asset", "Cap"], ("6758", "2")))
    assert rows == [[6758.0, 2.0]]


def test_dated_loadings_are_rows_by_date_and_asset():
    table = Table("tblLoadings", "L", "t", (1, 1, 2, 3), ("Date", "Asset", "Size"), 1, 0)
    body = Body(table, ("Date", "Asset", "Size"), [[serial(5), "A", 1.0]])
    new = data(["Date", "Asset", "Size"], ("2026-01-05", "A", "2"), ("2026-01-06", "A", "3"))
    assert with_new_rows(body, new)[0] == [[serial(5), "A", 2.0], [day(6), "A", 3.0]]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (data(["Asset", "Industry", "Name"], ("A", "x", "y")), "COLUMN_MISSING: there is no column 'Size'"),
        (data(["Asset", "Siz"], ("A", "1")), "did you mean Siz"),
        (data(["Asset", "Size"], ("A", "1"), ("A", "2")), r"DUP_ASSET: A stands there twice \(new.csv, row 3, Asset\)"),
        (data(["Asset", "Size"], (None, "1")), "NAME_BLANK: the row has no label"),
        (data(["Asset", "Size"], ("A", "big")), r'NUM_BAD: text "big" .*row 2, Size'),
        (data(["Asset", "Size", "Size"], ("A", "1", "1")), "DUP_COLUMN: Size stands twice"),
    ],
)
def test_a_file_that_does_not_fit_its_table_is_refused(new, message):
    with pytest.raises(FactorError, match=message):
        with_new_rows(loadings_body(), new)


def test_only_rows_from_the_first_difference_on_are_written():
    body = returns_body()
    assert body_block(body, body.rows) is None
    block = body_block(body, [*body.rows, [day(7), 1.0, 2.0]])
    assert (block.origin, len(block.rows), block.old) == ((3, 1), 2, (3, 1, 3, 3))
    block = body_block(body, body.rows[:1])
    assert (block.origin, len(block.rows), block.old) == ((2, 1), 1, (2, 1, 3, 3))
