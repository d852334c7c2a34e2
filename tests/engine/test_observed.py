"""An observed family on arrays: what is subtracted, what is left, and how it is estimated then."""

import numpy as np

from tests.engine.simulated import static
from xlfactor.engine.observed import subtract
from xlfactor.engine.regression import fits
from xlfactor.engine.sections import Loadings, Sections


def world(seed=0, N=40, T=6):
    """Two styles (the first constant), industries and currencies; the factors' order is mixed."""
    rng = np.random.default_rng(seed)
    S = np.column_stack([np.ones(N), rng.normal(size=N)])
    codes = np.column_stack([rng.integers(0, 3, N), rng.integers(0, 4, N)])
    order = np.array([0, 5, 6, 7, 8, 1, 2, 3, 4])  # constant, currencies, style, industries
    sections = Sections(Loadings(S, codes, (3, 4), order), np.arange(N), np.array([0, N]), np.zeros(T, np.int64), 0)
    F, G = rng.normal(size=(T, 5)), rng.normal(size=(T, 4))
    F[:, 2:] -= F[:, 2:].mean(axis=1, keepdims=True)
    return sections, F, G, rng


def test_noise_free_returns_give_the_other_factor_returns_back_whatever_the_observed_ones_sum_to():
    sections, F, G, _ = world()
    R = np.column_stack([F[:, :1], G, F[:, 1:]]) @ sections.B.dense().T
    rest, others = subtract(R, sections, 1, G)
    found = next(fits(rest, others, np.ones((1, 40)))).f
    np.testing.assert_allclose(found, F, atol=1e-12)


def test_what_is_left_is_what_the_dense_product_leaves_and_the_other_columns_of_b():
    sections, _, G, rng = world()
    R = rng.normal(size=(6, 40))
    for family, size in ((0, 3), (1, 4)):
        B, place = sections.B.dense(), sections.B.starts[family]
        own = (sections.B.order >= place) & (sections.B.order < place + size)
        rest, others = subtract(R, sections, family, G[:, :size])
        np.testing.assert_allclose(rest, R - G[:, :size] @ B[:, own].T, atol=1e-15)
        np.testing.assert_array_equal(others.B.dense(), B[:, ~own])


def test_an_observed_return_of_zero_changes_no_return():
    sections, _, G, rng = world()
    R = rng.normal(size=(6, 40))
    np.testing.assert_array_equal(subtract(R, sections, 1, 0 * G)[0], R)


def test_a_missing_observed_return_or_value_leaves_those_assets_out_of_that_date():
    sections, _, G, rng = world()
    R = rng.normal(size=(6, 40))
    G[2, 1] = np.nan
    sections.B.codes[7, 1] = -1
    rest, _ = subtract(R, sections, 1, G)
    expected = np.zeros((6, 40), bool)
    expected[2, sections.B.codes[:, 1] == 1] = True
    expected[:, 7] = True
    np.testing.assert_array_equal(np.isnan(rest), expected)


def test_dates_before_the_first_loadings_are_missing():
    sections = static(np.ones((5, 1)), 3, np.array([0, 1, 0, 1, 0]), (2,), constant=0)
    sections.of_date[0] = -1
    rest, _ = subtract(np.ones((3, 5)), sections, 0, np.full((3, 2), 0.5))
    assert np.isnan(rest[0]).all()
    assert (rest[1:] == 0.5).all()
