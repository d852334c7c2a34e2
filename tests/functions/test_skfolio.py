"""skfolio's characteristics model on its synthetic panel: golden case G17, then all its dates, refitted as ours.

Where the maths is the same the numbers are, to rounding. The conventions that differ, and what the tests do about it:
- skfolio stores loadings and benchmark weights unlagged and regression weights lagged; ours all follow `lag`.
- Its panel is single precision, and so then are the square roots in its weights (differences of 1e-9): given the same
  panel in double precision it agrees to 1e-16.
- Its cap shares count an asset that has an industry but lacks a style, ours leave it out: on 99 of 502 dates the market
  and the industries differ by one shift between them, while styles, idio returns and t-statistics of styles do not.
- Its t-statistics are those of the reduced basis; of the industry that this leaves out it gives none.
- Its adjusted R² takes one degree of freedom more: the market of ones counts as a factor and as the constant.
- CSStandardScaler takes the standard deviation about the weighted mean, ours is about the plain mean (STDEV.S = 1):
  z_sk = z / sqrt(1 + N/(N − 1) mean(z)²). Equal without caps.
- In groups it scales an asset without a group, and groups of fewer than 8, by the whole cross-section; in
  STANDARDIZE_LOADINGS they are groups like the others. Compared on larger ones, without caps.
- CSTanhShrinker drops no suspected error (drop = 0), and its 1.4826 has all its digits: the limit makes up for it.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import xlfactor
from tests.golden import CASES

G17 = CASES["G17_characteristics_model"]
DATES = ["2015-01-05", "2015-06-30", "2016-06-30", "2016-12-06"]


def _characteristics(dtype):
    from skfolio.datasets import make_synthetic_characteristics

    panel = make_synthetic_characteristics(n_assets=100, n_observations=504, n_industries=5, random_state=0)
    for field in panel.keys():  # noqa: SIM118 (an AssetPanel is no dict)
        if np.issubdtype(panel[field].dtype, np.floating):
            panel[field] = panel[field].astype(dtype)
    return panel


def _fit(characteristics):
    from skfolio.descriptor import BookToPrice, ForwardEarningsToPrice, LogMarketCap
    from skfolio.factor_exposure import FixedWeightedFactor, GlobalFactor, OneHotCategoricalFactors
    from skfolio.prior import CharacteristicsFactorModel

    style = {"family": "style", "transform_by_group": "industry"}
    earnings_yield = [("b", BookToPrice()), ("f", ForwardEarningsToPrice())]
    model = CharacteristicsFactorModel(
        factors=[
            ("market", GlobalFactor()),
            ("industry", OneHotCategoricalFactors(category="industry", family="industry")),
            ("size", FixedWeightedFactor(descriptors=[("log_market_cap", LogMarketCap())], **style)),
            ("ey", FixedWeightedFactor(descriptors=earnings_yield, weights=[0.5, 0.5], **style)),
        ],
        constrained_families=[("industry", None)],
    )
    return model.fit(characteristics=characteristics).factor_model_


@pytest.fixture(scope="module")
def fitted():
    characteristics = _characteristics(np.float32)  # as it comes
    return characteristics, _fit(characteristics)


@pytest.mark.parametrize("day", DATES)
def test_one_date_of_the_characteristics_model_is_reproduced(fitted, day):
    characteristics, model = fitted
    observations = pd.DatetimeIndex(model.observations)
    i = observations.get_loc(pd.Timestamp(day))
    B, caps, weights = model.exposures[i - 1], model.benchmark_weights[i - 1], model.regression_weights[i]
    returns = characteristics["returns"][list(pd.DatetimeIndex(characteristics.observations)).index(pd.Timestamp(day))]
    used = (caps > 0) & np.isfinite(B).all(axis=1)
    assets = [f"S{n}" for n in np.flatnonzero(used)]
    golden = CASES["G17_characteristics_model"]
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


NAMES = G17["columns"]
ASSETS = [f"S{n:02d}" for n in range(100)]


@pytest.fixture(scope="module")
def whole():
    """The model in double precision, our arguments for all its dates, and the dates whose cap shares agree."""
    characteristics = _characteristics(np.float64)
    model = _fit(characteristics)
    dates, B, caps = pd.DatetimeIndex(model.observations), model.exposures, model.benchmark_weights
    member = np.nan_to_num(B[:, :, 1:6])
    industry = np.where(member.sum(axis=2) == 1, np.array(NAMES[1:6], object)[member.argmax(axis=2)], None)
    table = {"market": 1.0, "industry": industry.ravel(), "size": B[:, :, 6].ravel(), "ey": B[:, :, 7].ravel()}
    rows = pd.DatetimeIndex(characteristics.observations).get_indexer(dates)
    arguments = {
        "returns": pd.DataFrame(characteristics["returns"][rows], dates, ASSETS),
        "loadings": pd.DataFrame(table, pd.MultiIndex.from_product([dates, ASSETS], names=["Date", "Asset"])),
        "weights": pd.DataFrame(model.regression_weights[1:], dates[:-1], ASSETS),  # our lag brings them back
        "caps": pd.DataFrame(caps, dates, ASSETS),
    }
    lacks_style = (caps > 0) & (member.sum(axis=2) == 1) & ~np.isfinite(B).all(axis=2)
    return model, arguments, ~lacks_style.any(axis=1)[:-1]


def test_the_factor_returns_of_all_dates_are_skfolios(whole):
    model, arguments, agree = whole
    ours = xlfactor.factor_returns(**arguments)[NAMES].to_numpy()
    assert np.isnan(ours[0]).all()  # no loadings before the first date
    ours, theirs = ours[1:], model.factor_returns[1:]
    assert agree.sum() == 403
    np.testing.assert_allclose(ours[agree], theirs[agree], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours[:, 6:], theirs[:, 6:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours[:, :1] + ours[:, 1:6], theirs[:, :1] + theirs[:, 1:6], rtol=0, atol=1e-12)


def test_the_idio_returns_of_all_dates_are_skfolios(whole):
    model, arguments, _ = whole
    ours = xlfactor.idio_returns(**arguments).to_numpy()[1:]
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(model.idio_returns[1:]))
    np.testing.assert_allclose(ours, model.idio_returns[1:], rtol=0, atol=1e-12)


def test_the_t_statistics_and_r_squared_of_all_dates_are_skfolios(whole):
    model, arguments, agree = whole
    theirs = model.cs_regression_t_stats
    assert set(theirs.columns) == set(NAMES) - {"Real Estate"}
    ours = xlfactor.factor_tstats(**arguments).iloc[1:]
    np.testing.assert_allclose(ours[theirs.columns][agree], theirs[agree], rtol=0, atol=1e-11)
    np.testing.assert_allclose(ours[["size", "ey"]], theirs[["size", "ey"]], rtol=0, atol=1e-11)
    ours = xlfactor.regression_summary(**arguments).iloc[1:]
    theirs = model.cs_regression_scores
    np.testing.assert_allclose(ours["r_squared"], theirs["r2"], rtol=0, atol=1e-12)
    left = ours["n_assets"] - ours["rank"]
    adjusted = 1 - (1 - ours["adjusted_r_squared"]) * left / (left - 1)
    np.testing.assert_allclose(adjusted, theirs["adjusted_r2"], rtol=0, atol=1e-12)


@pytest.fixture(scope="module")
def descriptors():
    """log market cap and book to price, caps and industry codes (dates × assets), double precision."""
    panel = _characteristics(np.float64)
    cap = panel["market_cap"]
    return {"size": np.log(cap), "value": panel["book_equity"] / cap}, cap, panel["industry"]


def _table(columns):
    """Arrays (dates × assets) as one dated table."""
    T = len(next(iter(columns.values())))
    index = pd.MultiIndex.from_product([pd.bdate_range("2020-01-01", periods=T), ASSETS], names=["Date", "Asset"])
    return pd.DataFrame({name: X.ravel() for name, X in columns.items()}, index)


@pytest.mark.filterwarnings("ignore:CAP_MISSING")
def test_z_scores_are_skfolios_but_for_the_mean_that_the_deviation_is_about(descriptors):
    from skfolio.preprocessing import CSStandardScaler

    styles, cap, _ = descriptors
    dates = pd.bdate_range("2020-01-01", periods=len(cap))
    plain = xlfactor.standardize_loadings(_table(styles))
    weighted = xlfactor.standardize_loadings(_table(styles), pd.DataFrame(cap, dates, ASSETS))
    for name, X in styles.items():
        z = plain[name].to_numpy().reshape(X.shape)
        np.testing.assert_allclose(z, CSStandardScaler().fit_transform(X), rtol=0, atol=1e-12)
        z = weighted[name].to_numpy().reshape(X.shape)
        N = np.isfinite(X).sum(axis=1, keepdims=True)
        theirs = z / np.sqrt(1 + N / (N - 1) * np.nanmean(z, axis=1, keepdims=True) ** 2)
        v = np.where(np.isfinite(X), cap, 0.0)
        np.testing.assert_allclose(theirs, CSStandardScaler().fit_transform(X, cs_weights=v), rtol=0, atol=1e-12)


def test_z_scores_within_large_groups_are_skfolios(descriptors):
    from skfolio.preprocessing import CSStandardScaler

    styles, _, codes = descriptors
    held = (codes >= 0).all(axis=0)  # assets with an industry on every date, and it never changes
    assert (codes[:, held] == codes[0, held]).all()
    assert np.bincount(codes[0, held]).min() >= 8
    industries = np.array(NAMES[1:6])[codes[0, held]]
    assets = np.array(ASSETS)[held]
    groups = pd.DataFrame({"group": industries}, assets)
    for X in styles.values():
        X = X[:60, held]
        index = pd.MultiIndex.from_product([pd.bdate_range("2020-01-01", periods=60), assets], names=["Date", "Asset"])
        z = xlfactor.standardize_loadings(pd.DataFrame({"x": X.ravel()}, index), groups=groups)["x"].to_numpy()
        theirs = CSStandardScaler().fit_transform(X, cs_groups=np.broadcast_to(codes[0, held], X.shape))
        np.testing.assert_allclose(z.reshape(X.shape), theirs, rtol=0, atol=1e-12)


def test_the_tanh_winsorization_is_skfolios(descriptors):
    from skfolio.preprocessing import CSTanhShrinker

    for X in descriptors[0].values():
        table = pd.DataFrame(X, pd.bdate_range("2020-01-01", periods=len(X)), ASSETS)
        ours = xlfactor.winsorize(table, "tanh", 3 / norm.ppf(0.75) / 1.4826, drop=0).to_numpy()
        np.testing.assert_allclose(ours, CSTanhShrinker(knee=3).fit_transform(X), rtol=1e-12, atol=1e-12)
