"""Walk-forward against its recursion in plain NumPy, against the oracle, and against knowing the future."""

import numpy as np
import pytest

from tests.engine.simulated import daily, static
from xlfactor.engine.idio import estimate
from xlfactor.engine.walk_forward import walk_forward
from xlfactor.errors import FactorError


def by_hand(R, B, psi, half_life, H):
    """The recursion with plain inverses, complete returns."""
    lam, F, E, sd = 2 ** (-1 / half_life), [], [], []
    for r in R[H:]:
        sd.append(np.sqrt(psi))
        A = np.linalg.inv(B.T @ np.diag(1 / psi) @ B)
        F.append(A @ B.T @ (r / psi))
        E.append(r - B @ F[-1])
        psi = lam * psi + (1 - lam) * (E[-1] ** 2 + np.diag(B @ A @ B.T))  # h psi = b'A^-1 b
    return np.array(F), np.array(E), np.array(sd), psi


def test_the_walk_is_the_recursion_of_online_em():
    B, _, _, R = daily(30, 90, 1)
    found = walk_forward(R, static(B, 90), 20, 0.4)
    start = estimate(R[:36], static(B, 36)).psi
    F, E, sd, psi = by_hand(R, B, start, 20, 36)
    np.testing.assert_allclose(found.psi, psi, rtol=1e-10)
    np.testing.assert_array_equal(found.start, start)
    np.testing.assert_array_equal(found.seen, 90)
    np.testing.assert_allclose(found.F[36:], F, rtol=1e-9)
    np.testing.assert_allclose(found.E[36:], E, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.sd[36:], sd, rtol=1e-10)
    for M in (found.F, found.E, found.sd):
        assert np.isnan(M[:36]).all()


def test_half_life_0_counts_every_date_alike():
    B, _, _, R = daily(30, 40, 2)
    found = walk_forward(R, static(B, 40), 0, 0.5)
    psi0 = found.sd[20] ** 2
    h = B @ np.linalg.inv(B.T @ np.diag(1 / psi0) @ B) @ B.T
    np.testing.assert_allclose(found.sd[21] ** 2, (20 * psi0 + found.E[20] ** 2 + np.diag(h)) / 21, rtol=1e-10)


@pytest.fixture(scope="module")
def walks():
    """20 panels, N = 30, T = 1000, half-life 60: final psi over truth; squared factor errors, and the oracle's."""
    ratios, errors, oracle = [], 0.0, 0.0
    for rep in range(20):
        B, psi, F, R = daily(30, 1000, rep)
        found = walk_forward(R, static(B, 1000))
        ratios.append(found.sd[-1] ** 2 / psi)
        best = np.linalg.solve(B.T @ (B / psi[:, None]), B.T @ (R / psi).T).T
        errors += ((found.F - F)[500:] ** 2).sum()
        oracle += ((best - F)[500:] ** 2).sum()
    return np.array(ratios), errors / oracle


def test_no_asset_collapses_and_the_volatilities_are_near_the_truth(walks):
    ratios, _ = walks
    assert ratios.min() > 0.05
    assert np.sqrt(((ratios - 1) ** 2).mean()) < 0.13
    assert abs(ratios.mean() - 1) < 0.02


def test_the_factor_returns_are_nearly_as_good_as_the_oracles(walks):
    assert walks[1] <= 1.03


def test_changing_later_returns_leaves_earlier_rows_bit_identical():
    B, _, _, R = daily(30, 120, 3)
    R[np.random.default_rng(3).random(R.shape) < 0.1] = np.nan
    found = walk_forward(R, static(B, 120), 30, 0.5)
    for t in (60, 61, 90, 119):
        later = R.copy()
        later[t:] *= -3
        later[t:, 5] = 7.0  # also where a return was missing
        other = walk_forward(later, static(B, 120), 30, 0.5)
        for one, two in zip((found.F, found.E), (other.F, other.E), strict=True):
            assert one[:t].tobytes() == two[:t].tobytes()
        assert found.sd[: t + 1].tobytes() == other.sd[: t + 1].tobytes()  # row t was known before t
        if t < 119:
            assert not np.array_equal(found.sd[t + 1], other.sd[t + 1])


def test_a_missing_return_leaves_the_variance_and_a_new_asset_starts_at_the_median():
    B, _, _, R = daily(30, 60, 4)
    R[45, 3] = np.nan
    R[:50, 8] = np.nan
    found = walk_forward(R, static(B, 60), 30, 0.5)
    assert found.sd[46, 3] == found.sd[45, 3]
    assert np.isnan(found.E[45, 3])
    assert np.isnan(found.sd[:50, 8]).all()
    np.testing.assert_allclose(found.sd[50, 8] ** 2, np.median(np.delete(found.sd[50], 8) ** 2), rtol=1e-12)
    assert np.isfinite(found.sd[50:]).all()


def test_the_only_stock_of_its_industry_keeps_the_median_it_started_with():
    rng = np.random.default_rng(5)
    N, T = 20, 80
    codes = np.append(np.arange(N - 1) % 2, 2)
    R = rng.normal(size=(T, 3))[:, codes] + rng.normal(size=(T, N))
    sd = walk_forward(R, static(np.ones((N, 1)), T, codes, (3,), constant=0), 30, 0.5).sd[40:]
    assert (sd[:, -1] == sd[0, -1]).all()
    np.testing.assert_allclose(sd[0, -1] ** 2, np.median(sd[0, :-1] ** 2), rtol=1e-12)


def test_a_date_with_too_few_assets_is_missing_and_passes_by():
    B, _, _, R = daily(30, 60, 6)
    R[40, 6:] = np.nan
    found = walk_forward(R, static(B, 60), 30, 0.5)
    assert np.isnan(found.F[40]).all()
    np.testing.assert_array_equal(found.sd[41], found.sd[40])


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"half_life": -1.0}, "VALUE_RANGE: half_life is -1: type 0 or more"),
        ({"burn_in": 0.0}, "VALUE_RANGE: burn_in is 0: type a share between 0 and 1, such as 0.5"),
        ({"burn_in": 1.0}, "VALUE_RANGE: burn_in is 1: type a share between 0 and 1, such as 0.5"),
        (
            {"burn_in": 0.01},
            "FEW_DATES: no date of the burn-in, 0 of 60, can be estimated: give more dates or raise burn_in",
        ),
    ],
)
def test_options_out_of_range_are_refused_in_one_line(options, line):
    B, _, _, R = daily(30, 60, 7)
    with pytest.raises(FactorError) as caught:
        walk_forward(R, static(B, 60), **options)
    assert str(caught.value) == line
