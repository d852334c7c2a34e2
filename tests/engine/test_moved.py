"""What moved a volatility: three parts that need no order and sum to the change."""

from itertools import permutations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlfactor.engine.moved import PARTS, State, volatility_moved
from xlfactor.errors import FactorError


def random_state(rng, N=12, K=4, long_short=False):
    A = rng.normal(0, 0.01, (K, K))
    w = rng.random(N)
    w = w / w.sum() - (1 / N if long_short else 0)
    return State(w, rng.normal(0, 1, (N, K)), A @ A.T, rng.uniform(1e-5, 1e-3, N))


def by_the_matrix(w, B, model):
    """σ through the N × N covariance, which the engine never builds."""
    return sqrt(w @ (B @ model[0] @ B.T + np.diag(model[1])) @ w)


def test_two_assets_one_factor_worked_by_hand():
    # σ² = (b w)² f with one asset held: w 1 → 2, b 1 → 3, f 1 → 16, so σ = w b √f and its eight values are products
    def state(w, b, f):
        return State(np.array([w, 0.0]), np.array([[b], [7.0]]), np.array([[f]]), np.zeros(2))

    found = volatility_moved(state(1.0, 1.0, 1.0), state(2.0, 3.0, 16.0))
    # positions: 1/3·(2−1) + 1/6·(6−3) + 1/6·(8−4) + 1/3·(24−12) = 5.5; the others likewise
    assert (found.before, found.after) == (1, 24)
    assert found.parts == pytest.approx({"positions": 5.5, "loadings": 8.0, "covariance": 9.5}, rel=1e-14)


@pytest.mark.parametrize(("piece", "part"), [("w", "positions"), ("B", "loadings"), ("model", "covariance")])
def test_where_one_piece_moved_the_whole_change_is_its_part(piece, part):
    rng = np.random.default_rng(1)
    a, b = random_state(rng), random_state(rng)
    chosen = [b if piece == name else a for name in ("w", "B", "model")]
    after = State(chosen[0].w, chosen[1].B, chosen[2].Omega_f, chosen[2].psi)
    found = volatility_moved(a, after)
    assert found.parts[part] == pytest.approx(found.change, abs=1e-15)
    assert [found.parts[other] for other in PARTS if other != part] == [0, 0]


def test_factor_and_idio_variances_are_one_part():
    rng = np.random.default_rng(2)
    a, b = random_state(rng), random_state(rng)
    found = volatility_moved(a, State(a.w, a.B, b.Omega_f, b.psi))
    assert found.parts["covariance"] == pytest.approx(found.change, abs=1e-15)


def test_parts_equal_the_weighted_sum_over_subsets_with_the_full_covariance():
    rng = np.random.default_rng(3)
    a, b = random_state(rng), random_state(rng, long_short=True)
    ends = [(a.w, a.B, (a.Omega_f, a.psi)), (b.w, b.B, (b.Omega_f, b.psi))]
    value = {
        (i, j, k): by_the_matrix(ends[i][0], ends[j][1], ends[k][2])
        for i in (0, 1) for j in (0, 1) for k in (0, 1)
    }  # fmt: skip
    expected = []
    for player in range(3):
        total = 0.0
        for key in value:
            if key[player] == 0:
                joined = tuple(1 if k == player else taken for k, taken in enumerate(key))
                total += {0: 1 / 3, 1: 1 / 6, 2: 1 / 3}[sum(key)] * (value[joined] - value[key])
        expected.append(total)
    assert list(volatility_moved(a, b).parts.values()) == pytest.approx(expected, rel=1e-11)


def test_no_order_is_preferred():
    rng = np.random.default_rng(4)
    a, b = random_state(rng), random_state(rng)
    found = volatility_moved(a, b)
    back = volatility_moved(b, a)
    assert list(back.parts.values()) == pytest.approx([-part for part in found.parts.values()], rel=1e-12)
    one_order = []
    for order in permutations(range(3)):
        state, steps = [a, a, a], {}
        for k in order:
            before = by_the_matrix(state[0].w, state[1].B, (state[2].Omega_f, state[2].psi))
            state[k] = b
            steps[k] = by_the_matrix(state[0].w, state[1].B, (state[2].Omega_f, state[2].psi)) - before
        one_order.append([steps[k] for k in range(3)])
    assert np.ptp(one_order, axis=0).min() > 1e-5  # each order alone says something else
    assert list(found.parts.values()) == pytest.approx(np.mean(one_order, axis=0).tolist(), rel=1e-11)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 9), st.booleans())
def test_parts_sum_to_the_change(seed, N, K, long_short):
    rng = np.random.default_rng(seed)
    found = volatility_moved(random_state(rng, N, K, long_short), random_state(rng, N, K))
    assert sum(found.parts.values()) == pytest.approx(found.change, abs=1e-14)


def test_names_of_assets_and_factors_do_not_matter():
    rng = np.random.default_rng(5)
    a, b = random_state(rng), random_state(rng)
    n, k = rng.permutation(12), rng.permutation(4)
    moved = [State(s.w[n], s.B[n][:, k], s.Omega_f[np.ix_(k, k)], s.psi[n]) for s in (a, b)]
    assert volatility_moved(*moved).parts == pytest.approx(volatility_moved(a, b).parts, rel=1e-11)


def test_a_portfolio_that_is_sold_is_explained_by_positions_alone():
    rng = np.random.default_rng(6)
    a = random_state(rng)
    found = volatility_moved(a, State(0 * a.w, a.B, a.Omega_f, a.psi))
    assert found.after == 0
    assert found.parts["positions"] == pytest.approx(-found.before, rel=1e-14)


def test_states_of_other_sizes_and_missing_numbers_are_refused():
    rng = np.random.default_rng(7)
    a = random_state(rng)
    with pytest.raises(FactorError, match="SHAPE: the state after does not have 12 assets and 4 factors"):
        volatility_moved(a, random_state(rng, N=11))
    with pytest.raises(FactorError, match="SHAPE: the state before does not have 12 assets and 4 factors"):
        volatility_moved(State(a.w, a.B, a.Omega_f[:3, :3], a.psi), a)
    psi = a.psi.copy()
    psi[3] = np.nan
    with pytest.raises(FactorError, match="MISSING: the state after has a missing or infinite number"):
        volatility_moved(a, State(a.w, a.B, a.Omega_f, psi))
