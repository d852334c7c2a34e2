"""The volatility regime multiplier: its definition, the step of methodology 7.4, missing returns, refusals."""

import numpy as np
import pytest

from xlfactor.engine.covariance import factor_covariance
from xlfactor.engine.regime import multiplier
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError


def by_definition(F, half_life, regime_half_life, weights=None):
    """Date by date: σ of all values before, B², then the weighted mean over the dates that have one."""
    T, K = F.shape
    B2 = np.full(T, np.nan)
    v = np.ones(K) if weights is None else weights
    for t in range(T):
        z2, share = [], []
        for k in range(K):
            past = F[:t, k]
            seen = np.isfinite(past)
            if seen.sum() >= 21 and np.isfinite(F[t, k]):
                w = ewma_weights(t, half_life)[seen]
                z2.append(F[t, k] ** 2 / (w @ past[seen] ** 2 / w.sum()))
                share.append(v[k])
        if z2:
            B2[t] = np.average(z2, weights=share)
    w = ewma_weights(T, regime_half_life)
    here = np.isfinite(B2)
    return w[here] @ B2[here] / w[here].sum()


@pytest.mark.parametrize(("half_life", "regime"), [(20, 10), (0, 10), (20, 1e9)])
def test_it_equals_the_definition_date_by_date_with_missing_returns_and_weights(half_life, regime):
    rng = np.random.default_rng(0)
    F = 0.01 * rng.normal(size=(70, 4))
    F[rng.random(F.shape) < 0.1] = np.nan
    F[:30, 2] = np.nan
    for weights in (None, np.array([1.0, 5.0, 2.0, 0.5])):
        assert multiplier(F, half_life, regime, weights) == pytest.approx(
            by_definition(F, half_life, regime, weights), rel=1e-12
        )


@pytest.mark.parametrize(("days", "slow", "fast"), [(42, 1.37, 1.89), (126, 1.71, 2.21), (252, 1.89, 2.11)])
def test_a_step_of_volatility_from_1_to_2_is_seen_after_days_and_overshoots(days, slow, fast):
    """Half-lives 84 and 42, methodology 7.4."""
    rng = np.random.default_rng(1)
    F = rng.normal(size=(900 + days, 400))
    F[900:] *= 2
    variance = np.mean(ewma_weights(len(F), 84) @ F**2)
    assert np.sqrt(variance) == pytest.approx(slow, abs=0.02)
    assert np.sqrt(variance * multiplier(F, 84, 42)) == pytest.approx(fast, abs=0.03)


def test_returns_of_constant_size_need_no_adjustment():
    F = 0.01 * np.where(np.arange(60)[:, None] % 2, 1.0, -1.0) * np.ones(3)
    assert multiplier(F, 20, 10) == pytest.approx(1, rel=1e-12)


def test_normal_returns_of_constant_volatility_have_a_multiplier_near_one():
    F = np.random.default_rng(2).normal(size=(1500, 200))
    assert multiplier(F, 84, 168) == pytest.approx(1, abs=0.03)


def test_the_multiplier_stays_between_a_quarter_and_four():
    F = np.random.default_rng(3).normal(size=(300, 5))
    wild, calm = F.copy(), F.copy()
    wild[-20:] *= 100
    calm[-100:] /= 100
    assert multiplier(wild, 84, 10) == 4
    assert multiplier(calm, 84, 10) == 0.25


def test_rescaling_a_factor_or_adding_returns_before_the_first_changes_nothing():
    F = np.random.default_rng(4).normal(size=(200, 3))
    assert multiplier(F * [1, 100, 0.01], 84, 42) == pytest.approx(multiplier(F, 84, 42), rel=1e-12)
    padded = np.vstack([np.full((9, 3), np.nan), F])
    assert multiplier(padded, 84, 42) == pytest.approx(multiplier(F, 84, 42), rel=1e-12)


def test_the_factor_covariance_is_multiplied_as_a_whole():
    F = np.random.default_rng(5).normal(size=(300, 4))
    options = {
        "half_life_volatility": 84, "half_life_correlation": 504, "newey_west_volatility": 5,
        "newey_west_correlation": 2, "shrinkage": "none",
    }  # fmt: skip
    plain, scaled = factor_covariance(F, **options), factor_covariance(F, **options, regime_half_life=42)
    np.testing.assert_allclose(scaled / plain, by_definition(F, 84, 42), rtol=1e-10)


def test_too_few_dates_are_refused():
    with pytest.raises(FactorError, match="FEW_DATES: no column has more than 21 returns to tell the regime from"):
        multiplier(np.random.default_rng(6).normal(size=(21, 3)), 84, 42)
