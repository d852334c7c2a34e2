"""Loadings of many dates at once against one date and one style at a time."""

from itertools import pairwise

import numpy as np
import pytest

from xlfactor.engine.dated_styles import Preparation, prepare_styles
from xlfactor.engine.standardization import standardize
from xlfactor.engine.winsorization import winsorize
from xlfactor.errors import FactorError


def ragged(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(15, 40, 7)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    S = rng.standard_t(3, size=(offsets[-1], 4))
    S[:, 0] = 1.0
    S[rng.random(S.shape) < 0.05] = np.nan
    caps = rng.lognormal(size=len(S))
    caps[rng.random(len(S)) < 0.1] = np.nan
    return S, offsets, caps


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("method", "limit"), [("mad", 3), ("sd", 2), ("quantile", 0.05), ("tanh", 2)])
def test_every_date_and_style_is_prepared_as_if_it_were_alone(seed, method, limit):
    S, offsets, caps = ragged(seed)
    v = caps if seed % 2 else None
    found = prepare_styles(S, offsets, np.array([1, 3]), v, Preparation(method, limit))
    np.testing.assert_array_equal(found[:, [0, 2]], S[:, [0, 2]])
    for first, last in pairwise(offsets):
        for j in (1, 3):
            x = winsorize(S[None, first:last, j], method, limit)[0]
            expected = standardize(x[:, None], None if v is None else v[first:last])[:, 0]
            np.testing.assert_allclose(found[first:last, j], expected, rtol=1e-12, atol=1e-13)


def test_each_step_alone_leaves_the_other_out():
    S, offsets, caps = ragged(6)
    clipped = prepare_styles(S, offsets, np.array([2]), caps, Preparation("quantile", 0.1, 0, standardize=False))
    scaled = prepare_styles(S, offsets, np.array([2]), caps, Preparation("none"))
    for first, last in pairwise(offsets):
        x, v = S[first:last, 2], caps[first:last]
        np.testing.assert_allclose(clipped[first:last, 2], np.clip(x, *np.nanquantile(x, [0.1, 0.9])), rtol=1e-14)
        mean = np.nansum(v * x) / np.nansum(np.where(np.isnan(x), 0, v))
        np.testing.assert_allclose(scaled[first:last, 2], (x - mean) / np.nanstd(x, ddof=1), rtol=1e-12, atol=1e-13)


def test_dates_without_assets_cost_nothing():
    S, offsets, caps = ragged(2)
    with_empty = np.sort(np.append(offsets, [0, offsets[3], offsets[-1]]))
    expected = prepare_styles(S, offsets, np.arange(1, 4), caps)
    np.testing.assert_array_equal(prepare_styles(S, with_empty, np.arange(1, 4), caps), expected)
    assert prepare_styles(S[:0], np.array([0, 0]), np.arange(1, 4), caps[:0]).shape == (0, 4)


def test_loadings_without_a_style_to_prepare_stay_as_they_are():
    """A panel of a market and industries alone."""
    S, offsets, caps = ragged(3)
    even = np.arange(0, len(S) // 8 * 8 + 1, 8)
    for rows in (offsets, even):
        raw, v = S[: rows[-1], :1], caps[: rows[-1]]
        np.testing.assert_array_equal(prepare_styles(raw, rows, np.array([], dtype=np.int64), v), raw)


def test_each_date_has_mean_0_by_cap_and_standard_deviation_1():
    S, offsets, caps = ragged(9)
    found = prepare_styles(S, offsets, np.arange(1, 4), caps)
    for first, last in pairwise(offsets):
        Z, v = found[first:last, 1:], np.nan_to_num(caps[first:last])[:, None]
        np.testing.assert_allclose(np.nanstd(Z, axis=0, ddof=1), 1, rtol=1e-12)
        np.testing.assert_allclose(np.nansum(v * Z, axis=0), 0, atol=1e-10)


def test_a_date_without_any_cap_is_refused():
    S, offsets, caps = ragged(3)
    caps[offsets[2] : offsets[3]] = np.nan
    caps[offsets[5] : offsets[6]] = 0
    with pytest.raises(FactorError, match="no asset with a loading has a market capitalisation") as refused:
        prepare_styles(S, offsets, np.array([1, 3]), caps)
    assert refused.value.where == f"row {offsets[2] + 1}, column 2, 4"
    assert refused.value.cells == ((offsets[2], 1), (offsets[2], 3))


def test_prepared_in_the_place_of_the_raw_loadings_the_numbers_are_the_same():
    S, offsets, caps = ragged(5)
    beside = prepare_styles(S, offsets, np.arange(1, 4), caps)
    given = prepare_styles(S, offsets, np.arange(1, 4), caps, out=S)
    assert given is S
    np.testing.assert_array_equal(S, beside)
