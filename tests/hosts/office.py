"""Runs in a child process: xlwings Server's own conversion and dispatch, without HTTP or browser."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

from tests.hosts.child import keep_log, probe

NA = {"type": "Error", "errorType": "NotAvailable", "basicValue": "#N/A", "basicType": "Error"}
EPOCH = dt.datetime(1899, 12, 30)


def start(platform: str) -> None:
    os.environ["XLWINGS_ON_SERVER"] = "true"
    import xlwings.server  # noqa: F401

    keep_log()
    own, sys.platform = sys.platform, platform
    try:
        import xlfactor.hosts.excel  # noqa: F401
    finally:
        sys.platform = own


def formula(name: str, *arguments: Any, runtime: str = "1.4") -> Any:
    """The reply's rows, or the hover text of the error, for plain cells (tests/samples.py)."""
    from xlfactor.hosts import excel

    return _call(excel, name, [to_excel(value) for value in arguments], runtime)


def probed(call: Callable[..., Any], *values: Any, runtime: str = "1.4") -> Any:
    """The same for a function of the test, which gets what the host has levelled; `values` as Excel sends them."""
    from xlfactor.hosts import excel

    served = excel.excel_function(probe(call, len(values)))
    return _call(SimpleNamespace(XLF_PROBE=served), "XLF_PROBE", list(values), runtime)


def _call(module: Any, name: str, arguments: list[Any], runtime: str) -> Any:
    import xlwings as xw
    from xlwings.server import custom_functions_call

    try:
        reply = asyncio.run(custom_functions_call(json.loads(json.dumps(request(name, arguments, runtime))), module))
    except xw.XlwingsError as error:
        return str(error)
    return json.loads(json.dumps(reply, allow_nan=False))


def request(name: str, arguments: list[Any], runtime: str) -> dict[str, Any]:
    """What the task pane posts to /xlwings/custom-functions-call."""
    return {
        "client": "Office.js",
        "func_name": name,
        "args": arguments,
        "caller_address": "[Book1]Sheet1!A1",
        "version": version("xlwings"),
        "runtime": runtime,
        "culture_info_name": "en-US",
        "date_format": "m/d/yyyy",
    }


def to_excel(value: Any) -> Any:
    """Plain cells as JavaScript sends them: every range a matrix, dates as serial numbers, whole numbers as int."""
    if value is None:
        return None  # an argument that was left out
    return [list(map(_cell, row)) for row in (value if isinstance(value, list) else [[value]])]


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return (value - EPOCH).days
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return "" if value is None else NA if value == "#N/A" else value


def from_excel(reply: Any) -> Any:
    """A reply as plain cells."""
    if isinstance(reply, str):
        return reply
    return [
        [
            EPOCH + dt.timedelta(v["basicValue"]) if isinstance(v, dict) else None if v == "" else v for v in row
        ]
        for row in reply
    ]  # fmt: skip


def star() -> dict[str, bool]:
    """What `from xlfactor.hosts.excel import *` gives a project of xlwings Server, and whether it is a coroutine."""
    import inspect

    names: dict[str, Any] = {}
    exec("from xlfactor.hosts.excel import *", names)
    return {k: inspect.iscoroutinefunction(v) for k, v in names.items() if not k.startswith("__")}


def metadata() -> Any:
    from xlwings.server import custom_functions_meta

    from xlfactor.hosts import excel

    return custom_functions_meta(excel)["functions"]
