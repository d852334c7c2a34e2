"""A formula's text as a small tree; openpyxl's Tokenizer is the lexer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

from xlfactor.errors import FactorError
from xlfactor.functions.names import catalogue_name
from xlfactor.workbook.addresses import LAST_COLUMN, LAST_ROW, column_number
from xlfactor.workbook.results import Area, Cell


@dataclass(frozen=True)
class Constant:
    """A number, text, logical or error written in the formula; None is an argument left blank."""

    value: Cell


@dataclass(frozen=True)
class ArrayConstant:
    """`{1,2;3,4}`."""

    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Range:
    """`Sheet!$A1:B$9`; whole columns and rows run to the sheet's edge. `relative` follows `area`."""

    sheet: str | None
    area: Area
    relative: tuple[bool, bool, bool, bool]


@dataclass(frozen=True)
class Structured:
    """`table[inner]`, a structured reference; `inner` as stored, without its outer brackets."""

    table: str
    inner: str


@dataclass(frozen=True)
class Name:
    """A defined name, or a table without brackets; `sheet` where one is written before it."""

    sheet: str | None
    name: str


@dataclass(frozen=True)
class Spill:
    """`A6#`, stored as ANCHORARRAY(A6)."""

    anchor: Node


@dataclass(frozen=True)
class Call:
    """A function; `ours` if it is of the catalogue, then `name` is the catalogue's."""

    name: str
    arguments: tuple[Node, ...]
    ours: bool


@dataclass(frozen=True)
class Operation:
    """An operator on one or two operands; a blank is intersection, a comma union."""

    symbol: str
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Foreign:
    """A reference that is not followed, and why."""

    text: str
    why: str


Node = Constant | ArrayConstant | Range | Structured | Name | Spill | Call | Operation | Foreign

PRECEDENCE = {
    "=": 1,
    "<>": 1,
    "<": 1,
    ">": 1,
    "<=": 1,
    ">=": 1,
    "&": 2,
    "+": 3,
    "-": 3,
    "*": 4,
    "/": 4,
    "^": 5,
}
TIGHT = 7  # prefix signs and %, which bind closer than ^ in a worksheet; then intersection and union
ROW_END = 1_048_576
PREFIX = re.compile(r"(?:'((?:[^']|'')*)'|([^'!\[\]:]+|\[\d+\][^'!:]*))!(.*)", re.DOTALL)
CORNER = r"(\$?)([A-Za-z]{1,3})(\$?)([1-9]\d{0,6})"
CELLS = re.compile(f"{CORNER}(?::{CORNER})?")
COLUMNS = re.compile(r"(\$?)([A-Za-z]{1,3}):(\$?)([A-Za-z]{1,3})")
ROWS = re.compile(r"(\$?)([1-9]\d{0,6}):(\$?)([1-9]\d{0,6})")
IDENTIFIER = re.compile(r"[^\W\d][\w.?\\]*|\\[\w.?\\]*")
FILE_PREFIX = re.compile(r"_xlfn\.|_xlws\.", re.IGNORECASE)


def unsupported(text: str, why: str, fix: str = "write it with plain references") -> FactorError:
    return FactorError("UNSUPPORTED", f"{why}: {text[:80]}", fix)


@lru_cache(maxsize=10_000)
def parse(text: str, names: frozenset[str]) -> Node:
    """The tree of a formula without its `=`; `names` are the catalogue's. FactorError UNSUPPORTED."""
    try:
        tokens = meaningful(Tokenizer("=" + text).items)
        tree = expression(tokens, names, 0)
    except (TokenizerError, IndexError, ValueError, RecursionError) as error:
        raise unsupported(text, "this formula cannot be read") from error
    if tokens:
        raise unsupported(text, "this formula cannot be read")
    return tree


def meaningful(items: list[Token]) -> list[Token]:
    """The tokens in reverse, to pop from; a blank between two operands is the intersection operator."""
    tokens: list[Token] = []
    for i, token in enumerate(items):
        if token.type != Token.WSPACE:
            tokens.append(token)
        elif tokens and i + 1 < len(items):
            before, after = tokens[-1], items[i + 1]
            ends = before.type == Token.OPERAND or before.subtype == Token.CLOSE
            if ends and (after.type == Token.OPERAND or after.subtype == Token.OPEN):
                tokens.append(Token(" ", Token.OP_IN))
    return tokens[::-1]


def expression(tokens: list[Token], names: frozenset[str], floor: int) -> Node:
    """Operands joined by operators that bind tighter than `floor`, from the left."""
    token = tokens.pop()
    if token.type == Token.OP_PRE:
        left: Node = Operation("u" + token.value, (expression(tokens, names, TIGHT - 1),))
    else:
        left = operand(token, tokens, names)
    while tokens:
        token = tokens[-1]
        if token.type == Token.OP_POST and floor < TIGHT:
            left = Operation(tokens.pop().value, (left,))
        elif token.type == Token.OP_IN and PRECEDENCE.get(token.value, TIGHT) > floor:
            symbol = tokens.pop().value
            right = expression(tokens, names, PRECEDENCE.get(symbol, TIGHT))
            left = Operation(symbol, (left, right))
        else:
            break
    return left


