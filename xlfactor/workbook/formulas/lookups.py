"""INDEX, MATCH and COUNTIF of the closed set of plain formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from xlfactor.workbook.formulas.operators import (
    SheetError,
    cells,
    compare,
    is_number,
    number,
    numeric_text,
    single,
)
from xlfactor.workbook.formulas.parse import unsupported
from xlfactor.workbook.formulas.workspace import Block, Rectangle, Value
from xlfactor.workbook.results import ERROR_TEXTS, Area, Cell

CRITERION = re.compile(r"(<=|>=|<>|<|>|=)?(.*)", re.DOTALL)
DATE_LIKE = re.compile(r"\d+ *[-/.:] *\d+")


def index(value: Value, row: Value, column: Value = None) -> Value:
    """INDEX by position; 0 or blank is the whole row or column, and along a single row one number does."""
    rows = value.rows if isinstance(value, Block) else [[value]]
    r1, c1, r2, c2 = chosen(len(rows), len(rows[0]), row, column)
    source = value.source if isinstance(value, Block) else None
    if source is not None:
        source = part(source, (r1, c1, r2, c2))
    return Block([line[c1 - 1 : c2] for line in rows[r1 - 1 : r2]], source)


def chosen(height: int, width: int, row: Value, column: Value) -> Area:
    """First and last row and column, from 1, of what INDEX chooses from an area of this size."""
    r, c = math.trunc(number(single(row))), math.trunc(number(single(column)))
    if height == 1 and column is None and r:
        r, c = 1, r
    if r < 0 or c < 0:
        raise SheetError("#VALUE!")
    if r > height or c > width:
        raise SheetError("#REF!")
    return r or 1, c or 1, r or height, c or width


def part(source: Rectangle, inside: Area) -> Rectangle:
    (top, left), (r1, c1, r2, c2) = source.area[:2], inside
    return Rectangle(source.sheet, (top + r1 - 1, left + c1 - 1, top + r2 - 1, left + c2 - 1))


def match(wanted: Value, value: Value, kind: Value) -> float:
    """MATCH with 0 as its last argument: the first equal cell; `* ? ~` are wildcards."""
    if number(single(kind)) != 0:
        raise unsupported("MATCH", "only the exact match (0) is evaluated here")
    target = single(wanted)
    same = equal_to(0.0 if target is None else target)
    rows = value.rows if isinstance(value, Block) else [[value]]
    if len(rows) == 1 or len(rows[0]) == 1:
        for i, cell in enumerate(cells(value), 1):
            if same(cell):
                return float(i)
    raise SheetError("#N/A")


def equal_to(wanted: Cell) -> Callable[[Cell], bool]:
    """Equality as MATCH and COUNTIF see it: same type; texts without case, with wildcards."""
    if not isinstance(wanted, str):
        return lambda cell: isinstance(cell, bool) is isinstance(wanted, bool) and cell == wanted
    if not set(wanted) & set("*?~"):
        folded = wanted.lower()
        return lambda cell: isinstance(cell, str) and cell.lower() == folded and cell not in ERROR_TEXTS
    pattern = re.sub(
        r"~([*?~])|([*?])|(.)",
        lambda m: re.escape(m[1] or m[3]) if not m[2] else (".*" if m[2] == "*" else "."),
        wanted,
        flags=re.DOTALL,
    )
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return lambda cell: isinstance(cell, str) and cell not in ERROR_TEXTS and compiled.fullmatch(cell) is not None


def count_if(value: Value, criterion: Value) -> float:
    """COUNTIF with a value, or a text such as ">=5", "<>x", "a*"."""
    if not isinstance(value, Block) or value.source is None:
        raise unsupported("COUNTIF", "it counts in a range only")
    if isinstance(criterion, str) and criterion in ERROR_TEXTS:
        return float(sum(cell == criterion for cell in cells(value)))
    test = criterion_test(single(criterion))
    return float(sum(test(cell) for cell in cells(value)))


def criterion_test(criterion: Cell) -> Callable[[Cell], bool]:
    if not isinstance(criterion, str):
        return numeric_test("=", number(criterion)) if not isinstance(criterion, bool) else equal_to(criterion)
    parts = CRITERION.fullmatch(criterion)
    assert parts is not None
    symbol, rest = parts[1] or "", parts[2]
    if not rest:
        blanks: dict[str, Callable[[Cell], bool]] = {
            "": lambda cell: cell is None or cell == "",
            "=": lambda cell: cell is None,
            "<>": lambda cell: cell is not None,
        }
        return blanks.get(symbol, lambda cell: False)
    x = numeric_text(rest)
    if x is not None:
        return numeric_test(symbol or "=", x)
    if symbol not in ("", "=", "<>") or DATE_LIKE.search(rest):
        raise unsupported(criterion, "this criterion is not evaluated here")
    same = equal_to(rest.upper() == "TRUE" if rest.upper() in ("TRUE", "FALSE") else rest)
    return (lambda cell: not same(cell)) if symbol == "<>" else same


def numeric_test(symbol: str, x: float) -> Callable[[Cell], bool]:
    """Against a number; for equality a text that reads as the number counts too."""

    def test(cell: Cell) -> bool:
        if isinstance(cell, str) and symbol in ("=", "<>"):
            cell = numeric_text(cell)
        if not is_number(cell):
            return symbol == "<>"
        return compare(symbol, cell, x)

    return test
