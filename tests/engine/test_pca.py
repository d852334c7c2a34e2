"""Principal components: SVD as the other route, simulated truth for the idio variances and the count of factors."""

import numpy as np
import pytest

from tests.engine.simulated import daily
from xlfactor.engine.pca import principal_components, spectrum, usable
from xlfactor.errors import FactorError


def low_rank(T, N, K, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=N) + rng.normal(size=(T, K)) @ rng.normal(size=(K, N)) * np.linspace(2, 1, N)


@pytest.mark.parametrize("scaling", ["idio", "correlation", "covariance"])
@pytest.mark.parametrize("shape", [(60, 12), (20, 45)])
def test_returns_without_noise_are_the_mean_plus_the_components(shape, scaling):
    R = low_rank(*shape, 3)
    c = principal_components(R, 3, scaling)
    np.testing.assert_allclose(R.mean(axis=0) + c.F @ c.B.T, R, atol=1e-9)


@pytest.mark.parametrize("scaling", ["idio", "covariance"])
def test_missing_returns_of_a_noise_free_panel_are_found(scaling):
    R = low_rank(80, 20, 2)
    hidden = np.random.default_rng(1).random(R.shape) < 0.05
    c = principal_components(np.where(hidden, np.nan, R), 2, scaling)
    full = principal_components(R, 2, scaling)
    np.testing.assert_allclose(c.F @ c.B.T, full.F @ full.B.T, atol=1e-6)


@pytest.mark.parametrize("shape", [(100, 30), (30, 100)])
def test_covariance_and_correlation_scaling_equal_the_svd_of_the_panel(shape):
    R = np.random.default_rng(2).normal(size=shape) * np.linspace(1, 4, shape[1])
    for scaling, scale in (("covariance", np.ones(shape[1])), ("correlation", R.std(axis=0))):
        U, S, Vt = np.linalg.svd((R - R.mean(axis=0)) / scale, full_matrices=False)
        c, s = principal_components(R, 4, scaling), spectrum(R, scaling)
        B, F = scale[:, None] * Vt[:4].T * S[:4] / np.sqrt(shape[0]), np.sqrt(shape[0]) * U[:, :4]
        sign = np.sign(B.sum(axis=0))
        np.testing.assert_allclose(c.B, sign * B, atol=1e-10)
        np.testing.assert_allclose(c.F, sign * F, atol=1e-10)
        np.testing.assert_allclose(s.eigenvalues, (S**2 / shape[0])[: min(shape[1], shape[0] - 1)], atol=1e-10)


def test_the_edge_is_that_of_marchenko_and_pastur():
    R = np.random.default_rng(3).normal(size=(100, 25)) * np.linspace(1, 2, 25)
    assert spectrum(R, "idio").edge == pytest.approx(2.25, rel=1e-12)
    assert spectrum(R, "covariance").edge == pytest.approx(2.25 * R.var(axis=0).mean(), rel=1e-12)


@pytest.mark.parametrize("scaling", ["idio", "correlation", "covariance"])
def test_components_have_unit_variance_are_uncorrelated_and_point_upwards(scaling):
    _, _, _, R = daily(40, 120, 0)
    c = principal_components(R, 4, scaling)
    np.testing.assert_allclose(c.F.T @ c.F / 120, np.eye(4), atol=1e-10)
    np.testing.assert_allclose(c.F.mean(axis=0), 0, atol=1e-10)
    assert (c.B.sum(axis=0) > 0).all()


@pytest.mark.parametrize("scaling", ["idio", "correlation"])
def test_the_unit_of_an_asset_and_the_order_of_assets_change_nothing_else(scaling):
    _, _, _, R = daily(30, 150, 1)
    order, unit = np.random.default_rng(4).permutation(30), np.linspace(1, 1.2, 30)
    plain, other = principal_components(R, 3, scaling), principal_components((R * unit)[:, order], 3, scaling)
    np.testing.assert_allclose(other.B, (plain.B * unit[:, None])[order], atol=1e-6)
    np.testing.assert_allclose(other.F, plain.F, atol=1e-6)


