"""From a formula's text to its tree; openpyxl's Tokenizer is the lexer."""

from __future__ import annotations

import re
from functools import lru_cache

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

from xlfactor.errors import FactorError
from xlfactor.functions.names import catalogue_name
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
        broken = token.value.upper() == "#REF!"
        return reference(token.value) if token.subtype == Token.RANGE or broken else constant(token)
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
        token = tokens[-1]
        blank = token.type == Token.SEP or token.subtype == Token.CLOSE
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
