"""Style loadings of many dates winsorized and standardized at once: a cross-section is a date and a style."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.standardization import checked, cross_sections
from xlfactor.engine.winsorization import winsorize
from xlfactor.errors import FactorError, first_five

BLOCK_VALUES = 120_000  # loadings of a block of dates: they stay in the cache


@dataclass(frozen=True)
class Preparation:
    """What becomes of raw styles: `winsorize` with its method ("none": not), limit and drop; then `standardize`."""

    method: str = "mad"
    limit: float = 3.0
    drop: float = 10.0
    standardize: bool = True


def prepare_styles(
    S: Array,
    offsets: IntArray,
    styles: IntArray,
    caps: Array | None = None,
    preparation: Preparation = Preparation(),
    out: Array | None = None,
    first_row: int = 0,
) -> Array:
    """Of each date: `winsorize` across its assets, then `standardize` with its caps, for the given columns of S.

    S : (M, q) loadings, NaN where missing; rows offsets[d]:offsets[d+1] are those of date d (`sections.Sections`).
    styles : columns to prepare; the others, such as a constant, stay as they are. caps : (M,), NaN where unknown.
    out : where to write, such as S itself, where the raw loadings are not needed afterwards; None: a new array.
    first_row : of S in the table whose rows a refusal counts.
    Returns (M, q). Raises as `winsorize` and `standardize`, whose numbers these are; cells: the first row of the date
    and the columns of S.
    """
    out, q = np.empty_like(S) if out is None else out, len(styles)
    others = np.setdiff1d(np.arange(S.shape[1]), styles)
    together = slice(int(styles[0]), int(styles[-1]) + 1) if q and (np.diff(styles) == 1).all() else styles
    weights = None if caps is None or not preparation.standardize else checked(caps)
    counts = np.diff(offsets)
    N = int(counts.max(initial=1))
    step = max(1, BLOCK_VALUES // max(N * q, 1))
    for d in range(0, len(counts), step):
        n = counts[d : d + step]
        rows = slice(int(offsets[d]), int(offsets[d + len(n)]))
        own = np.arange(N) < n[:, None]  # dates with fewer assets are filled up with missing ones
        X = _rectangle(S[rows, together].T.copy(), own)
        V = np.ones((1, 1, N)) if weights is None else _rectangle(weights[None, rows], own, 0.0)
        few = max(1, BLOCK_VALUES // own.size)  # styles: of a single date's many assets not all at once
        for k in range(0, q, few):
            try:
                X[k : k + few] = _prepared(X[k : k + few], V, preparation)
            except FactorError as error:
                raise _of_its_first_date(error, styles[k : k + few], offsets[d : d + len(n)] + first_row) from None
        out[rows, others] = S[rows, others]
        out[rows, together] = (X.reshape(q, own.size) if own.all() else X[:, own]).T
    return out


def _prepared(X: Array, V: Array, preparation: Preparation) -> Array:
    """The cross-sections X (q, n, N), with the caps V (1, n or 1, N)."""
    p = preparation
    if p.method != "none":
        q, n, N = X.shape
        X = winsorize(X.reshape(q * n, N), p.method, p.limit, p.drop).reshape(X.shape)
    return cross_sections(X, V) if p.standardize else X


def _of_its_first_date(error: FactorError, styles: IntArray, first_rows: IntArray) -> FactorError:
    """The refusal of some of the cross-sections (q, n), which its cells count, as one of the first of their dates."""
    if not error.cells:
        return error
    style, date = np.divmod([j for _, j in error.cells], len(first_rows))
    row, columns = int(first_rows[date.min()]), styles[style[date == date.min()]]
    return FactorError(
        error.code, error.message, error.fix, where=f"row {row + 1}, column {first_five(columns + 1)}",
        argument=error.argument, cells=[(row, int(j)) for j in columns],
    )  # fmt: skip


def _rectangle(rows: Array, own: BoolArray, blank: float = np.nan) -> Array:
    """(q, M) rows of several dates as (q, n, N), with `blank` where own (n, N) says that there is none."""
    if own.all():
        return rows.reshape(len(rows), *own.shape)
    X = np.full((len(rows), *own.shape), blank)
    X[:, own] = rows
    return X
