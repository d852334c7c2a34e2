"""Files with new data in every form in which they come."""

import datetime

import openpyxl
import pytest

from xlfactor.errors import FactorError
from xlfactor.workbook.newdata.datafile import numeric, read_data

LABELS, ROW = ("Date", "A", "B"), ("2026-01-30", "0.01", None)


def written(tmp_path, text, name="new.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "Date,A,B\n2026-01-30,0.01,\n",
        "\ufeffDate,A,B\r\n2026-01-30,0.01,\r\n",
        "Date;A;B\n2026-01-30;0.01;\n",
        "Date\tA\tB\n2026-01-30\t0.01\t\n",
        "\n\nDate,A,B,,\n\n2026-01-30,0.01,\n,,\n",
        '"Date","A","B"\n"2026-01-30","0.01",""\n',
    ],
    ids=["comma", "byte order mark", "semicolon", "tab", "blank rows and columns", "quoted"],
)
def test_csv_of_every_delimiter_gives_the_same_cells(tmp_path, text):
    data = read_data(written(tmp_path, text), "returns")
    assert (data.labels, data.rows) == (LABELS, (ROW,))


def test_a_decimal_comma_is_read_when_it_is_announced(tmp_path):
    data = read_data(written(tmp_path, "Date;A\n2026-01-30;0,01\n"), "returns", ",")
    assert numeric(data.rows[0][1], data.decimal) == 0.01


@pytest.mark.parametrize("text", ["1.234,5", "1_0", "inf", "1e999", "abc", "０.1", "5%", "--1"])
def test_what_is_no_plain_number_is_none(text):
    with pytest.raises(ValueError):
        numeric(text, ",")


@pytest.mark.parametrize("text", ["", "#N/A", "N/A", "NaN", " - ", None, float("nan")])
def test_missing_is_missing_in_every_spelling(text):
    assert numeric(text, ".") is None


def test_an_excel_file_gives_the_sheet_named_like_the_argument_to_the_last_bit(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["other"])
    sheet = book.create_sheet("Returns")
    for row in (["Date", "A", "B"], [datetime.datetime(2026, 1, 30), 1 / 3, None]):
        sheet.append(row)
    book.save(tmp_path / "new.xlsx")
    data = read_data(tmp_path / "new.xlsx", "returns")
    assert (data.labels, data.rows) == (LABELS, ((46052.0, 1 / 3, None),))


def test_an_excel_file_whose_formulas_were_never_computed_is_refused_with_the_cell(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Date", "A"])
    book.active.append([datetime.datetime(2026, 1, 30), "=1+1"])
    book.save(tmp_path / "new.xlsx")
    with pytest.raises(FactorError, match=r"CELL_FORMULA_NO_VALUE: .*new.xlsx Sheet!B2"):
        read_data(tmp_path / "new.xlsx", "returns")


def test_parquet_gives_its_index_as_first_column(tmp_path):
    pytest.importorskip("pyarrow")
    import pandas as pd

    dates = pd.DatetimeIndex(["2026-01-30"], name="Date")
    pd.DataFrame({"A": [1 / 3], "B": [float("nan")]}, dates).to_parquet(tmp_path / "new.parquet")
    data = read_data(tmp_path / "new.parquet", "returns")
    assert (data.labels, data.rows) == (LABELS, ((datetime.datetime(2026, 1, 30), 1 / 3, None),))


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("xlfactor.workbook.newdata.datafile.find_spec", lambda name: None)
    with pytest.raises(FactorError, match=r"PARQUET_MISSING: .*xlfactor\[scale\]"):
        read_data(written(tmp_path, b"PAR1", "new.parquet"), "returns")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "FILE_EMPTY"),
        ("Date,A\n", "NO_ROWS"),
        ("Date,,B\n2026-01-30,1,2\n", r"NAME_BLANK: .*new.csv, row 1, column 2"),
        ("Date,A\n2026-01-30,1,2\n", r"STRAY_CELLS: .*new.csv, row 2"),
        (b"Date,A\xff\n", "FILE_NOT_UTF8: byte 6 "),
        (b"PK\x03\x04 a workbook", r"FILE_EXTENSION: this is an Excel file, .*: call it new\.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"FILE_EXTENSION: .*: save it as Excel Workbook"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, text, message):
    with pytest.raises(FactorError, match=message):
        read_data(written(tmp_path, text), "returns")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FactorError, match=r"FILE_BAD: this is a folder .*: name the file inside it"):
        read_data(tmp_path, "returns")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FactorError, match=r"FILE_NOT_FOUND: .*none.csv"):
        read_data(tmp_path / "none.csv", "returns")


def test_a_table_whose_first_name_begins_like_a_zip_is_a_table(tmp_path):
    (tmp_path / "new.csv").write_text("PKN,Weight\nAAA,0.5\n")
    assert read_data(tmp_path / "new.csv", "portfolio").labels == ("PKN", "Weight")
