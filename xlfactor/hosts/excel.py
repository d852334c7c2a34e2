"""The catalogue in Excel through xlwings: classic (COM and VBA), Server and Lite, by the same wrappers.

`from xlfactor.hosts.excel import *` gives every worksheet function and nothing else. Which of the three serves is
fixed when xlwings is imported.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import logging
import sys
from collections.abc import Callable
from typing import Any

import xlwings as xw
from xlwings.conversion import Accessor, Pipeline, ReadValueFromRangeStage

from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.functions.registry import Function
from xlfactor.hosts.levels import from_com, from_office
from xlfactor.tables.cells import OUR_ERROR, Rows

ON_SERVER: bool = getattr(xw, "on_server", False)  # Server and Lite
THREADS = ON_SERVER and sys.platform not in ("emscripten", "wasi")  # Lite runs inside Excel, without threads
READY = frozenset({float, str, bool})

log = logging.getLogger("xlfactor")
logging.captureWarnings(True)  # FactorWarning goes to the log; warnings.catch_warnings is not safe among threads


class Raw(Accessor):
    """Values as the host gives them in, rows of its own cells out.

    xlwings' stock converters look at every cell in Python: seconds for a year of 500 assets.
    """

    @classmethod
    def reader(cls, options: dict[str, Any]) -> Pipeline:
        return Pipeline([ReadValueFromRangeStage(options)])  # type: ignore[no-untyped-call]

    @classmethod
    def writer(cls, options: dict[str, Any]) -> Pipeline:
        def to_host(context: Any) -> None:
            prepare = context.engine.impl.prepare_xl_data_element  # knows the host's dates

            def cell(value: object) -> object:
                return "" if value is None else prepare(value, options) if isinstance(value, dt.datetime) else value

            context.value = [
                row if READY.issuperset(map(type, row)) else [v if type(v) in READY else cell(v) for v in row]
                for row in context.value
            ]

        return Pipeline([to_host])


def answer(function: Function, values: tuple[object, ...]) -> Rows:
    """The rows that the cell shows; an error is one line: the native error's hover text, or text in the cell."""
    level = from_office if ON_SERVER else from_com
    try:
        return function.spill([level(value) for value in values])
    except FactorError as error:
        line = error.line
    except Exception as error:
        log.exception("%s", function.name)
        line = f"BUG: unexpected {type(error).__name__}, see the log"
    if ON_SERVER:
        raise xw.XlwingsError(line)  # status 400; any other exception is 500, and Excel computes three times
    return [[OUR_ERROR + line]]  # an exception would put its traceback into the cell


def excel_function(function: Function) -> Callable[..., Any]:
    """`function` with the name that VBA and Excel see, an explicit signature and no type hints.

    A Literal as type hint breaks the classic path, an optional one or a whole number another. An argument left out
    is None, and the catalogue knows its default.
    """

    def direct(*values):  # type: ignore[no-untyped-def]
        return answer(function, values)

    async def threaded(*values):  # type: ignore[no-untyped-def]
        return await asyncio.to_thread(answer, function, values)  # a plain function would stop Server's event loop

    wrapper: Any = threaded if THREADS else direct
    wrapper.__name__ = wrapper.__qualname__ = function.name
    wrapper.__doc__ = function.help
    wrapper.__signature__ = inspect.Signature(
        [
            inspect.Parameter(
                argument.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if argument.required else None,
            )
            for argument in function.arguments
        ]
    )
    for argument in function.arguments:
        wrapper = xw.arg(argument.name, Raw, doc=argument.help)(wrapper)
    served: Callable[..., Any] = xw.func(category="xlfactor")(xw.ret(Raw)(wrapper))
    return served


_functions = {name: excel_function(function) for name, function in catalogue().items()}
globals().update(_functions)
__all__ = [*_functions]
