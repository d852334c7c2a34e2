"""The closed set of plain formulas that a refresh evaluates beside the catalogue's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from xlfactor.workbook.addresses import LAST_COLUMN, LAST_ROW
from xlfactor.workbook.formulas.lookups import chosen, count_if, index, match, part
from xlfactor.workbook.formulas.operators import (
    SheetError,
    binary,
    cells,
    finite,
    is_number,
    logical,
    number,
    numeric_text,
    rounded,
    single,
    sound,
    unary,
)
from xlfactor.workbook.formulas.parse import unsupported
from xlfactor.workbook.formulas.references import Place, resolve
from xlfactor.workbook.formulas.tree import ArrayConstant, Call, Constant, Node, Operation, walk
from xlfactor.workbook.formulas.workspace import Block, Rectangle, Value, Workspace, block
from xlfactor.workbook.results import Cell

OurCall = Callable[[Call], Value]  # evaluates a catalogue call inside a formula


def no_call(node: Call) -> Value:
    raise unsupported(node.name, "a catalogue function works only as the outermost one")


def is_plain(tree: Node) -> bool:
    """Does a formula use nothing outside the closed set?"""
    calls = [node for node in walk(tree) if isinstance(node, Call)]
    return all(not node.ours and (node.name in FUNCTIONS or node.name in LAZY) for node in calls)


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
        if node.symbol in (" ", ","):
            raise unsupported("its references", "unions and intersections are not followed")
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


def square_root(value: Value) -> float:
    x = number(single(value))
    if x < 0:
        raise SheetError("#NUM!")
    return math.sqrt(x)


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


def count(node: Call, place: Place, ws: Workspace, call: OurCall) -> Value:
    """COUNT: numbers; of what is written directly also logicals and numeric texts; never an error."""
    found = 0
    for argument in node.arguments:
        try:
            value = value_of(argument, place, ws, call)
        except SheetError:
            continue
        if isinstance(value, Block):
            found += sum(map(is_number, cells(value)))
        else:
            found += not isinstance(value, str) or numeric_text(value) is not None
    return float(found)


def index_in(node: Call, place: Place, ws: Workspace, call: OurCall) -> Value:
    """INDEX that reads of a large reference only what it chooses."""
    if not 2 <= len(node.arguments) <= 3:
        raise unsupported("INDEX", "it takes two or three arguments")
    source = bounded(node.arguments[0], place, ws)
    rest = [value_of(argument, place, ws, call) for argument in node.arguments[1:]]
    if source is None:
        return index(value_of(node.arguments[0], place, ws, call), *rest)
    inside = part(source, chosen(*size(source), rest[0], rest[1] if len(rest) > 1 else None))
    return Block(block(ws, inside), inside)


def rows_in(node: Call, place: Place, ws: Workspace, call: OurCall) -> Value:
    """ROWS, which for a reference need not be read."""
    if len(node.arguments) != 1:
        raise unsupported("ROWS", "it takes one argument")
    source = bounded(node.arguments[0], place, ws)
    if source is not None:
        return float(size(source)[0])
    value = value_of(node.arguments[0], place, ws, call)
    return float(len(value.rows)) if isinstance(value, Block) else 1.0


def bounded(node: Node, place: Place, ws: Workspace) -> Rectangle | None:
    """The area that a reference means, unless it is whole columns or rows: those end with their content."""
    if isinstance(node, Constant | ArrayConstant | Operation | Call):
        return None
    found = resolve(node, place, ws)
    if not isinstance(found, Rectangle) or found.area[2] == LAST_ROW or found.area[3] == LAST_COLUMN:
        return None
    return found


def size(source: Rectangle) -> tuple[int, int]:
    r1, c1, r2, c2 = source.area
    return r2 - r1 + 1, c2 - c1 + 1


LAZY: dict[str, Callable[[Call, Place, Workspace, OurCall], Value]] = {
    "IF": choose,
    "IFERROR": if_error,
    "COUNT": count,
    "INDEX": index_in,
    "ROWS": rows_in,
}
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Value]]] = {
    "SUM": (1, 255, total),
    "ABS": (1, 1, lambda x: abs(number(single(x)))),
    "MIN": (1, 255, lambda *values: min(numbers(values), default=0.0)),
    "MAX": (1, 255, lambda *values: max(numbers(values), default=0.0)),
    "SQRT": (1, 1, square_root),
    "ROUND": (2, 2, lambda x, digits: rounded(number(single(x)), number(single(digits)))),
    "COUNTIF": (2, 2, count_if),
    "MATCH": (3, 3, match),
}
