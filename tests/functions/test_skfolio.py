"""G17: a characteristics model of skfolio, refitted date by date with its own loadings, caps and weights.

The rest of skfolio's pipeline differs by convention: its loadings are stored unlagged, its weights lagged, and its
cap shares count an asset that has an industry but lacks a style, which ours leave out (99 of the other dates).
"""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.golden import case, need_golden

pytestmark = need_golden

DATES = ["2015-01-05", "2015-06-30", "2016-06-30", "2016-12-06"]


@pytest.fixture(scope="module")
def fitted():
    from skfolio.datasets import make_synthetic_characteristics
    from skfolio.descriptor import BookToPrice, ForwardEarningsToPrice, LogMarketCap
    from skfolio.factor_exposure import FixedWeightedFactor, GlobalFactor, OneHotCategoricalFactors
    from skfolio.prior import CharacteristicsFactorModel

    characteristics = make_synthetic_characteristics(n_assets=100, n_observations=504, n_industries=5, random_state=0)
    model = CharacteristicsFactorModel(
        factors=[
            ("market", GlobalFactor()),
            ("industry", OneHotCategoricalFactors(category="industry", family="industry")),
            (
                "size",
                FixedWeightedFactor(
                    descriptors=[("log_market_cap", LogMarketCap())], family="style", transform_by_group="industry"
                ),
            ),
            (
                "ey",
                FixedWeightedFactor(
                    descriptors=[("b", BookToPrice()), ("f", ForwardEarningsToPrice())],
                    weights=[0.5, 0.5],
                    family="style",
                    transform_by_group="industry",
                ),
            ),
        ],
        constrained_families=[("industry", None)],
    )
    return characteristics, model.fit(characteristics=characteristics).factor_model_


@pytest.mark.parametrize("day", DATES)
def test_one_date_of_the_characteristics_model_is_reproduced(fitted, day):
    characteristics, model = fitted
    observations = pd.DatetimeIndex(model.observations)
    i = observations.get_loc(pd.Timestamp(day))
    B, caps, weights = model.exposures[i - 1], model.benchmark_weights[i - 1], model.regression_weights[i]
    returns = characteristics["returns"][list(pd.DatetimeIndex(characteristics.observations)).index(pd.Timestamp(day))]
    used = (caps > 0) & np.isfinite(B).all(axis=1)
    assets = [f"S{n}" for n in np.flatnonzero(used)]
    golden = case("G17_characteristics_model")
    names = golden["columns"]
    industries = np.array(names[1:6])[B[used][:, 1:6].argmax(axis=1)]
    loadings = pd.DataFrame(
        {"market": 1.0, "industry": industries, "size": B[used][:, 6], "ey": B[used][:, 7]}, index=assets
    )
    F = xlfactor.factor_returns(
        pd.DataFrame([returns[used]], [pd.Timestamp(day)], assets),
        loadings,
        weights=pd.Series(weights[used], assets),
        caps=pd.Series(caps[used], assets),
    )
    np.testing.assert_allclose(
        F[names].to_numpy()[0], golden[day], rtol=0, atol=1e-9
    )  # its weights are single precision
    share = pd.Series(caps[used], assets).groupby(industries).sum() / caps[used].sum()
    assert abs((F[share.index].to_numpy()[0] * share).sum()) < 1e-12
