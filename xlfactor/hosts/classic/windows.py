"""Import xlwings as it imports itself on Windows with pywin32, on any system: its VBA generator lives there."""

from __future__ import annotations

import ctypes
import datetime as dt
import importlib
import os
import sys
from contextlib import suppress
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

# They look at sys.platform when they are imported, and must see the true one.
FIRST = ("numpy", "pandas", "asyncio", "concurrent.futures", "subprocess", "tempfile")
IF_THERE = ("matplotlib.pyplot", "PIL.ImageGrab", "polars", "plotly")  # xlwings imports what it finds


def import_xlwings_of_windows(time_type: type = dt.datetime) -> None:
    """For a process of its own: xlwings chooses its decorators once. `time_type` is the class of COM's times."""
    os.environ.pop("XLWINGS_ON_SERVER", None)
    if sys.platform == "win32":
        importlib.import_module("xlwings")
        return
    for name in FIRST:
        importlib.import_module(name)
    for name in IF_THERE:
        with suppress(ImportError):
            importlib.import_module(name)
    sys.modules.update(pywin32(time_type))
    for name in ("oledll", "windll", "WinDLL", "WINFUNCTYPE", "HRESULT"):
        setattr(ctypes, name, MagicMock())
    platform, py_dll = sys.platform, ctypes.PyDLL
    sys.platform, ctypes.PyDLL = "win32", MagicMock()  # type: ignore[misc]
    try:
        importlib.import_module("xlwings")
    finally:
        sys.platform, ctypes.PyDLL = platform, py_dll  # type: ignore[misc]


def pywin32(time_type: type) -> dict[str, Any]:
    """Stand-ins for pywin32's modules: enough to import xlwings and to call what needs no Excel."""
    error = type("com_error", (Exception,), {})
    dispatched = {name: type(name, (), {}) for name in ("CDispatch", "CoClassBaseClass", "DispatchBaseClass")}
    as_it_is = {name: lambda value, *args, **options: value for name in ("Dispatch", "DispatchEx")}
    others = ["win32com", "win32com.client.dynamic", "win32com.server", "win32com.server.util"]
    others += ["win32com.server.dispatcher", "win32com.server.exception"]
    others += [f"win32{name}" for name in ("api", "con", "event", "gui", "process", "clipboard")]
    return {name: MagicMock() for name in others} | {
        "pywintypes": MagicMock(TimeType=time_type, com_error=error, IID=str),
        "pythoncom": MagicMock(__file__="pythoncom.dll", com_error=error),
        "win32com.client": MagicMock(**dispatched, **as_it_is),
        "win32com.server.policy": MagicMock(EventHandlerPolicy=object, BasicWrapPolicy=object),
        "win32timezone": MagicMock(TimeZoneInfo=SimpleNamespace(utc=lambda: dt.UTC)),
    }
