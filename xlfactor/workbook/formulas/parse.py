"""From a formula's tokens to its tree."""

from __future__ import annotations

import re
from functools import lru_cache

from xlfactor.errors import FactorError
from xlfactor.functions.names import catalogue_name
from xlfactor.workbook.formulas.tokens import Token, tokens
from xlfactor.workbook.formulas.tree import ArrayConstant, Call, Constant, Node, Operation, Spill, reference
from xlfactor.workbook.results import Cell

PRECEDENCE = dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), 1) | {
    "&": 2,
    "+": 3,
    "-": 3,
    "*": 4,
    "/": 4,
    "^": 5,
}
TIGHT = 7  # prefix signs and %, which bind closer than ^ in a worksheet; then intersection and union
SIGNS = ("+", "-")
FILE_PREFIX = re.compile(r"_xlfn\.|_xlws\.", re.IGNORECASE)


def unsupported(text: str, why: str, fix: str = "write it with plain references") -> FactorError:
    return FactorError("UNSUPPORTED", f"{why}: {text[:80]}", fix)


@lru_cache(maxsize=10_000)
def parse(text: str, names: frozenset[str]) -> Node:
    """The tree of a formula without its `=`; `names` are the catalogue's. FactorError UNSUPPORTED."""
    try:
        rest = tokens(text)[::-1]  # to pop from
        tree = expression(rest, names, 0)
    except (IndexError, ValueError, RecursionError) as error:
        raise unsupported(text, "this formula cannot be read") from error
    if rest:
        raise unsupported(text, "this formula cannot be read")
    return tree


def expression(rest: list[Token], names: frozenset[str], floor: int) -> Node:
    """Operands joined by operators that bind tighter than `floor`, from the left."""
    token = rest.pop()
    if token.kind == "operator" and token.text in SIGNS:
        left: Node = Operation("u" + token.text, (expression(rest, names, TIGHT - 1),))
    else:
        left = operand(token, rest, names)
    while rest and rest[-1].kind == "operator":
        symbol = rest[-1].text
        if symbol == "%" and floor < TIGHT:
            left = Operation(rest.pop().text, (left,))
        elif symbol != "%" and PRECEDENCE.get(symbol, TIGHT) > floor:
            rest.pop()
            left = Operation(symbol, (left, expression(rest, names, PRECEDENCE.get(symbol, TIGHT))))
        else:
            break
    return left


def operand(token: Token, rest: list[Token], names: frozenset[str]) -> Node:
    if token.text == "(":
        inner = expression(rest, names, 0)
        close(rest)
        return inner
    if token.text == "{":
        return array(rest)
    if token.kind == "open":
        return function(token.text[:-1], arguments(rest, names), names)
    if token.kind == "reference" or token.text.upper() == "#REF!":
        return reference(token.text)
    return constant(token)


def close(rest: list[Token]) -> None:
    token = rest.pop()
    if token.kind != "close":
        raise ValueError(token.text)


def arguments(rest: list[Token], names: frozenset[str]) -> tuple[Node, ...]:
    """The arguments up to the closing bracket; a blank one is Constant(None)."""
    found: list[Node] = []
    if rest[-1].kind == "close":
        rest.pop()
        return ()
    while True:
        blank = rest[-1].kind in ("separator", "close")
        found.append(Constant(None) if blank else expression(rest, names, 0))
        if rest[-1].kind != "separator":
            break
        rest.pop()
    close(rest)
    return tuple(found)


def function(stored: str, values: tuple[Node, ...], names: frozenset[str]) -> Node:
    ours = catalogue_name(stored, names)
    if ours:
        return Call(ours, values, True)
    name = FILE_PREFIX.sub("", stored).upper()
    if name == "ANCHORARRAY" and len(values) == 1:
        return Spill(values[0])
    return Call(name, values, False)


def array(rest: list[Token]) -> ArrayConstant:
    rows: list[list[Cell]] = [[]]
    sign = 1
    while True:
        token = rest.pop()
        if token.kind == "close":
            return ArrayConstant(tuple(tuple(row) for row in rows))
        if token.text == ";":
            rows.append([])
        elif token.text in SIGNS:
            sign = -1 if token.text == "-" else 1
        elif token.text != ",":
            value = constant(token).value
            rows[-1].append(-value if sign < 0 and isinstance(value, float) else value)
            sign = 1


def constant(token: Token) -> Constant:
    if token.kind == "number":
        return Constant(float(token.text))
    if token.kind == "text":
        return Constant(token.text[1:-1].replace('""', '"'))
    if token.kind == "logical":
        return Constant(token.text == "TRUE")
    if token.kind == "error":
        return Constant(token.text)
    raise ValueError(token.text)
