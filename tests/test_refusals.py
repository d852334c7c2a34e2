"""Wrong input is one line with a code, the place and the cure; never another exception."""

import re

import pytest

from tests import samples
from tests.refusals import refusals
from xlfactor.errors import LINE_LENGTH, FactorError
from xlfactor.functions import catalogue


@pytest.mark.parametrize("refusal", refusals(), ids=str)
def test_wrong_input_is_one_line_with_its_code_place_and_cure(refusal):
    with pytest.raises(FactorError) as raised:
        catalogue()[refusal.function].spill(refusal.values)
    error, line = raised.value, str(raised.value)
    assert error.code.startswith(refusal.code)
    assert re.fullmatch(r"[A-Z][A-Z_]+", error.code)
    assert line.startswith(error.code)
    assert refusal.place in line
    assert error.fix.strip()
    assert line.endswith(error.fix)
    assert len(line) <= LINE_LENGTH
    assert "\n" not in line


@pytest.mark.parametrize("name", catalogue())
def test_the_sample_arguments_themselves_are_accepted(name):
    function = catalogue()[name]
    table = function.spill(samples.positional(function, samples.arguments(function)))
    assert table
    assert len({len(row) for row in table}) == 1
