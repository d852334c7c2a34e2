"""A table as it was given, from cells or from pandas: labels found and checked, the body still raw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, clipped, first_five, subject
from xlfactor.tables import cells
from xlfactor.tables.cells import Cell, Rows

DAY_MONTH = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-](?:[0-9]{2}){1,2}")
NOUNS = {"DUP_ASSET": "asset", "DUP_FACTOR": "factor", "DUP_DATE": "date", "DUP_LABEL": "label"}


@dataclass(frozen=True)
class Raw:
    """Labels and body of a table; `rows` and `columns` say where each stands in the block it came from."""

    argument: str
    corner: tuple[str, ...]  # the headers above the row labels
    index: tuple[list[Cell], ...]  # a list a label column
    header: list[str]
    body: Rows | list[pd.Series]  # rows of cells, or columns of a DataFrame
    rows: list[int]
    columns: list[int]

    def numbers(self) -> Array:
        """The whole body as floats; the first bad cell is named."""
        if self._pandas:
            return np.column_stack([self.column(j) for j in range(len(self.header))])
        return self._read(self.body, 0)  # type: ignore[arg-type]

    def column(self, j: int) -> Array:
        """Column j as floats; its first bad cell is named."""
        series = self.body[j] if self._pandas else None
        if isinstance(series, pd.Series) and pd.api.types.is_float_dtype(series):
            values = np.asarray(series.to_numpy(dtype=float, na_value=np.nan))
            if not np.isinf(values).any():
                return values
        return self._read([[v] for v in self.cells(j)], j)[:, 0]

    def cells(self, j: int) -> list[Cell]:
        """Column j as raw cells."""
        if self._pandas:
            return [None if v is pd.NA or v is pd.NaT else v for v in self.body[j]]
        return [row[j] for row in self.body]

    def is_text(self, j: int) -> bool:
        """A column with text and without any number; one of blanks and errors is no text."""
        if self._pandas and pd.api.types.is_numeric_dtype(self.body[j]):
            return False
        present = [v for v in self.cells(j) if not cells.is_missing(v) and not cells.is_error(v)]
        return bool(present) and all(isinstance(v, str) for v in present)

    def texts(self, j: int) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        """Column j as labels, None where missing; its first error is named, for it is no label."""
        given = self.cells(j)
        for row, value in enumerate(given):
            if cells.is_error(value):
                raise self._named(cells.bad_number(value, self.argument, (0, 0)), row, 0, j)
        return np.array([None if cells.is_missing(v) else cells.label(v) for v in given], dtype=object)

    @property
    def _pandas(self) -> bool:
        return isinstance(self.body[0], pd.Series)

    def _read(self, rows: Rows, first_column: int) -> Array:
        try:
            values = cells.numbers(rows, self.argument, 0, 0)
        except FactorError as error:
            raise self._named(error, *error.cells[0], first_column) from None
        if np.isinf(values).any():
            row, column = np.argwhere(np.isinf(values))[0]
            message, fix = f"{subject(self.argument, 'holds')} an infinite number", "type a finite number or clear it"
            raise self._named(FactorError("VALUE_INF", message, fix), int(row), int(column), first_column)
        return values

    def _named(self, error: FactorError, row: int, column: int, first_column: int) -> FactorError:
        """The error with the labels of its cell and the cell's place in the block."""
        cell = (self.rows[row], self.columns[first_column + column])
        names = [*(cells.label(level[row]) for level in self.index), self.header[first_column + column]]
        where = f"{', '.join(map(clipped, names))}: {cells.position(cell)}"
        return FactorError(error.code, error.message, error.fix, where=where, argument=self.argument, cells=[cell])


def from_cells(value: object, argument: str, label_columns: int) -> Raw:
    """Rows of cells, first row and first column(s) labels; wholly blank rows and columns are spacing."""
    rows = cells.block(value, argument)
    if len(rows) < 2 or len(rows[0]) <= label_columns:
        raise FactorError(
            "NO_ROWS", f"{subject(argument, 'has')} no rows of data under the header", "pass labels and numbers",
            argument=argument,
        )  # fmt: skip
    header = rows[0]
    columns, below = [], rows[1:]
    for j in range(label_columns, len(header)):
        if not cells.is_empty(header[j]):
            columns.append(j)
        elif any(not cells.is_empty(row[j]) for row in below):
            raise _blank_label("column", argument, (0, j))
    kept = []
    for i, row in enumerate(below, start=1):
        if all(not cells.is_empty(v) for v in row[:label_columns]):
            kept.append(i)
        elif any(not cells.is_empty(v) for v in row):
            raise _blank_label("row", argument, (i, 0))
    if not kept or not columns:
        message = f"{subject(argument, 'has')} no labelled data"
        raise FactorError("NO_ROWS", message, "pass labels and numbers", argument=argument)
    whole = columns == list(range(label_columns, len(header)))
    return Raw(
        argument,
        tuple(cells.label(v) for v in header[:label_columns]),
        tuple([rows[i][k] for i in kept] for k in range(label_columns)),
        [_name(header[j], argument, (0, j)) for j in columns],
        [rows[i][label_columns:] if whole else [rows[i][j] for j in columns] for i in kept],
        kept,
        columns,
    )


