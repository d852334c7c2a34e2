"""Sums over patterns that share a Gram matrix: the same as date by date, whatever the patterns have in common."""

import numpy as np
import pytest

from tests.engine.simulated import dense_moments, static
from xlfactor.engine.blocks import blocks
from xlfactor.engine.em import expect
from xlfactor.engine.passes import sums
from xlfactor.engine.reml import moments


def gaps(kind, T, N, rng):
    """Which returns are missing (T, N)."""
    if kind == "a few":
        return rng.random((T, N)) < 0.05
    if kind == "universes of half the assets":
        return (rng.random((T // 10, N)) < 0.5).repeat(10, axis=0)
    if kind == "old assets leave and new ones come":
        age = np.arange(T)[:, None] - 2 * np.arange(N) + N
        return (age < 0) | (age > T // 2)
    missing = np.zeros((T, N), dtype=bool)  # two patterns of very many dates
    missing[::2, :5] = True
    return missing


KINDS = ["a few", "universes of half the assets", "old assets leave and new ones come", "two patterns"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_pass_is_the_sum_over_the_dates(kind):
    rng = np.random.default_rng(1)
    T, N, K = 200, 40, 3
    B, psi, R = rng.normal(size=(N, K)), rng.uniform(0.5, 2, N), rng.normal(size=(T, N))
    R[gaps(kind, T, N, rng)] = np.nan
    panel = blocks(R, static(B, T), 0)
    assert len(panel.shared) == 1
    R[np.setdiff1d(np.arange(T), panel.dates)] = np.nan
    kept = R[panel.dates]
    m = moments(panel, psi)
    s, h, log_det = dense_moments(kept, B, psi)
    np.testing.assert_allclose(m.s, s, rtol=1e-11)
    np.testing.assert_allclose(m.h, h, rtol=1e-11)
    np.testing.assert_allclose(m.log_det, log_det, rtol=1e-12)
    np.testing.assert_allclose(m.n, np.isfinite(kept).sum(axis=0), rtol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_the_e_step_is_the_sum_over_the_dates(kind):
    rng = np.random.default_rng(2)
    T, N, K = 120, 40, 3
    B, psi, R = rng.normal(size=(N, K)), rng.uniform(0.5, 2, N), rng.normal(size=(T, N))
    R[gaps(kind, T, N, rng)] = np.nan
    panel, L = blocks(R, static(B, T), 0), np.linalg.cholesky(np.eye(K) + 0.3)
    s, U, total = np.zeros(N), np.zeros((K, K)), 0.0
    for t in panel.dates:
        here = np.isfinite(R[t])
        M, w, r = (B @ L)[here], 1 / psi[here], R[t, here]
        C = np.linalg.inv(np.eye(K) + M.T @ (M * w[:, None]))
        u = C @ M.T @ (w * r)
        s[here] += (r - M @ u) ** 2 + np.diag(M @ C @ M.T)
        U += np.outer(u, u) + C
        Omega = M @ M.T + np.diag(psi[here])
        total -= 0.5 * (np.linalg.slogdet(2 * np.pi * Omega)[1] + r @ np.linalg.solve(Omega, r))
    found = expect(panel, psi, L)
    np.testing.assert_allclose(found.s, s, rtol=1e-11)
    np.testing.assert_allclose(found.U, U / len(panel.dates), rtol=1e-11)
    np.testing.assert_allclose(found.log_likelihood, total, rtol=1e-12)


def test_a_pattern_that_weights_make_nearly_dependent_is_left_to_a_regression_of_its_own():
    rng = np.random.default_rng(3)
    T, N = 30, 20
    B = rng.normal(size=(N, 3))
    B[:, 2] = B[:, 1] * (np.arange(N) > 3) + B[:, 2] * (np.arange(N) <= 3)  # only the first four tell them apart
    psi = np.where(np.arange(N) <= 3, 1e5, 1.0)
    R = rng.normal(size=(T, N))
    R[rng.random((T, N)) < 0.05] = np.nan
    panel = blocks(R, static(B, T), 0)
    (one,) = panel.shared
    assert sums(one, one.Z, 1 / psi[one.columns]).unsound
    m = moments(panel, psi)
    s, h, log_det = dense_moments(R, B, psi)
    np.testing.assert_allclose(m.s, s, rtol=1e-9)
    np.testing.assert_allclose(m.h, h, rtol=1e-9)
    np.testing.assert_allclose(m.log_det, log_det, rtol=1e-9)