def operand(token: Token, tokens: list[Token], names: frozenset[str]) -> Node:
    if token.type == Token.PAREN and token.subtype == Token.OPEN:
        inner = expression(tokens, names, 0)
        close(tokens, Token.PAREN)
        return inner
    if token.type == Token.FUNC and token.subtype == Token.OPEN:
        return function(token.value[:-1], arguments(tokens, names), names)
    if token.type == Token.ARRAY and token.subtype == Token.OPEN:
        return array(tokens)
    if token.type == Token.OPERAND:
        return constant(token) if token.subtype != Token.RANGE else reference(token.value)
    raise ValueError(token.value)


def close(tokens: list[Token], kind: str) -> None:
    token = tokens.pop()
    if token.type != kind or token.subtype != Token.CLOSE:
        raise ValueError(token.value)


def arguments(tokens: list[Token], names: frozenset[str]) -> tuple[Node, ...]:
    """The arguments up to the closing bracket; a blank one is Constant(None)."""
    found: list[Node] = []
    if tokens[-1].subtype == Token.CLOSE:
        tokens.pop()
        return ()
    while True:
        blank = tokens[-1].type == Token.SEP or tokens[-1].subtype == Token.CLOSE
        found.append(Constant(None) if blank else expression(tokens, names, 0))
        if tokens[-1].type != Token.SEP:
            break
        tokens.pop()
    close(tokens, Token.FUNC)
    return tuple(found)


def function(stored: str, values: tuple[Node, ...], names: frozenset[str]) -> Node:
    ours = catalogue_name(stored, names)
    if ours:
        return Call(ours, values, True)
    name = FILE_PREFIX.sub("", stored).upper()
    if name == "ANCHORARRAY" and len(values) == 1:
        return Spill(values[0])
    return Call(name, values, False)


def array(tokens: list[Token]) -> ArrayConstant:
    rows: list[list[Cell]] = [[]]
    sign = 1
    while True:
        token = tokens.pop()
        if token.type == Token.ARRAY and token.subtype == Token.CLOSE:
            return ArrayConstant(tuple(tuple(row) for row in rows))
        if token.type == Token.SEP and token.subtype == Token.ROW:
            rows.append([])
        elif token.type == Token.OP_PRE:
            sign = -1 if token.value == "-" else 1
        elif token.type == Token.OPERAND:
            value = constant(token).value
            rows[-1].append(-value if sign < 0 and isinstance(value, float) else value)
            sign = 1


def constant(token: Token) -> Constant:
    if token.subtype == Token.NUMBER:
        return Constant(float(token.value))
    if token.subtype == Token.TEXT:
        return Constant(token.value[1:-1].replace('""', '"'))
    if token.subtype == Token.LOGICAL:
        return Constant(token.value.upper() == "TRUE")
    if token.subtype == Token.ERROR:
        return Constant(token.value.upper())
    raise ValueError(token.value)


def reference(text: str) -> Node:
    """What an operand that is no constant refers to."""
    table, bracket, inner = text.partition("[")
    if bracket and inner.endswith("]") and IDENTIFIER.fullmatch(table):
        return Structured(table, inner[:-1])
    sheet, rest = None, text
    match = PREFIX.fullmatch(text)
    if match:
        sheet = match[1].replace("''", "'") if match[1] is not None else match[2]
        rest = match[3]
        if sheet == "[0]":  # this workbook
            sheet = None
        elif "[" in sheet:
            return Foreign(text, "this refers to another workbook")
        elif ":" in sheet:
            return Foreign(text, "this refers through several sheets")
    if "#REF!" in text.upper():
        return Foreign(text, "this reference is broken")
    cells = range_of(sheet, rest)
    if cells:
        return cells
    if IDENTIFIER.fullmatch(rest):
        return Name(sheet, rest)
    return Foreign(text, "this reference is not followed")


def range_of(sheet: str | None, text: str) -> Range | None:
    if match := CELLS.fullmatch(text):
        c1_fixed, c1, r1_fixed, r1, c2_fixed, c2, r2_fixed, r2 = match.groups()
        first = (int(r1), column_number(c1.upper()), not r1_fixed, not c1_fixed)
        last = (int(r2), column_number(c2.upper()), not r2_fixed, not c2_fixed) if r2 else first
        if max(first[0], last[0]) > LAST_ROW or max(first[1], last[1]) > LAST_COLUMN:
            return None
        return Range(sheet, (*first[:2], *last[:2]), (*first[2:], *last[2:]))
    if match := COLUMNS.fullmatch(text):
        ends = column_number(match[2].upper()), column_number(match[4].upper())
        if max(ends) <= LAST_COLUMN:
            return Range(sheet, (1, ends[0], LAST_ROW, ends[1]), (False, not match[1], False, not match[3]))
    if match := ROWS.fullmatch(text):
        tops = int(match[2]), int(match[4])
        if max(tops) <= LAST_ROW:
            return Range(
                sheet, (tops[0], 1, tops[1], LAST_COLUMN), (not match[1], False, not match[3], False)
            )
    return None


def walk(tree: Node) -> Iterator[Node]:
    """The tree's nodes, each before its own operands or arguments."""
    waiting: list[Node] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Call):
            waiting.extend(reversed(node.arguments))
        elif isinstance(node, Operation):
            waiting.extend(reversed(node.operands))
        elif isinstance(node, Spill):
            waiting.append(node.anchor)
