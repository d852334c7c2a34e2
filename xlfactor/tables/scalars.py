"""An option of a worksheet function: one cell as a number, a whole number, a flag, a date or a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from xlfactor.errors import FactorError
from xlfactor.tables import cells


def one_cell(value: object, argument: str) -> object:
    """The cell itself; a range of more than one cell and another formula's error are refused."""
    while isinstance(value, list | tuple):
        if len(value) != 1:
            raise FactorError("NOT_ONE_CELL", f"{argument} is a range", "pass one cell or value", argument=argument)
        value = value[0]
    cells.refuse_upstream(value, argument, alone=True)
    return value


def _number(value: object, argument: str) -> float:
    if isinstance(value, int | float | np.number) and np.isfinite(value):
        return float(value)
    if isinstance(value, float):
        raise FactorError("VALUE_INF", f"{argument} is {value}", "give a finite number", argument=argument)
    raise cells.bad_number(value, argument, (0, 0), where="one number")


def _whole(value: object, argument: str) -> int:
    number = _number(value, argument)
    if not number.is_integer():
        raise FactorError(
            "NUM_BAD", f"{argument} is {number:g}, not a whole number", "type a whole number", argument=argument
        )
    return int(number)


def _flag(value: object, argument: str) -> bool:
    if isinstance(value, str) and value.strip().casefold() in {"true", "false"}:
        return value.strip().casefold() == "true"
    return bool(_number(value, argument))


def _text(value: object, argument: str) -> str:
    return cells.label(value)


def _date(value: object, argument: str) -> pd.Timestamp:
    found = cells.date(value)
    if found is None:
        raise FactorError(
            "DATE_BAD", f"{argument} is '{str(value)[:40]}', not a date", "type a date, or text such as 2026-01-30",
            argument=argument,
        )  # fmt: skip
    return pd.Timestamp(found)


SCALARS: dict[str, Callable[[Any, str], Any]] = {
    "number": _number,
    "whole": _whole,
    "flag": _flag,
    "choice": _text,
    "text": _text,
    "path": _text,
    "date": _date,
}
