"""The line a user reads: its length, its grammar, the nearest name."""

from typing import Literal

import pytest

from xlfactor.errors import FactorError, clipped, counted, did_you_mean, first_five, one_of, subject


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
