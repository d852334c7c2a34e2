"""Planted defects turn their own light, a clean model turns none; each number against another route."""

import numpy as np
import pytest
import statsmodels.api as sm

from tests.engine.simulated import daily, static
from xlfactor.engine import diagnosis as engine
from xlfactor.engine.lights import light
from xlfactor.engine.regression import fits

RUNS = 40


def lights(R, B, W=None):
    found = engine.diagnose(R, static(B, len(R), constant=0), np.ones((1, R.shape[1])) if W is None else W, None, False)
    return {one.test: one for one in found}


def runs(change, N=100, T=250):
    return [lights(*change(*daily(N, T, rep)[0::3], np.random.default_rng(rep))) for rep in range(1000, 1000 + RUNS)]


def share(found, test, *status):
    return np.mean([one[test].status in status for one in found])


def test_a_clean_model_raises_no_fail_and_each_warn_in_at_most_a_tenth_of_runs():
    found = runs(lambda B, R, rng: (R, B))
    for test in found[0]:
        assert share(found, test, "FAIL") == 0, test
        assert share(found, test, "WARN") <= 0.1, test


@pytest.mark.parametrize(
    ("change", "test"),
    [
        (lambda B, R, rng: (R, B[:, :4]), "missing factors"),
        (lambda B, R, rng: (R, np.column_stack([B, B[:, 1] + 0.01 * rng.normal(size=100)])), "variance inflation"),
        (lambda B, R, rng: (R, np.column_stack([B, B[:, 1] + 0.01 * rng.normal(size=100)])), "condition number"),
        (lambda B, R, rng: (R, np.column_stack([B, B[:, 1] + 0.01 * rng.normal(size=100)])), "correlated loadings"),
        (lambda B, R, rng: (np.vstack([R[:125], 2 * R[125:]]), B), "volatility break"),
    ],
    ids=["dropped style", "doubled: vif", "doubled: condition", "doubled: correlation", "volatility doubled"],
)
def test_a_planted_defect_turns_its_own_light(change, test):
    assert share(runs(change), test, "WARN", "FAIL") > 0.9


def test_returns_curved_in_a_factor_turn_the_light_of_nonlinearity_and_a_volatility_break_does_not():
    def curved(B, R, rng):
        market = np.linalg.lstsq(B, R.T, rcond=None)[0][0]
        return R + 0.3 * np.outer(market**2 - 1, rng.normal(size=100)), B

    assert share(runs(curved), "nonlinearity", "WARN", "FAIL") > 0.9
    louder = runs(lambda B, R, rng: (np.vstack([R[:125], 3 * R[125:]]), B))
    assert share(louder, "nonlinearity", "WARN", "FAIL") <= 0.1


def test_three_assets_a_factor_fail_by_their_number_and_by_what_is_lost_out_of_sample():
    found = runs(lambda B, R, rng: (R, B), N=15)
    for test in ("assets per factor", "high leverage", "out-of-sample loss"):
        assert share(found, test, "FAIL") > 0.9, test


def test_the_assets_of_a_factor_left_out_are_named():
    rng = np.random.default_rng(0)
    B, _, _, R = daily(100, 250, 7)
    R[:, [3, 30, 60, 90, 99]] += 2 * rng.normal(size=(250, 1))
    one = lights(R, B)["missing factors"]
    assert one.status == "FAIL"
    assert one.count == 1
    assert set(one.where) == {3, 30, 60, 90, 99}


def test_the_eigenvalue_is_that_of_the_dense_second_moment_for_many_dates_and_for_few():
    for T in (60, 250):
        B, psi, _, R = daily(80, T, 1)
        E = engine.weighted_idio(R, static(B, T, constant=0), 1 / psi[None, :], None)
        A = B.T @ (B / psi[:, None])
        H = B @ np.linalg.inv(A) @ B.T / psi
        e = R - R @ H.T
        Z = e / np.sqrt((e**2).sum(axis=0) / (T * (1 - np.diag(H))))
        np.testing.assert_allclose(E, Z, rtol=1e-8, atol=1e-10)
        one = engine.missing_factors(E, 5)
        assert one.value == pytest.approx(np.linalg.eigvalsh(Z.T @ Z / T)[-1], rel=1e-9)
        assert one.threshold == pytest.approx((1 + np.sqrt(75 / T)) ** 2, rel=1e-12)


