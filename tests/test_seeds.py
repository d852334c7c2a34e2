"""The two texts that the project implements: what their scripts print and what their formulas say."""

import numpy as np
import pandas as pd

import xlfactor

PRINTED = [0.934, 0.869, 0.952, 0.897, 0.881, 0.933, 0.955, 0.932, 0.924, 0.92]


def test_the_script_of_the_first_seed_prints_these_explained_ratios():
    rng = np.random.RandomState(42)
    F, B, noise = rng.normal(size=(500, 3)), rng.uniform(0.5, 1.5, (10, 3)), rng.normal(scale=0.5, size=(500, 10))
    dates = pd.date_range("2020-01-01", periods=500)
    returns = pd.DataFrame(F @ B.T + noise, dates, [f"Asset_{i + 1}" for i in range(10)])
    factors = pd.DataFrame(F, dates, [f"Factor_{j + 1}" for j in range(3)])
    assert xlfactor.explained_variance(returns, factors)["explained_ratio"].round(3).tolist() == PRINTED


def test_a_thousand_assets_and_ten_factors_need_these_parameters():
    counts = xlfactor.parameter_count(1000, 10)
    assert counts.to_numpy().ravel().tolist() == [500_500, 11_055]


def test_the_second_seed_weights_by_the_inverse_idio_variance():
    """f = (B'Ω_ε⁻¹B)⁻¹ B'Ω_ε⁻¹ r, written out with matrices."""
    rng = np.random.default_rng(1)
    assets, dates = [f"S{n}" for n in range(12)], pd.date_range("2024-01-01", periods=4)
    B, R, psi = rng.normal(size=(12, 3)), rng.normal(size=(4, 12)), rng.uniform(0.5, 2, 12)
    inverse = np.diag(1 / psi)
    F = R @ inverse @ B @ np.linalg.inv(B.T @ inverse @ B)
    got = xlfactor.factor_returns(
        pd.DataFrame(R, dates, assets), pd.DataFrame(B, assets, list("fgh")), pd.Series(psi, assets)
    )
    np.testing.assert_allclose(got, F, rtol=1e-12)
