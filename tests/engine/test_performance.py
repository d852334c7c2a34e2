import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api as sm

from xlfactor.engine import performance as engine

# The sample in Microsoft's pages on SKEW and KURT, and the results they print
EXCEL_SAMPLE = np.array([3, 4, 5, 2, 3, 4, 5, 6, 4, 7], dtype=float)
EXCEL_SKEW, EXCEL_KURT = 0.359543071, -0.151799637


def days(T, start="2023-11-20"):
    return pd.bdate_range(start, periods=T).to_numpy()


def rows(T=300, K=4, seed=0):
    return 0.0005 + 0.01 * np.random.default_rng(seed).standard_t(6, size=(T, K))


def table(F, **options):
    return engine.factor_performance(F, days(len(F)), options.get("periods_per_year", 252))


def test_the_columns_are_those_of_the_catalogue_in_order():
    assert list(table(rows())) == [
        "annual_return", "annual_volatility", "sharpe", "t_stat", "newey_west_t", "max_drawdown", "hit_rate", "skew",
        "kurtosis", "autocorrelation", "last_day", "last_week", "month_to_date", "year_to_date",
    ]  # fmt: skip


def test_moments_equal_those_of_pandas():
    F = rows()
    frame, got = pd.DataFrame(F), table(F)
    expected = {
        "annual_return": frame.mean() * 252,
        "annual_volatility": frame.std() * 252**0.5,
        "sharpe": frame.mean() / frame.std() * 252**0.5,
        "skew": frame.skew(),
        "kurtosis": frame.kurt(),
        "autocorrelation": frame.apply(lambda f: f.autocorr(1)),
        "hit_rate": (frame > 0).mean(),
    }
    for name, series in expected.items():
        np.testing.assert_allclose(got[name], series, rtol=1e-10, err_msg=name)


def test_the_t_statistic_is_that_of_scipy():
    F = rows()
    np.testing.assert_allclose(table(F)["t_stat"], scipy.stats.ttest_1samp(F, 0).statistic, rtol=1e-12)


def test_skew_and_kurtosis_are_the_printed_ones_of_excel():
    assert engine.skew(EXCEL_SAMPLE) == pytest.approx(EXCEL_SKEW, abs=1e-9)
    assert engine.kurtosis(EXCEL_SAMPLE) == pytest.approx(EXCEL_KURT, abs=1e-9)
    assert engine.skew(EXCEL_SAMPLE) == pytest.approx(scipy.stats.skew(EXCEL_SAMPLE, bias=False), rel=1e-12)
    assert engine.kurtosis(EXCEL_SAMPLE) == pytest.approx(scipy.stats.kurtosis(EXCEL_SAMPLE, bias=False), rel=1e-12)


@pytest.mark.parametrize(("T", "lags"), [(20, 2), (60, 3), (100, 4), (252, 4), (300, 5), (1000, 6)])
def test_the_newey_west_t_equals_statsmodels_with_the_rule_of_thumb_lags(T, lags):
    f = rows(T, 1, seed=T)[:, 0]
    fit = sm.OLS(f, np.ones(T)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})
    assert engine.newey_west_t(f) == pytest.approx(fit.tvalues[0], rel=1e-11)


def test_the_drawdown_counts_a_fall_from_the_start():
    assert engine.max_drawdown(np.array([-0.1, 0.05])) == pytest.approx(-0.1, rel=1e-14)
    assert engine.max_drawdown(np.array([0.1, -0.5, 0.2, -0.3])) == pytest.approx(0.5 * 1.2 * 0.7 - 1, rel=1e-14)
    assert engine.max_drawdown(np.array([0.1, 0.2])) == 0


def test_the_drawdown_equals_the_usual_pandas_one():
    F = rows()
    curve = pd.concat([pd.DataFrame(np.ones((1, 4))), (1 + pd.DataFrame(F)).cumprod()])
    np.testing.assert_allclose(table(F)["max_drawdown"], (curve / curve.cummax() - 1).min(), rtol=1e-12)


def test_week_month_and_year_to_date_are_compounded_up_to_the_last_date():
    F, dates = rows(60), days(60)  # 20 November 2023 to 9 February 2024
    got = engine.factor_performance(F, dates, 252)
    frame = 1 + pd.DataFrame(F, pd.DatetimeIndex(dates))
    np.testing.assert_allclose(got["last_day"], F[-1])
    np.testing.assert_allclose(got["last_week"], frame.iloc[-5:].prod() - 1, rtol=1e-12)
    np.testing.assert_allclose(got["month_to_date"], frame.loc["2024-02"].prod() - 1, rtol=1e-12)
    np.testing.assert_allclose(got["year_to_date"], frame.loc["2024"].prod() - 1, rtol=1e-12)
    assert len(frame.loc["2024-02"]) == 7


