"""Condition numbers and ranks of many dates at once against the singular values of each date's own matrix."""

from dataclasses import replace

import numpy as np
import pytest

from tests.engine.simulated import static
from tests.engine.test_panel_regression import ragged
from xlfactor.engine.dated_quality import dated_quality

T, N = 12, 80


def drawn(seed):
    rng = np.random.default_rng(seed)
    every = 3 if seed % 4 == 2 else 1  # how many dates the loadings explain
    sections = ragged(rng, T, N, 3, [(5,), (9,), ()][seed % 3], constant=bool(seed % 2 or every > 1), every=every)
    R = np.where(rng.random((T, N)) < 0.1, np.nan, rng.normal(size=(T, N)))
    W = rng.uniform(0.2, 3, (T if seed % 4 else 1, N))
    W[rng.random(W.shape) < 0.1] = 0.0
    sections.B.S[rng.random(sections.B.S.shape) < 0.01] = np.nan
    if sections.B.sizes:
        sections.B.codes[rng.random(sections.B.codes.shape) < 0.02] = -1
    return R, sections, W, [None, rng.lognormal(size=(1, N)), rng.lognormal(size=(T, N))][seed % 3]


def by_definition(R, sections, W, caps, t):
    """Assets, condition number and rank of one date: the SVD of W^{1/2} Z with columns of unit length."""
    B, columns = sections.section(int(sections.of_date[t]))
    complete = np.isfinite(B.S).all(axis=1) & (B.codes >= 0).all(axis=1)
    w = W[t if len(W) > 1 else 0, columns]
    used = complete & np.isfinite(R[t, columns]) & (w > 0)
    X = B.S[used]
    if B.sizes:
        D = (B.codes == np.arange(B.sizes[0])).astype(float)
        there = D[used].any(axis=0)
        D_used = D[used][:, there]
        if sections.constant >= 0:
            v = np.ones(len(columns)) if caps is None else caps[t if len(caps) > 1 else 0, columns]
            s = (v[complete] @ D[complete])[there]
            s = (s > 0).astype(float) if caps is None else s
            places = np.argsort(B.order)[B.S.shape[1] :][there]  # the table's order breaks ties
            e = min(np.flatnonzero(s == s.max()), key=lambda j: places[j])
            D_used = D_used - np.outer(D_used[:, e], s / s[e])
            D_used = np.delete(D_used, e, axis=1)
        X = np.column_stack([X, D_used])
    X = np.sqrt(w[used])[:, None] * X
    sigma = np.linalg.svd(X / np.sqrt((X * X).sum(axis=0)), compute_uv=False)
    return used.sum(), sigma[0] / sigma[-1], X.shape[1]


@pytest.mark.parametrize("rows", [1, 150, 10_000])
@pytest.mark.parametrize("seed", range(12))
def test_every_date_has_the_condition_number_of_its_singular_values(seed, rows, monkeypatch):
    monkeypatch.setattr("xlfactor.engine.dated_quality.BLOCK_ROWS", rows)
    R, sections, W, caps = drawn(seed)
    found = {}
    for one in dated_quality(R, sections, W, caps):
        found |= {int(t): row for t, *row in zip(one.dates, one.n_assets, one.condition, one.rank, strict=True)}
    assert len(found) >= T - 2
    for t, row in found.items():
        np.testing.assert_allclose(row, by_definition(R, sections, W, caps, t), rtol=1e-12)


def test_the_scale_of_styles_and_weights_changes_nothing():
    R, sections, W, caps = drawn(3)
    scaled = replace(sections, B=replace(sections.B, S=sections.B.S * [-2.5, 1e3, 1e-4, 7.0]))
    before = np.concatenate([one.condition for one in dated_quality(R, sections, W, caps)])
    after = np.concatenate([one.condition for one in dated_quality(R, scaled, 1e5 * W, caps)])
    np.testing.assert_allclose(after, before, rtol=1e-12)


def test_dates_that_are_not_clear_are_left_to_the_other_route():
    R, sections, W, caps = drawn(1)
    S, (first, last) = sections.B.S, sections.offsets[[2, 3]]
    S[first:last, 2] = S[first:last, 1] + 1e-3 * S[first:last, 2]  # nearly dependent
    first, last = sections.offsets[[4, 5]]
    S[first:last, 3] = 0.0
    R[6, 5:] = np.nan  # too few assets
    dates = np.concatenate([one.dates for one in dated_quality(R, sections, W, caps)])
    np.testing.assert_array_equal(dates, np.setdiff1d(np.arange(T), [2, 4, 6]))


def test_loadings_that_stay_and_several_families_are_left_to_the_other_route():
    rng = np.random.default_rng(5)
    R, W = rng.normal(size=(16, N)), np.ones((1, N))
    monthly, families = ragged(rng, 16, N, every=8), ragged(rng, 16, N, sizes=(4, 3))
    for sections in (monthly, families, static(rng.normal(size=(N, 2)), 16)):
        assert list(dated_quality(R, sections, W, None)) == []
