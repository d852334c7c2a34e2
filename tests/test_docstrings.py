"""The example at the end of every catalogue function's docstring: it is there, and it says what the function gives."""

import doctest
import warnings

import pandas as pd
import pytest

import xlfactor
from xlfactor.functions import catalogue


@pytest.mark.parametrize("name", catalogue())
def test_the_example_of_the_docstring_gives_what_it_shows(name):
    call = catalogue()[name].call
    given = {"pd": pd, "xlfactor": xlfactor}
    test = doctest.DocTestParser().get_doctest(call.__doc__ or "", given, name, None, 0)
    shown = [example for example in test.examples if example.want]
    assert shown, f"{name} has no example with its result"
    assert any(f"{name.lower()}(" in example.source for example in test.examples), f"{name} is not called"
    complaints: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", xlfactor.FactorWarning)  # few dates and assets are what makes it short
        doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=complaints.append)
    assert not complaints, "".join(complaints)
