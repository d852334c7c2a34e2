import tracemalloc

import numpy as np
import pytest

from tests.engine.test_risk import dense, model, weights
from xlfactor.engine.hedge import hedge
from xlfactor.engine.sections import Loadings
from xlfactor.errors import FactorError

NONE = np.array([], dtype=np.int64)
G = np.array([3, 11, 20, 27])


def styles(S):
    S = np.asarray(S, dtype=float)
    return Loadings(S, np.empty((len(S), 0), dtype=np.int64), (), np.arange(S.shape[1]))


def test_a_portfolio_of_the_instruments_alone_is_sold():
    B, Omega_f, psi = model()
    w = np.zeros(40)
    w[G] = [0.4, -0.1, 0.5, 0.2]
    found = hedge(B, Omega_f, psi, w, G, NONE)
    np.testing.assert_allclose(found.q, -w[G], rtol=1e-10)
    assert found.free == 0


def test_trades_equal_the_textbook_formula_on_the_dense_covariance():
    B, Omega_f, psi = model()
    w = weights()
    _, Omega_r = dense(B, Omega_f, psi)
    expected = -np.linalg.inv(Omega_r[np.ix_(G, G)]) @ Omega_r[G] @ w
    np.testing.assert_allclose(hedge(B, Omega_f, psi, w, G, NONE).q, expected, rtol=1e-9)


@pytest.mark.parametrize("neutral", [[5], [0, 9], [0, 5, 9]])
def test_neutral_trades_solve_the_dense_kkt_system(neutral):
    B, Omega_f, psi = model()
    w = weights()
    D, Omega_r = dense(B, Omega_f, psi)
    E, p, m = D[np.ix_(G, neutral)].T, len(neutral), len(G)
    kkt = np.block([[Omega_r[np.ix_(G, G)], E.T], [E, np.zeros((p, p))]])
    expected = np.linalg.solve(kkt, np.concatenate([-Omega_r[G] @ w, -(D.T @ w)[neutral]]))[:m]
    found = hedge(B, Omega_f, psi, w, G, np.array(neutral))
    np.testing.assert_allclose(found.q, expected, rtol=1e-8)
    after = w.copy()
    after[G] += found.q
    assert np.abs((D.T @ after)[neutral]).max() < 1e-13


def test_what_is_left_has_no_covariance_with_any_instrument():
    B, Omega_f, psi = model()
    w = weights()
    _, Omega_r = dense(B, Omega_f, psi)
    q = hedge(B, Omega_f, psi, w, G, NONE).q
    gradient = w @ Omega_r[:, G] + q @ Omega_r[np.ix_(G, G)]
    assert np.abs(gradient).max() < 1e-12 * np.abs(w @ Omega_r[:, G]).max() + 1e-18


def test_no_other_trade_leaves_less_risk():
    B, Omega_f, psi = model()
    w = weights()
    _, Omega_r = dense(B, Omega_f, psi)
    q = hedge(B, Omega_f, psi, w, G, NONE).q

    def variance(trade):
        after = w.copy()
        after[G] += trade
        return after @ Omega_r @ after

    rng = np.random.default_rng(0)
    assert all(variance(q) <= variance(q + step) for step in 0.01 * rng.normal(size=(50, 4)))


def test_twice_the_same_fund_shares_one_trade():
    B = styles([[1.2, 0.5], [1, 0], [1, 0], [0, 1]])
    Omega_f, psi = np.diag([4e-4, 1e-4]), np.array([1e-4, 0, 0, 0])
    found = hedge(B, Omega_f, psi, np.array([1.0, 0, 0, 0]), np.array([1, 2, 3]), NONE)
    np.testing.assert_allclose(found.q, [-0.6, -0.6, -0.5], rtol=1e-12)
    assert found.free == 1


