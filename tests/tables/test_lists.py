import pandas as pd
import pytest

from xlfactor.errors import FactorError
from xlfactor.tables.lists import LISTS, shocks

assets, factors = LISTS["assets"], LISTS["factor_names"]


@pytest.mark.parametrize(
    "given",
    [
        [["A"], ["B"], [10107.0]],
        [["A", "B", 10107]],
        ["A", "B", "10107"],
        [["Asset"], ["A"], [" B "], [None], [10107], [""]],
        pd.Series(["A", "B", 10107]),
        pd.Index(["A", "B", "10107"]),
        pd.DataFrame({"any name": ["A", "B", "10107"]}),
    ],
)
def test_a_column_a_row_and_a_frame_are_the_same_names(given):
    assert assets(given, "instruments") == ["A", "B", "10107"]


def test_a_heading_is_skipped_only_if_names_follow():
    assert assets("Asset", "instruments") == ["Asset"]
    assert assets([["INSTRUMENTS"], ["A"]], "instruments") == ["A"]
    assert factors([["Asset"], ["value"]], "neutralize") == ["Asset", "value"]
    assert factors([["Factors", "value"]], "neutralize") == ["value"]


def test_a_block_an_error_and_a_name_that_stands_twice_are_refused_with_their_cells():
    with pytest.raises(FactorError, match="NOT_A_LIST: instruments is a range of 2 rows and 2 columns"):
        assets([["A", 1.0], ["B", 2.0]], "instruments")
    with pytest.raises(FactorError, match=r"NAME_ERROR: neutralize holds '#N/A' .*\(row 3, column 1\)") as raised:
        factors([["Factor"], ["value"], ["#N/A"]], "neutralize")
    assert (raised.value.argument, raised.value.cells) == ("neutralize", ((2, 0),))
    with pytest.raises(FactorError, match="DUP_FACTOR: neutralize lists the factor value twice") as raised:
        factors([["value", "size", "value"]], "neutralize")
    assert raised.value.cells == ((0, 0), (0, 2))


def test_shocks_are_one_column_by_factor_blank_where_not_given():
    table = shocks([["", "2008"], ["market", -0.2], ["value", None]], "shocks")
    pd.testing.assert_frame_equal(table, pd.DataFrame({"shock": [-0.2, None]}, ["market", "value"], dtype=float))
    pd.testing.assert_frame_equal(shocks(pd.DataFrame({0: [-0.2, None]}, ["market", "value"]), "shocks"), table)


def test_shocks_without_a_header_are_refused_so_that_none_is_lost():
    with pytest.raises(FactorError, match="HEADER_MISSING: shocks begins with a number") as raised:
        shocks([["market", -0.2], ["value", 0.1]], "shocks")
    assert raised.value.cells == ((0, 1),)
