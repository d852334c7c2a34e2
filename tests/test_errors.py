"""The line a user reads: its length, its grammar, the nearest name."""

from typing import Literal

import pytest

from xlfactor.errors import FactorError, clipped, counted, did_you_mean, first_five, one_of, slips, subject


@pytest.mark.parametrize(
    ("argument", "verb", "text"),
    [
        ("returns", "lists", "returns list"),
        ("factor_returns", "has", "factor_returns have"),
        ("loadings", "is", "loadings are"),
        ("caps", "holds", "caps hold"),
        ("portfolio", "lists", "portfolio lists"),
        ("factor_covariance", "has", "factor_covariance has"),
        ("idio_variance", "is", "idio_variance is"),
        ("previous", "has", "previous has"),
    ],
)
def test_a_verb_agrees_with_its_table(argument, verb, text):
    assert subject(argument, verb) == text


def test_one_thing_is_singular():
    assert [counted(n, "asset") for n in (0, 1, 2)] == ["0 assets", "1 asset", "2 assets"]


def test_five_labels_are_named_and_long_ones_are_cut():
    assert first_five("ABCDEFG") == "A, B, C, D, E and 2 more"
    assert first_five(["x" * 400]) == "x" * 39 + "…"
    assert clipped("short") == "short"


@pytest.mark.parametrize("where", ["", "row 3", "y" * 500])
@pytest.mark.parametrize("message", ["short", "z" * 500])
def test_a_line_has_at_most_200_characters_and_keeps_its_fix(message, where):
    line = FactorError("CODE", message, "do this\nand that", where=where).line
    assert len(line) <= 200
    assert line.endswith(": do this and that")
    assert "\n" not in line
    assert message[:5] in line
    assert where[:5] in line


def test_an_option_is_forgiven_its_case_and_the_nearest_name_is_offered():
    choice = Literal["wls", "huber"]
    assert one_of(" WLS ", choice, "method") == "wls"
    with pytest.raises(FactorError, match="OPTION_UNKNOWN: method is 'hubert', not one of wls, huber: did you mean"):
        one_of("hubert", choice, "method")
    assert did_you_mean("nothing like it", ["wls"]) == ""


@pytest.mark.parametrize(
    ("given", "names", "meant"),
    [
        ("SYN200", ["SYN120", "SYN020", "SYN20", "SYN201"], ""),
        ("SYN01", ["SYN001", "SYN011"], "SYN001"),
        ("SYN004", ["SYN4", *(f"SYN{n:03}" for n in range(5, 200))], "SYN4"),
        ("aapl ", ["AMZN", "AAPL"], "AAPL"),
        ("APPL", ["AMZN", "AAPL"], "AAPL"),
        ("AAPL", ["AMZN", "AAPL US"], "AAPL US"),
        ("MSFT", ["MSCI", "MS"], ""),
        ("XOM", ["CVX", "COP"], ""),
        ("GOOGL", ["GOOG"], "GOOG"),
        ("retruns", ["returns", "loadings"], "returns"),
        ("9" * 5000, ["1" * 5000], ""),
    ],
)
def test_a_name_is_offered_only_where_it_was_mistyped(given, names, meant):
    assert did_you_mean(given, names) == (f"did you mean {meant}?" if meant else "")
    cure = "add the loadings"
    assert did_you_mean(given, names, cure) == (f"did you mean {meant}? Else {cure}" if meant else cure)


@pytest.mark.parametrize(
    ("a", "b", "n"), [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("a b", "ab", 0)]
)
def test_slips_are_letters_added_lost_replaced_or_swapped(a, b, n):
    assert slips(a, b) == slips(b, a) == n
