"""A worksheet's operators and conversions on single cells, with its errors as exceptions."""

from __future__ import annotations

import datetime
import math
import operator as op
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from xlfactor.workbook.formulas.parse import unsupported
from xlfactor.workbook.formulas.workspace import Block, Value
from xlfactor.workbook.results import ERROR_TEXTS, Cell

NUMBER = re.compile(r" *([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) *(%?) *", re.ASCII)
COMPARISONS = {"=": op.eq, "<>": op.ne, "<": op.lt, ">": op.gt, "<=": op.le, ">=": op.ge}


class SheetError(Exception):
    """An error value such as #N/A on its way up through a formula."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


def sound(value: Cell) -> Cell:
    """A cell that is no error. Raises SheetError."""
    if isinstance(value, str) and value in ERROR_TEXTS:
        raise SheetError(value)
    if isinstance(value, datetime.datetime):  # in the grids of 1904 books only
        raise unsupported(f"{value:%Y-%m-%d}", "dates of the 1904 system are left to Excel")
    return value


def single(value: Value) -> Cell:
    """One cell where one is needed. Raises SheetError for an error, FactorError for a larger block."""
    if isinstance(value, Block):
        if len(value.rows) != 1 or len(value.rows[0]) != 1:
            raise unsupported("a range", "a single cell is needed here")
        value = value.rows[0][0]
    return sound(value)


def cells(value: Value) -> Iterator[Cell]:
    """The cells of a value, row by row."""
    if isinstance(value, Block):
        for row in value.rows:
            yield from row
    else:
        yield value


def is_number(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: Cell) -> float:
    """A cell as a number: blank is 0, logicals 1 and 0, numeric text its number, other text #VALUE!."""
    value = sound(value)
    if value is None:
        return 0.0
    if isinstance(value, str):
        found = numeric_text(value)
        if found is None:
            if any(character.isdigit() for character in value):
                raise unsupported(value, "whether this text is a number depends on the country")
            raise SheetError("#VALUE!")
        return found
    assert not isinstance(value, datetime.datetime), "sound() lets no date pass"
    return float(value)


def numeric_text(text: str) -> float | None:
    match = NUMBER.fullmatch(text)
    if not match:
        return None
    return finite(float(match[1])) / (100 if match[2] else 1)


def finite(x: float) -> float:
    if not math.isfinite(x):
        raise SheetError("#NUM!")
    return x


def logical(value: Cell) -> bool:
    """A condition: not 0; the texts TRUE and FALSE."""
    value = sound(value)
    if isinstance(value, str):
        if value.upper() in ("TRUE", "FALSE"):
            return value.upper() == "TRUE"
        raise SheetError("#VALUE!")
    return number(value) != 0


def text(value: Cell) -> str:
    """A cell as `&` joins it: numbers in the General format, 15 digits."""
    value = sound(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    x = number(value)
    if x and not 1e-4 <= abs(x) < 1e15:
        raise unsupported(repr(x), "the text of a number of this size depends on its cell")
    shown = f"{x:.15g}"
    return "0" if shown == "-0" else shown


def unary(symbol: str, value: Cell) -> Cell:
    if symbol == "u+":
        return sound(value)
    x = number(value)
    return x / 100 if symbol == "%" else -x


def binary(symbol: str, a: Cell, b: Cell) -> Cell:
    """`a symbol b`; SheetError for what a worksheet answers with an error value."""
    if symbol in COMPARISONS:
        return compare(symbol, sound(a), sound(b))
    if symbol == "&":
        return text(a) + text(b)
    x, y = number(a), number(b)
    if symbol == "+":
        return finite(x + y)
    if symbol == "-":
        return finite(x - y)
    if symbol == "*":
        return finite(x * y)
    if symbol == "/":
        if y == 0:
            raise SheetError("#DIV/0!")
        return finite(x / y)
    return power(x, y)


def power(x: float, y: float) -> float:
    if x == 0 and y <= 0:
        raise SheetError("#DIV/0!" if y < 0 else "#NUM!")
    try:
        return finite(math.pow(x, y))
    except (ValueError, OverflowError):
        raise SheetError("#NUM!") from None


def compare(symbol: str, a: Cell, b: Cell) -> bool:
    """Numbers < texts < logicals; a blank is 0, "" or FALSE beside its partner; texts without case."""
    left, right = ordered(a, b), ordered(b, a)
    return bool(COMPARISONS[symbol](left, right))


def ordered(value: Cell, partner: Cell) -> tuple[int, float, str]:
    if value is None:
        value = "" if isinstance(partner, str) else False if isinstance(partner, bool) else 0.0
    if isinstance(value, bool):
        return 2, float(value), ""
    if isinstance(value, str):
        return 1, 0.0, value.lower()
    return 0, float(f"{number(value):.15g}"), ""  # Excel compares 15 digits


def rounded(x: float, digits: float) -> float:
    """Half away from zero, on the decimal digits that a worksheet shows (1.005 to 2 digits is 1.01)."""
    places = math.trunc(digits)
    if places > 300 or places < -300:
        return x if places > 0 else 0.0
    shown = Decimal(f"{x:.15g}")
    step = Decimal(1).scaleb(-places)
    return float((shown / step).to_integral_value(ROUND_HALF_UP) * step)
