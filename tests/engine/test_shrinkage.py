import numpy as np
import pytest
from sklearn.covariance import OAS, LedoitWolf

from xlfactor.engine.covariance import ewma_weights
from xlfactor.engine.shrinkage import shrink
from xlfactor.errors import FactorError

METHODS = ["ledoit_wolf", "oas", "constant_correlation"]


def rows(T, K, seed=0):
    rng = np.random.default_rng(seed)
    return 0.01 * rng.normal(size=(T, K)) @ (np.eye(K) + 0.4 * rng.normal(size=(K, K)))


def second_moment(F, w):
    return (F * w[:, None]).T @ F


def honey(F):
    """Ledoit and Wolf 2004, appendix B of "Honey, I shrunk the sample covariance matrix", element by element."""
    T, K = F.shape
    S = F.T @ F / T
    r = np.mean([S[i, j] / np.sqrt(S[i, i] * S[j, j]) for i in range(K) for j in range(K) if i != j])
    target = np.array([[S[i, i] if i == j else r * np.sqrt(S[i, i] * S[j, j]) for j in range(K)] for i in range(K)])
    pi = rho = 0.0
    for i in range(K):
        for j in range(K):
            d = F[:, i] * F[:, j] - S[i, j]
            pi += np.mean(d**2)
            if i == j:
                rho += np.mean(d**2)
            else:
                theta_i = np.mean((F[:, i] ** 2 - S[i, i]) * d)
                theta_j = np.mean((F[:, j] ** 2 - S[j, j]) * d)
                rho += r / 2 * (np.sqrt(S[j, j] / S[i, i]) * theta_i + np.sqrt(S[i, i] / S[j, j]) * theta_j)
    delta = max(0, min(1, (pi - rho) / np.sum((target - S) ** 2) / T))
    return delta * target + (1 - delta) * S


@pytest.mark.parametrize(("T", "K"), [(60, 5), (200, 12), (15, 30)])
@pytest.mark.parametrize(("method", "reference"), [("ledoit_wolf", LedoitWolf), ("oas", OAS)])
def test_equal_weights_equal_scikit_learn_without_centring(T, K, method, reference):
    F, w = rows(T, K), np.full(T, 1 / T)
    expected = reference(assume_centered=True).fit(F).covariance_
    np.testing.assert_allclose(shrink(second_moment(F, w), F, w, method), expected, rtol=1e-11, atol=1e-18)


@pytest.mark.parametrize(("T", "K"), [(60, 5), (15, 8)])
def test_constant_correlation_equals_the_paper_element_by_element(T, K):
    F, w = rows(T, K), np.full(T, 1 / T)
    np.testing.assert_allclose(shrink(second_moment(F, w), F, w, "constant_correlation"), honey(F), rtol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_the_trace_is_kept_and_the_result_is_positive_semidefinite(method):
    F, w = rows(20, 30), ewma_weights(20, 10)
    Omega = second_moment(F, w)
    shrunk = shrink(Omega, F, w, method)
    assert np.trace(shrunk) == pytest.approx(np.trace(Omega), rel=1e-12)
    assert np.linalg.eigvalsh(shrunk)[0] > np.linalg.eigvalsh(Omega)[0] - 1e-18


@pytest.mark.parametrize("method", METHODS)
def test_the_intensity_does_not_depend_on_the_unit_of_all_returns(method):
    F, w = rows(80, 6), ewma_weights(80, 20)
    Omega = second_moment(F, w)
    scaled = shrink(1e4 * Omega, 100 * F, w, method)
    np.testing.assert_allclose(scaled, 1e4 * shrink(Omega, F, w, method), rtol=1e-10)


def test_with_exponential_weights_the_intensity_is_near_the_one_that_minimises_the_error():
    """The oracle δ = <Omega − S, μI − S>/||μI − S||² of each draw, over 200 draws of a known covariance."""
    rng, K, T = np.random.default_rng(0), 15, 500
    Q, _ = np.linalg.qr(rng.normal(size=(K, K)))
    truth = Q * np.geomspace(1, 0.05, K) @ Q.T
    L, w = np.linalg.cholesky(truth), ewma_weights(T, 60)
    given, best = [], []
    for _ in range(200):
        F = rng.normal(size=(T, K)) @ L.T
        S = second_moment(F, w)
        direction = np.trace(S) / K * np.eye(K) - S
        moved = shrink(S, F, w, "ledoit_wolf") - S
        given.append((moved * direction).sum() / (direction**2).sum())
        best.append(((truth - S) * direction).sum() / (direction**2).sum())
    assert np.mean(given) == pytest.approx(np.mean(best), rel=0.25)


@pytest.mark.parametrize("method", METHODS)
def test_fewer_effective_dates_shrink_more(method):
    F = rows(1000, 8)
    S = F.T @ F / 1000
    moved = [np.linalg.norm(shrink(S, F, ewma_weights(1000, h), method) - S) for h in (0, 100, 20)]
    assert moved[0] < moved[1] < moved[2]


def test_none_and_a_single_factor_change_nothing():
    F, w = rows(30, 3), np.full(30, 1 / 30)
    S = second_moment(F, w)
    assert (shrink(S, F, w, "none") == S).all()
    for method in METHODS:
        assert (shrink(S[:1, :1], F[:, :1], w, method) == S[:1, :1]).all()


def test_an_unknown_shrinkage_gets_a_question():
    F, w = rows(30, 3), np.full(30, 1 / 30)
    with pytest.raises(FactorError, match=r"OPTION_UNKNOWN: shrinkage is 'ledoit', .*: did you mean ledoit_wolf\?"):
        shrink(F.T @ F, F, w, "ledoit")
