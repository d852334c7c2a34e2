import numpy as np
import pandas as pd
import pytest
import scipy.stats

from xlfactor.engine import validation as engine
from xlfactor.engine.performance import factor_performance
from xlfactor.errors import FactorError


def draws(T, n, df=None, seed=0):
    """Standardised returns of a perfect forecast: normal, or Student's t scaled to variance 1."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(T, n)) if df is None else rng.standard_t(df, size=(T, n)) * np.sqrt((df - 2) / df)


def coverage(Z):
    return engine.in_band(engine.bias_statistics(Z)).mean()


def plain_coverage(Z):
    return (np.abs(Z.std(axis=0, ddof=1) - 1) <= np.sqrt(2 / len(Z))).mean()


@pytest.mark.parametrize("T", [12, 60, 252])
def test_the_band_of_a_perfect_normal_forecast_covers_95_percent(T):
    Z = draws(T, 3000, seed=T)
    assert plain_coverage(Z) == pytest.approx(0.95, abs=0.015)
    assert coverage(Z) == pytest.approx(0.955, abs=0.02)


@pytest.mark.parametrize(
    ("df", "T", "plain", "aware"),
    [(5, 12, 0.87, 0.90), (5, 60, 0.81, 0.90), (5, 252, 0.78, 0.92), (4, 12, 0.83, 0.86), (4, 60, 0.74, 0.87),
     (4, 252, 0.67, 0.89)],
)  # fmt: skip
def test_fat_tails_widen_the_band_to_the_simulated_coverage(df, T, plain, aware):
    Z = draws(T, 3000, df, seed=T + df)
    assert plain_coverage(Z) == pytest.approx(plain, abs=0.025)
    assert coverage(Z) == pytest.approx(aware, abs=0.025)


@pytest.mark.parametrize(("df", "expected"), [(None, 0.169), (5, 0.231), (4, 0.259)])
def test_mrad_of_a_perfect_forecast_is_the_simulated_one(df, expected):
    assert engine.bias_statistics(draws(3000, 60, df))["mrad"].mean() == pytest.approx(expected, abs=0.006)


def test_qlike_of_a_perfect_forecast_is_that_of_the_distribution():
    """Normal: γ + ln 2. Student's t5 of variance 1: −E ln z², simulated 1.568."""
    assert engine.bias_statistics(draws(4000, 100))["qlike"].mean() == pytest.approx(
        np.euler_gamma + np.log(2), abs=0.01
    )
    assert engine.bias_statistics(draws(4000, 100, 5))["qlike"].mean() == pytest.approx(1.568, abs=0.02)


@pytest.mark.parametrize(("c", "rise"), [(0.8, 0.116), (0.9, 0.024), (1.1, 0.017), (1.25, 0.086)])
def test_a_forecast_off_by_a_factor_adds_what_theory_says_to_qlike(c, rise):
    assert 1 / c**2 + 2 * np.log(c) - 1 == pytest.approx(rise, abs=6e-4)
    Z = draws(4000, 100, seed=1)
    added = engine.bias_statistics(Z / c)["qlike"].mean() - engine.bias_statistics(Z)["qlike"].mean()
    assert added == pytest.approx(rise, abs=0.01)


def test_the_columns_are_those_of_pandas_and_scipy():
    Z = pd.DataFrame(draws(100, 5, 4, seed=3))
    found = engine.bias_statistics(Z.to_numpy(), window=20)
    np.testing.assert_allclose(found["bias"], Z.std(), rtol=1e-12)
    np.testing.assert_allclose(found["mrad"], (Z.rolling(20).std() - 1).abs().mean(), rtol=1e-10)
    k = np.maximum(scipy.stats.kurtosis(Z, fisher=False), 3)
    np.testing.assert_allclose(found["upper"] - 1, np.sqrt((k - 1) / 100), rtol=1e-12)
    np.testing.assert_allclose(found["lower"] + found["upper"], 2, rtol=1e-14)


def test_a_forecast_doubled_halves_the_bias():
    Z = draws(50, 3)
    np.testing.assert_allclose(engine.bias_statistics(Z / 2)["bias"], engine.bias_statistics(Z)["bias"] / 2, rtol=1e-12)


def test_a_missing_return_leaves_a_series_its_own_values():
    Z = draws(60, 2)
    gaps = Z.copy()
    gaps[[0, 30, 31], 1] = np.nan
    own = engine.bias_statistics(np.delete(Z[:, [1]], [0, 30, 31], axis=0))
    for name, values in engine.bias_statistics(gaps).items():
        assert values[1] == pytest.approx(own[name][0], rel=1e-12)


def test_few_values_leave_what_needs_more_missing():
    found = engine.bias_statistics(draws(1, 1))
    assert np.isnan(found["bias"][0])
    assert np.isnan(found["mrad"][0])
    assert np.isfinite(found["qlike"][0])
    assert np.isnan(engine.in_band(found)[0])
    assert np.isfinite(engine.bias_statistics(np.zeros((30, 1)))["qlike"][0])


def test_breaches_and_their_test_are_those_of_the_binomial():
    z = np.zeros(250)
    assert engine.breaches(z) == 0
    z[:13] = -2
    assert engine.breaches(z) == pytest.approx(13 / 250)
    n, x, p = 250, 25, 0.05
    z[:x] = -2
    likelihood = scipy.stats.binom.logpmf
    ratio = 2 * (likelihood(x, n, x / n) - likelihood(x, n, p))
    assert engine.kupiec_p_value(z) == pytest.approx(scipy.stats.chi2.sf(ratio, 1), rel=1e-9)
    assert engine.kupiec_p_value(np.zeros(250)) == pytest.approx(scipy.stats.chi2.sf(-500 * np.log(0.95), 1), rel=1e-9)


def test_kupiec_rejects_a_right_forecast_in_about_5_percent():
    Z = draws(1000, 2000, seed=5)
    assert np.mean([engine.kupiec_p_value(z) < 0.05 for z in Z.T]) == pytest.approx(0.05, abs=0.02)


def test_a_window_of_one_is_refused():
    with pytest.raises(FactorError, match="VALUE_RANGE: window is 1: type 2 or more periods"):
        engine.bias_statistics(draws(30, 1), 1)


def test_a_factor_without_premium_has_a_significant_t_statistic_in_5_percent_of_runs():
    F = 0.01 * draws(250, 500, seed=8)
    t = factor_performance(F, pd.bdate_range("2024-01-02", periods=250).to_numpy(), 252)["t_stat"]
    assert (np.abs(t) > 1.96).mean() == pytest.approx(0.05, abs=0.02)