def test_a_new_day_neither_turns_nor_swaps_a_component():
    rng = np.random.default_rng(9)
    B = np.column_stack([np.ones(100), rng.normal(size=(100, 2)) * [0.6, 0.3]])
    R = rng.normal(size=(260, 3)) @ B.T + rng.normal(size=(260, 100))
    for day in range(250, 260):
        before, after = (principal_components(R[:last], 3) for last in (day, day + 1))
        cosines = (before.B * after.B).sum(axis=0) / np.sqrt((before.B**2).sum(axis=0) * (after.B**2).sum(axis=0))
        assert (cosines > 0.99).all()


@pytest.mark.parametrize(
    ("N", "T", "mean", "rms"), [(30, 250, 0.97, 0.17), (100, 250, 0.99, 0.10), (200, 500, 1.00, 0.07)]
)
def test_the_idio_variances_behind_the_scale_do_not_collapse(N, T, mean, rms):
    ratios = []
    for rep in range(6):
        _, psi, _, R = daily(N, T, rep)
        ratios.append(principal_components(R, 5).scale ** 2 / psi)
    ratio = np.array(ratios)
    assert ratio.mean() == pytest.approx(mean, abs=0.03)
    assert np.sqrt(((ratio - 1) ** 2).mean()) == pytest.approx(rms, abs=0.04)
    assert ratio.min() > 0.05


@pytest.mark.parametrize(("N", "T", "panels", "least"), [(100, 250, 40, 36), (200, 500, 12, 12), (300, 120, 12, 12)])
def test_the_five_factors_of_a_simulated_panel_are_counted(N, T, panels, least):
    counts = [spectrum(daily(N, T, rep)[3]).kept for rep in range(panels)]
    assert counts.count(5) >= least


def test_gaps_in_the_panel_leave_the_count_alone():
    for rep in range(4):
        R = daily(100, 250, rep)[3]
        R[np.random.default_rng(rep).random(R.shape) < 0.03] = np.nan
        assert spectrum(R).kept == 5


def test_pure_noise_has_a_factor_in_few_panels():
    rng = np.random.default_rng(5)
    found = [spectrum(rng.normal(size=(250, 60)) * np.exp(rng.normal(size=60))).kept > 0 for _ in range(50)]
    assert np.mean(found) <= 0.2


def test_assets_and_dates_with_less_than_half_of_their_returns_are_left_out():
    R = np.random.default_rng(6).normal(size=(40, 10))
    R[:25, 3] = np.nan
    R[:, 4] = 0.01
    R[7, :8] = np.nan
    R[9] = np.nan
    dates, assets = usable(R)
    assert assets.tolist() == [0, 1, 2, 5, 6, 7, 8, 9]
    assert sorted(set(range(40)) - set(dates.tolist())) == [7, 9]
    c = principal_components(R, 2, "correlation")
    assert (c.B.shape, c.F.shape) == ((8, 2), (38, 2))


def test_an_asset_that_varies_on_a_date_left_out_only_is_left_out():
    R = np.random.default_rng(6).normal(size=(40, 10))
    R[9, :9] = np.nan
    R[:, 9] = 0.01 + 1e-17 * np.arange(40)
    R[9, 9] = 0.05
    assert usable(R)[1].tolist() == list(range(9))
    assert np.isfinite(principal_components(R, 2).B).all()


def test_a_panel_that_carries_no_components_is_refused():
    R = np.random.default_rng(7).normal(size=(30, 6))
    for K in (0, -1, 5):
        with pytest.raises(FactorError, match=f"VALUE_RANGE: n_factors is {K} with 30 dates and 6 assets in use: give"):
            principal_components(R, K)
    with pytest.raises(FactorError, match="FEW_DATES: 2 dates and 6 assets have at least half of their returns"):
        spectrum(R[:2])
    with pytest.raises(FactorError, match="FEW_DATES: 0 dates and 0 assets"):
        spectrum(R * np.nan)
    with pytest.raises(FactorError, match="NO_FACTORS: no component stands above the noise: give n_factors, or more"):
        principal_components(R)