def test_an_instrument_without_risk_is_not_traded():
    B = styles([[1.2], [1.0], [0.0]])
    found = hedge(B, np.array([[4e-4]]), np.array([1e-4, 1e-6, 0]), np.array([1.0, 0, 0]), np.array([1, 2]), NONE)
    np.testing.assert_allclose(found.q, [-1.2 * 4e-4 / (4e-4 + 1e-6), 0], rtol=1e-12)
    assert found.free == 1


def test_a_singular_problem_with_neutral_factors_has_the_trades_of_the_pseudo_inverse():
    rng = np.random.default_rng(2)
    S = rng.normal(size=(8, 3))
    S[7] = S[6]
    B, psi = styles(S), np.r_[rng.uniform(1e-4, 2e-4, 6), 0, 0]
    w, at, root = np.r_[rng.normal(size=6), 0, 0], np.arange(3, 8), rng.normal(size=(3, 3))
    Omega_f = root @ root.T * 1e-4
    A, E = (S @ Omega_f @ S.T + np.diag(psi))[np.ix_(at, at)], S[at, 1][None]
    kkt = np.block([[A * 1e4, E.T], [E, np.zeros((1, 1))]])
    right = np.concatenate([-(S[at] @ Omega_f @ S.T @ w + psi[at] * w[at]) * 1e4, [-(S.T @ w)[1]]])
    expected = (np.linalg.pinv(kkt, rcond=1e-12) @ right)[:5]
    np.testing.assert_allclose(hedge(B, Omega_f, psi, w, at, np.array([1])).q, expected, rtol=1e-9)


def test_exposures_that_the_instruments_cannot_reach_are_refused():
    B = styles([[1.2, 0.5], [1, 0]])
    with pytest.raises(FactorError, match="NEUTRAL_IMPOSSIBLE: 1 instruments cannot bring 2 exposures to 0") as raised:
        hedge(B, np.eye(2), np.ones(2), np.array([1.0, 0]), np.array([1]), np.array([0, 1]))
    assert raised.value.argument == "neutralize"
    with pytest.raises(FactorError, match="NEUTRAL_IMPOSSIBLE"):
        hedge(B, np.eye(2), np.ones(2), np.array([1.0, 0]), np.array([1]), np.array([1]))


@pytest.mark.parametrize("neutral", [[], [0, 5]])
def test_more_instruments_than_factors_still_solve_the_dense_system(neutral):
    B, Omega_f, psi = model()
    psi[5:9] = 0  # pure factor funds among them
    w, G = weights(), np.arange(2, 36)
    D, Omega_r = dense(B, Omega_f, psi)
    E = D[np.ix_(G, neutral)].T
    unit = 1e4  # both blocks of one size
    kkt = np.block([[unit * Omega_r[np.ix_(G, G)], E.T], [E, np.zeros((len(E), len(E)))]])
    right = np.concatenate([-unit * Omega_r[G] @ w, -(D.T @ w)[neutral]])
    expected = np.linalg.lstsq(kkt, right, rcond=1e-13)[0][: len(G)]
    np.testing.assert_allclose(hedge(B, Omega_f, psi, w, G, np.array(neutral, dtype=int)).q, expected, atol=1e-9)


def test_every_one_of_twenty_thousand_assets_may_be_an_instrument():
    B, Omega_f, psi = model(N=20_000)
    w, everything = weights(N=20_000), np.arange(0, 20_000, 2)
    tracemalloc.start()
    q = hedge(B, Omega_f, psi, w, everything, np.array([1, 9])).q
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6  # a square matrix of the instruments alone has 800 MB
    after = w.copy()
    after[everything] += q
    x = B.project(after)
    gradient = B.take(everything).predict(Omega_f @ x) + (psi * after)[everything]
    E = B.take(everything).dense()[:, [1, 9]]
    assert np.abs(x[[1, 9]]).max() < 1e-12
    assert np.abs(gradient - E @ np.linalg.lstsq(E, gradient, rcond=None)[0]).max() < 1e-12
