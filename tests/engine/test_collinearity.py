import numpy as np
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from xlfactor.engine.collinearity import EXACT, collinearity
from xlfactor.engine.sections import Loadings


def loadings(families=(4, 3), N=80, seed=0):
    """A constant, three styles (the last two correlated), and families."""
    rng = np.random.default_rng(seed)
    S = np.column_stack([np.ones(N), rng.normal(size=(N, 3))])
    S[:, 3] += S[:, 2]
    codes = np.array([rng.permutation(np.arange(N) % size) for size in families], dtype=int).reshape(-1, N).T
    return Loadings(S, codes, families, np.arange(4 + sum(families)))


def styles(*columns):
    S = np.column_stack(columns)
    return Loadings(S, np.zeros((len(S), 0), dtype=int), (), np.arange(S.shape[1]))


def inflation(X, k, w):
    """1/(1 − R²) of column k of X on the others, by weighted least squares as it stands (no constant added)."""
    root = np.sqrt(w)
    y, Z = root * X[:, k], root[:, None] * np.delete(X, k, axis=1)
    e = y - Z @ np.linalg.lstsq(Z, y, rcond=None)[0]
    return (y @ y) / (e @ e)


def test_styles_have_the_variance_inflation_of_statsmodels():
    B = loadings()
    D = B.dense()
    X = np.column_stack([np.ones(80), D[:, 1:4], D[:, 5:8], D[:, 9:]])
    found = collinearity(B, np.ones(80), 0)
    for k in (1, 2, 3):
        assert found.vif[k] == pytest.approx(variance_inflation_factor(X, k), rel=1e-10)
    assert np.isnan(found.vif[0])


def test_weights_count_in_the_regression_and_in_its_means():
    B, w = loadings(()), np.random.default_rng(1).uniform(0.1, 3, 80)
    X = B.dense()
    X[:, 1:] -= w @ X[:, 1:] / w.sum()
    found = collinearity(B, w, 0)
    for k in (1, 2, 3):
        assert found.vif[k] == pytest.approx(inflation(X, k, w), rel=1e-10)
    C = np.cov(X[:, 1:].T, aweights=w)
    assert found.max_correlation[2] == pytest.approx(C[1, 2] / np.sqrt(C[1, 1] * C[2, 2]), rel=1e-10)
    assert list(found.partner[1:]) != [-1, -1, -1]
    assert found.partner[2] == 3


def test_a_family_is_held_against_the_others_without_the_constant():
    B, w = loadings((4,)), np.random.default_rng(2).uniform(0.5, 2, 80)
    found = collinearity(B, w, 0)
    X = B.dense()[:, 1:]
    for k in range(4, 8):
        assert found.vif[k] == pytest.approx(inflation(X, k - 1, w), rel=1e-10)
    assert (found.vif[4:] < 2).all()


def test_two_families_explain_one_another_no_more_than_they_overlap():
    found = collinearity(loadings((4, 3)), np.ones(80), 0)
    assert (found.vif[4:] < 5).all()
    same = loadings((4,))
    twice = Loadings(same.S, np.column_stack([same.codes[:, 0]] * 2), (4, 4), np.arange(12))
    assert np.nanmax(collinearity(twice, np.ones(80), 0).vif[4:]) == EXACT


def test_the_inflation_of_two_columns_is_that_of_their_correlation():
    rng = np.random.default_rng(3)
    x = rng.normal(size=200)
    y = 0.9 * x + 0.3 * rng.normal(size=200)
    found = collinearity(styles(np.ones(200), x, y), np.ones(200), 0)
    r = np.corrcoef(x, y)[0, 1]
    assert found.vif[1] == pytest.approx(1 / (1 - r**2), rel=1e-10)
    assert found.max_correlation[1] == pytest.approx(r, rel=1e-12)
    x, y = x - x.mean(), y - y.mean()
    centred = collinearity(styles(np.ones(200), x, y), np.ones(200), 0)
    assert centred.condition == pytest.approx(np.sqrt((1 + r) / (1 - r)), rel=1e-9)


def test_a_doubled_column_is_an_exact_combination_and_one_percent_of_noise_is_nearly_one():
    rng = np.random.default_rng(4)
    x, other = rng.normal(size=(2, 100))
    exact = collinearity(styles(np.ones(100), x, other, 2 * x), np.ones(100), 0)
    assert exact.vif[1] == exact.vif[3] == EXACT
    assert exact.vif[2] < 1.2
    assert exact.condition > 1e14
    near = collinearity(styles(np.ones(100), x, other, x + 0.01 * rng.normal(size=100)), np.ones(100), 0)
    assert 3000 < near.vif[1] < 30000
    assert near.partner[1] == 3


def test_rescaled_loadings_and_weights_change_nothing():
    B, w = loadings(), np.random.default_rng(5).uniform(0.1, 3, 80)
    other = Loadings(B.S * [1, 100, 0.01, 7] + [0, 3, 0, 0], B.codes, B.sizes, B.order)
    a, b = collinearity(B, w, 0), collinearity(other, 10 * w, 0)
    np.testing.assert_allclose(b.vif[1:4], a.vif[1:4], rtol=1e-8)
    np.testing.assert_allclose(b.max_correlation[1:], a.max_correlation[1:], rtol=1e-8)


def test_a_column_without_weight_or_spread_has_no_inflation():
    found = collinearity(styles(np.ones(30), np.zeros(30), np.arange(30.0)), np.ones(30), 0)
    assert np.isnan(found.vif[:2]).all()
    assert found.vif[2] == pytest.approx(1)
    assert np.isnan(found.max_correlation).all()
    assert list(found.partner) == [-1, -1, -1]
