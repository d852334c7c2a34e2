"""The order of a loadings table's rows says nothing: results are the same to the last bit.

Only the order in which a family's values first appear says something: it is that of the result's columns.
"""

import numpy as np
import pandas as pd
import pytest

import xlfactor

FUNCTIONS = ["factor_returns", "idio_returns", "factor_tstats", "regression_summary", "factor_noise"]


def tables(dated, families, gaps):
    rng = np.random.default_rng(1)
    dates, assets = pd.bdate_range("2026-01-05", periods=12), [f"A{k:02d}" for k in range(30)]
    index = pd.MultiIndex.from_product([dates, assets]) if dated else pd.Index(assets)
    loadings = pd.DataFrame({"market": 1.0, "size": rng.normal(size=len(index))}, index)
    returns = pd.DataFrame(rng.normal(size=(12, 30)), dates, assets)
    for k in range(families):
        values = np.array(["Tech", "Bank", "Oil"])[rng.integers(0, 3, 30)]
        loadings[f"Family{k}"] = np.tile(values, 12 if dated else 1)
    if gaps:
        returns = returns.mask(rng.random(returns.shape) < 0.1)
        loadings["size"] = loadings["size"].mask(rng.random(len(index)) < 0.05)
    caps = pd.Series(np.exp(rng.normal(size=30)), assets)
    return returns, loadings, {"weights": np.sqrt(caps), "caps": caps}


def shuffled(loadings):
    """In another order, but for the rows in which a text first appears."""
    text = [name for name in loadings if name.startswith("Family")]
    first = np.zeros(len(loadings), dtype=bool)
    for name in text:
        first |= ~loadings[name].duplicated().to_numpy()
    return pd.concat([loadings[first], loadings[~first].sample(frac=1, random_state=4)])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("families", [0, 1, 2])
@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_rows_in_another_order_give_the_same_bits(name, dated, families, gaps):
    returns, loadings, options = tables(dated, families, gaps)
    other = shuffled(loadings)
    assert not other.index.equals(loadings.index)
    function = getattr(xlfactor, name)
    pd.testing.assert_frame_equal(
        function(returns, loadings, **options), function(returns, other, **options), check_exact=True
    )


def test_assets_in_another_order_on_every_date_give_the_same_bits():
    returns, loadings, options = tables(dated=True, families=0, gaps=False)
    other = loadings.reindex(returns.columns[::-1], level=1)
    assert not other.index.equals(loadings.index)
    pd.testing.assert_frame_equal(
        xlfactor.factor_returns(returns, loadings, **options), xlfactor.factor_returns(returns, other, **options),
        check_exact=True,
    )  # fmt: skip
