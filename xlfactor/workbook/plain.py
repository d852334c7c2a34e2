"""The closed set of plain formulas that a refresh evaluates beside the catalogue's own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from xlfactor.workbook.formula import unsupported
from xlfactor.workbook.operators import (
    DATE_LIKE,
    SheetError,
    binary,
    compare,
    finite,
    is_number,
    logical,
    number,
    numeric_text,
    rounded,
    sound,
    unary,
)
from xlfactor.workbook.references import Place, resolve
from xlfactor.workbook.results import Cell
from xlfactor.workbook.tree import ArrayConstant, Call, Constant, Node, Operation, walk
from xlfactor.workbook.workspace import Rectangle, Workspace, block

CRITERION = re.compile(r"(<=|>=|<>|<|>|=)?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Rows of cells, and where they come from if they are a reference."""

    rows: Sequence[Sequence[Cell]]
    source: Rectangle | None = None


Value = Cell | Block
OurCall = Callable[[Call], Value]  # evaluates a catalogue call inside a formula


def no_call(node: Call) -> Value:
    raise unsupported(node.name, "a catalogue function works only as the outermost one")


def is_plain(tree: Node) -> bool:
    """Does a formula use nothing outside the closed set?"""
    return all(not isinstance(n, Call) or (not n.ours and n.name in FUNCTIONS | LAZY) for n in walk(tree))


def plain_value(tree: Node, place: Place, ws: Workspace) -> Cell:
    """The single cell that a plain formula shows, an error as its text. FactorError UNSUPPORTED."""
    try:
        found = single(value_of(tree, place, ws, no_call))
    except SheetError as error:
        return error.text
    if found is None:
        return 0.0
    return number(found) + 0.0 if is_number(found) else found  # no negative zero


def value_of(node: Node, place: Place, ws: Workspace, call: OurCall) -> Value:
    """A node's value: a cell, or a block where it is a reference or a catalogue function's result."""
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, ArrayConstant):
        return Block(node.rows)
    if isinstance(node, Operation):
        operands = [single(value_of(operand, place, ws, call)) for operand in node.operands]
        return unary(node.symbol, *operands) if len(operands) == 1 else binary(node.symbol, *operands)
    if isinstance(node, Call):
        if node.ours:
            return call(node)
        if node.name in LAZY:
            return LAZY[node.name](node, place, ws, call)
        if node.name in FUNCTIONS:
            low, high, function = FUNCTIONS[node.name]
            if low <= len(node.arguments) <= high:
                return function(*(value_of(argument, place, ws, call) for argument in node.arguments))
        raise unsupported(node.name, "this function is not evaluated here", "use INDEX, or a table column")
    found = resolve(node, place, ws)
    if isinstance(found, Rectangle):
        return Block(block(ws, found), found)
    return Block(found.rows) if isinstance(found, ArrayConstant) else found.value


def single(value: Value) -> Cell:
    """One cell where one is needed. Raises SheetError for an error, FactorError for a larger block."""
    if isinstance(value, Block):
        if len(value.rows) != 1 or len(value.rows[0]) != 1:
            raise unsupported("a range", "a single cell is needed here")
        value = value.rows[0][0]
    return sound(value)


def cells(value: Value) -> Iterator[Cell]:
    if isinstance(value, Block):
        for row in value.rows:
            yield from row
    else:
        yield value


def numbers(values: Sequence[Value]) -> list[float]:
    """The numbers of the arguments: in references text and logicals are skipped, direct ones converted."""
    found: list[float] = []
    for value in values:
        if isinstance(value, Block):
            found += [number(x) for x in map(sound, cells(value)) if is_number(x)]
        else:
            found.append(number(value))
    return found


def total(*values: Value) -> float:
    x = 0.0
    for y in numbers(values):  # in order: the built-in sum compensates from Python 3.12 on
        x += y
    return finite(x)


def count(*values: Value) -> float:
    found = 0
    for value in values:
        if isinstance(value, Block):
            found += sum(is_number(counted(x)) for x in cells(value))
        else:
            found += not isinstance(value, str) or numeric_text(value) is not None
    return float(found)


def counted(cell: Cell) -> Cell:
    """A cell for counting and matching: an error is nobody's match."""
    try:
        return sound(cell)
    except SheetError:
        return None


def square_root(value: Value) -> float:
    x = number(single(value))
    if x < 0:
        raise SheetError("#NUM!")
    return math.sqrt(x)


