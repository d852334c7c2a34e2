"""The rows of blocks of dates against one date and asset at a time."""

from dataclasses import replace

import numpy as np
import pytest

from tests.engine.test_panel_regression import ragged
from xlfactor.engine.dated_rows import Panel, blocks, shares, summed

T, N, SIZE = 10, 40, 5


def drawn(every, static, ordered=False):
    """A panel with gaps; loadings of every `every`-th date, a date without any."""
    rng = np.random.default_rng(every + 10 * static)
    sections = ragged(rng, T, N, every=every)
    if ordered:  # every date has all assets in order
        B = replace(sections.B, S=rng.normal(size=(T * N, 3)), codes=rng.integers(0, SIZE, (T * N, 1)))
        sections = replace(sections, B=B, columns=np.tile(np.arange(N), T), offsets=N * np.arange(T + 1), constant=-1)
    sections.B.S[rng.random(sections.B.S.shape) < 0.02] = np.nan
    sections.B.codes[rng.random(sections.B.codes.shape) < 0.05] = -1
    sections.of_date[4] = -1
    R = np.where(rng.random((T, N)) < 0.1, np.nan, rng.normal(size=(T, N)))
    R[0, :2] = np.inf
    W, caps = rng.uniform(-0.2, 3, (1 if static else T, N)), rng.lognormal(size=(1 if static else T, N))
    caps[rng.random(caps.shape) < 0.1] = np.nan
    return Panel(R, sections, W, caps)


@pytest.mark.parametrize("most", [1, 90, 10_000])
@pytest.mark.parametrize(("every", "static", "ordered"), [(1, True, False), (3, False, False), (1, False, True)])
def test_each_row_is_that_of_its_date_and_asset(every, static, ordered, most):
    panel = drawn(every, static, ordered)
    s, visited = panel.sections, []
    for block in blocks(panel, most):
        rows, m, _ = summed(block, panel, gaps=True)
        share = shares(block, rows, panel)
        for k, t in enumerate(block.dates):
            visited.append(t)
            B, columns = s.section(int(s.of_date[t]))
            own = slice(rows.starts[k], rows.starts[k + 1])
            np.testing.assert_array_equal(rows.S[own], B.S)
            r, w, v = panel.R[t, columns], panel.W[0 if static else t, columns], panel.caps[0 if static else t, columns]
            used = np.isfinite(r) & B.complete & (w > 0)
            np.testing.assert_array_equal(rows.w[own], np.where(used, w, 0))
            np.testing.assert_array_equal(rows.r[own], np.where(np.isfinite(r) & B.complete, r, np.nan))
            assert m.used[k] == used.sum()
            for j in range(SIZE):
                here = B.complete & (B.codes[:, 0] == j)
                np.testing.assert_allclose(share[k, j], np.nansum(v[here]), rtol=1e-13)
                np.testing.assert_allclose(m.n[k, j], w[here & used].sum(), rtol=1e-13)
    assert visited == [t for t in range(T) if t != 4]


def test_gaps_are_found_where_they_are_first_and_looked_for_from_then_on():
    panel = drawn(1, True)
    S = np.nan_to_num(panel.sections.B.S)
    S[panel.sections.offsets[3], 1] = np.nan
    sections = replace(panel.sections, B=replace(panel.sections.B, S=S, codes=np.abs(panel.sections.B.codes)))
    panel, gaps, known = replace(panel, sections=sections), False, []
    for block in blocks(panel, 1):
        rows, m, gaps = summed(block, panel, gaps)
        known.append(gaps)
        assert np.isfinite(m.b).all()
        assert (rows.complete is not None) == gaps
    assert known == [False] * 3 + [True] * 6


def test_a_panel_without_dates_has_no_blocks():
    panel = drawn(1, True)
    nothing = replace(panel, sections=replace(panel.sections, of_date=np.full(T, -1)))
    assert list(blocks(nothing, 90)) == []
