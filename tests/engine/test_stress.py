import numpy as np
import pytest

from xlfactor.engine.stress import implied_shocks, impossible_shocks


def sample(K=6, T=200, seed=0):
    """Factor returns whose covariance is known from the sample itself."""
    rng = np.random.default_rng(seed)
    F = rng.normal(size=(T, K)) @ rng.normal(size=(K, K)) * 0.01
    F -= F.mean(axis=0)
    return F, F.T @ F / T


def zero_sum(caps, seed=0):
    """A market, a family whose cap-weighted returns sum to zero, and a style, with their covariance."""
    rng = np.random.default_rng(seed)
    F = 0.01 * rng.normal(size=(300, 5))
    caps = np.asarray(caps) / np.sum(caps)
    F[:, 1:4] += 0.5 * F[:, :1]
    F[:, 1:4] -= (F[:, 1:4] @ caps)[:, None]
    return F, F.T @ F / 300, caps


def shocked(K, *at):
    given = np.zeros(K, dtype=bool)
    given[list(at)] = True
    return given


def test_one_shock_moves_the_others_by_their_betas_to_it():
    _, Omega_f = sample()
    f = implied_shocks(Omega_f, shocked(6, 2), np.array([-0.05]))
    np.testing.assert_allclose(f, -0.05 * Omega_f[:, 2] / Omega_f[2, 2], rtol=1e-12)


def test_uncorrelated_factors_stay():
    f = implied_shocks(np.diag([1e-4, 4e-4, 9e-4]), shocked(3, 1), np.array([0.1]))
    np.testing.assert_array_equal(f, [0, 0.1, 0])


@pytest.mark.parametrize("at", [(0, 3), (1, 2, 5), (0, 1, 2, 3, 4)])
def test_implied_shocks_are_the_regression_of_the_other_factors_on_the_shocked(at):
    F, Omega_f = sample()
    given, s = shocked(6, *at), np.linspace(-0.03, 0.02, len(at))
    slopes = np.linalg.lstsq(F[:, given], F[:, ~given], rcond=None)[0]
    f = implied_shocks(Omega_f, given, s)
    np.testing.assert_allclose(f[~given], s @ slopes, rtol=1e-9)
    np.testing.assert_array_equal(f[given], s)
    assert not impossible_shocks(Omega_f, given, s).any()


def test_twice_the_shock_is_twice_the_move_and_units_do_not_matter():
    _, Omega_f = sample()
    given, s = shocked(6, 1, 4), np.array([0.02, -0.01])
    f = implied_shocks(Omega_f, given, s)
    np.testing.assert_allclose(implied_shocks(Omega_f, given, 2 * s), 2 * f, rtol=1e-12)
    units = np.array([1, 100, 1, 1e4, 1e-3, 1])
    scaled = implied_shocks(np.outer(units, units) * Omega_f, given, (s * units[given]))
    np.testing.assert_allclose(scaled, f * units, rtol=1e-9)


@pytest.mark.parametrize("caps", [[1, 1, 1], [5, 3, 1]])
def test_shocks_to_a_whole_family_are_refused_unless_they_keep_its_zero_sum(caps):
    _, Omega_f, share = zero_sum(caps)
    given = shocked(5, 1, 2, 3)
    np.testing.assert_array_equal(impossible_shocks(Omega_f, given, np.array([0.05, 0.05, 0.05])), given)
    legal = np.array([0.05, -0.02, -(0.05 * share[0] - 0.02 * share[1]) / share[2]])
    assert not impossible_shocks(Omega_f, given, legal).any()
    assert not impossible_shocks(Omega_f, given, legal.round(5)).any()
    assert not impossible_shocks(Omega_f, shocked(5, 1, 2), np.array([0.05, 0.05])).any()


def test_a_legal_shock_to_a_whole_family_propagates_as_one_to_all_but_one_of_it():
    _, Omega_f, share = zero_sum([5, 3, 1])
    s = np.array([0.05, -0.02])
    last = -(s @ share[:2]) / share[2]
    whole = implied_shocks(Omega_f, shocked(5, 1, 2, 3), np.array([*s, last]))
    part = implied_shocks(Omega_f, shocked(5, 1, 2), s)
    np.testing.assert_allclose(whole, part, rtol=1e-9)


def test_only_the_factors_of_the_broken_sum_are_named():
    _, Omega_f, _ = zero_sum([1, 1, 1])
    broken = impossible_shocks(Omega_f, shocked(5, 0, 1, 2, 3, 4), np.array([0.02, 0.01, 0.01, 0.01, 0.03]))
    np.testing.assert_array_equal(broken, [False, True, True, True, False])


def test_a_factor_that_never_moves_cannot_be_shocked():
    Omega_f = np.diag([1e-4, 0.0])
    np.testing.assert_array_equal(impossible_shocks(Omega_f, shocked(2, 1), np.array([0.01])), [False, True])
    assert not impossible_shocks(Omega_f, shocked(2, 1), np.array([0.0])).any()
