import tracemalloc

import numpy as np
import pytest

from xlfactor.engine.attribution import attribution, carino
from xlfactor.engine.sections import Loadings


def case(T=30, N=12, seed=0):
    """Weights, loadings that change on date 10 (a style and a family of three), factor returns, idio returns."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(T, N)) / N
    W[:, :2] = 0
    sections, B = [], np.zeros((T, N, 4))
    for rows in (np.arange(10), np.arange(10, T)):
        S, codes = rng.normal(size=(N, 1)), rng.integers(0, 3, (N, 1))
        sections.append((Loadings(S, codes, (3,), np.array([1, 0, 2, 3])), rows))  # a family value stands first
        B[rows[:, None], np.arange(N), np.array([0, 2, 3])[codes[:, 0]]] = 1
        B[rows, :, 1] = S[:, 0]
    F, E = 0.02 * rng.normal(size=(T, 4)), 0.01 * rng.normal(size=(T, N))
    return W, sections, B, F, E, np.einsum("tik,tk->ti", B, F) + E


def test_known_factor_and_idio_returns_are_recovered():
    W, sections, B, F, E, R = case()
    C = attribution(W, R, F, sections)
    np.testing.assert_allclose(C[:, :-1], np.einsum("ti,tik,tk->tk", W, B, F), rtol=1e-12, atol=1e-17)
    np.testing.assert_allclose(C[:, -1], (W * E).sum(axis=1), rtol=1e-10, atol=1e-16)


def test_without_idio_returns_the_factors_explain_everything():
    W, sections, _, F, E, R = case()
    C = attribution(W, R - E, F, sections)
    assert np.abs(C[:, -1]).max() < 1e-17
    np.testing.assert_allclose(C.sum(axis=1), (W * (R - E)).sum(axis=1), rtol=1e-11, atol=1e-17)


def test_each_date_sums_to_the_return_of_the_portfolio():
    W, sections, _, F, _, R = case()
    R[:, :2] = np.nan  # not held
    F = F + 0.5  # whatever the factor returns are
    np.testing.assert_allclose(
        attribution(W, R, F, sections).sum(axis=1), (W[:, 2:] * R[:, 2:]).sum(axis=1), rtol=1e-11, atol=1e-15
    )


def test_dates_without_loadings_or_a_needed_factor_return_are_missing():
    W, sections, B, F, _, R = case()
    W[5, :] = 0
    W[5, B[5, :, 0].argmax()] = 1.0
    F[5, [2, 3]] = np.nan  # nobody held belongs to these
    F[20, 1] = np.nan
    C = attribution(W, R, F, [(sections[0][0], np.arange(1, 10)), sections[1]])
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(C).any(axis=1)), [0, 20])
    assert np.isnan(C[[0, 20]]).all()
    assert C[5, [2, 3]].tolist() == [0, 0]


def test_linked_contributions_sum_to_the_compounded_return():
    C = 0.02 * np.random.default_rng(1).normal(size=(500, 5))
    assert carino(C).sum() == pytest.approx(np.prod(1 + C.sum(axis=1)) - 1, rel=1e-12)


def test_linking_is_the_published_formula():
    """Two periods of +10 % and −5 %: k from a pocket calculator's logarithms."""
    C = np.array([[0.07, 0.03], [-0.06, 0.01]])
    k1, k2 = 0.0953101798043249 / 0.1, 0.05129329438755058 / 0.05
    R = 1.1 * 0.95 - 1
    k = 0.04401688541677426 / R
    np.testing.assert_allclose(carino(C), [(0.07 * k1 - 0.06 * k2) / k, (0.03 * k1 + 0.01 * k2) / k], rtol=1e-13)


def test_one_date_links_to_itself_and_quiet_dates_add_nothing():
    C = np.array([[0.03, -0.01]])
    np.testing.assert_allclose(carino(C), C[0], rtol=1e-15)
    np.testing.assert_allclose(carino(np.vstack([C, np.zeros((3, 2))])), C[0], rtol=1e-15)
    np.testing.assert_array_equal(carino(np.zeros((4, 2))), [0, 0])


def test_returns_that_compound_to_nothing_still_link():
    C = np.array([[0.25, 0.0], [0.0, -0.2]])
    linked = carino(C)
    assert linked.sum() == pytest.approx(0, abs=1e-16)
    assert linked[0] == pytest.approx(np.log(1.25), rel=1e-12)


def test_tiny_returns_link_to_their_sum():
    C = 1e-12 * np.random.default_rng(3).normal(size=(20, 3))
    np.testing.assert_allclose(carino(C), C.sum(axis=0), rtol=1e-9)


def test_a_constant_portfolio_of_five_thousand_assets_builds_no_square_matrix():
    N, T = 5000, 60
    rng = np.random.default_rng(0)
    B = Loadings(rng.normal(size=(N, 3)), rng.integers(0, 20, (N, 1)), (20,), np.arange(23))
    W, R, F = np.full((T, N), 1 / N), 0.02 * rng.normal(size=(T, N)), 0.01 * rng.normal(size=(T, 23))
    tracemalloc.start()
    C = attribution(W, R, F, [(B, np.arange(T))])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6  # N x N has 200 MB
    np.testing.assert_allclose(C.sum(axis=1), R.mean(axis=1), rtol=1e-9, atol=1e-15)
