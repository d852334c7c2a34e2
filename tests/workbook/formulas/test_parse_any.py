"""The formula parser: any text gives a tree or UNSUPPORTED, and what is written from a tree is read as that tree."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlfactor.errors import FactorError
from xlfactor.workbook.formulas.parse import PRECEDENCE, parse
from xlfactor.workbook.formulas.tree import (
    ArrayConstant,
    Call,
    Constant,
    Name,
    Operation,
    Range,
    Spill,
    Structured,
    walk,
)

NAMES = frozenset(["FACTOR_RETURNS", "RISK_BY_ASSET"])
PIECES = [
    "FACTOR_RETURNS(", "SUM(", "A1", "$B$2:C9", "'My ''data'!A:C", "t[[#All],[a]]", "t[", "{1,2;3}", '"x""y"', "#REF!",
    "_xlfn.ANCHORARRAY(", "(", ")", ",", " ", "+", "-", "^", "%", "&", "<>", "TRUE", "1.5E3", "#", "@", "[1]!", "é",
]  # fmt: skip


def outcome(text):
    """The tree, or the code of the refusal; anything else that is raised fails the test."""
    try:
        return parse(text, NAMES)
    except FactorError as error:
        return error.code


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map("".join)))
def test_any_text_gives_a_tree_or_is_refused(text):
    tree = outcome(text)
    assert tree == "UNSUPPORTED" if isinstance(tree, str) else next(walk(tree)) is tree


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "SUM(" * 20_000 + ")" * 20_000, "-" * 50_000 + "1", "1" + "+1" * 20_000 + "+"]
)
def test_brackets_and_signs_beyond_all_sense_are_refused(text):
    assert outcome(text) == "UNSUPPORTED"


names = st.text(string.ascii_letters, min_size=4, max_size=8).filter(lambda s: s.upper() not in ("TRUE", "FALSE"))
sheets = st.one_of(st.none(), names, st.text(string.ascii_letters + " '-.&é", min_size=1, max_size=9))
numbers = st.floats(0, 1e12, allow_nan=False).map(Constant)
texts = st.text(string.printable.replace("\r", ""), max_size=12).map(Constant)
corners = st.tuples(st.integers(1, 1_048_576), st.integers(1, 16_384))
ranges = st.builds(
    lambda sheet, a, b, fixed: Range(sheet, (*a, *b), fixed), sheets, corners, corners, st.tuples(*[st.booleans()] * 4)
)
blanks = st.just(Constant(None))
arrays = st.lists(st.lists(numbers.map(lambda c: c.value), min_size=2, max_size=2), min_size=1, max_size=3).map(
    lambda rows: ArrayConstant(tuple(map(tuple, rows)))
)
leaves = st.one_of(numbers, texts, ranges, st.booleans().map(Constant), arrays, st.builds(Name, st.none(), names),
                   st.builds(Structured, names, st.sampled_from(["#All", "a", "[#All],[a]:[b]", "[it''s]"])),
                   ranges.map(Spill))  # fmt: skip


def grown(inner):
    call = st.lists(st.one_of(inner, blanks), min_size=1, max_size=4).filter(lambda a: a != [Constant(None)])
    return st.one_of(
        st.builds(lambda a: Call("FACTOR_RETURNS", tuple(a), True), call),
        st.builds(lambda a: Call("SUM", tuple(a), False), call),
        st.builds(lambda s, a, b: Operation(s, (a, b)), st.sampled_from(sorted(PRECEDENCE)), inner, inner),
        st.builds(lambda a: Operation("u-", (a,)), inner),
        st.builds(lambda a: Operation("%", (a,)), inner),
    )


@settings(max_examples=400, deadline=None)
@given(st.recursive(leaves, grown, max_leaves=12))
def test_a_tree_written_as_a_formula_is_read_as_the_same_tree(tree):
    assert parse(written(tree), NAMES) == tree


def written(node) -> str:
    """The formula of a tree, with brackets around every operand."""
    match node:
        case Constant(value=None):
            return ""
        case Constant(value=bool() as value):
            return str(value).upper()
        case Constant(value=str() as value):
            return '"' + value.replace('"', '""') + '"'
        case Constant(value=value):
            return repr(value).upper()
        case ArrayConstant(rows=rows):
            return "{" + ";".join(",".join(repr(v).upper() for v in row) for row in rows) + "}"
        case Range(sheet=sheet, area=(r1, c1, r2, c2), relative=relative):
            first, last = (r1, c1, *relative[:2]), (r2, c2, *relative[2:])
            return ("" if sheet is None else quoted(sheet) + "!") + ":".join(corner(*end) for end in (first, last))
        case Name(name=name):
            return name
        case Structured(table=table, inner=inner):
            return f"{table}[{inner}]"
        case Spill(anchor=anchor):
            return f"_xlfn.ANCHORARRAY({written(anchor)})"
        case Call(name=name, arguments=arguments):
            return f"{name}({','.join(map(written, arguments))})"
        case Operation(symbol="u-", operands=(operand,)):
            return f"-({written(operand)})"
        case Operation(symbol="%", operands=(operand,)):
            return f"({written(operand)})%"
        case Operation(symbol=symbol, operands=(left, right)):
            return f"({written(left)}){symbol}({written(right)})"
    raise AssertionError(node)


def quoted(sheet: str) -> str:
    return "'" + sheet.replace("'", "''") + "'"


def corner(row: int, column: int, row_relative: bool, column_relative: bool) -> str:
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{'' if column_relative else '$'}{letters}{'' if row_relative else '$'}{row}"
