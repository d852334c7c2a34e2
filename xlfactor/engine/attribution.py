"""Attribution of a portfolio's returns to factors and idio, and their linking over dates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.sections import Loadings


def attribution(W: Array, R: Array, F: Array, sections: Sequence[tuple[Loadings, IntArray]]) -> Array:
    """x_kt f_kt for each factor, then idio sum_i w_it ε_it, ε_t = r_t − B_t f_t: (T, K + 1); rows sum to w_t'r_t.

    W : (T, N) weights held over each date, known before it; R : (T, N) returns, decimals per period;
    F : (T, K) factor returns. sections : the loadings of the N assets and the dates they hold for; dates in none,
    and dates on which a held asset loads on a factor without a return, are NaN.
    R and B may be NaN or anything where W is 0, F where no held asset has a loading. Source: methodology 8.
    """
    C = np.full((len(W), F.shape[1] + 1), np.nan)
    for B, dates in sections:
        w, f = W[dates], F[dates]
        X = B.project(w.T).T
        reached = Loadings(np.abs(B.S), B.codes, B.sizes, B.order).project(np.abs(w).T).T > 0
        f = np.where(np.isnan(f) & ~reached, 0.0, f)
        E = np.where(w == 0, 0.0, R[dates]) - np.where(w == 0, 0.0, B.predict(f))
        C[dates] = np.column_stack([X * f, (w * E).sum(axis=1)])
    C[np.isnan(C).any(axis=1)] = np.nan
    return C


def carino(C: Array) -> Array:
    """Contributions linked over dates: sum_t c_t k_t/k, (K,), which sum to prod(1 + r_t) − 1 exactly.

    k_t = ln(1 + r_t)/r_t (1 at 0) with r_t the row sums of C (T, K), all above −1; k the same of the compounded
    return. Source: Carino 1999; methodology 8.
    """
    r = C.sum(axis=1)
    log = np.log1p(r)
    total = float(np.expm1(log.sum()))
    k = _ratio(log, r)
    return np.asarray(k @ C / _ratio(np.array([log.sum()]), np.array([total])))


def _ratio(log: Array, r: Array) -> Array:
    return np.divide(log, r, out=np.ones(len(r)), where=r != 0)