def index(value: Value, row: Value, column: Value = None) -> Value:
    """INDEX by position; 0 or blank is the whole row or column, and along a single row one number does."""
    rows = value.rows if isinstance(value, Block) else [[value]]
    r, c = math.trunc(number(single(row))), math.trunc(number(single(column)))
    if len(rows) == 1 and column is None and r:
        r, c = 1, r
    if r < 0 or c < 0:
        raise SheetError("#VALUE!")
    if r > len(rows) or c > len(rows[0]):
        raise SheetError("#REF!")
    r1, r2 = (r, r) if r else (1, len(rows))
    c1, c2 = (c, c) if c else (1, len(rows[0]))
    source = value.source if isinstance(value, Block) else None
    if source is not None:
        top, left = source.area[:2]
        source = Rectangle(source.sheet, (top + r1 - 1, left + c1 - 1, top + r2 - 1, left + c2 - 1))
    return Block([line[c1 - 1 : c2] for line in rows[r1 - 1 : r2]], source)


def match(wanted: Value, value: Value, kind: Value) -> float:
    """MATCH with 0 as its last argument: the first equal cell; `* ? ~` are wildcards."""
    if number(single(kind)) != 0:
        raise unsupported("MATCH", "only the exact match (0) is evaluated here")
    target = single(wanted)
    same = equal_to(0.0 if target is None else target)
    rows = value.rows if isinstance(value, Block) else [[value]]
    if len(rows) == 1 or len(rows[0]) == 1:
        for i, cell in enumerate(cells(value), 1):
            if same(counted(cell)):
                return float(i)
    raise SheetError("#N/A")


def equal_to(wanted: Cell) -> Callable[[Cell], bool]:
    """Equality as MATCH and COUNTIF see it: same type; texts without case, with wildcards."""
    if not isinstance(wanted, str):
        return lambda cell: type(cell) is type(wanted) and cell == wanted
    pattern = re.sub(
        r"~([*?~])|([*?])|(.)",
        lambda m: re.escape(m[1] or m[3]) if not m[2] else (".*" if m[2] == "*" else "."),
        wanted,
        flags=re.DOTALL,
    )
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return lambda cell: isinstance(cell, str) and compiled.fullmatch(cell) is not None


def count_if(value: Value, criterion: Value) -> float:
    """COUNTIF with a value, or a text such as ">=5", "<>x", "a*"."""
    if not isinstance(value, Block) or value.source is None:
        raise unsupported("COUNTIF", "it counts in a range only")
    test = criterion_test(single(criterion))
    return float(sum(test(counted(cell)) for cell in cells(value)))


def criterion_test(criterion: Cell) -> Callable[[Cell], bool]:
    if not isinstance(criterion, str):
        return (
            numeric_test("=", number(criterion)) if not isinstance(criterion, bool) else equal_to(criterion)
        )
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


def choose(node: Call, place: Place, ws: Workspace, call: OurCall) -> Value:
    """IF: only the chosen branch is evaluated; a missing one is FALSE."""
    if not 2 <= len(node.arguments) <= 3:
        raise unsupported("IF", "it takes two or three arguments")
    yes = logical(single(value_of(node.arguments[0], place, ws, call)))
    branches = node.arguments[1:]
    if not yes and len(branches) == 1:
        return False
    found = value_of(branches[0 if yes else 1], place, ws, call)
    return 0.0 if found is None else found


def if_error(node: Call, place: Place, ws: Workspace, call: OurCall) -> Value:
    if len(node.arguments) != 2:
        raise unsupported("IFERROR", "it takes two arguments")
    try:
        return single(value_of(node.arguments[0], place, ws, call))
    except SheetError:
        return value_of(node.arguments[1], place, ws, call)


LAZY: dict[str, Callable[[Call, Place, Workspace, OurCall], Value]] = {"IF": choose, "IFERROR": if_error}
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Value]]] = {
    "SUM": (1, 255, total),
    "ABS": (1, 1, lambda x: abs(number(single(x)))),
    "MIN": (1, 255, lambda *values: min(numbers(values), default=0.0)),
    "MAX": (1, 255, lambda *values: max(numbers(values), default=0.0)),
    "SQRT": (1, 1, square_root),
    "ROUND": (2, 2, lambda x, digits: rounded(number(single(x)), number(single(digits)))),
    "COUNT": (1, 255, count),
    "COUNTIF": (2, 2, count_if),
    "INDEX": (2, 3, index),
    "MATCH": (3, 3, match),
    "ROWS": (1, 1, lambda value: float(len(value.rows)) if isinstance(value, Block) else 1.0),
}
