"""The tree of a formula: its nodes, and what an operand that is no constant refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xlfactor.workbook.addresses import LAST_COLUMN, LAST_ROW, column_number
from xlfactor.workbook.results import Area, Cell

PREFIX = re.compile(r"(?:'((?:[^']|'')*)'|([^'!\[\]]+|\[\d+\][^'!]*))!(.*)", re.DOTALL)
CORNER = r"(\$?)([A-Za-z]{1,3})(\$?)([1-9]\d{0,6})"
CELLS = re.compile(f"{CORNER}(?::{CORNER})?")
COLUMNS = re.compile(r"(\$?)([A-Za-z]{1,3}):(\$?)([A-Za-z]{1,3})")
ROWS = re.compile(r"(\$?)([1-9]\d{0,6}):(\$?)([1-9]\d{0,6})")
IDENTIFIER = re.compile(r"[^\W\d][\w.?\\]*|\\[\w.?\\]*")


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
            return Range(sheet, (tops[0], 1, tops[1], LAST_COLUMN), (not match[1], False, not match[3], False))
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
