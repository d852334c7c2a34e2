"""Time-series loadings and the explained ratio: published numbers, statsmodels, simulated truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.datasets import french
from skfolio.datasets import load_factors_dataset, load_sp500_dataset
from skfolio.preprocessing import prices_to_returns

from tests.golden import GOLDEN
from xlfactor.engine.explained_variance import explained_variance
from xlfactor.engine.timeseries import presence_patterns, timeseries_loadings, vasicek
from xlfactor.errors import FactorError

NAN = np.nan

# The script of seed 1, unrounded by an independent NumPy run (methodology, section 11)
SEED_RATIOS = [
    0.9336176553108995, 0.8692709592706195, 0.9521718163833038, 0.8969061064494784, 0.8810038942925932,
    0.933039906197843, 0.9553441494407175, 0.9319130456348215, 0.9236684786672602, 0.9203741563950755,
]  # fmt: skip
SEED_PUBLISHED = [0.934, 0.869, 0.952, 0.897, 0.881, 0.933, 0.955, 0.932, 0.924, 0.92]

# G15, linearmodels on the French portfolios (methodology, section 11)
FRENCH_MEAN_R_SQUARED = 0.8594757765407226
S1V1_R_SQUARED, S1V1_ADJUSTED = 0.8559481806179704, 0.8554179285220855
S1V1_OLS = [0.0010382183970767582, 0.025093625734157358, 0.03723584381325535, 0.038819274256958795]
S1V1_NEWEY_WEST_4 = [0.0010276692609408448, 0.026752614493301057, 0.042717779194551615, 0.05338080479058344]

# G16, skfolio on the S&P 500 stocks and five factor ETFs (methodology, section 11)
SP500_MEAN_R_SQUARED = 0.4547204431953684
SP500_AAPL = [0.00055667881688394559, 0.43017670049981982, 1.6345700039413043, -0.2307128698754817,
              -0.68499921931544061, -0.15481859824720826]  # fmt: skip


def _seed_panel():
    np.random.seed(42)  # noqa: NPY002 the seed's own legacy generator
    F = np.random.normal(0, 1, (500, 3))  # noqa: NPY002
    B = np.random.uniform(0.5, 1.5, (10, 3))  # noqa: NPY002
    return F @ B.T + np.random.normal(0, 0.5, (500, 10)), F  # noqa: NPY002


def _french():
    data = french.load().set_index("dates")
    names = [name for name in data if name[0] == "S" and name[2:3] in ("V", "M")]
    assert len(names) == 18
    return data[names].sub(data["RF"], axis=0), data[["MktRF", "SMB", "HML"]]


def _sp500():
    stocks = prices_to_returns(load_sp500_dataset())
    factors = prices_to_returns(load_factors_dataset())
    dates = stocks.index.intersection(factors.index)
    assert len(dates) == 2263
    return stocks.loc[dates], factors.loc[dates]


def _panel(T=150, N=6, K=3, holes=True):
    """A panel with volatility clusters in the noise, missing returns, and one date without a factor."""
    rng = np.random.default_rng(8)
    F = rng.normal(0.001, 0.01, (T, K)) * [1, 20, 0.05][:K]
    noise = rng.standard_t(5, (T, N)) * 0.02 * (1 + np.sin(np.arange(T) / 9))[:, None] ** 2
    R = 0.001 + F @ rng.normal(0.8, 0.5, (N, K)).T + noise
    if holes:
        R[:40, 1] = NAN
        R[rng.random(T) < 0.2, 2] = NAN
        R[-30:, 3] = NAN
        F[77, 1] = NAN
    return R, F


def _own_dates(R, F, i):
    keep = np.isfinite(R[:, i]) & np.isfinite(F).all(axis=1)
    return np.flatnonzero(keep), R[keep, i], sm.add_constant(F[keep])


def test_the_explained_ratios_of_the_first_seed_are_its_published_ones():
    ratio, _, _ = explained_variance(*_seed_panel())
    np.testing.assert_allclose(ratio, SEED_RATIOS, rtol=1e-10)
    np.testing.assert_array_equal(np.round(ratio, 3), SEED_PUBLISHED)


def test_french_portfolios_have_the_alphas_and_betas_of_linearmodels():
    R, F = _french()
    expected = pd.read_csv(GOLDEN / "french_ff3_alphas_betas.csv", index_col=0)
    fit = timeseries_loadings(R.to_numpy(), F.to_numpy())
    assert list(expected.index) == list(R.columns)
    np.testing.assert_allclose(fit.B, expected[["beta_MktRF", "beta_SMB", "beta_HML"]], rtol=1e-10)
    np.testing.assert_allclose(fit.alpha, expected["alpha_tfm"], rtol=1e-10)


def test_french_portfolios_have_the_standard_errors_and_r_squared_of_linearmodels():
    R, F = (frame.to_numpy() for frame in _french())
    ols, hac = timeseries_loadings(R, F), timeseries_loadings(R, F, lags=4)
    np.testing.assert_allclose(ols.standard_errors[0], S1V1_OLS, rtol=1e-10)
    np.testing.assert_allclose(hac.standard_errors[0], S1V1_NEWEY_WEST_4, rtol=1e-10)
    assert ols.r_squared.mean() == pytest.approx(FRENCH_MEAN_R_SQUARED, rel=1e-10)
    assert explained_variance(R, F)[0].mean() == pytest.approx(FRENCH_MEAN_R_SQUARED, rel=1e-10)
    assert ols.r_squared[0] == pytest.approx(S1V1_R_SQUARED, rel=1e-10)
    assert ols.adjusted_r_squared[0] == pytest.approx(S1V1_ADJUSTED, rel=1e-10)
    assert explained_variance(R, F)[1][0] == pytest.approx(S1V1_ADJUSTED, rel=1e-10)


def test_french_numbers_move_when_the_returns_are_not_in_excess_of_the_risk_free_rate():
    R, F = _french()
    raw = R.add(french.load().set_index("dates")["RF"], axis=0)
    assert abs(explained_variance(raw.to_numpy(), F.to_numpy())[0].mean() - FRENCH_MEAN_R_SQUARED) > 1e-6


def test_sp500_stocks_have_the_coefficients_and_r_squared_of_skfolio():
    R, F = _sp500()
    fit = timeseries_loadings(R.to_numpy(), F.to_numpy())
    np.testing.assert_allclose([fit.alpha[0], *fit.B[0]], SP500_AAPL, rtol=1e-9)
    assert fit.r_squared.mean() == pytest.approx(SP500_MEAN_R_SQUARED, rel=1e-10)


def test_all_sp500_stocks_have_the_coefficients_of_skfolio():
    R, F = _sp500()
    expected = pd.read_csv(GOLDEN / "skfolio_tsfm_coef.csv", index_col=0).loc[R.columns]
    fit = timeseries_loadings(R.to_numpy(), F.to_numpy())
    np.testing.assert_allclose(fit.alpha, expected["alpha"], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(fit.B, expected[list(F.columns)], rtol=1e-9, atol=1e-13)


def test_without_noise_the_loadings_are_recovered_exactly_and_shrinkage_has_nothing_to_shrink():
    rng = np.random.default_rng(0)
    F, B, alpha = rng.normal(0, 0.01, (40, 3)), rng.normal(1, 0.4, (8, 3)), rng.normal(0, 0.001, 8)
    R = alpha + F @ B.T
    R[rng.random(R.shape) < 0.2] = NAN
    fit = timeseries_loadings(R, F, half_life=20, lags=3, shrinkage=1)
    np.testing.assert_allclose(fit.B, B, rtol=1e-12)
    np.testing.assert_allclose(fit.alpha, alpha, rtol=1e-11)
    np.testing.assert_allclose(fit.r_squared, 1, rtol=1e-14)
    np.testing.assert_allclose(fit.idio_variance, 0, atol=1e-30)
    ratio, adjusted, out_of_sample = explained_variance(R, F)
    np.testing.assert_allclose([ratio, adjusted, out_of_sample], 1, rtol=1e-12)


@pytest.mark.parametrize("half_life", [0.0, 30.0])
@pytest.mark.parametrize("lags", [0, 1, 6])
def test_everything_equals_statsmodels_on_each_assets_own_dates(half_life, lags):
    R, F = _panel()
    fit = timeseries_loadings(R, F, half_life, lags)
    for i in range(R.shape[1]):
        dates, y, X = _own_dates(R, F, i)
        model = sm.WLS(y, X, 0.5 ** ((dates[-1] - dates) / half_life) if half_life else np.ones(len(y)))
        options = {"cov_type": "HAC", "cov_kwds": {"maxlags": lags, "use_correction": False}} if lags else {}
        ref = model.fit(**options)
        np.testing.assert_allclose([fit.alpha[i], *fit.B[i]], ref.params, rtol=1e-9)
        np.testing.assert_allclose(fit.standard_errors[i], ref.bse, rtol=1e-9)
        np.testing.assert_allclose(fit.t_stats[i], ref.tvalues, rtol=1e-8)
        assert fit.n[i] == ref.nobs
        assert fit.r_squared[i] == pytest.approx(ref.rsquared, rel=1e-10)
        assert fit.adjusted_r_squared[i] == pytest.approx(ref.rsquared_adj, rel=1e-10)


def test_idio_variance_is_the_sum_of_squared_errors_over_the_degrees_of_freedom():
    R, F = _panel()
    fit = timeseries_loadings(R, F)
    for i in range(R.shape[1]):
        _, y, X = _own_dates(R, F, i)
        e = y - X @ [fit.alpha[i], *fit.B[i]]
        assert fit.idio_variance[i] == pytest.approx(e @ e / (len(y) - 4), rel=1e-12)
        np.testing.assert_allclose(X.T @ e, 0, atol=1e-13)


def test_newey_west_of_the_formula_written_out_with_matrices():
    R, F = _panel(holes=False)
    L = 3
    X = sm.add_constant(F)
    S_inv = np.linalg.inv(X.T @ X)
    fit = timeseries_loadings(R, F, lags=L)
    for i in range(R.shape[1]):
        u = R[:, i] - X @ [fit.alpha[i], *fit.B[i]]
        G = X * u[:, None]
        S = G.T @ G
        for lag in range(1, L + 1):
            S_lag = G[lag:].T @ G[:-lag]
            S = S + (1 - lag / (L + 1)) * (S_lag + S_lag.T)
        np.testing.assert_allclose(fit.standard_errors[i], np.sqrt(np.diag(S_inv @ S @ S_inv)), rtol=1e-9)


def test_the_order_of_factors_and_of_assets_and_their_units_do_not_matter():
    R, F = _panel()
    fit = timeseries_loadings(R, F, 40, 2, 0.7)
    rows, columns = [5, 2, 0, 1, 4, 3], [2, 0, 1]
    other = timeseries_loadings(R[:, rows], F[:, columns] * [100, 1, 1], 40, 2, 0.7)
    np.testing.assert_allclose(other.B * [100, 1, 1], fit.B[rows][:, columns], rtol=1e-9)
    np.testing.assert_allclose(other.t_stats[:, 1:], fit.t_stats[rows][:, 1:][:, columns], rtol=1e-8)
    np.testing.assert_allclose(other.r_squared, fit.r_squared[rows], rtol=1e-10)


def test_a_factor_with_a_large_mean_costs_no_accuracy():
    R, F = _panel(holes=False)
    fit, moved = timeseries_loadings(R, F), timeseries_loadings(R, F + np.array([0, 1e6, 0]))
    np.testing.assert_allclose(moved.B, fit.B, rtol=1e-7)
    np.testing.assert_allclose(moved.standard_errors[:, 1:], fit.standard_errors[:, 1:], rtol=1e-7)


def test_every_option_changes_the_result():
    R, F = _panel()
    plain = timeseries_loadings(R, F)
    assert (timeseries_loadings(R, F, half_life=30).B != plain.B).all()
    assert (timeseries_loadings(R, F, lags=2).standard_errors != plain.standard_errors).all()
    assert (timeseries_loadings(R, F, shrinkage=1).B != plain.B).all()
    half = timeseries_loadings(R, F, shrinkage=0.5)
    np.testing.assert_allclose(half.B, (plain.B + timeseries_loadings(R, F, shrinkage=1).B) / 2, rtol=1e-12)
    for name in ("alpha", "standard_errors", "t_stats", "r_squared", "idio_variance"):
        np.testing.assert_array_equal(getattr(half, name), getattr(plain, name))


def test_vasicek_shrinkage_of_a_hand_computed_case():
    B, se = np.array([[0.0], [1.0], [2.0]]), np.array([[0.5], [0.5], [1.0]])
    # var(b) = 1, mean se² = 0.5, s_p² = 0.5: v = 2/3, 2/3, 1/3
    np.testing.assert_allclose(vasicek(B, se, 1.0)[:, 0], [1 / 3, 1, 4 / 3], rtol=1e-15)
    np.testing.assert_allclose(vasicek(B, se, 0.5)[:, 0], [1 / 6, 1, 5 / 3], rtol=1e-15)


def test_vasicek_shrinkage_leaves_a_loading_without_noise_where_it_is():
    # var(b) = 1 is below mean se² = 8/3: s_p² = 0, all differences are noise but for the first asset's
    B, se = np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [2.0], [2.0]])
    np.testing.assert_array_equal(vasicek(B, se, 1.0)[:, 0], [0, 1, 1])


def test_vasicek_shrinkage_brings_noisy_loadings_nearer_to_the_truth():
    rng = np.random.default_rng(1)
    B = rng.normal(1, 0.2, (300, 1))
    F = rng.normal(0, 0.01, (60, 1))
    R = F @ B.T + rng.normal(0, 0.03, (60, 300))
    plain, shrunk = timeseries_loadings(R, F).B, timeseries_loadings(R, F, shrinkage=1).B
    # se ≈ .03/(.01 √60) = .39: the best linear forecast leaves .2²·.39²/(.2² + .39²) ≈ .178², against .39²
    assert np.sqrt(((shrunk - B) ** 2).mean()) < 0.6 * np.sqrt(((plain - B) ** 2).mean())
    np.testing.assert_allclose(shrunk.mean(), plain.mean(), rtol=0.02)


def test_an_asset_with_too_few_dates_is_missing_and_the_others_are_as_without_it():
    R, F = _panel()
    short = R.copy()
    short[4:, 0] = NAN
    fit, others = timeseries_loadings(short, F, shrinkage=1), timeseries_loadings(R[:, 1:], F, shrinkage=1)
    assert (np.isnan(fit.B[0]).all(), np.isnan(fit.idio_variance[0]), fit.n[0]) == (True, True, 4)
    np.testing.assert_allclose(fit.B[1:], others.B, rtol=1e-13)
    ratio, adjusted, _ = explained_variance(short, F)
    np.testing.assert_array_equal(np.isnan([ratio, adjusted]), [[True] + [False] * 5] * 2)


def test_a_long_dead_asset_keeps_its_loadings_under_a_short_half_life():
    R, F = _panel(T=1500, holes=False)
    R[100:, 0] = NAN
    alone = timeseries_loadings(R[:100, [0]], F[:100], half_life=1.0)
    np.testing.assert_allclose(timeseries_loadings(R, F, half_life=1.0).B[0], alone.B[0], rtol=1e-10)


def test_a_constant_return_has_no_r_squared_and_no_explained_ratio():
    R, F = _panel(holes=False)
    R[:, 2] = 0.01
    assert np.isnan(timeseries_loadings(R, F).r_squared[2])
    for result in explained_variance(R, F):
        assert np.flatnonzero(np.isnan(result)).tolist() == [2]


def test_assets_with_the_same_dates_share_one_pattern():
    R, F = _panel()
    R[:, 5] = np.where(np.isnan(R[:, 1]), NAN, R[:, 5])
    found = {tuple(assets): dates for dates, assets in presence_patterns(R, F)}
    assert set(found) == {(0, 4), (1, 5), (2,), (3,)}
    np.testing.assert_array_equal(found[(1, 5)], [t for t in range(40, 150) if t != 77])


def test_the_explained_ratio_is_the_variance_of_the_fitted_part():
    R, F = _panel()
    ratio, adjusted, _ = explained_variance(R, F)
    B = timeseries_loadings(R, F).B
    for i in range(R.shape[1]):
        dates, y, _ = _own_dates(R, F, i)
        assert ratio[i] == pytest.approx((F[dates] @ B[i]).var() / y.var(), rel=1e-10)
        assert adjusted[i] == pytest.approx(1 - (1 - ratio[i]) * (len(y) - 1) / (len(y) - 4), rel=1e-12)


def test_out_of_sample_is_fitted_on_the_first_half_and_judged_on_the_second():
    R, F = _panel()
    out_of_sample = explained_variance(R, F)[2]
    for i in range(R.shape[1]):
        _, y, X = _own_dates(R, F, i)
        h = len(y) // 2
        fitted = X[h:] @ sm.OLS(y[:h], X[:h]).fit().params
        expected = 1 - ((y[h:] - fitted) ** 2).sum() / ((y[h:] - y[:h].mean()) ** 2).sum()
        assert out_of_sample[i] == pytest.approx(expected, rel=1e-9)
    later = R.copy()
    later[149] += 1
    assert (explained_variance(later, F)[2][[0, 1, 4, 5]] < out_of_sample[[0, 1, 4, 5]]).all()


def test_factors_that_sum_to_zero_leave_the_ratio_as_it_is_and_count_by_their_rank():
    R, F = _panel()
    redundant = np.column_stack([F, F[:, 0] - 2 * F[:, 1], np.full(len(F), 0.3)])
    np.testing.assert_allclose(explained_variance(R, redundant), explained_variance(R, F), rtol=1e-10)


def test_pure_noise_is_explained_by_k_over_t_less_one_on_average_and_adjusted_by_nothing():
    rng = np.random.default_rng(0)
    ratio, adjusted, out_of_sample = explained_variance(rng.standard_normal((60, 2000)), rng.standard_normal((60, 10)))
    assert ratio.mean() == pytest.approx(10 / 59, abs=0.005)
    assert adjusted.mean() == pytest.approx(0, abs=0.006)
    assert out_of_sample.mean() < -0.1


def test_dependent_and_constant_factors_are_refused_and_found():
    R, F = _panel()
    for redundant, columns in [
        (np.column_stack([F, F[:, 0] - 2 * F[:, 2]]), "1, 3, 4"),
        (np.column_stack([F, 7 * F[:, 1] + 2]), "2, 4"),
        (np.column_stack([F[:, :2], np.full(len(F), 0.1)]), "3"),
    ]:
        with pytest.raises(FactorError, match=rf"FACTOR_COLLINEAR: .* \(column {columns}\): leave it out") as e:
            timeseries_loadings(R, redundant)
        assert [j + 1 for _, j in e.value.cells] == [int(c) for c in columns.split(",")]


def test_factors_dependent_on_one_assets_dates_only_leave_that_asset_missing():
    R, F = _panel(holes=False)
    F[:50, 2] = 0
    R[50:, 0] = NAN
    fit = timeseries_loadings(R, F)
    assert np.isnan(fit.B).all(axis=1).tolist() == [True] + [False] * 5


def test_too_few_dates_and_options_out_of_range_are_refused():
    R, F = _panel(T=20, holes=False)
    for function in (timeseries_loadings, explained_variance):
        with pytest.raises(FactorError, match="FEW_DATES: no asset has returns on 5 dates on which every factor"):
            function(R[-4:], F[-4:])
    with pytest.raises(FactorError, match=r"FEW_DATES: half_life 0\.001 leaves too few dates with weight"):
        timeseries_loadings(R, F, half_life=0.001)
    for option, value in [
        ("half_life", -1),
        ("half_life", NAN),
        ("lags", -1),
        ("lags", 20),
        ("shrinkage", 1.5),
    ]:
        with pytest.raises(FactorError, match=f"VALUE_RANGE: {option} is {value}: give"):
            timeseries_loadings(R, F, **{option: value})
