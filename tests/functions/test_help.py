"""The catalogue about itself."""

import pytest

import xlfactor
from xlfactor.errors import FactorError
from xlfactor.functions import STAGES, catalogue


def test_the_help_lists_every_function_with_its_arguments():
    table = xlfactor.xlfactor_help()
    assert table.index.tolist() == list(catalogue())
    assert table.loc["FACTOR_RETURNS", "arguments"] == (
        'returns, loadings, [idio_variance], [weights], [caps], [method="wls"], [lag=1]'
    )


def test_one_function_lists_its_arguments():
    table = xlfactor.xlfactor_help(" factor_returns ")
    assert table.loc["lag", ["kind", "default"]].tolist() == ["whole", "1"]


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(FactorError, match="'FACTOR_RETURN': did you mean FACTOR_RETURNS"):
        xlfactor.xlfactor_help("FACTOR_RETURN")


def test_the_version_is_the_packages():
    assert xlfactor.xlfactor_version() == xlfactor.__version__


@pytest.mark.parametrize("function", catalogue().values(), ids=lambda f: f.name)
def test_every_function_is_documented_within_excels_limits(function):
    assert function.stage in STAGES
    assert 10 < len(function.help) <= 255
    assert function.help.endswith(".")
    for argument in function.arguments:
        assert 5 < len(argument.help) <= 255, argument.name
