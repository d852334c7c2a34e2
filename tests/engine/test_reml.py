"""One pass of the iterations against plain linear algebra, and where the passes end."""

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.engine.simulated import daily, dense_moments, static
from xlfactor.engine.blocks import blocks
from xlfactor.engine.reml import Moments, alternate, moments, reml
from xlfactor.engine.sections import Loadings, Sections

ONE_GROUP = np.zeros(30, dtype=np.int64)


def hide(R, share, seed):
    return np.where(np.random.default_rng(seed).random(R.shape) < share, np.nan, R)


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_pass_equals_the_regression_of_each_date_by_plain_inverses(share):
    B, psi, _, R = daily(30, 80, 1)
    R = hide(R, share, 1)
    m = moments(blocks(R, static(B, 80), 0), psi)
    s, h, log_det = dense_moments(R, B, psi)
    np.testing.assert_allclose(m.s, s, rtol=1e-11)
    np.testing.assert_allclose(m.h, h, rtol=1e-11)
    np.testing.assert_allclose(m.log_det, log_det, rtol=1e-12)
    np.testing.assert_allclose(m.n, np.isfinite(R).sum(axis=0), rtol=1e-14)


def test_a_pass_over_dated_loadings_takes_each_dates_own_rows():
    rng = np.random.default_rng(2)
    T, N, K = 12, 15, 3
    B, psi = rng.normal(size=(4, N, K)), rng.uniform(1, 2, N)
    of_date = np.repeat(np.arange(4), 3)
    R = hide(rng.normal(size=(T, N)), 0.1, 3)
    rows = Loadings(B.reshape(-1, K), np.zeros((4 * N, 0), dtype=np.int64), (), np.arange(K))
    m = moments(blocks(R, Sections(rows, np.tile(np.arange(N), 4), N * np.arange(5), of_date, -1), 0), psi)
    s, h, _ = dense_moments(R, B[of_date], psi)
    np.testing.assert_allclose(m.s, s, rtol=1e-11)
    np.testing.assert_allclose(m.h, h, rtol=1e-11)


def test_a_half_life_weights_the_dates():
    B, psi, _, R = daily(30, 90, 1)
    m = moments(blocks(R, static(B, 90), 20), psi)
    omega = 0.5 ** (np.arange(90)[::-1] / 20)
    omega *= 90 / omega.sum()
    s, h, _ = dense_moments(np.sqrt(omega)[:, None] * R, B, psi)
    np.testing.assert_allclose(m.s, s, rtol=1e-11)
    np.testing.assert_allclose(m.h, h, rtol=1e-11)  # static loadings: the weights sum to 90
    np.testing.assert_allclose(m.n, 90, rtol=1e-12)


def test_leverages_sum_to_the_rank_and_the_score_is_zero_at_the_end():
    for rep in range(5):
        B, _, _, R = daily(30, 250, rep)
        found = reml(blocks(R, static(B, 250), 0), ONE_GROUP, 0.0, 1000, 1e-9)
        assert found.converged
        assert abs(found.leverage.sum() - 5) < 1e-10
        s, h, _ = dense_moments(R, B, found.psi)
        assert (np.abs(s - found.psi * (250 - h)) < 1e-8 * 250 * found.psi).all()


def test_reml_is_where_an_optimiser_finds_the_maximum():
    rng = np.random.default_rng(4)
    T, N, K = 60, 8, 2
    B = rng.normal(size=(N, K))
    R = rng.normal(size=(T, K)) @ B.T + rng.normal(size=(T, N)) * rng.uniform(0.5, 2, N)

    def minus(x):
        s, _, log_det = dense_moments(R, B, np.exp(x))
        return 0.5 * (T * x.sum() + (s * np.exp(-x)).sum() + log_det)

    best = minimize(minus, np.zeros(N), method="BFGS", options={"gtol": 1e-7})
    found = reml(blocks(R, static(B, T), 0), ONE_GROUP[:N], 0.0, 5000, 1e-10)
    np.testing.assert_allclose(np.log(found.psi), best.x, atol=1e-4)
    np.testing.assert_allclose(found.passes[-1][0], -best.fun, rtol=1e-10)


def test_the_em_step_never_lowers_the_restricted_likelihood():
    for N, T, rep in ((30, 60, 2), (30, 60, 59), (30, 250, 38), (100, 250, 0)):
        B, _, _, R = daily(N, T, rep)
        panel = blocks(hide(R, 0.1, 5) if T == 60 else R, static(B, T), 0)
        psi, values = np.full(N, panel.mean_square), []
        for _ in range(60):
            m = moments(panel, psi)
            values.append(m.likelihood(psi, restricted=True))
            psi = m.em_step(psi)
        assert (np.diff(values) > -1e-9 * np.abs(values[1:])).all()


