"""docs/functions.md is the contract: names, arguments, order, defaults and choices of every function."""

import re
from pathlib import Path

import pytest

from xlfactor.functions import catalogue
from xlfactor.functions.help import default_text

TABLE = Path(__file__).parents[1] / "docs" / "functions.md"
ROW = re.compile(r"^\| ([A-Z_]{4,}) \| (.*?) \| ", re.M)
SPLIT = re.compile(r",\s*(?![^(]*\))")
ROWS = {m[1]: m[2].replace("\\|", "|") for m in ROW.finditer(TABLE.read_text())}


def written(arguments: str) -> list[tuple[str, object, set[str]]]:
    """(name, default, choices) of each argument of a row."""
    found: list[tuple[str, object, set[str]]] = []
    for part in SPLIT.split(arguments):
        plain = re.sub(r"\s*\(.*\)", "", part).strip()
        name, _, default = plain.partition("=")
        choices = set(re.findall(r'"(\w+)"', part)) if default.startswith('"') else set()
        found.append((name, number_or_text(default), choices))
    return [] if arguments.strip() == "(none)" else found


def number_or_text(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def test_the_catalogue_holds_exactly_the_functions_of_the_contract():
    assert set(ROWS) == set(catalogue())


@pytest.mark.parametrize("name", list(ROWS))
def test_a_function_has_the_arguments_defaults_and_choices_of_its_row(name):
    row, arguments = written(ROWS[name]), catalogue()[name].arguments
    assert [(a.name, number_or_text(default_text(a))) for a in arguments] == [(n, default) for n, default, _ in row]
    for argument, (_, _, choices) in zip(arguments, row, strict=True):
        if len(choices) > 1:  # a later row of the same stage names the default alone
            assert set(argument.choices) == choices
