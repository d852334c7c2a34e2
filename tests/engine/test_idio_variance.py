"""Idio variances from idio returns: EWMA and Newey-West, shrinkage by size, structural values, the regime, refusals."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.engine.covariance import second_moment
from xlfactor.engine.idio_variance import estimate, shrink, variances
from xlfactor.engine.regime import multiplier
from xlfactor.engine.weights import ewma_weights
from xlfactor.errors import FactorError


def idio(T=300, N=40, seed=0):
    rng = np.random.default_rng(seed)
    psi = np.exp(rng.normal(np.log(4e-4), 0.6, N))
    return rng.normal(size=(T, N)) * np.sqrt(psi), psi, rng.lognormal(8, 1.5, N)


@pytest.mark.parametrize("lags", [0, 2, 5])
def test_the_variances_are_the_diagonal_of_the_factor_covariances_second_moment_with_gaps_too(lags):
    E, _, _ = idio(N=8)
    E[np.random.default_rng(1).random(E.shape) < 0.1] = np.nan
    E[:200, 3] = np.nan
    w = ewma_weights(300, 40)
    np.testing.assert_allclose(variances(E, w, lags), np.diag(second_moment(E, w, lags)), rtol=1e-12)


def test_without_lags_shrinkage_and_regime_they_are_the_ewma_variances_of_pandas():
    E, _, _ = idio(N=6)
    E[50:90, 2] = np.nan
    expected = [pd.Series(e**2).ewm(halflife=40, ignore_na=False).mean().iloc[-1] for e in E.T]
    np.testing.assert_allclose(estimate(E, 40, 0, None, 0).psi, expected, rtol=1e-10)


def test_returns_of_one_size_give_their_square():
    E = np.where(np.arange(60)[:, None] % 2, 1.0, -1.0) * np.array([0.01, 0.02, 0.03])
    found = estimate(E, 84, 0, None, 0, regime_half_life=42)
    np.testing.assert_allclose(found.psi, [1e-4, 4e-4, 9e-4], rtol=1e-12)
    assert found.status == ["ok"] * 3


def test_an_asset_that_starts_late_has_the_variance_of_its_own_history():
    E, _, _ = idio(N=3)
    E[:150, 1] = np.nan
    np.testing.assert_allclose(
        estimate(E, shrinkage=0).psi[1], estimate(E[150:], shrinkage=0).psi[1], rtol=1e-12
    )  # fmt: skip


def test_a_variance_is_never_negative():
    E = np.where(np.arange(80)[:, None] % 2, 1.0, -1.0) * np.ones(2)  # autocorrelation −1
    assert (variances(E, ewma_weights(80, 20), 5) >= 0).all()


def by_formula(s, q, weights):
    mean = np.average(s, weights=weights)
    away = q * np.abs(s - mean)
    v = away / (s.std(ddof=1) + away)
    return v * mean + (1 - v) * s


def test_volatilities_shrink_to_the_cap_weighted_mean_of_their_decile():
    rng = np.random.default_rng(2)
    s, caps = rng.uniform(0.01, 0.05, 200), rng.permutation(np.geomspace(1, 1e6, 200))
    found = shrink(s, np.ones(200, bool), caps, 0.5)
    for members in np.array_split(np.argsort(caps), 10):
        np.testing.assert_allclose(found[members], by_formula(s[members], 0.5, caps[members]), rtol=1e-12)


def test_without_caps_all_are_one_group_of_equal_weights():
    s = np.random.default_rng(3).uniform(0.01, 0.05, 200)
    np.testing.assert_allclose(shrink(s, np.ones(200, bool), np.ones(200), 0.1), by_formula(s, 0.1, None), rtol=1e-12)


def test_few_assets_are_fewer_groups_of_at_least_ten():
    rng = np.random.default_rng(4)
    s, caps = rng.uniform(0.01, 0.05, 24), np.arange(1.0, 25.0)
    found = shrink(s, np.ones(24, bool), caps, 1.0)
    for members in (slice(0, 12), slice(12, 24)):
        np.testing.assert_allclose(found[members], by_formula(s[members], 1.0, caps[members]), rtol=1e-12)


def test_shrinkage_moves_every_volatility_towards_its_mean_and_the_order_stays():
    s = np.sort(np.random.default_rng(5).uniform(0.01, 0.05, 50))
    found = shrink(s, np.ones(50, bool), np.ones(50), 1.0)
    assert (np.diff(found) > 0).all()
    assert found.std() < s.std()
    assert (shrink(s, np.ones(50, bool), np.ones(50), 0.0) == s).all()


def test_a_new_asset_has_the_volatility_of_its_size_group_and_moves_no_other():
    E, _, caps = idio(N=200)
    before = estimate(E[:, 1:], caps=caps[1:], shrinkage=0)
    E[: 300 - 20, 0] = np.nan
    found = estimate(E, caps=caps, shrinkage=0)
    assert found.status == ["short history"] + ["ok"] * 199
    np.testing.assert_allclose(found.psi[1:], before.psi, rtol=1e-12)
    decile = np.array_split(np.argsort(caps), 10)
    like = next(members for members in decile if 0 in members)
    like = like[like != 0]
    mean = np.average(np.sqrt(before.psi[like - 1]), weights=caps[like])
    assert found.psi[0] == pytest.approx(mean**2, rel=1e-12)
    E[300 - 21, 0] = 0.01
    assert estimate(E, caps=caps).status[0] == "ok"


def test_idio_returns_of_rounding_errors_are_not_identified_and_never_reported_as_zero():
    E, _, _ = idio()
    E[:, 4] *= 1e-13
    E[:, 5] = 0
    found = estimate(E)
    assert [found.status[i] for i in (3, 4, 5)] == ["ok", "not identified", "not identified"]
    others = np.sqrt(estimate(np.delete(E, [4, 5], axis=1), shrinkage=0).psi)
    np.testing.assert_allclose(found.psi[4:6], others.mean() ** 2, rtol=1e-12)


def test_an_asset_without_cap_is_compared_with_the_cap_weighted_mean_of_all():
    E, _, caps = idio(N=200)
    caps[7], caps[8] = np.nan, 0
    raw, found = estimate(E, caps=caps, shrinkage=0).psi, estimate(E, caps=caps, shrinkage=0.5).psi
    expected = by_formula(np.sqrt(raw), 0.5, np.where(caps > 0, caps, 0))
    np.testing.assert_allclose(np.sqrt(found[7:9]), expected[7:9], rtol=1e-12)


def test_the_regime_multiplies_all_by_the_cap_weighted_lambda_squared():
    E, _, caps = idio()
    E[250:] *= 2
    plain, scaled = estimate(E, caps=caps), estimate(E, caps=caps, regime_half_life=42)
    assert scaled.regime == pytest.approx(multiplier(E, 84, 42, caps), rel=1e-12)
    assert scaled.regime > 1.2
    np.testing.assert_allclose(scaled.psi / plain.psi, scaled.regime, rtol=1e-12)
    assert plain.regime == 1


def test_permuted_assets_and_rescaled_returns_permute_and_rescale_the_variances():
    E, _, caps = idio()
    E[:290, 3] = np.nan
    order = np.random.default_rng(6).permutation(40)
    found = estimate(E, caps=caps, regime_half_life=42)
    other = estimate(E[:, order], caps=caps[order], regime_half_life=42)
    np.testing.assert_allclose(other.psi, found.psi[order], rtol=1e-12)
    assert other.status == [found.status[i] for i in order]
    np.testing.assert_allclose(estimate(100 * E, caps=7 * caps, regime_half_life=42).psi, 1e4 * found.psi, rtol=1e-12)


def test_the_estimates_have_the_precision_of_their_effective_sample():
    """Without lags and shrinkage: relative standard error sqrt(2/n_eff) (methodology, section 0)."""
    E, psi, _ = idio(T=1000, N=2000)
    ratio = estimate(E, 84, 0, None, 0).psi / psi
    w = ewma_weights(1000, 84)
    assert ratio.mean() == pytest.approx(1, abs=0.01)
    assert ratio.std() == pytest.approx(np.sqrt(2 * (w @ w)), rel=0.05)


def test_newey_west_corrects_for_autocorrelation():
    """AR(1) with ρ = .1: 1 + 2 sum (1 − l/6) ρ^l = 1.181 (methodology 7.1)."""
    rng = np.random.default_rng(7)
    E = rng.normal(size=(4000, 200))
    for t in range(1, 4000):
        E[t] += 0.1 * E[t - 1]
    ratio = estimate(E, 0, 5, None, 0).psi / estimate(E, 0, 0, None, 0).psi
    assert ratio.mean() == pytest.approx(1.181, abs=0.01)


@pytest.mark.parametrize("name", ["half_life", "newey_west", "shrinkage", "regime_half_life"])
def test_a_negative_option_is_refused_by_name(name):
    with pytest.raises(FactorError, match=f"VALUE_RANGE: {name} is -1: write 0 or more"):
        estimate(idio()[0], **{name: -1})


def test_too_few_dates_and_zeros_only_are_refused():
    with pytest.raises(FactorError, match="FEW_DATES: no asset has 21 idio returns: give more dates"):
        estimate(idio(T=20)[0])
    with pytest.raises(FactorError, match="ALL_ZERO: all idio returns are zero"):
        estimate(np.zeros((30, 4)))
