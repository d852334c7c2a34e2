"""The generated source within the limits of VBA and of Excel's function wizard."""

import re

import pytest

from tests.hosts.test_excel_names import VBA_RESERVED, WIZARD
from xlfactor.functions import catalogue
from xlfactor.functions.registry import Argument, Function
from xlfactor.hosts.classic.wizard import vba_text, wizard
from xlfactor.hosts.classic.wrappers import spelled_as_functions

LINE, CONTINUATIONS, MODULE_LINES, PROCEDURE = 1023, 24, 65_534, 65_536
PROCEDURES = re.compile(r"^(?:Public |Private )?(Sub|Function) (\w+)(.*?)^End \1$", re.M | re.S)


@pytest.fixture(scope="module")
def sources(folder):
    files = {"wrappers": "xlwings_udfs.bas", "wizard": "xlf_wizard.bas"}
    return {name: (folder / file).read_text().partition("\n")[2] for name, file in files.items()}


@pytest.mark.parametrize("module", ["wrappers", "wizard"])
def test_a_module_keeps_to_the_limits_of_vba(sources, module):
    text = sources[module]
    assert text.isascii()  # VBA's editor has one code page
    lines = text.splitlines()
    assert len(lines) < MODULE_LINES
    assert max(map(len, lines)) <= LINE
    assert not [line for line in lines if line.endswith(" _")]  # so none of the 24 continuations is used
    procedures = PROCEDURES.findall(text)
    assert len(procedures) == len(re.findall(r"^(?:Public |Private )?(?:Sub|Function) ", text, re.M))
    assert max(len("".join(found)) for found in procedures) < PROCEDURE / 4
    names = [name.lower() for _, name, _ in procedures]
    assert len(set(names)) == len(names)
    assert not VBA_RESERVED & set(names)


def test_the_modules_share_no_procedure_name(sources):
    names = [name for text in sources.values() for _, name, _ in PROCEDURES.findall(text)]
    assert len(set(names)) == len(names)


def said(source):
    """{function: (description, argument descriptions)} by reading the texts of the module back."""
    found = {}
    for _, _, body in PROCEDURES.findall(source):
        macro = re.search(
            r"'!(\w+)\", Description:=(.*), Category:=\"xlfactor\"(, ArgumentDescriptions:=texts)?$", body, re.M
        )
        if macro:
            size = re.search(r"Dim texts\(1 To (\d+)\)", body)
            texts = re.findall(r"texts\((\d+)\) = (.*)$", body, re.M)
            assert [int(k) for k, _ in texts] == list(range(1, 1 + int(size[1] if size else 0)))
            assert bool(macro[3]) == bool(texts)
            found[macro[1]] = [value_of(macro[2]), *(value_of(text) for _, text in texts)]
    return found


def value_of(expression):
    """What VBA makes of texts and ChrW joined by &."""
    pieces = re.findall(r'"((?:[^"]|"")*)"|ChrW\((\d+)\)', expression)
    return "".join(chr(int(code)) if code else text.replace('""', '"') for text, code in pieces)


def test_the_wizard_module_says_what_the_catalogue_says_within_255_characters(sources):
    texts = said(sources["wizard"])
    assert texts == {name: [f.help, *(a.help for a in f.arguments)] for name, f in catalogue().items()}
    assert max(len(text) for each in texts.values() for text in each) <= WIZARD


@pytest.mark.parametrize("text", ["plain", 'a "quoted" word', "Ω", "Ω = BΩB' + Ω", "", '"', "ψ²"])
def test_a_text_of_vba_is_that_text(text):
    assert value_of(vba_text(text)) == text
    assert vba_text(text).isascii()


def test_a_text_that_is_too_long_for_the_wizard_is_cut_and_no_argument_needs_no_array():
    source = wizard({"F": Function("F", "Help", "x" * 300, (), print)})
    assert said(source) == {"F": ["x" * 255]}
    assert "Dim texts" not in source
    argument = Argument("a", "values", "y" * 300, None)
    assert said(wizard({"F": Function("F", "Help", "x", (argument,), print)})) == {"F": ["x", "y" * 255]}


def test_an_argument_called_like_a_function_is_spelled_like_it():
    assert spelled_as_functions("F(factor_returns, my_factor_returns)") == "F(FACTOR_RETURNS, my_factor_returns)"
