"""Panels of static loadings: the same as the regression of every date by itself, whatever is missing."""

import numpy as np
import pytest

from tests.engine.simulated import static
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.engine.regression import fits
from xlfactor.engine.sections import Loadings, Sections


def hide(R, share, seed=0):
    return np.where(np.random.default_rng(seed).random(R.shape) < share, np.nan, R)


def date_by_date(R, sections, W, caps=None):
    F, E = np.full((len(R), sections.n_factors), np.nan), np.full(R.shape, np.nan)
    dependent, dates = np.zeros(sections.n_factors, dtype=bool), 0
    for one in fits(R, sections, W, caps):
        F[one.pattern.dates] = one.f
        E[np.ix_(one.pattern.dates, one.pattern.columns)] = one.e
        dependent |= one.dependent
        dates += len(one.f) * one.dependent.any()
    return F, E, dependent, dates


def same_as_date_by_date(R, sections, W, caps=None):
    found = panel_regression(R, sections, W, caps)
    F, E, dependent, dates = date_by_date(R, sections, W, caps)
    np.testing.assert_allclose(found.F, F, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.E, E, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(found.dependent, dependent)
    assert found.dependent_dates == dates
    return found


def styles(T, N, K, seed=0):
    rng = np.random.default_rng(seed)
    return static(rng.normal(size=(N, K)), T), rng.normal(size=(T, N)), rng.uniform(0.1, 2, (1, N))


def industries(T, N, seed=0, constant=0):
    rng = np.random.default_rng(seed)
    codes = np.column_stack([rng.integers(0, size, N) for size in (6, 4)])
    S = np.column_stack([np.ones(N), rng.normal(size=(N, 3))])
    return static(S, T, codes, (6, 4), constant), rng.normal(size=(T, N)), rng.uniform(0.1, 2, (1, N))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.4, 0.8])
def test_any_share_of_missing_returns_gives_the_regression_of_each_date(share):
    sections, R, W = styles(150, 120, 6)
    same_as_date_by_date(hide(R, share), sections, W)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("with_caps", [False, True])
def test_families_keep_their_constraint(share, with_caps):
    sections, R, W = industries(150, 120)
    caps = np.random.default_rng(1).lognormal(size=(1, 120)) if with_caps else None
    found = same_as_date_by_date(hide(R, share), sections, W, caps)
    s = np.bincount(sections.B.codes[:, 0], None if caps is None else caps[0])
    if caps is None:
        s = np.ones(6)
    full = np.isfinite(found.F).all(axis=1)
    np.testing.assert_allclose(found.F[full][:, 4:10] @ s / s.sum(), 0, atol=1e-14)


def test_the_normal_equations_hold_on_every_date():
    sections, R, W = industries(100, 90, 2)
    found = panel_regression(hide(R, 0.05), sections, W)
    B = sections.B.dense()
    lost = np.nan_to_num(found.E) * W @ B
    np.testing.assert_allclose(lost, 0, atol=1e-12)


def test_universes_that_change_every_ten_dates_are_patterns_like_any_other():
    sections, R, W = styles(400, 100, 5, 3)
    rng = np.random.default_rng(3)
    for t in range(0, 400, 10):
        R[t : t + 10, rng.random(100) < 0.6] = np.nan
    same_as_date_by_date(R, sections, W)


def test_a_universe_that_grows_and_loses_old_assets():
    sections, R, W = styles(300, 150, 4, 4)
    for i in range(150):
        R[: max(0, 2 * i - 100), i] = np.nan
        R[2 * i + 100 :, i] = np.nan
    same_as_date_by_date(hide(R, 0.02), sections, W)


def test_zero_and_missing_weights_are_explained_but_not_estimated_on():
    sections, R, W = styles(80, 60, 4, 5)
    W[0, :7], W[0, 7:9] = 0, np.nan
    found = same_as_date_by_date(hide(R, 0.05), sections, W)
    assert np.isfinite(found.E[:, :9]).any(axis=0).all()


