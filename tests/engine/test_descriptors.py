"""Descriptors: statsmodels WLS and means by hand as the other routes."""

import numpy as np
import pytest
import statsmodels.api as sm

from xlfactor.engine.descriptors import combine, orthogonalize
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError

NAN = np.nan
INDUSTRY = np.arange(40) % 3
COUNTRY = np.arange(40) // 10 % 2


def loadings(S, *families, sizes=()):
    codes = np.column_stack(families).astype(np.int64) if families else np.zeros((len(S), 0), dtype=np.int64)
    return Loadings(np.asarray(S, float), codes, tuple(sizes), np.arange(np.shape(S)[1] + sum(sizes)))


def styles(seed=0, columns=2):
    return np.random.default_rng(seed).normal(3, 2, size=(40, columns))


def test_descriptors_that_agree_make_a_style_that_agrees():
    x = styles(columns=1)
    z = (x[:, 0] - x.mean()) / x.std(ddof=1)
    np.testing.assert_allclose(combine(np.hstack([x, x, x]), np.array([0.2, 0.5, 0.3])), z, atol=1e-12)


def test_a_missing_descriptor_leaves_its_asset_the_mean_of_the_others():
    X = np.array([[1.0, 3.0], [NAN, 2.0], [4.0, NAN], [NAN, NAN]])
    x = np.array([(3 * 1 + 3) / 4, 2, 4])
    expected = (x - x.mean()) / x.std(ddof=1)
    np.testing.assert_allclose(combine(X, np.array([3.0, 1.0])), [*expected, NAN], rtol=1e-12)


def test_the_scale_of_the_weights_does_not_matter_and_a_negative_one_turns_its_descriptor():
    X = styles(1)
    np.testing.assert_allclose(combine(X, np.array([2.0, 4.0])), combine(X, np.array([1.0, 2.0])), rtol=1e-12)
    np.testing.assert_allclose(
        combine(X, np.array([1.0, -2.0])), combine(X * [1, -1], np.array([1.0, 2.0])), rtol=1e-12
    )


def test_weights_of_zero_are_refused():
    with pytest.raises(FactorError, match="WEIGHT_ALL_ZERO: the weights of all descriptors are zero: give one"):
        combine(styles(), np.zeros(2))


def test_a_style_plus_a_combination_of_others_gives_the_style_back():
    rng = np.random.default_rng(2)
    S, w = rng.normal(size=(40, 2)), rng.uniform(0.5, 2, 40)
    D = np.column_stack([S, INDUSTRY[:, None] == [0, 1, 2]])
    z = sm.WLS(rng.normal(size=40), D, weights=w).fit().resid
    z /= z.std(ddof=1)
    x = 3 * z + D @ [1, -2, 6, 7, 8]
    got = orthogonalize(x[:, None], loadings(S, INDUSTRY, sizes=[3]), w)
    np.testing.assert_allclose(got[:, 0], z, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_residual_is_that_of_statsmodels_in_each_column_on_its_own_assets(weighted):
    X, S = styles(3), styles(4)
    X[[1, 5], 0] = NAN
    S[7, 1] = NAN
    w = np.random.default_rng(5).lognormal(size=40) if weighted else np.ones(40)
    got = orthogonalize(X, loadings(S), w if weighted else None)
    for x, d in zip(X.T, got.T, strict=True):
        here = np.isfinite(x) & np.isfinite(S).all(axis=1)
        e = sm.WLS(x[here], sm.add_constant(S[here]), weights=w[here]).fit().resid
        np.testing.assert_allclose(d[here], e / e.std(ddof=1), atol=1e-10)
        assert np.isnan(d[~here]).all()


def test_the_weighted_correlation_with_everything_regressed_on_is_zero():
    rng = np.random.default_rng(6)
    S = np.column_stack([rng.normal(25, 2, 40), rng.normal(25, 2, 40) * 1e6])
    S = np.column_stack([S, S[:, 0] + 1e-3 * rng.normal(size=40)])  # nearly dependent
    w = rng.lognormal(size=40)
    got = orthogonalize(styles(7), loadings(S, INDUSTRY, COUNTRY, sizes=[3, 2]), w)
    B = np.column_stack([S, INDUSTRY[:, None] == [0, 1, 2], COUNTRY[:, None] == [0, 1]])
    B = (B - w @ B / w.sum()) / B.std(axis=0)
    correlation = (B * w[:, None]).T @ got / w.sum()
    assert np.abs(correlation).max() < 1e-12
    np.testing.assert_allclose(w @ got, 0, atol=1e-10)
    np.testing.assert_allclose(got.std(axis=0, ddof=1), 1, rtol=1e-12)


def test_a_column_that_is_explained_entirely_becomes_zero():
    S = styles(8)
    got = orthogonalize(np.column_stack([S[:, 0] - 2 * S[:, 1] + 4, styles(9)[:, 0]]), loadings(S))
    assert (got[:, 0] == 0).all()
    assert got[:, 1].std(ddof=1) == pytest.approx(1)


def test_an_asset_without_weight_gets_a_residual_unless_it_is_alone_in_its_family_value():
    X, S, w = styles(10, 1), styles(11, 1), np.ones(40)
    w[[0, 3]] = 0, NAN
    codes = np.where(np.arange(40) == 3, 3, INDUSTRY)
    got = orthogonalize(X, loadings(S, codes, sizes=[4]), w)[:, 0]
    assert np.flatnonzero(np.isnan(got)).tolist() == [3]
    kept = np.arange(40) % 40 > 3
    moved = X + np.where(np.arange(40) == 0, 100.0, 0.0)[:, None]
    other = orthogonalize(moved, loadings(S, codes, sizes=[4]), w)[:, 0]
    ratio = other[kept] / got[kept]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)  # one common scale, no other effect


def test_a_column_with_too_few_assets_is_missing():
    X = styles(12)
    X[4:, 1] = NAN
    got = orthogonalize(X, loadings(styles(13)))
    assert np.isfinite(got[:, 0]).all()
    assert np.isnan(got[:, 1]).all()
