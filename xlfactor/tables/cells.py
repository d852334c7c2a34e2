"""One cell: what hosts hand over, as number, label or date; and the block of rows around it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from array import array
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from math import isfinite
from typing import cast

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, clipped, subject

Cell = float | int | str | bool | dt.datetime | None
Rows = list[list[Cell]]

EPOCH = dt.datetime(1899, 12, 30)  # day 0 of Excel (from March 1900 on) and of LibreOffice
FIRST_SERIAL = 18264  # 1 January 1950: what lies before is a row number, not a date
LAST_SERIAL = 2958466  # 31 December 9999 and a day
MISSING = frozenset({"", "#N/A", "#N/A N/A", "N/A", "NA", "NaN", "-"})
ERRORS = frozenset(
    ["#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#BUSY!",
     "#CONNECT!", "#BLOCKED!", "#UNKNOWN!", "#FIELD!", "#PYTHON!"]
)  # fmt: skip
BLANKS = "".join(chr(c) for c in range(0x3001) if chr(c).isspace())
INVISIBLE = BLANKS + "\u200b\u2060\ufeff\u200e\u200f\u00ad"  # what pages paste around a label; joiners are letters' own
LONE = re.compile("[\ud800-\udfff]")  # half a letter, of a text cut in two: no table can hold it
OUR_ERROR = "#XLF! "
DECORATION = re.compile(r"[\s'’$€£¥%()]")


def is_missing(value: object) -> bool:
    """Blank, #N/A and the texts data vendors write for it."""
    if value is None or (isinstance(value, str) and value.strip() in MISSING):
        return True
    return isinstance(value, float) and value != value


def is_blank(value: object) -> bool:
    """A whole argument that was left out: nothing, an empty text, or one blank cell."""
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    return value is None or (isinstance(value, str) and not value.strip())


def is_unfilled(value: object) -> bool:
    """A block of two rows or more in which only the first, the header, holds anything."""
    rows = value if isinstance(value, list | tuple) else []
    return len(rows) > 1 and all(is_empty(v) for row in rows[1:] if isinstance(row, list | tuple) for v in row)


def block(value: object, argument: str) -> Rows:
    """Any argument as rows of cells, trailing blank rows and columns cut (a whole column has 1,048,576 rows).

    Rows may be the caller's own lists: nobody writes into them.
    """
    if not isinstance(value, list | tuple):
        rows: list[Sequence[Cell]] = [[value]]  # type: ignore[list-item]
    elif value and isinstance(value[0], list | tuple):
        rows = list(value)
    else:
        rows = [list(value)]  # some hosts send a flat list for one row
    while rows and not any(not is_empty(v) for v in rows[-1]):
        rows.pop()
    if not rows:
        raise FactorError("NO_ROWS", f"{subject(argument, 'is')} empty", "pass a table with labels", argument=argument)
    refuse_upstream(rows[0][0], argument, alone=len(rows) == len(rows[0]) == 1)
    width = max(map(len, rows))
    while width > 1 and all(len(row) < width or is_empty(row[width - 1]) for row in rows):
        width -= 1
    return [
        row if type(row) is list and len(row) == width else [*row[:width], *[None] * (width - len(row))] for row in rows
    ]


def refuse_upstream(value: object, argument: str, *, alone: bool) -> None:
    """The error line of another function, or a native error that is the whole argument: say whose it is."""
    if isinstance(value, str) and (value.startswith(OUR_ERROR) or (alone and value in ERRORS)):
        raise FactorError(
            "UPSTREAM", f"{subject(argument, 'is')} an error: {value.removeprefix(OUR_ERROR)}",
            "mend that formula first", argument=argument, cells=[(0, 0)],
        )  # fmt: skip


def is_error(value: object) -> bool:
    """The text of a native error, or of one of ours."""
    return isinstance(value, str) and (value.strip() in ERRORS or value.startswith(OUR_ERROR))


def is_empty(value: object) -> bool:
    return value is None or value == ""


def numbers(rows: Rows, argument: str, first_row: int, first_column: int) -> Array:
    """Rows of cells as floats, missing as NaN; the first cell that is neither is named.

    Only cells that are no float cost Python time. TRUE is 1: LibreOffice cannot tell them apart.
    `first_row`, `first_column`: where the rows start inside the argument's block.
    """
    flat: list[Cell] = list(chain.from_iterable(rows))
    width = len(rows[0]) if rows else 0
    for place, value in enumerate(flat):
        if type(value) is not float:
            if is_missing(value):
                flat[place] = np.nan
            elif isinstance(value, int | float | np.number | Decimal):  # databases give Decimal
                flat[place] = float(value)
            else:
                at = divmod(place, width)
                raise bad_number(value, argument, (first_row + at[0], first_column + at[1]))
    return np.frombuffer(array("d", cast(list[float], flat))).reshape(
        len(rows), width
    )  # np.array looks at each cell twice


def bad_number(value: object, argument: str, cell: tuple[int, int], where: str = "") -> FactorError:
    """The error for a cell that should hold a number."""
    text = clipped(value)
    holds = f"{argument} holds" if where else subject(argument, "holds")  # the place of an option is given
    if is_error(value):
        code, message, fix = "CELL_ERROR", f"{holds} the error {text}", "mend or clear the cell"
    elif isinstance(value, str) and _looks_numeric(text):
        code, message = "NUM_TEXT", f"{holds} the number {text} as text"
        fix = "turn it into a number (Data, Text to Columns)"
    else:
        code, message, fix = (
            "NUM_BAD",
            f"{holds} '{text}' where a number is expected",
            "type a number or clear it",
        )
    return FactorError(code, message, fix, where=where or position(cell), argument=argument, cells=[cell])


def _looks_numeric(text: str) -> bool:
    """A number as people and pages write it: 1.234,5  (12)  −3 %  $5."""
    digits = DECORATION.sub("", text).replace("\N{MINUS SIGN}", "-")
    if "," in digits and "." in digits:
        digits = digits.replace(min(",.", key=digits.rindex), "")
    try:
        return isfinite(float(digits.replace(",", "." if digits.count(",") == 1 else "")))
    except ValueError:
        return False


def position(*cells: tuple[int, int]) -> str:
    """`row 3, column 2`: a place inside the block, for hosts that know no address."""
    return "; ".join(f"row {row + 1}, column {column + 1}" for row, column in cells[:5])


def label(value: object) -> str:
    """A label as text: 10107.0 (a cell), 10107 (pandas) and ' 10107' are one label."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value.strip(INVISIBLE))
        return text if text.isascii() else LONE.sub("\N{REPLACEMENT CHARACTER}", text)
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(value).upper()  # as Excel shows it: the ticker TRUE
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(value)


def date(value: object) -> dt.datetime | None:
    """A serial number, a datetime (a host's may carry a time zone) or ISO text as a date; None if it is none.

    A period is known at its end: its last day.
    """
    if value is pd.NaT:
        return None
    if isinstance(value, pd.Period):
        value = value.end_time
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, np.datetime64):
        return date(pd.Timestamp(value).to_pydatetime())
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return EPOCH + dt.timedelta(days=int(value)) if FIRST_SERIAL <= float(value) < LAST_SERIAL else None
    if isinstance(value, str):
        try:
            return date(dt.datetime.fromisoformat(value.strip()))
        except ValueError:
            return None
    return None
