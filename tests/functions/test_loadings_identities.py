"""Identities of the functions of stage Loadings, on any data: Hypothesis."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xlfactor

pytestmark = pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning")
FEW = settings(max_examples=25, deadline=None)


def loadings(seed, N=20, missing=0.1):
    rng = np.random.default_rng(seed)
    X = rng.normal(rng.normal(0, 5), rng.lognormal(), size=(N, 3))
    X[rng.random(X.shape) < missing] = np.nan
    return pd.DataFrame(X, [f"S{n}" for n in range(N)], ["a", "b", "c"]).rename_axis("Asset")


def returns(seed, T=50, N=6):
    rng = np.random.default_rng(seed)
    R = rng.normal(size=(T, 2)) @ rng.normal(size=(2, N)) + rng.lognormal(size=N) * rng.normal(size=(T, N))
    return pd.DataFrame(0.01 * R, pd.bdate_range("2026-01-01", periods=T, name="Date")).add_prefix("A")


@FEW
@given(st.integers(0, 10**6), st.floats(0.1, 100))
def test_combining_is_blind_to_the_order_of_assets_and_the_scale_of_weights(seed, scale):
    D, a = loadings(seed), pd.Series({"a": 1.0, "b": 2.0, "c": -0.5}, name="weight")
    got = xlfactor.combine_descriptors(D, a)
    other = xlfactor.combine_descriptors(D.sample(frac=1, random_state=seed), (a * scale)[::-1])
    pd.testing.assert_frame_equal(other.loc[got.index], got, rtol=1e-9)
    assert got["style"].std() == pytest.approx(1)
    assert got["style"].mean() == pytest.approx(0, abs=1e-10)


@FEW
@given(st.integers(0, 10**6), st.floats(-5, 5), st.floats(0.1, 100))
def test_what_is_added_of_against_leaves_the_orthogonalized_style_alone(seed, b, unit):
    X, B = loadings(seed), loadings(seed + 1, missing=0)
    got = xlfactor.orthogonalize(X, B)
    other = xlfactor.orthogonalize(unit * (X.add(b * B["a"] + 3, axis=0)), B * unit + 1)
    pd.testing.assert_frame_equal(other, got, rtol=1e-6, atol=1e-9)
    pd.testing.assert_frame_equal(xlfactor.orthogonalize(got, B), got, rtol=1e-6, atol=1e-9)


@FEW
@given(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from(["idio", "correlation", "covariance"]))
def test_components_add_up_to_the_second_moment_that_they_explain(seed, K, scaling):
    R = returns(seed)
    B, F = xlfactor.pca_loadings(R, K, scaling), xlfactor.pca_factor_returns(R, K, scaling)
    D = R - R.mean()
    fitted, rest = F @ B.T, D - F @ B.T
    np.testing.assert_allclose((fitted**2).mean() + (rest**2).mean(), (D**2).mean(), rtol=1e-8)
    np.testing.assert_allclose((B**2).sum(axis=1), (fitted**2).mean(), rtol=1e-8)
    assert (B.sum() >= 0).all()


@FEW
@given(st.integers(0, 10**6))
def test_a_factor_alone_adds_what_it_explains(seed):
    R = returns(seed)
    F = pd.DataFrame({"f": np.random.default_rng(seed).normal(size=len(R))}, R.index)
    got = xlfactor.screen_factors(R, F).loc["f"]
    ratio = xlfactor.explained_variance(R, F)
    assert got["incremental_r_squared"] == pytest.approx(ratio["explained_ratio"].mean(), rel=1e-9)
    assert 0 < got["p_value"] <= 1
    curve = xlfactor.nonlinearity(R, F).loc["f"]
    assert curve["linear_r_squared"] == pytest.approx(ratio["explained_ratio"].mean(), rel=1e-9)
    assert curve["gain"] >= 0