def test_a_value_without_members_on_some_dates_is_missing_there():
    sections, R, W = industries(90, 60, 6)
    R[10:20, sections.B.codes[:, 0] == 2] = np.nan
    W[0, sections.B.codes[:, 1] == 1] = 0
    found = same_as_date_by_date(hide(R, 0.05), sections, W)
    assert np.isnan(found.F[10:20, 6]).all()
    assert np.isnan(found.F[:, 4 + 6 + 1]).all()


def test_dates_with_too_few_assets_are_missing():
    sections, R, W = styles(50, 40, 6, 7)
    R[5, 7:], R[6, 8:] = np.nan, np.nan
    R[7] = np.nan
    found = same_as_date_by_date(R, sections, W)
    assert np.isnan(found.F[[5, 7]]).all()
    assert np.isfinite(found.F[6]).all()


def test_dependent_columns_are_named_and_counted():
    rng = np.random.default_rng(8)
    S = rng.normal(size=(60, 3))
    R, W = rng.normal(size=(40, 60)), np.ones((1, 60))
    found = same_as_date_by_date(R, static(np.column_stack([S, S[:, 0] - S[:, 1]]), 40), W)
    assert found.dependent.tolist() == [True, True, False, True]
    assert found.dependent_dates == 40


def test_a_style_that_only_missing_assets_carry_is_dependent_on_those_dates_only():
    rng = np.random.default_rng(9)
    S = rng.normal(size=(60, 3))
    S[4:, 2] = 0
    R = rng.normal(size=(40, 60))
    R[11:14, :4] = np.nan
    R[20, :3] = np.nan
    R[21, :3] = np.nan
    S[3, 2] = 1e-7  # what is left on dates 20 and 21 is next to nothing
    found = same_as_date_by_date(R, static(S, 40), np.ones((1, 60)))
    assert found.dependent.tolist() == [False, False, True]
    assert found.dependent_dates == 3


def test_a_heavy_asset_that_is_missing_costs_no_precision():
    sections, R, W = styles(60, 50, 4, 10)
    W[0, 0] = 1e14
    R[::2, 0] = np.nan
    same_as_date_by_date(R, sections, W)


def test_dated_weights_and_caps_that_stay_for_a_while():
    sections, R, _ = industries(90, 70, 11)
    rng = np.random.default_rng(11)
    W, caps = (np.repeat(rng.lognormal(size=(3, 70)), 30, axis=0) for _ in range(2))
    same_as_date_by_date(hide(R, 0.03), sections, W, caps)


def test_a_few_loadings_dates_with_their_own_assets_and_dates_before_them():
    rng = np.random.default_rng(12)
    N, K, T = 50, 3, 100
    own = [np.sort(rng.permutation(N)[:n]) for n in (40, 50, 35)]
    S = rng.normal(size=(sum(map(len, own)), K))
    S[5, 1] = np.nan
    rows = Loadings(S, np.zeros((len(S), 0), dtype=np.int64), (), np.arange(K))
    of_date = np.repeat([-1, 0, 1, 2, 0], 20)
    sections = Sections(rows, np.concatenate(own), np.cumsum([0, 40, 50, 35]), of_date, -1)
    found = same_as_date_by_date(hide(rng.normal(size=(T, N)), 0.05), sections, np.ones((1, N)))
    assert np.isnan(found.E[:20]).all()


def test_exact_returns_are_recovered():
    sections, _, W = styles(60, 50, 4, 13)
    F = np.random.default_rng(13).normal(size=(60, 4))
    R = hide(F @ sections.B.S.T, 0.1)
    found = panel_regression(R, sections, W)
    np.testing.assert_allclose(found.F, F, atol=1e-12)
    np.testing.assert_allclose(found.E[np.isfinite(R)], 0, atol=1e-12)