def test_a_step_that_lowers_the_likelihood_is_taken_back(monkeypatch):
    B, _, _, R = daily(30, 250, 3)
    panel = blocks(R, static(B, 250), 0)
    straight = reml(panel, ONE_GROUP, 0.0, 1000, 1e-9)
    monkeypatch.setattr(Moments, "leverage_step", lambda m, psi: psi * (m.s / (m.n - m.h) / psi) ** 2.3)
    safe = reml(panel, ONE_GROUP, 0.0, 1000, 1e-9)
    np.testing.assert_allclose(safe.psi, straight.psi, rtol=1e-4)  # the likelihood is flat at its maximum
    assert (np.diff([row[0] for row in safe.passes]) > -1e-6).all()


def test_the_seeds_alternation_never_lowers_its_own_likelihood():
    B, _, _, R = daily(100, 250, 0)
    found = alternate(blocks(R, static(B, 250), 0), np.zeros(100, dtype=int), 12, 1e-12)
    values = np.array([row[0] for row in found.passes])
    assert (np.diff(values) > -1e-9 * np.abs(values[1:])).all()


SCALAR_MAP = {0.05: 0.9474, 0.1: 0.8887, 0.2: 0.7464, 0.3: 0.5303, 0.333: 0.3518, 0.34: 0.0}


@pytest.mark.parametrize("q", SCALAR_MAP)
def test_one_asset_among_known_ones_ends_where_the_scalar_map_says(q):
    """Methodology 6.2: at the population's moments mean e² of one asset (psi* = 1) goes to the table's limit;
    with the leverage correction to 1. q = b'A^-1 b without the asset."""
    rng = np.random.default_rng(6)
    N, K = 12, 2
    B, psi = rng.normal(size=(N, K)), rng.uniform(0.5, 2, N)
    psi[0] = 1.0
    A = B[1:].T @ (B[1:] / psi[1:, None])
    B[0] *= np.sqrt(q / (B[0] @ np.linalg.solve(A, B[0])))
    R = np.sqrt(N) * np.linalg.cholesky(B @ B.T + np.diag(psi)).T  # R'R/N is the population's covariance
    panel = blocks(R, static(B, N), 0)
    for step, limit in ((lambda m, x: m.s / m.n, SCALAR_MAP[q]), (Moments.leverage_step, 1.0)):
        x = psi.copy()
        x[0] = 2.0
        for _ in range(3000):
            x[0], before = max(step(moments(panel, x), x)[0], 1e-9), x[0]
            if abs(x[0] - before) < 1e-9 * before:
                break
        assert abs(x[0] - limit) < 6e-5


def test_a_planted_asset_of_leverage_two_fifths_collapses_under_the_seeds_iteration_only():
    """Methodology 6.10, 7: relative standard error of reml sqrt(2/T)/(1 − h*)."""
    T, N, h = 1000, 40, 0.4
    for rep in range(5):
        rng = np.random.default_rng(rep)
        B = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
        psi = 4 * np.exp(rng.normal(0, 0.3, N))
        q = B[0] @ np.linalg.solve(B[1:].T @ (B[1:] / psi[1:, None]), B[0])
        psi[0] = q * (1 - h) / h
        R = rng.normal(size=(T, 3)) @ B.T + rng.normal(size=(T, N)) * np.sqrt(psi)
        panel = blocks(R, static(B, T), 0)
        iterated = alternate(panel, np.zeros(N, dtype=int), 1000, 1e-8)
        assert iterated.psi[0] < 1e-3 * np.median(iterated.psi)
        ratio = reml(panel, np.zeros(N, dtype=int), 0.05, 1000, 1e-8).psi[0] / psi[0]
        assert abs(ratio - 1) < 4 * np.sqrt(2 / T) / (1 - h)


def test_a_family_gives_the_variances_of_its_own_columns():
    """Constant + industries: the same space as the industries' 0/1 columns alone."""
    rng = np.random.default_rng(7)
    N, T = 40, 120
    codes = np.concatenate([np.arange(5), rng.integers(0, 5, N - 5)])
    style, R = rng.normal(size=(N, 1)), hide(rng.normal(size=(T, N)), 0.05, 8)
    one = static(np.column_stack([np.ones(N), style]), T, codes, (5,), constant=0)
    two = static(np.column_stack([codes[:, None] == np.arange(5), style]), T)
    groups = np.zeros(N, dtype=int)
    a, b = (reml(blocks(R, s, 0), groups, 0.05, 1000, 1e-10) for s in (one, two))
    np.testing.assert_allclose(a.psi, b.psi, rtol=1e-8)
    np.testing.assert_allclose(a.leverage, b.leverage, atol=1e-9)


def test_a_doubled_column_changes_nothing_but_a_constant_of_the_likelihood():
    B, _, _, R = daily(30, 100, 4)
    found = [reml(blocks(R, static(b, 100), 0), ONE_GROUP, 0.05, 1000, 1e-10) for b in (B, np.hstack([B, B[:, 1:2]]))]
    np.testing.assert_allclose(found[1].psi, found[0].psi, rtol=1e-8)
    rows = [np.array(f.passes) for f in found]
    np.testing.assert_allclose(np.ptp(rows[0][:, 0] - rows[1][:, 0]), 0, atol=1e-6)
