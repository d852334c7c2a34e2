"""The whole panel at once against one date at a time: the same numbers on panels with everything that data have."""

from dataclasses import replace

import numpy as np
import pytest

from xlfactor.engine import dated_panel, dated_products
from xlfactor.engine.panel_regression import collect, panel_regression
from xlfactor.engine.regression import fits
from xlfactor.engine.sections import Loadings, Sections


def ragged(rng, T=9, N=70, styles=3, sizes=(5,), constant=True, every=1):
    """Sections whose assets come and go and change their order; loadings of every `every`-th date."""
    parts, columns, offsets = [], [], [0]
    for _ in range(-(-T // every)):
        here = rng.permutation(N)[: rng.integers(N // 2, N + 1)]
        S = rng.normal(size=(len(here), styles))
        parts.append((np.column_stack([np.ones(len(here)), S]) if constant else S, here))
        columns.append(here)
        offsets.append(offsets[-1] + len(here))
    S = np.concatenate([part for part, _ in parts])
    codes = np.column_stack([rng.integers(0, size, len(S)) for size in sizes] or [np.zeros((len(S), 0), np.int64)])
    K = S.shape[1] + sum(sizes)
    B = Loadings(S, codes.astype(np.int64), tuple(sizes), rng.permutation(K))
    of_date = np.arange(T) // every
    return Sections(B, np.concatenate(columns), np.array(offsets), of_date, 0 if constant else -1)


def compare(R, sections, W, caps, least=0):
    """The panel's numbers are those of the loop; `least` dates at least were solved by the fast route."""
    expected = collect(fits(R, sections, W, caps), R.shape, sections.n_factors, True)
    found = panel_regression(R, sections, W, caps)
    np.testing.assert_allclose(found.F, expected.F, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.E, expected.E, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(found.estimated, expected.estimated)
    np.testing.assert_array_equal(found.dependent, expected.dependent)
    assert found.dependent_dates == expected.dependent_dates
    without = panel_regression(R, sections, W, caps, idio=False)
    np.testing.assert_array_equal(without.F, found.F)
    assert without.E.shape == (0, R.shape[1])
    if dated_panel.covers(sections):
        F, E = np.full_like(found.F, np.nan), np.full_like(found.E, np.nan)
        assert dated_panel.dated_regression(R, sections, W, caps, F, E)[0].sum() >= least
    return found


@pytest.mark.parametrize("seed", range(40))
def test_any_panel_equals_the_loop_over_its_dates(seed):
    rng = np.random.default_rng(seed)
    constant, sizes = bool(seed % 2), [(5,), (), (12,), (4, 3)][seed % 4]
    T, N = 9, 90
    sections = ragged(rng, T, N, int(rng.integers(1, 5)), sizes, constant, every=int(rng.integers(1, 4)))
    R = rng.normal(size=(T, N)) * 0.02
    R[rng.random((T, N)) < 0.1] = np.nan
    R[0, 3] = np.inf
    W = rng.uniform(0.2, 3, (T if seed % 3 else 1, N))
    W[rng.random(W.shape) < 0.1] = 0.0
    W[rng.random(W.shape) < 0.05] = np.nan
    caps = None if seed % 5 == 0 else rng.lognormal(size=(T if seed % 5 == 1 else 1, N))
    if caps is not None:
        caps[rng.random(caps.shape) < 0.1] = np.nan
    if seed % 4 == 3:
        sections.of_date[0] = -1
    if seed % 7 < 3:  # missing loadings
        sections.B.S[rng.random(sections.B.S.shape) < 0.02] = np.nan
        sections.B.codes[rng.random(sections.B.codes.shape) < 0.02] = -1
    if sizes and seed % 5 == 2:  # a value without members on some dates, and one with weight 0 only
        codes = sections.B.codes
        middle = slice(sections.offsets[1], sections.offsets[2])
        codes[middle, 0] = np.where(codes[middle, 0] == 1, 0, codes[middle, 0])
        W[:, sections.columns[middle][codes[middle, 0] == 2]] = 0.0
    compare(R, sections, W, caps)


def whole(T, N, rng):
    """A panel that is clearly well conditioned."""
    sections = ragged(rng, T, N)
    return rng.normal(size=(T, N)), sections, rng.uniform(0.5, 2, (T, N)), rng.lognormal(size=(T, N))


def test_ordinary_dates_take_the_fast_route_in_blocks_of_any_size(monkeypatch):
    R, sections, W, caps = whole(12, 200, np.random.default_rng(1))
    for block, run in ((1, 1), (500, 10**6), (700, 400), (10**6, 300)):
        monkeypatch.setattr(dated_panel, "BLOCK_ROWS", block)
        monkeypatch.setattr(dated_products, "RUN_ROWS", run)
        compare(R, sections, W, caps, least=12)


@pytest.mark.parametrize(("column", "c"), [(0, 2.5), (2, -0.3), (3, 1.0)])
def test_the_constant_may_be_any_number_in_any_column(column, c):
    R, sections, W, caps = whole(6, 90, np.random.default_rng(11))
    S = sections.B.S
    S[:, [0, column]] = S[:, [column, 0]]
    S[:, column] *= c
    compare(R, replace(sections, constant=column), W, caps, least=6)


def test_a_gap_in_the_constant_alone_leaves_its_row_out_and_its_date_on_the_fast_route():
    R, sections, W, caps = whole(6, 90, np.random.default_rng(12))
    sections.B.S[[0, sections.offsets[2], sections.offsets[3] + 1], 0] = np.nan
    found = compare(R, sections, W, caps, least=6)
    assert np.isnan(found.E[0, sections.columns[0]])
    by_column = replace(sections, B=replace(sections.B, S=np.asfortranarray(sections.B.S)))
    compare(R, by_column, W, caps, least=6)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("code", [0, -1])
def test_a_gap_in_the_loadings_of_an_asset_without_return_takes_its_cap_out_of_the_constraint(order, code):
    R, sections, W, caps = whole(6, 90, np.random.default_rng(14))
    row, other = sections.offsets[2] + 5, sections.offsets[3] - 1
    S = np.array(sections.B.S, order=order)
    S[row, 2] = np.nan
    sections.B.codes[other, 0] = code
    R[2, sections.columns[row]] = np.nan
    caps[2, sections.columns[row]] = 1000.0
    compare(R, replace(sections, B=replace(sections.B, S=S)), W, caps, least=6)


def test_families_alone_need_no_styles_and_may_have_gaps():
    rng = np.random.default_rng(15)
    sections = ragged(rng, styles=0, constant=False)
    sections.B.codes[[0, 40, 100], 0] = -1
    compare(rng.normal(size=(9, 70)), sections, np.ones((1, 70)), None, least=9)


@pytest.mark.parametrize("styles", [7, 8, 15, 18])
def test_any_number_of_styles_goes_in_blocks(styles):
    rng = np.random.default_rng(styles)
    sections = ragged(rng, T=4, N=300, styles=styles)
    compare(rng.normal(size=(4, 300)), sections, rng.uniform(0.5, 2, (4, 300)), rng.lognormal(size=(1, 300)), least=4)


def test_an_infinite_return_and_a_date_without_loadings_have_no_idio_return():
    R, sections, W, caps = whole(6, 90, np.random.default_rng(13))
    R[1, sections.columns[sections.offsets[1]]] = np.inf
    sections.of_date[4] = -1
    found = compare(R, sections, W, caps, least=5)
    assert np.isnan(found.E[1, sections.columns[sections.offsets[1]]])
    assert np.isnan(found.E[4]).all()
    assert not np.isinf(found.E).any()


def test_dates_with_dependent_or_nearly_dependent_styles_are_as_in_the_loop_and_counted():
    R, sections, W, caps = whole(6, 100, np.random.default_rng(2))
    S, at = sections.B.S, sections.offsets
    S[at[1] : at[2], 2] = 3 * S[at[1] : at[2], 1] - 2
    S[at[3] : at[4], 2] = S[at[3] : at[4], 1] + 1e-3 * S[at[3] : at[4], 2]
    S[at[4] : at[5], 3] = 0.0
    found = compare(R, sections, W, caps, least=3)
    assert found.dependent_dates == 2
    assert np.isfinite(found.F).all()


@pytest.mark.parametrize("size", [1, 3])
def test_a_style_that_is_exactly_twice_another_is_as_in_the_loop_whatever_rounding_leaves_of_the_rank(size):
    """Rounding may leave such a matrix a Cholesky factor and yet no solution: that of about one in four."""
    rng = np.random.default_rng(0)
    R, sections, W, _ = whole(40, 12, rng)
    M = len(sections.B.S)
    x = rng.integers(-3, 4, M) * rng.choice([0.1, 0.3, 0.7], M)
    codes = rng.integers(0, size, (M, 1))
    B = Loadings(np.column_stack([x, 2 * x]), codes, (size,), np.arange(2 + size))
    found = compare(R, replace(sections, B=B, constant=-1), rng.choice([0.1, 0.3, 1.0], W.shape), None)
    assert found.dependent_dates == found.estimated.sum() > 0


def test_a_date_with_too_few_assets_is_missing_and_its_neighbours_are_not():
    R, sections, W, caps = whole(5, 60, np.random.default_rng(3))
    R[2, 8:] = np.nan
    R[3] = np.nan
    found = compare(R, sections, W, caps, least=3)
    assert found.estimated.tolist() == [True, True, False, False, True]
    assert np.isnan(found.F[2:4]).all()
    assert np.isnan(found.E[2:4]).all()


def test_noise_free_returns_give_the_factor_returns_of_every_date_back():
    rng = np.random.default_rng(4)
    _, sections, W, _ = whole(8, 150, rng)
    K = sections.n_factors
    F, R = rng.normal(size=(8, K)), np.full((8, 150), np.nan)
    family = [int(np.flatnonzero(sections.B.order == 4 + k)[0]) for k in range(5)]
    F[:, family] -= F[:, family].mean(axis=1, keepdims=True)
    for t in range(8):
        B, columns = sections.section(t)
        R[t, columns] = B.dense() @ F[t]
    found = panel_regression(R, sections, W)
    np.testing.assert_allclose(found.F, F, atol=1e-12)
    np.testing.assert_allclose(found.E[np.isfinite(R)], 0, atol=1e-12)


def test_only_a_market_and_its_industries_need_no_style():
    rng = np.random.default_rng(5)
    sections = ragged(rng, styles=0)
    compare(rng.normal(size=(9, 70)), sections, np.ones((1, 70)), None, least=9)


def test_arrays_in_any_memory_order_give_the_same():
    R, sections, W, caps = whole(6, 80, np.random.default_rng(6))
    expected = panel_regression(R, sections, W, caps).F
    found = panel_regression(np.asfortranarray(R), sections, np.asfortranarray(W), np.asfortranarray(caps)).F
    np.testing.assert_array_equal(found, expected)
    columns_first = replace(sections, B=replace(sections.B, S=np.asfortranarray(sections.B.S)))
    np.testing.assert_array_equal(panel_regression(R, columns_first, W, caps).F, expected)


@pytest.mark.parametrize("steady", [True, False])
def test_a_date_has_the_same_bits_whatever_dates_are_beside_it(steady):
    rng = np.random.default_rng(7)
    R, sections, W, caps = whole(40, 300, rng)
    if steady:  # every date has all assets in order: many dates a call
        S = rng.normal(size=(40 * 300, 4))
        S[:, 0] = 1.0
        B = replace(sections.B, S=S, codes=rng.integers(0, 5, (40 * 300, 1)))
        sections = Sections(B, np.tile(np.arange(300), 40), 300 * np.arange(41), np.arange(40), 0)
    found = panel_regression(R, sections, W, caps)
    for t in (1, 20, 33):
        earlier = replace(sections, of_date=sections.of_date[:t])
        alone = panel_regression(R[:t], earlier, W[:t], caps[:t])
        np.testing.assert_array_equal(alone.F, found.F[:t])
        np.testing.assert_array_equal(alone.E, found.E[:t])
