"""A panel cut into stretches of dates: every date once, every row of loadings that explains any once."""

from dataclasses import replace

import numpy as np
import pytest

from tests.engine.test_panel_regression import ragged
from xlfactor.engine import stretches as module
from xlfactor.engine.stretches import stretches

T, N = 20, 30


@pytest.mark.parametrize("rows", [1, 50, 100, 10_000])
@pytest.mark.parametrize("every", [1, 3])
def test_stretches_hold_the_dates_and_loadings_of_the_panel(rows, every, monkeypatch):
    monkeypatch.setattr(module, "ROWS", rows)
    whole = ragged(np.random.default_rng(rows), T, N, every=every)
    of_date = whole.of_date.copy()
    of_date[:2], of_date[9:12] = -1, -1
    whole = replace(whole, of_date=of_date)
    seen = []
    for one in stretches(whole):
        for t, d in zip(range(one.dates.start, one.dates.stop), one.sections.of_date, strict=True):
            seen.append(t)
            assert (d < 0) == (of_date[t] < 0)
            if d >= 0:
                (B, columns), (B_whole, columns_whole) = one.sections.section(int(d)), whole.section(int(of_date[t]))
                np.testing.assert_array_equal(B.S, B_whole.S)
                np.testing.assert_array_equal(B.codes, B_whole.codes)
                np.testing.assert_array_equal(columns, columns_whole)
        np.testing.assert_array_equal(whole.B.S[one.rows], one.sections.B.S)
        assert len(one.sections.B.S) <= max(rows, N)
        assert set(range(len(one.sections.offsets) - 1)) == set(one.sections.of_date[one.sections.of_date >= 0])
    assert seen == list(range(T))


def test_values_of_every_date_are_cut_and_values_of_all_dates_are_not():
    whole = ragged(np.random.default_rng(1), T, N)
    (one,) = stretches(whole)
    V = np.arange(T * N).reshape(T, N)
    np.testing.assert_array_equal(one.of(V), V)
    np.testing.assert_array_equal(one.of(V[:1]), V[:1])
