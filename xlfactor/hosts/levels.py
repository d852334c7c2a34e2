"""Levels what Excel hands over to the cells of the catalogue: the values of COM and of Office.js.

A cell that is already a number or text costs no Python time, so a block of 126,000 of them is levelled in
milliseconds (the read stage of xlwings 0.37.8 takes seconds).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

_COM_ERROR = -2146828288  # 0x800A0000; Excel's XlCVError number is added to it
COM_TEXTS: dict[int, str | None] = {
    -2147352572: None,  # DISP_E_PARAMNOTFOUND: an argument that was left out
    **{
        _COM_ERROR + number: text
        for number, text in {
            2000: "#NULL!",
            2007: "#DIV/0!",
            2015: "#VALUE!",
            2023: "#REF!",
            2029: "#NAME?",
            2036: "#NUM!",
            2042: "#N/A",
            2043: "#GETTING_DATA",
            2045: "#SPILL!",
            2046: "#CONNECT!",
            2047: "#BLOCKED!",
            2048: "#UNKNOWN!",
            2049: "#FIELD!",
            2050: "#CALC!",
        }.items()
    },
}

COM_CELLS: frozenset[type] = frozenset({float, str, bool, type(None)})
OFFICE_CELLS: frozenset[type] = COM_CELLS | {int}


def from_com(value: Any) -> list[Any]:
    """An argument of a VBA function as rows; error codes, currency and times become text, number and date."""
    return _level(value, COM_CELLS, _com_cell)


def from_office(value: Any) -> list[Any]:
    """An argument of an Office.js function (Server, Lite) as rows; Excel's data types become their basic value."""
    return _level(value, OFFICE_CELLS, _office_cell)


def _level(value: Any, known: frozenset[type], cell: Callable[[Any], Any]) -> list[Any]:
    """One cell comes as a scalar, and on Office.js one row as a flat list: rows of cells all of them."""
    row = value if isinstance(value, list | tuple) else [value]
    rows: Sequence[Any] = row if row and isinstance(row[0], list | tuple) else [row]
    return [row if known.issuperset(map(type, row)) else [v if type(v) in known else cell(v) for v in row]
            for row in rows]  # fmt: skip


def _com_cell(value: Any) -> Any:
    if isinstance(value, int):  # a number in a cell is a float: an int is an error's code
        return COM_TEXTS.get(value, float(value))
    if isinstance(value, Decimal):  # currency format
        return float(value)
    if isinstance(value, dt.datetime):  # pywin32 marks the local time of a cell as UTC
        return dt.datetime(*value.timetuple()[:6], value.microsecond)
    return value


def _office_cell(value: Any) -> Any:
    if isinstance(value, dict):  # Error, FormattedNumber, Entity …
        return value.get("basicValue", "#VALUE!")
    if type(value).__name__ == "JsNull":  # a blank cell in Pyodide; its class exists only there
        return None
    return value
