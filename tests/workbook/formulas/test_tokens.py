"""The tokens of a formula: those of openpyxl's lexer, and what that one reads wrongly."""

import openpyxl.formula.tokenizer as other
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlfactor.workbook.formulas.tokens import Token, tokens

KINDS = {"NUMBER": "number", "TEXT": "text", "LOGICAL": "logical", "ERROR": "error", "RANGE": "reference"}
LEAVES = [
    "A1", "$B$2:C9", "'My ''data'!A:C", "'a b'!A1:'a b'!B2", "3:5", "t[[#All],[a]]", "t[@[x y]:[z]]", "[1]S!$A$1",
    "a.b_1", "1", "0.25", ".5", "2.5E-3", "1E5", '"x""y, (z)"', '""', "TRUE", "FALSE", "#N/A", "#DIV/0!", "S!#REF!",
    "é", "{1,-2;3,4}",
]  # fmt: skip
OPERATORS = ["+", "-", "*", "/", "^", "&", "=", "<>", "<=", ">=", "<", ">"]


def by_openpyxl(formula):
    """The same tokens as openpyxl's Tokenizer has them; a blank between two operands is an operator."""
    items = other.Tokenizer("=" + formula).items
    found = []
    for i, item in enumerate(items):
        kind = KINDS.get(item.subtype) or {"OPEN": "open", "CLOSE": "close"}.get(item.subtype)
        if item.type == "WHITE-SPACE":
            before, after = items[i - 1] if i else item, items[i + 1] if i + 1 < len(items) else item
            behind = before.type == "OPERAND" or before.subtype == "CLOSE"
            if not behind or not (after.type == "OPERAND" or after.subtype == "OPEN"):
                continue
        found.append((kind or ("separator" if item.type == "SEP" else "operator"), item.value))
    return found


spaces = st.sampled_from(["", "", "", " ", "  "])
leaves = st.sampled_from(LEAVES)


def grown(inner):
    padded = st.builds(lambda a, x, b: a + x + b, spaces, inner, spaces)
    arguments = st.lists(st.one_of(padded, st.just("")), min_size=1, max_size=3).map(",".join)
    return st.one_of(
        st.builds(lambda name, a: f"{name}({a})", st.sampled_from(["SUM", "_xlfn.SINGLE", "TRUE"]), arguments),
        st.builds(lambda a, o, b: a + o + b, padded, st.sampled_from(OPERATORS), padded),
        st.builds(lambda sign, a: sign + a, st.sampled_from("+-"), inner),
        st.builds(lambda a: f"({a})%", padded),
        st.builds(lambda a, b: f"({a},{b})", padded, padded),
    )


@settings(max_examples=400, deadline=None)
@given(st.recursive(leaves, grown, max_leaves=10))
def test_a_formula_has_the_tokens_that_openpyxl_finds(formula):
    assert [tuple(token) for token in tokens(formula)] == by_openpyxl(formula)


@pytest.mark.parametrize("number", ["12.5E-3", "1e+10", "100E+2"])
def test_a_number_in_scientific_notation_is_one_token(number):
    assert tokens(f"A1*{number}") == [Token("reference", "A1"), Token("operator", "*"), Token("number", number)]


@pytest.mark.parametrize("space", ["\n", "\r\n", "\t", " \n "])
def test_a_formula_over_several_lines_is_read_as_one_on_one_line(space):
    assert tokens(f"SUM(A1,{space}B1){space}+ 1") == tokens("SUM(A1,B1)+1")
    assert tokens(f"A1:B2{space}B1:B5") == tokens("A1:B2 B1:B5")


@pytest.mark.parametrize("text", ['"a', "'a", "t[", "t[[[a]]]", "a]", "A1#", "#SPILL!", "(}", "{1)", ")"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ValueError):
        tokens(text)
