"""The UNO component: a function of the catalogue as Calc calls it, values from UNO and to UNO.

Loaded by the generated extension inside LibreOffice; numpy and pandas are imported with the first call.
"""

from __future__ import annotations

import datetime as dt
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from xlfactor.errors import FactorError, FactorWarning
from xlfactor.hosts.libreoffice.packages import Packages

if TYPE_CHECKING:  # Python 3.9 cannot evaluate it
    Value = float | str

NUMERIC = {"number", "whole", "flag"}  # kinds whose 0.0 is a zero
OUR_ERROR = "#XLF! "  # tables/cells.py has it too, but may need a numpy that is not there


def implementation(service: str, names: Sequence[str], packages: Packages) -> Any:
    """What LibreOffice's Python loader looks for: one service with a method for each name."""
    import unohelper
    from com.xlfactor.calc import XFunctions  # declared in the extension's xlfactor.idl

    methods = {name: _method(name, packages) for name in names}
    made = type("Functions", (unohelper.Base, XFunctions), {"__init__": lambda self, context, *_: None, **methods})
    helper = unohelper.ImplementationHelper()
    helper.addImplementation(made, service, (service,))
    return helper


def _method(name: str, packages: Packages) -> Callable[..., tuple[tuple[Value, ...], ...]]:
    def method(self: object, *values: object) -> tuple[tuple[Value, ...], ...]:
        problem = packages.problem()
        return ((OUR_ERROR + problem,),) if problem else answer(name, values)

    return method


def answer(name: str, values: Sequence[object]) -> tuple[tuple[Value, ...], ...]:
    """Rows of cells; the user's error as one line in the first cell, a bug too, with its traceback on stderr."""
    from xlfactor.functions import catalogue

    function = catalogue()[name]
    given = [blank(value, a.kind) for value, a in zip(values, function.arguments, strict=True)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FactorWarning)  # `xlfactor check` tells them; a cell stays a number
            rows = function.spill(given)
    except FactorError as error:
        return ((OUR_ERROR + error.line,),)
    except Exception as error:
        traceback.print_exc()
        return ((f"{OUR_ERROR}BUG: unexpected {type(error).__name__}, see the log",),)
    return tuple(tuple(map(to_uno, row)) for row in rows)


def blank(value: object, kind: str) -> object:
    """None for a reference to one blank cell, which Calc hands over as 0.0, where no number is due.

    A number's blank cell cannot be told from zero: leave the argument out instead.
    """
    return None if kind not in NUMERIC and type(value) is float and value == 0.0 else value


def to_uno(value: object) -> Value:
    """A missing number as "", which reads back as missing; a date as its serial number; TRUE as 1.

    A boolean among the results is shown at random as TRUE or FALSE (LibreOffice 7.4), as it is a number in Calc anyway.
    """
    from xlfactor.tables.cells import EPOCH

    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return (value - EPOCH) / dt.timedelta(days=1)
    return value if isinstance(value, str) else float(value)  # type: ignore[arg-type]
