import numpy as np
import pandas as pd
import pytest
import scipy.stats

from tests.engine.simulated import static
from xlfactor.engine import stationarity as engine
from xlfactor.engine.sections import Loadings, Sections


def normal(T, K, seed=0):
    return np.random.default_rng(seed).normal(size=(T, K))


def test_the_break_test_rejects_steady_volatility_in_about_5_percent_and_with_fat_tails_in_at_most_a_tenth():
    rng = np.random.default_rng(1)
    normal_runs = [engine.volatility_break(rng.normal(size=(250, 5))) for _ in range(400)]
    t5_runs = [engine.volatility_break(rng.standard_t(5, size=(250, 5))) for _ in range(400)]
    assert np.mean([one.status != "OK" for one in normal_runs]) == pytest.approx(0.05, abs=0.025)
    assert np.mean([one.status != "OK" for one in t5_runs]) < 0.1
    assert all(one.status != "FAIL" for one in normal_runs + t5_runs)


def test_a_break_in_one_factor_is_found_and_named():
    F = normal(250, 4)
    F[125:, 2] *= 2
    one = engine.volatility_break(F)
    assert one.status == "FAIL"
    assert list(one.where) == [2]
    assert one.value == pytest.approx(F[125:, 2].var(ddof=1) / F[:125, 2].var(ddof=1), rel=1e-12)


def test_the_threshold_is_that_of_the_f_test_where_tails_are_thin():
    F = np.random.default_rng(2).uniform(-1, 1, size=(200, 1))
    one = engine.volatility_break(F)
    assert one.threshold == pytest.approx(scipy.stats.f.isf(0.025, 99, 99), rel=1e-12)


def test_missing_factor_returns_leave_the_break_test_their_own_dates():
    F = normal(120, 1)
    gaps = F.copy()
    gaps[[5, 6, 100]] = np.nan
    a, b = np.delete(F[:60], [5, 6]), np.delete(F[60:], [40])
    ratio = max(a.var(ddof=1) / b.var(ddof=1), b.var(ddof=1) / a.var(ddof=1))
    assert engine.volatility_break(gaps).value == pytest.approx(ratio, rel=1e-12)


def test_standardised_returns_are_those_of_the_ewma_of_pandas_the_day_before():
    F = normal(100, 2)
    sigma = np.sqrt((pd.DataFrame(F) ** 2).ewm(halflife=84).mean()).shift(1)
    np.testing.assert_allclose(engine.standardised(F), (F / sigma).iloc[42:], rtol=1e-10)


def test_a_steady_volatility_is_forecast_as_well_as_chance_allows():
    Z = engine.standardised(normal(2000, 20))
    assert engine.risk_forecast(Z).value == pytest.approx(0.17, abs=0.01)
    assert engine.regime(Z).value == pytest.approx(1, abs=0.05)
    assert engine.regime(Z).status == "OK"


def test_volatility_that_has_lately_doubled_or_halved_is_another_regime():
    F = normal(300, 5)
    louder, quieter = F.copy(), F.copy()
    louder[-30:] *= 2
    quieter[-60:] /= 3
    high, low = (engine.regime(engine.standardised(f)) for f in (louder, quieter))
    assert high.value > high.threshold == 1.25
    assert low.value < low.threshold == pytest.approx(0.8)
    assert {high.status, low.status} <= {"WARN", "FAIL"}


def test_the_regime_is_the_ewma_of_mean_squares_of_pandas():
    Z = normal(80, 3)
    expected = np.sqrt(pd.Series((Z**2).mean(axis=1)).ewm(halflife=42).mean().iloc[-1])
    assert engine.regime(Z).value == pytest.approx(expected, rel=1e-12)


def dated(styles):
    """One loadings date a return date, from (T, N, n_styles)."""
    T, N, K = styles.shape
    B = Loadings(styles.reshape(T * N, K), np.zeros((T * N, 0), dtype=int), (), np.arange(K))
    return Sections(B, np.tile(np.arange(N), T), np.arange(T + 1) * N, np.arange(T), -1)


def test_loading_stability_is_the_weighted_correlation_with_21_periods_before():
    rng = np.random.default_rng(3)
    styles = np.cumsum(rng.normal(size=(50, 30, 2)) * [0.05, 0.5], axis=0) + rng.normal(size=(30, 2))
    w = rng.uniform(0.5, 2, 30)
    one = engine.loading_stability(dated(styles), w[None, :])
    C = [np.cov(styles[t, :, 1], styles[t - 21, :, 1], aweights=w) for t in (49, 28)]
    assert one.value == pytest.approx(np.mean([c[0, 1] / np.sqrt(c[0, 0] * c[1, 1]) for c in C]), rel=1e-10)
    assert list(one.where) == [1]


@pytest.mark.parametrize(("keep", "status"), [(0.99, "OK"), (0.85, "WARN"), (0.6, "FAIL")])
def test_a_style_that_changes_within_a_month_is_unstable(keep, status):
    rng = np.random.default_rng(4)
    x = rng.normal(size=500)
    y = keep * x + np.sqrt(1 - keep**2) * rng.normal(size=500)
    styles = np.where(np.arange(22)[:, None] < 11, x, y)[:, :, None]
    assert engine.loading_stability(dated(styles), np.ones((1, 500))).status == status


def test_static_loadings_are_stable_and_one_month_of_dated_ones_cannot_be_judged():
    assert engine.loading_stability(static(normal(10, 2), 30), np.ones((1, 10))).value == 1
    short = engine.loading_stability(dated(normal(10, 20).reshape(10, 10, 2)), np.ones((1, 10)))
    assert np.isnan(short.value)
    assert short.status == "WARN"


def test_a_market_of_ones_has_no_stability_of_its_own():
    styles = np.ones((30, 10, 1))
    assert engine.loading_stability(dated(styles), np.ones((1, 10))).status == "OK"
