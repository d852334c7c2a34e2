"""A formula's text as tokens, by one regular expression: to import openpyxl for its lexer takes longer than to use it.

A reference stays whole: its sheet, its address, the brackets of a structured one. No pattern is possessive or atomic:
Python 3.11 before .5 matches those wrongly.
"""

from __future__ import annotations

import re
from typing import NamedTuple

OPERANDS = frozenset(("number", "logical", "text", "error", "reference"))
ENDS = r" \t\r\n+\-*/^&=<>%,;(){}"  # each of these ends an operand
PLAIN = rf"""[^{ENDS}"'\[\]#]"""  # one letter of an operand
QUOTED = r"'[^']*(?:''[^']*)*'(?!')"  # a sheet's name, at the start or behind a colon
BRACKETS = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
REFERENCE = rf"(?:{QUOTED}|{PLAIN}|{BRACKETS})(?:{PLAIN}|{BRACKETS}|(?<=:){QUOTED})*"
ERROR = r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA)"
KINDS = {
    "space": r"[ \t\r\n]+",
    "open": rf"(?:{REFERENCE})?\(|\{{",  # with the function's name
    "close": r"[)}]",
    "separator": r"[,;]",
    "operator": r"<=|>=|<>|[-+*/^&=<>%]",
    "number": rf"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?(?=[{ENDS}]|\Z)",
    "logical": rf"(?:TRUE|FALSE)(?=[{ENDS}]|\Z)",
    "text": r'"[^"]*(?:""[^"]*)*"(?!")',
    "error": ERROR,
    "reference": rf"{REFERENCE}(?:(?<=!){ERROR})?",
}
TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in KINDS.items()))


class Token(NamedTuple):
    """A piece of a formula; a comma or a blank that joins two ranges is an `operator`."""

    kind: str
    text: str


def tokens(formula: str) -> list[Token]:
    """The tokens of a formula without its `=`. ValueError where one cannot be told."""
    found: list[Token] = []
    opened: list[str] = []
    at, blank = 0, False
    while at < len(formula):
        match = TOKEN.match(formula, at)
        if match is None or match.lastgroup is None:
            raise ValueError(formula[at:])
        at, kind, text = match.end(), match.lastgroup, match[0]
        if blank and found and ends_operand(found[-1]) and (kind in OPERANDS or kind == "open"):
            found.append(Token("operator", " "))
        blank = kind == "space"
        if blank:
            continue
        if kind == "open":
            opened.append(text)
        elif kind == "close" and (not opened or (opened.pop() == "{") != (text == "}")):
            raise ValueError(text)
        elif text == "," and (not opened or opened[-1] == "("):
            kind = "operator"  # the union of two ranges
        found.append(Token(kind, text))
    return found


def ends_operand(token: Token) -> bool:
    return token.kind in OPERANDS or token.kind == "close"
