"""Arguments that several formulas share are parsed once, which needs functions that leave them alone."""

import pandas as pd
import pytest

from tests import samples
from xlfactor.functions import catalogue
from xlfactor.functions.registry import Argument, parsed_once

ROWS = [["Date", "A", "B"], ["2026-01-05", 0.01, 0.02], ["2026-01-06", None, -0.01]]


@pytest.mark.parametrize("name", catalogue())
def test_a_function_does_not_write_into_its_arguments(name):
    function = catalogue()[name]
    cells, _ = samples.sample(name)
    with parsed_once():
        read = [a.read(v) for a, v in zip(function.arguments, cells, strict=False)]
        before = [v.copy(deep=True) if isinstance(v, pd.DataFrame) else v for v in read]
        first = function.spill(cells)
        assert function.spill(cells) == first
        assert [a.read(v) is r for a, v, r in zip(function.arguments, cells, read, strict=False) if isinstance(v, list)
                and isinstance(r, pd.DataFrame)].count(False) == 0  # fmt: skip
    for old, now in zip(before, read, strict=True):
        if isinstance(old, pd.DataFrame):
            pd.testing.assert_frame_equal(now, old, check_exact=True)
            assert now.attrs == old.attrs


def test_the_same_rows_are_parsed_once_for_one_argument_and_again_for_another():
    returns, prices = Argument("returns", "returns", "", None), Argument("prices", "prices", "", None)
    with parsed_once():
        frame = returns.read(ROWS)
        assert returns.read(ROWS) is frame
        assert prices.read(ROWS) is not frame
        assert returns.read([list(row) for row in ROWS]) is not frame
    assert returns.read(ROWS) is not frame
