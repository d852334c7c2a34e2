"""Runs in a child process: xlwings' own code for classic Excel (udfs.py, _xlwindows.py) over stand-ins for pywin32.

It proves conversion and dispatch; COM itself and Excel are not there.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

from tests.hosts.child import keep_log, probe
from xlfactor.hosts.classic.windows import import_xlwings_of_windows

MISSING, NA, DIV0 = -2147352572, -2146826246, -2146826281  # an argument left out, #N/A, #DIV/0!
MODULE = "xlfactor.hosts.excel"
RANGE_INTERFACE = "{00020846-0000-0000-C000-000000000046}"


class Time(dt.datetime):
    """The time of pywin32: the cell's local time, said to be UTC."""


def com_time(value: dt.datetime) -> Time:
    return Time(*value.timetuple()[:6], tzinfo=dt.UTC)


class Range:
    """What xlwings asks of a COM range of cells."""

    CLSID, Row, Column, Address, Worksheet = "range", 1, 1, "$A$1", MagicMock()

    def __init__(self, cells: list[list[Any]]) -> None:
        self.cells = tuple(map(tuple, cells))
        self.Rows, self.Columns = SimpleNamespace(Count=len(cells)), SimpleNamespace(Count=len(cells[0]))
        kind = SimpleNamespace(GetTypeAttr=lambda: SimpleNamespace(iid=RANGE_INTERFACE))
        self._oleobj_ = SimpleNamespace(GetTypeInfo=lambda: kind)

    @property
    def Value(self) -> Any:
        """One cell is a scalar, anything else a tuple of row tuples."""
        return self.cells[0][0] if len(self.cells) == len(self.cells[0]) == 1 else self.cells


def start() -> None:
    """Import xlwings as it imports itself on Windows with pywin32."""
    import_xlwings_of_windows(Time)
    sys.modules["pywintypes"].Time = com_time  # type: ignore[attr-defined]
    keep_log()


def formula(name: str, *arguments: Any, nested: bool = False) -> Any:
    """What the cell shows for plain cells (tests/samples.py) as ranges, or as the results of nested formulas."""
    return call(name, *(to_excel(value, nested) for value in arguments))


def call(name: str, *values: Any) -> Any:
    from xlwings import udfs

    return udfs.call_udf(MODULE, name, values, None, Range([[None]]))


def probed(function: Callable[..., Any], *values: Any) -> Any:
    """The same for a function of the test, which gets what the host has levelled; `values` as COM gives them."""
    from xlfactor.hosts import excel

    excel.XLF_PROBE = excel.excel_function(probe(function, len(values)))  # type: ignore[attr-defined]
    try:
        return call("XLF_PROBE", *values)
    finally:
        del excel.XLF_PROBE  # type: ignore[attr-defined]


def to_excel(value: Any, nested: bool = False) -> Any:
    if value is None:
        return MISSING
    if not isinstance(value, list):
        return value  # typed into the formula
    rows = [[_cell(v, nested) for v in row] for row in value]
    return tuple(map(tuple, rows)) if nested else Range(rows)


def _cell(value: Any, nested: bool) -> Any:
    if isinstance(value, dt.datetime):
        return float((value - dt.datetime(1899, 12, 30)).days) if nested else com_time(value)
    return NA if value == "#N/A" else value


def from_excel(answer: Any) -> Any:
    """The cell's rows as plain cells; a COM time has a time zone."""
    return [
        [v.replace(tzinfo=None) if isinstance(v, dt.datetime) and v.tzinfo else None if v == "" else v for v in row]
        for row in answer
    ]


def vba() -> str:
    """The VBA module that Excel would import."""
    import io

    from xlwings import udfs

    text = io.StringIO()
    module = udfs.get_udf_module(MODULE, None)
    udfs.generate_vba_wrapper(MODULE, module, text, SimpleNamespace(Name="xlfactor.xlam"))
    return text.getvalue()


def wizard() -> dict[str, list[str]]:
    """The texts of the function wizard: that of the function, then those of its arguments."""
    from xlfactor.hosts import excel

    served = [f.__xlfunc__ for f in vars(excel).values() if hasattr(f, "__xlfunc__")]
    return {f["name"]: [f["ret"]["doc"], *(argument["doc"] for argument in f["args"])] for f in served}
