"""A panel in stretches of dates against its steps one after the other on all dates."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.engine.simulated import static
from tests.engine.test_panel_regression import ragged
from xlfactor.engine import stretches as module
from xlfactor.engine.dated_styles import Preparation
from xlfactor.engine.idio_moments import variances
from xlfactor.engine.idio_variance import variances as variances_at_once
from xlfactor.engine.panel_moments import panel_moments
from xlfactor.engine.regression import fits
from xlfactor.engine.standardization import standardize
from xlfactor.engine.weights import ewma_weights
from xlfactor.engine.winsorization import winsorize
from xlfactor.errors import FactorError

T, N = 24, 70


@pytest.fixture(params=[1, 150, 10_000])
def stretches(request, monkeypatch):
    """A date a stretch, two or three, all of them."""
    monkeypatch.setattr(module, "ROWS", request.param)


def drawn(seed):
    """Raw styles, some days' loadings shared by several dates, gaps; the caps of each row of the loadings."""
    rng = np.random.default_rng(seed)
    sections = ragged(rng, T, N, 3, [(5,), (), (4, 3)][seed % 3], constant=bool(seed % 2), every=1 + seed % 4)
    R = rng.normal(size=(T, N)) * 0.02
    R[rng.random((T, N)) < 0.1] = np.nan
    caps = rng.lognormal(size=(T, N))
    return R, sections, np.sqrt(caps), caps, rng.lognormal(size=len(sections.columns))


def by_steps(R, sections, W, caps, preparation, row_caps):
    """F, E and the summary of each date: winsorize, standardize, fits, date by date."""
    S = sections.B.S.copy()
    styles = [j for j in range(S.shape[1]) if j != sections.constant]
    for first, last in pairwise(sections.offsets) if preparation else ():
        X, p = S[first:last, styles], preparation
        if p.method != "none":
            X = winsorize(X.T, p.method, p.limit, p.drop).T
        S[first:last, styles] = standardize(X, row_caps[first:last]) if p.standardize else X
    F, E, Q = np.full((T, sections.n_factors), np.nan), np.full((T, N), np.nan), np.full((T, 5), np.nan)
    for fit in fits(R, replace(sections, B=replace(sections.B, S=S)), W, caps):
        at = fit.pattern.dates
        F[at], E[np.ix_(at, fit.pattern.columns)] = fit.f, fit.e
        Q[at, 0], Q[at, 3], Q[at, 4] = fit.n_assets, fit.condition, fit.rank
        Q[at, 1:3] = np.column_stack(fit.r_squared())
    return F, E, Q


PREPARATIONS = [None, Preparation("none"), Preparation(standardize=False), Preparation("quantile", 0.05, 0)]


@pytest.mark.usefixtures("stretches")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("preparation", PREPARATIONS)
def test_stretches_of_any_length_give_what_the_steps_give_on_all_dates(seed, preparation):
    R, sections, W, caps, row_caps = drawn(seed)
    raw = sections.B.S.copy()
    found = panel_moments(R, sections, W, caps, preparation, row_caps, half_life=10, newey_west=2, diagnose=True)
    np.testing.assert_array_equal(sections.B.S, raw)
    F, E, Q = by_steps(R, sections, W, caps, preparation, row_caps)
    np.testing.assert_allclose(found.F, F, rtol=1e-12, atol=1e-14)
    V = variances_at_once(E, ewma_weights(T, 10), 2)
    np.testing.assert_allclose(variances(found.idio), V, rtol=1e-11)
    np.testing.assert_array_equal(found.idio.count, np.isfinite(E).sum(axis=0))
    there = np.isfinite(Q[:, 0])
    np.testing.assert_allclose(found.quality[there], Q[there], rtol=1e-11, atol=1e-13)


@pytest.mark.usefixtures("stretches")
def test_noise_free_returns_of_prepared_loadings_give_their_factor_returns_back_and_no_variance():
    rng = np.random.default_rng(7)
    S = np.column_stack([np.ones(N), rng.standard_t(3, size=(N, 2))])
    sections = ragged(rng, T, N, 2, (), constant=True)
    sections = replace(sections, B=replace(sections.B, S=S[sections.columns], order=np.arange(3)))
    F, R = rng.normal(size=(T, 3)), np.full((T, N), np.nan)
    for t, (first, last) in enumerate(pairwise(sections.offsets)):
        here = sections.columns[first:last]
        Z = (S[here, 1:] - S[here, 1:].mean(axis=0)) / S[here, 1:].std(axis=0, ddof=1)
        R[t, here] = F[t, 0] + Z @ F[t, 1:]
    found = panel_moments(R, sections, np.ones((1, N)), None, Preparation("none"))
    np.testing.assert_allclose(found.F, F, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(variances(found.idio), 0, atol=1e-26)


@pytest.mark.usefixtures("stretches")
def test_dates_without_loadings_are_missing_and_loadings_that_explain_nothing_are_not_looked_at():
    R, sections, W, caps, row_caps = drawn(3)
    of_date = sections.of_date.copy()
    of_date[:3], of_date[10:12] = -1, -1
    sections = replace(sections, of_date=of_date)
    for d in set(range(len(sections.offsets) - 1)) - set(of_date.tolist()):
        row_caps[sections.offsets[d] : sections.offsets[d + 1]] = np.nan
    found = panel_moments(R, sections, W, caps, Preparation(), row_caps, diagnose=True)
    assert np.isnan(found.F[[0, 1, 2, 10, 11]]).all()
    assert np.isfinite(found.F[[3, 9, 12, 23]]).any(axis=1).all()
    assert (found.quality[[0, 10], 0] == 0).all()
    nothing = panel_moments(R, replace(sections, of_date=np.full(T, -1)), W, caps, Preparation(), row_caps)
    assert np.isnan(nothing.F).all()
    assert (nothing.idio.count == 0).all()


def test_static_loadings_are_one_stretch():
    rng = np.random.default_rng(2)
    sections = static(rng.normal(size=(N, 2)), T)
    R = rng.normal(size=(T, N))
    Z = (sections.B.S - sections.B.S.mean(axis=0)) / sections.B.S.std(axis=0, ddof=1)
    found = panel_moments(R, sections, np.ones((1, N)), None, Preparation("none"), half_life=0, newey_west=0)
    F, *_ = np.linalg.lstsq(Z, R.T, rcond=None)
    np.testing.assert_allclose(found.F, F.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(variances(found.idio), ((R - F.T @ Z.T) ** 2).mean(axis=0), rtol=1e-12)


@pytest.mark.usefixtures("stretches")
def test_a_refused_date_is_named_by_its_row_of_all_loadings():
    R, sections, W, caps, row_caps = drawn(3)
    d = 4
    row_caps[sections.offsets[d] : sections.offsets[d + 1]] = np.nan
    with pytest.raises(FactorError, match="WEIGHT_ALL_ZERO: no asset with a loading") as refused:
        panel_moments(R, sections, W, caps, Preparation(), row_caps)
    assert refused.value.cells == tuple((sections.offsets[d], j) for j in (1, 2, 3))
    assert refused.value.where == f"row {sections.offsets[d] + 1}, column 2, 3, 4"
