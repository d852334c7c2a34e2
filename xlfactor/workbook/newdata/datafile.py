"""A file with new data (CSV, Parquet, Excel) as rows of cells; text is text until its column is known."""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from xlfactor.errors import FactorError, first_five
from xlfactor.tables import cells
from xlfactor.workbook.addresses import address
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.reading.preflight import OLE, preflight
from xlfactor.workbook.reading.sheet import outside, read_sheet
from xlfactor.workbook.results import Cell

DELIMITERS = ",;\t"
EXCEL = (".xlsx", ".xlsm", ".xltx", ".xltm")
PARQUET = (".parquet", ".pq")
ZIP = b"PK\x03\x04"  # a firm's name may begin with PK


@dataclass(frozen=True)
class DataFile:
    """Column labels and rows of cells, all as wide as the labels; blank rows are left out.

    `lines` are the rows' numbers in the file, for messages; `decimal` is the sign in its numbers.
    """

    name: str
    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...]
    decimal: str


def read_data(path: Path, argument: str, decimal: str = ".") -> DataFile:
    """The table in a file, its labels in the first row that is not blank.

    An Excel file's sheet is the one named like the argument, else the first that is not hidden.
    FactorError FILE_NOT_FOUND, FILE_EMPTY, FILE_NOT_UTF8, CELL_FORMULA_NO_VALUE, NAME_BLANK, NO_ROWS, and
    those of a workbook.
    """
    if path.is_dir():
        raise FactorError("FILE_BAD", "this is a folder", "name the file inside it", where=str(path))
    if not path.is_file():
        raise FactorError("FILE_NOT_FOUND", "there is no such file", "check the path", where=str(path))
    suffix = path.suffix.lower()
    if suffix in EXCEL:
        rows = excel_rows(path, argument)
    elif suffix in PARQUET:
        rows = parquet_rows(path)
    else:
        rows = csv_rows(path)
    full = [(line, row) for line, row in enumerate(rows, 1) if any(v not in (None, "") for v in row)]
    if not full:
        raise FactorError("FILE_EMPTY", "the file holds no cells", "fetch the file again", where=path.name)
    labels = [cells.label(value) for value in full[0][1]]
    while labels and not labels[-1]:
        labels.pop()
    if "" in labels[1:]:
        at = f"{path.name}, row {full[0][0]}, column {labels.index('', 1) + 1}"
        raise FactorError("NAME_BLANK", "a column has no label", "label or delete it", where=at)
    if len(full) == 1:
        raise FactorError("NO_ROWS", "the file has labels but no rows", "fetch the file again", where=path.name)
    width = len(labels)
    for line, row in full:
        if any(value not in (None, "") for value in row[width:]):
            where = f"{path.name}, row {line}"
            raise FactorError(
                "STRAY_CELLS", f"there are cells beyond column {width}, the last with a label", "delete them",
                where=where,
            )  # fmt: skip
    body = tuple(tuple([*row[:width], *[None] * (width - len(row))]) for _, row in full[1:])
    return DataFile(path.name, tuple(labels), body, tuple(line for line, _ in full[1:]), decimal)


def csv_rows(path: Path) -> list[list[Cell]]:
    """UTF-8, with a byte order mark or not; the delimiter is the one that splits the first line most."""
    data = path.read_bytes()
    if data.startswith((OLE, ZIP)):
        fix = "save it as Excel Workbook (.xlsx)" if data.startswith(OLE) else f"call it {path.stem}.xlsx"
        raise FactorError("FILE_EXTENSION", "this is an Excel file, whatever its name", fix, where=path.name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FactorError(
            "FILE_NOT_UTF8", f"byte {error.start} is no UTF-8 text", "save it as CSV UTF-8", where=path.name
        ) from None
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    try:
        return [[value or None for value in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise FactorError("FILE_CORRUPT", f"this is no CSV ({error})", "save it again", where=path.name) from None


def excel_rows(path: Path, argument: str) -> list[list[Cell]]:
    preflight(path)
    book = open_book(path)
    named = [part for part in book.sheets if part.name.strip().casefold() == argument]
    found = [*named, *(part for part in book.sheets if not part.hidden), *book.sheets]
    if not found:
        raise FactorError("SHEET_MISSING", "it has no worksheet", "put the data on one", where=path.name)
    sheet = read_sheet(book, found[0])
    if sheet.beyond:
        raise outside(sheet)
    for fault in sheet.faults.values():
        raise fault
    for cell, formula in sheet.formulas.items():
        if not formula.cached:
            raise FactorError(
                "CELL_FORMULA_NO_VALUE", "the formula has no stored value", "open and save it in Excel",
                where=f"{path.name} {address(sheet.name, cell)}",
            )  # fmt: skip
    return sheet.values


def parquet_rows(path: Path) -> list[list[Cell]]:
    """A frame's index, where it has one with a name, is the first column."""
    if find_spec("pyarrow") is None:
        raise FactorError(
            "PARQUET_MISSING",
            "reading Parquet needs pyarrow",
            "pip install 'xlfactor[scale]'",
            where=path.name,
        )
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise FactorError(
            "FILE_CORRUPT", f"this is no Parquet file ({error})", "fetch it again", where=path.name
        ) from error
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    header: list[Cell] = [str(label) for label in frame.columns]
    return [header, *([plain(value) for value in row] for row in frame.itertuples(index=False, name=None))]


def plain(value: Any) -> Cell:
    """A value of a frame as a cell."""
    if value is None or value != value:
        return None
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    return value if isinstance(value, float | int | str | bool | datetime.datetime) else str(value)


def numeric(value: Cell, decimal: str) -> float | None:
    """A cell as a number, None where it is missing; ValueError where it is neither."""
    if cells.is_missing(value):
        return None
    if isinstance(value, str):
        text = value.strip()
        if "_" in text or not text.isascii() or (decimal != "." and "." in text):
            raise ValueError(text)
        value = float(text.replace(decimal, "."))
    if isinstance(value, datetime.datetime | bool) or value is None or not abs(value) < float("inf"):
        raise ValueError(value)
    return float(value)


def all_numeric(values: Sequence[Cell], decimal: str) -> bool:
    """Do all cells that are not missing hold numbers?"""
    try:
        for value in values:
            numeric(value, decimal)
    except ValueError:
        return False
    return True


def number_at(data: DataFile, row: int, column: int) -> float | None:
    """The number in a cell of the file. FactorError NUM_BAD with its place."""
    value = data.rows[row][column]
    try:
        return numeric(value, data.decimal)
    except ValueError:
        raise FactorError(
            "NUM_BAD", f'text "{str(value)[:40]}" where a number is expected', "write a number or clear it",
            where=place(data, row, column),
        ) from None  # fmt: skip


def place(data: DataFile, row: int, column: int) -> str:
    """`prices.csv, row 7, SYN001`."""
    return f"{data.name}, row {data.lines[row]}, {data.labels[column] or 'column 1'}"


def refuse_twice(data: DataFile, code: str) -> None:
    """No label may head two columns."""
    twice = [label for label, count in Counter(data.labels).items() if count > 1]
    if twice:
        raise FactorError(
            code,
            f"{first_five(twice)} stands twice in the first row",
            "rename or delete one",
            where=data.name,
        )
