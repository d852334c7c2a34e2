"""The quality of each date by the panel's own route: the numbers that a regression of the date alone gives."""

import numpy as np
import pytest

from tests.engine.simulated import static
from tests.engine.test_panel_regression import ragged
from xlfactor.engine import panel_quality
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.engine.regression import fits


def drawn(seed):
    """R, sections, W and caps with gaps, zero weights and dates of too few assets; half of the loadings are static."""
    rng = np.random.default_rng(seed)
    constant, sizes = bool(seed % 2), [(5,), (), (12,), (4, 3)][seed % 4]
    T, N = (30, 90) if seed % 3 else (9, 90)
    if seed % 3:
        styles = rng.normal(size=(N, 3))
        codes = np.column_stack([rng.integers(0, size, N) for size in sizes] or [np.zeros((N, 0), np.int64)])
        S = np.column_stack([np.ones(N), styles]) if constant else styles
        sections = static(S, T, codes, sizes, 0 if constant else -1)
    else:
        sections = ragged(rng, T, N, 3, sizes, constant, every=1 + seed % 2)
    R = rng.normal(size=(T, N)) * 0.02
    R[rng.random((T, N)) < 0.1] = np.nan
    R[2, 5:] = np.nan
    W = rng.uniform(0.2, 3, (T if seed % 5 == 0 else 1, N))
    W[rng.random(W.shape) < 0.1] = 0.0
    W[rng.random(W.shape) < 0.05] = np.nan
    return R, sections, W, None if seed % 4 == 0 else rng.lognormal(size=(1, N))


@pytest.mark.parametrize("seed", range(24))
def test_any_panel_has_the_quality_and_t_statistics_of_its_dates(seed):
    R, sections, W, caps = drawn(seed)
    Q, t = np.full((len(R), 5), np.nan), np.full((len(R), sections.n_factors), np.nan)
    for fit in fits(R, sections, W, caps):
        at = fit.pattern.dates
        Q[at, 0] = fit.n_assets
        Q[at, 1:3] = np.column_stack(fit.r_squared())
        Q[at, 3:] = fit.condition, fit.rank
        t[at] = fit.t_statistics(known_variances=bool(seed % 2))
    found = panel_regression(R, sections, W, caps)
    quality = panel_quality.quality(R, sections, W, caps, found.E)
    one_by_one = np.isfinite(Q[:, 0])
    np.testing.assert_allclose(quality[one_by_one], Q[one_by_one], rtol=1e-11, atol=1e-14)
    assert np.isnan(quality[~one_by_one, 1:]).all()
    t_found = panel_quality.t_statistics(R, sections, W, caps, found, known_variances=bool(seed % 2))
    np.testing.assert_allclose(t_found, t, rtol=1e-11, atol=1e-14)


def test_the_quality_of_a_date_is_that_of_its_definition():
    rng = np.random.default_rng(1)
    T, N = 12, 40
    S, w = np.column_stack([np.ones(N), rng.normal(size=(N, 2))]), rng.uniform(0.5, 2, N)
    R = np.where(rng.random((T, N)) < 0.1, np.nan, rng.normal(size=(T, N)))
    sections = static(S, T, constant=0)
    E = panel_regression(R, sections, w[None]).E
    found = panel_quality.quality(R, sections, w[None], None, E)
    for t, r in enumerate(R):
        here = np.isfinite(r)
        X, y = np.sqrt(w[here])[:, None] * S[here], np.sqrt(w[here]) * r[here]
        e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
        mean = np.average(r[here], weights=w[here])
        plain = 1 - e @ e / (w[here] @ (r[here] - mean) ** 2)
        n, k = here.sum(), 3
        adjusted = 1 - (1 - plain) * (n - 1) / (n - k)
        unit = X / np.linalg.norm(X, axis=0)
        np.testing.assert_allclose(found[t], [n, plain, adjusted, np.linalg.cond(unit), k], rtol=1e-11)


def test_nearly_dependent_columns_have_the_condition_number_of_their_singular_values():
    rng = np.random.default_rng(2)
    S = rng.normal(size=(60, 3))
    S[:, 2] = S[:, 1] + 1e-4 * rng.normal(size=60)
    R = np.where(rng.random((20, 60)) < 0.05, np.nan, rng.normal(size=(20, 60)))
    sections, W = static(S, 20), np.ones((1, 60))
    found = panel_quality.quality(R, sections, W, None, panel_regression(R, sections, W).E)
    for t, r in enumerate(R):
        X = S[np.isfinite(r)]
        np.testing.assert_allclose(found[t, 3], np.linalg.cond(X / np.linalg.norm(X, axis=0)), rtol=1e-6)


def test_styles_that_happen_to_fit_a_constant_centre_r_squared():
    """Two styles that add to one on every asset but the first: the dates without it are centred, the others not."""
    rng = np.random.default_rng(3)
    a = rng.normal(size=50)
    S = np.column_stack([a, 1 - a])
    S[0, 1] += 1
    R = 1 + rng.normal(size=(16, 50))
    R[::2, 0] = np.nan
    sections, W = static(S, 16), np.ones((1, 50))
    centred = panel_quality.spans_constant(R, sections, W, None)
    np.testing.assert_array_equal(centred, np.arange(16) % 2 == 0)
    r2 = panel_quality.quality(R, sections, W, None, panel_regression(R, sections, W).E)[:, 1]
    for t, r in enumerate(R):
        X, y = S[np.isfinite(r)], r[np.isfinite(r)]
        e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
        total = y - y.mean() if centred[t] else y
        np.testing.assert_allclose(r2[t], 1 - e @ e / (total @ total), rtol=1e-11)


def test_equal_returns_have_nothing_to_explain():
    sections, W = static(np.ones((10, 1)), 9, constant=0), np.ones((1, 10))
    R = np.full((9, 10), 0.01)
    found = panel_quality.quality(R, sections, W, None, panel_regression(R, sections, W).E)
    assert np.isnan(found[:, 1:3]).all()
    np.testing.assert_array_equal(found[:, [0, 4]], [[10, 1]] * 9)