def from_frame(frame: pd.DataFrame, argument: str, label_columns: int) -> Raw:
    """A DataFrame: its index levels are the row labels."""
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        message = f"{subject(argument, 'is')} empty"
        raise FactorError("NO_ROWS", message, "pass a table with rows and columns", argument=argument)
    levels = frame.index.nlevels
    if levels != label_columns:
        raise FactorError(
            "LABEL_COLUMNS", f"{subject(argument, 'has')} {levels} index levels, not {label_columns}",
            "select a date, or drop a level", argument=argument,
        )  # fmt: skip
    columns = list(range(levels, levels + frame.shape[1]))
    return Raw(
        argument,
        tuple(cells.label(name) for name in frame.index.names),
        tuple(frame.index.get_level_values(k).tolist() for k in range(levels)),
        [_name(name, argument, (0, j)) for name, j in zip(frame.columns, columns, strict=True)],
        [frame.iloc[:, j] for j in range(frame.shape[1])],
        list(range(1, frame.shape[0] + 1)),
        columns,
    )


def _blank_label(what: str, argument: str, cell: tuple[int, int]) -> FactorError:
    return FactorError(
        "NAME_BLANK", f"{subject(argument, 'has')} data in a {what} without a label", f"label the {what} or clear it",
        where=cells.position(cell), argument=argument, cells=[cell],
    )  # fmt: skip


def _name(value: object, argument: str, cell: tuple[int, int]) -> str:
    text = cells.label(value)
    if text in cells.ERRORS or text in cells.MISSING - {"NA", "NaN", "-"}:
        raise FactorError(
            "NAME_ERROR" if text else "NAME_BLANK", f"{subject(argument, 'has')} the label '{text}'", "type a name",
            where=cells.position(cell), argument=argument, cells=[cell],
        )  # fmt: skip
    return text


def labels(raw: Raw, level: int) -> list[str]:
    """The labels of one label column as text."""
    return [_name(v, raw.argument, (i, level)) for v, i in zip(raw.index[level], raw.rows, strict=True)]


def row_names(raw: Raw, code: str) -> list[str]:
    """Row labels as text, each once."""
    names = labels(raw, 0)
    refuse_twice(names, raw.argument, code, [(i, 0) for i in raw.rows])
    return names


def column_names(raw: Raw, code: str) -> list[str]:
    refuse_twice(raw.header, raw.argument, code, [(0, j) for j in raw.columns])
    return raw.header


def refuse_twice(labels: Sequence[object], argument: str, code: str, places: Sequence[tuple[int, int]]) -> None:
    """A label that stands twice is an error that names it and both cells: a join would pick one of them silently."""
    if len(set(labels)) == len(labels):
        return
    first: dict[object, int] = {}
    twice = [(first[name], k) for k, name in enumerate(labels) if first.setdefault(name, k) != k]
    names = first_five(dict.fromkeys(_text(labels[k]) for _, k in twice))
    one, other = places[twice[0][0]], places[twice[0][1]]
    axis, at = ("columns", (one[1], other[1])) if one[0] == other[0] else ("rows", (one[0], other[0]))
    raise FactorError(
        code, f"{subject(argument, 'lists')} the {NOUNS[code]} {names} twice", "rename or delete one",
        where=f"{axis} {at[0] + 1}, {at[1] + 1}", argument=argument, cells=[one, other],
    )  # fmt: skip


def _text(label: object) -> str:
    """`2026-01-30 AAPL` of a label in two parts."""
    return " ".join(map(cells.label, label)) if isinstance(label, tuple) else cells.label(label)


def row_dates(raw: Raw) -> pd.DatetimeIndex:
    """Row labels of the first label column as dates."""
    stamps = raw.index[0]
    given = [cells.date(v) for v in stamps]
    for k, stamp in enumerate(given):
        if stamp is None or not 1678 <= stamp.year <= 2261:  # pandas counts nanoseconds: 9999-12-31 does not fit
            raise bad_date(stamps, k, raw)
    return pd.DatetimeIndex(given, name="Date").as_unit("ns")


def bad_date(stamps: Sequence[Cell], k: int, raw: Raw) -> FactorError:
    """Why a row label is no date: a number of no day since 1950, a date as text of another order, or neither."""
    value, cell = stamps[k], (raw.rows[k], 0)
    has = subject(raw.argument, "has")
    if isinstance(value, int | float) and not isinstance(value, bool):
        code, message = "DATE_SERIAL", f"{has} the number {value:.12g} where a date from 1950 to 2261 is expected"
        fix = "type a date, or text such as 2026-01-30"
    elif (order := day_month(stamps)) and isinstance(value, str) and DAY_MONTH.fullmatch(value.strip()):
        code, message = order, f"{has} the date {clipped(value)} as text"
        fix = "turn the column into dates (Data, Text to Columns, Date)"
        if order == "DATE_AMBIGUOUS":
            message += ", and no date of the column tells day from month"
    else:
        code, message = "DATE_BAD", f"{has} '{clipped(value)}' where a date is expected"
        fix = "type a date, or text such as 2026-01-30"
    return FactorError(code, message, fix, where=cells.position(cell), argument=raw.argument, cells=[cell])


def day_month(stamps: Sequence[Cell]) -> str:
    """DATE_TEXT if some text such as 31/01/2026 settles the order of day and month, else DATE_AMBIGUOUS."""
    found = [DAY_MONTH.fullmatch(v.strip()) for v in stamps if isinstance(v, str)]
    settled = any(m and (int(m[1]) > 12) != (int(m[2]) > 12) for m in found)
    return "DATE_TEXT" if settled else "DATE_AMBIGUOUS"


def with_dates(raw: Raw) -> tuple[Raw, pd.DatetimeIndex]:
    """A table by date, each date once; its later errors then say 2026-01-30, not 46052."""
    dates = row_dates(raw)
    refuse_twice([d.date().isoformat() for d in dates], raw.argument, "DUP_DATE", [(i, 0) for i in raw.rows])
    return replace(raw, index=(dates.to_pydatetime().tolist(),)), dates
