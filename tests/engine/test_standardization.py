"""Standardized loadings: cap-weighted mean 0, equal-weighted standard deviation 1."""

import numpy as np
import pandas as pd
import pytest
from skfolio.preprocessing import CSStandardScaler

from xlfactor.engine.standardization import standardize
from xlfactor.errors import FactorError

NAN = np.nan


def _data(N=50, S=4):
    rng = np.random.default_rng(11)
    X = rng.normal(2, 5, (N, S)) * [1, 10, 0.01, 1e4]
    X[[1, 7, 30], [0, 0, 2]] = NAN
    return X, np.exp(rng.normal(0, 2, N))


def _cap_mean(Z, caps):
    present = ~np.isnan(Z)
    return np.array([np.average(z[p], weights=caps[p]) for z, p in zip(Z.T, present.T, strict=True)])


def test_every_column_has_cap_weighted_mean_zero_and_standard_deviation_one():
    X, caps = _data()
    Z = standardize(X, caps)
    np.testing.assert_allclose(_cap_mean(Z, caps), 0, atol=1e-10)
    np.testing.assert_allclose(np.nanstd(Z, axis=0, ddof=1), 1, rtol=1e-10)


def test_a_small_case_by_hand():
    # mean 3 weighted 3:1 → 2.5; equal-weighted sd of 2, 4 is √2
    Z = standardize(np.array([[2.0], [4.0]]), np.array([3.0, 1.0]))
    np.testing.assert_allclose(Z[:, 0], [-0.5 / np.sqrt(2), 1.5 / np.sqrt(2)], rtol=1e-15)


def test_without_caps_it_equals_the_pandas_z_score():
    X, _ = _data()
    frame = pd.DataFrame(X)
    np.testing.assert_allclose(standardize(X), (frame - frame.mean()) / frame.std(), rtol=1e-12)


def test_skfolio_is_matched_after_its_sd_about_the_weighted_mean():
    X, caps = _data()
    for x in X.T:
        seen = ~np.isnan(x)
        x, v, n = x[seen], caps[seen], seen.sum()
        gap = x.mean() - np.average(x, weights=v)
        ratio = np.sqrt(x.var(ddof=1) / (x.var(ddof=1) + n / (n - 1) * gap**2))
        theirs = CSStandardScaler().fit_transform(x[None, :], cs_weights=v[None, :])[0]
        np.testing.assert_allclose(standardize(x[:, None], v)[:, 0] * ratio, theirs, rtol=1e-12, atol=1e-14)


def test_a_change_of_units_changes_nothing():
    X, caps = _data()
    np.testing.assert_allclose(standardize(3 - 8 * X, 5 * caps), -standardize(X, caps), rtol=1e-10, atol=1e-12)


def test_standardizing_twice_changes_nothing():
    X, caps = _data()
    once = standardize(X, caps)
    np.testing.assert_allclose(standardize(once, caps), once, rtol=1e-12, atol=1e-14)


def test_missing_stays_missing_and_each_column_is_by_itself():
    X, caps = _data()
    X[:, 3] = NAN
    Z = standardize(X, caps)
    np.testing.assert_array_equal(np.isnan(Z), np.isnan(X))
    for j in range(4):
        np.testing.assert_allclose(standardize(X[:, [j]], caps)[:, 0], Z[:, j], rtol=1e-14)


def test_a_column_without_spread_becomes_zero():
    X = np.column_stack([np.full(9, 0.1), np.full(9, 1e9), np.zeros(9)])
    X[2, 0] = NAN
    Z = standardize(X, np.arange(1.0, 10.0))
    assert np.isnan(Z[2, 0])
    assert (np.nan_to_num(Z) == 0).all()


def test_an_asset_without_a_cap_has_no_say_in_the_mean_and_still_gets_a_loading():
    X, caps = _data()
    unknown = np.arange(50) % 10 == 3
    Z = standardize(X, np.where(unknown, NAN, caps))
    np.testing.assert_array_equal(Z, standardize(X, np.where(unknown, 0.0, caps)))
    np.testing.assert_allclose(_cap_mean(Z, np.where(unknown, 0.0, caps)), 0, atol=1e-10)
    assert np.isfinite(Z[unknown][:, 3]).all()


def test_with_groups_each_group_has_cap_weighted_mean_zero_and_the_whole_standard_deviation_one():
    X, caps = _data()
    groups = np.arange(50) % 4 - 1  # code −1 included
    Z = standardize(X, caps, groups)
    for g in range(-1, 3):
        np.testing.assert_allclose(_cap_mean(Z[groups == g], caps[groups == g]), 0, atol=1e-10)
    np.testing.assert_allclose(_cap_mean(Z, caps), 0, atol=1e-10)
    np.testing.assert_allclose(np.nanstd(Z, axis=0, ddof=1), 1, rtol=1e-10)


def test_groups_are_standardized_by_themselves_up_to_one_common_scale():
    X, caps = _data()
    groups = np.arange(50) % 3
    Z = standardize(X, caps, groups)
    for j in range(4):
        ratios = [Z[groups == g, j] / standardize(X[groups == g], caps[groups == g])[:, j] for g in range(3)]
        common = np.concatenate(ratios)
        common = common[~np.isnan(common)]
        np.testing.assert_allclose(common, common[0], rtol=1e-9)


def test_an_asset_alone_in_its_group_gets_zero_and_a_group_without_caps_its_plain_mean():
    X, caps = _data()
    groups = np.concatenate([np.zeros(39), [1], np.full(10, 2)]).astype(np.int64)
    caps[groups == 2] = NAN
    Z = standardize(X, caps, groups)
    np.testing.assert_array_equal(Z[39], 0)
    np.testing.assert_allclose(Z[groups == 2].mean(axis=0), 0, atol=1e-10)


def test_a_negative_or_infinite_cap_is_refused_with_its_position():
    X, caps = _data()
    for wrong in (-1.0, np.inf):
        caps[4] = wrong
        with pytest.raises(FactorError, match=r"VALUE_RANGE: the market capitalisation .* \(row 5\)") as e:
            standardize(X, caps)
        assert (e.value.argument, e.value.cells) == ("caps", ((4, 0),))


def test_a_column_whose_assets_have_no_caps_at_all_is_refused():
    X, caps = _data()
    X[:25, 1] = NAN
    caps[25:] = NAN
    with pytest.raises(FactorError, match=r"WEIGHT_ALL_ZERO: no asset .* \(column 2\): give caps above 0"):
        standardize(X, caps)
