"""Loadings as an operator: every product with B equals the product with its 0/1 columns."""

import numpy as np
import pytest

from xlfactor.engine.sections import Loadings


@pytest.fixture
def B() -> Loadings:
    rng = np.random.default_rng(1)
    order = np.array([1, 3, 4, 5, 0, 6, 7, 2])  # the table's order mixes styles and families
    return Loadings(
        rng.normal(size=(12, 3)), np.column_stack([rng.integers(0, 3, 12), rng.integers(0, 2, 12)]), (3, 2), order
    )


def explicit(B: Loadings) -> np.ndarray:
    """B built cell by cell from its definition."""
    columns = [B.S[:, j] for j in range(B.S.shape[1])]
    for k, size in enumerate(B.sizes):
        columns += [(B.codes[:, k] == value).astype(float) for value in range(size)]
    return np.column_stack([columns[place] for place in B.order])


def test_products_with_b_equal_the_explicit_matrix(B):
    rng = np.random.default_rng(2)
    D, w, y, Y, f, F = (
        explicit(B),
        rng.uniform(0, 2, 12),
        rng.normal(size=12),
        rng.normal(size=(12, 4)),
        rng.normal(size=8),
        rng.normal(size=(5, 8)),
    )
    C = rng.normal(size=(8, 8))
    C = C + C.T
    np.testing.assert_array_equal(B.dense(), D)
    np.testing.assert_allclose(B.project(y), D.T @ y, atol=1e-14)
    np.testing.assert_allclose(B.project(Y), D.T @ Y, atol=1e-14)
    np.testing.assert_allclose(B.predict(f), D @ f, atol=1e-14)
    np.testing.assert_allclose(B.predict(F), F @ D.T, atol=1e-14)
    np.testing.assert_allclose(B.gram(w), D.T @ np.diag(w) @ D, atol=1e-14)
    np.testing.assert_allclose(B.quadratic(C), np.diag(D @ C @ D.T), atol=1e-13)


def test_a_part_of_the_assets_is_a_part_of_the_rows(B):
    rows = np.array([3, 7, 1])
    np.testing.assert_array_equal(B.take(rows).dense(), explicit(B)[rows])


def test_an_asset_without_a_family_or_a_style_is_incomplete():
    B = Loadings(np.array([[1.0], [np.nan], [1.0]]), np.array([[0], [1], [-1]]), (2,), np.arange(3))
    assert B.complete.tolist() == [True, False, False]