def test_the_loss_out_of_sample_is_that_of_leaving_each_asset_out():
    B, _, _, R = daily(30, 40, 2)
    w = np.random.default_rng(3).uniform(0.5, 2, 30)
    one = next(fits(R, static(B, 40, constant=0), w[None, :]))
    gap, total = 0.0, 0.0
    for r in R:
        for i in range(30):
            rest = np.arange(30) != i
            f = sm.WLS(r[rest], B[rest], w[rest]).fit().params
            whole = sm.WLS(r, B, w).fit().params
            gap += w[i] * ((r[i] - B[i] @ f) ** 2 - (r[i] - B[i] @ whole) ** 2)
        total += w @ (r - w @ r / w.sum()) ** 2
    assert engine.r_squared_gap([one]) == pytest.approx(gap / total, rel=1e-8)


def test_returns_that_follow_squared_factor_returns_are_found_and_linear_ones_are_not():
    B, _, F, R = daily(100, 250, 4)
    beta = np.random.default_rng(4).normal(size=100)
    E = R - F @ B.T
    linear = engine.nonlinearity(E, F)
    assert linear.status == "OK"
    assert abs(linear.value) < 0.005
    squared = engine.nonlinearity(E + 0.5 * np.outer(F[:, 0] ** 2, beta), F)
    assert squared.status == "FAIL"


def test_nonlinearity_is_the_r_squared_gained_by_squares_in_statsmodels():
    rng = np.random.default_rng(5)
    F, E = rng.normal(size=(80, 2)), rng.normal(size=(80, 3))
    X = sm.add_constant(F)
    shares = []
    for e in E.T:
        left = [sm.OLS(e, Z).fit().ssr for Z in (X, np.column_stack([X, F**2]))]
        shares.append((left[0] - left[1]) / ((e - e.mean()) ** 2).sum())
    assert engine.nonlinearity(E, F).value == pytest.approx(np.mean(shares) - 2 / 77, rel=1e-9)


def test_the_only_asset_of_an_industry_fails_by_its_leverage():
    N = 40
    S = np.column_stack([np.ones(N), np.random.default_rng(6).normal(size=N)])
    codes = np.where(np.arange(N) == 7, 2, np.arange(N) % 2)
    R = np.random.default_rng(7).normal(size=(60, N))
    found = engine.diagnose(R, static(S, 60, codes, (3,), 0), np.ones((1, N)), None, False)
    one = {light.test: light for light in found}["largest leverage"]
    assert one.status == "FAIL"
    assert list(one.where) == [7]
    assert one.value == pytest.approx(1, abs=1e-9)


def test_rescaled_returns_and_weights_move_no_light():
    B, _, _, R = daily(60, 120, 8)
    W = np.random.default_rng(8).uniform(0.5, 2, (1, 60))
    a, b = lights(R, B, W), lights(0.01 * R, B, 3 * W)
    for test, one in a.items():
        assert b[test].value == pytest.approx(one.value, rel=1e-6, abs=1e-9), test


def test_missing_returns_are_no_missing_factor():
    B, _, _, R = daily(100, 250, 1003)
    R[np.random.default_rng(9).random(R.shape) < 0.05] = np.nan
    found = lights(R, B)
    assert {test for test, one in found.items() if one.status == "FAIL"} == set()
    assert found["missing factors"].status == "OK"


def test_a_light_turns_at_its_limits_and_what_could_not_be_tested_is_a_warning():
    assert [light("x", v, (5, 10)).status for v in (4, 5, 6, 11)] == ["OK", "OK", "WARN", "FAIL"]
    assert [light("x", v, (10, 5)).status for v in (11, 10, 9, 4)] == ["OK", "OK", "WARN", "FAIL"]
    assert light("x", np.nan, (5, 10)).status == "WARN"


def test_few_dates_leave_what_needs_more_untested_and_raise_nothing():
    B, _, _, R = daily(30, 15, 1)
    found = lights(R, B)
    assert np.isnan(found["risk forecast"].value)
    assert np.isnan(found["volatility regime"].value)
    assert np.isfinite(found["assets per factor"].value)


def test_returns_without_idio_part_leave_the_specification_untested():
    B, _, F, _ = daily(40, 100, 1)
    found = lights(F @ B.T, B)
    for test in ("missing factors", "nonlinearity"):
        assert np.isnan(found[test].value)
        assert found[test].status == "WARN"


@pytest.mark.parametrize(("N", "T", "power"), [(30, 250, 0.67), (100, 60, 0.84)])
def test_a_dropped_style_is_seen_as_often_as_simulated_where_the_panel_is_small(N, T, power):
    found = runs(lambda B, R, rng: (R, B[:, :4]), N, T)
    assert share(found, "missing factors", "WARN", "FAIL") == pytest.approx(power, abs=0.2)