def test_the_same_month_of_an_earlier_year_is_not_this_month():
    dates = np.array(["2023-02-01", "2023-02-02", "2024-02-01"], dtype="datetime64[ns]")
    got = engine.factor_performance(np.array([[0.5], [0.5], [0.1]]), dates, 252)
    assert got["month_to_date"][0] == pytest.approx(0.1, rel=1e-14)
    assert got["year_to_date"][0] == pytest.approx(0.1, rel=1e-14)


def test_a_missing_return_leaves_a_factor_its_own_dates():
    F = rows(80, 2)
    gaps = F.copy()
    gaps[[3, 20, 21, 60], 1] = np.nan
    got, own = table(gaps), table(F[[t for t in range(80) if t not in (3, 20, 21, 60)]])
    names = ("annual_return", "annual_volatility", "sharpe", "t_stat", "max_drawdown", "hit_rate", "skew", "kurtosis")
    for name in names:
        assert got[name][1] == pytest.approx(own[name][1], rel=1e-12)
        assert got[name][0] == table(F)[name][0]
    frame = pd.Series(gaps[:, 1])
    assert got["autocorrelation"][1] == pytest.approx(frame.autocorr(1), rel=1e-12)


def test_lagged_products_of_the_newey_west_t_never_bridge_a_gap():
    f = rows(30, 1)[:, 0]
    f[10:15] = np.nan
    e, n, L = f - np.nanmean(f), 25, 2
    pairs = [
        (1 - abs(t - s) / (L + 1)) * e[t] * e[s]
        for t in range(30)
        for s in range(30)
        if abs(t - s) <= L and np.isfinite(e[t] * e[s])
    ]
    assert engine.newey_west_t(f) == pytest.approx(np.nanmean(f) * n / np.sqrt(sum(pairs)), rel=1e-12)


def test_a_missing_last_return_is_missing_and_the_week_compounds_the_rest():
    F = rows(30, 1)
    F[-1] = np.nan
    got = table(F)
    assert np.isnan(got["last_day"][0])
    assert got["last_week"][0] == pytest.approx(np.prod(1 + F[-5:-1]) - 1, rel=1e-12)


def test_a_factor_without_returns_is_missing_throughout():
    F = rows(30, 2)
    F[:, 1] = np.nan
    for name, values in table(F).items():
        assert np.isnan(values[1]), name
        assert np.isfinite(values[0]), name


def test_returns_that_never_differ_have_no_ratio():
    got = table(np.full((50, 1), 0.001))
    assert got["annual_volatility"][0] == 0
    for name in ("sharpe", "t_stat", "newey_west_t", "skew", "kurtosis", "autocorrelation"):
        assert np.isnan(got[name][0]), name
    assert got["annual_return"][0] == pytest.approx(0.252)


@pytest.mark.parametrize("T", [1, 2, 3, 4])
def test_few_dates_leave_what_needs_more_missing(T):
    got = table(rows(T, 1))
    assert np.isfinite(got["annual_return"][0])
    assert np.isfinite(got["annual_volatility"][0]) == (T >= 2)
    assert np.isfinite(got["skew"][0]) == (T >= 3)
    assert np.isfinite(got["kurtosis"][0]) == (T >= 4)


def test_cumulative_returns_compound():
    F = rows(50)
    expected = (1 + pd.DataFrame(F)).cumprod() - 1
    np.testing.assert_allclose(engine.cumulative_returns(F), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(engine.cumulative_returns(F)[-1], [engine.compound(f) for f in F.T], rtol=1e-12)


def test_a_missing_return_is_missing_in_the_curve_and_leaves_it_where_it_was():
    F = np.array([[0.1], [np.nan], [0.2]])
    curve = engine.cumulative_returns(F)[:, 0]
    assert curve[0] == pytest.approx(0.1)
    assert np.isnan(curve[1])
    assert curve[2] == pytest.approx(0.32)


def test_shuffled_factors_keep_their_own_numbers():
    F, order = rows(), [2, 0, 3, 1]
    for name, values in table(F[:, order]).items():
        np.testing.assert_allclose(values, table(F)[name][order], rtol=1e-13)
