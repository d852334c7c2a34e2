"""Panels with known truth for the tests of the idio engine: methodology 6.9, and loadings without labels."""

import numpy as np

from xlfactor.engine.sections import Loadings, Sections

STYLE_CORRELATION, STYLE_VOLATILITY, MARKET_VOLATILITY = 0.3, 0.25, 1.0
OMEGA_F = np.zeros((5, 5))
OMEGA_F[0, 0] = MARKET_VOLATILITY**2
OMEGA_F[1:, 1:] = STYLE_VOLATILITY**2 * (STYLE_CORRELATION + (1 - STYLE_CORRELATION) * np.eye(4))


def static(S, T, codes=None, sizes=(), constant=-1) -> Sections:
    """The same loadings on all T dates: style columns, then families."""
    N = len(S)
    codes = np.zeros((N, 0), dtype=np.int64) if codes is None else np.asarray(codes).reshape(N, -1)
    B = Loadings(np.asarray(S, float), codes, tuple(sizes), np.arange(S.shape[1] + sum(sizes)))
    return Sections(B, np.arange(N), np.array([0, N]), np.zeros(T, dtype=np.int64), constant)


def daily(N, T, rep):
    """B (N, 5), psi (N,), F (T, 5), R (T, N), daily per cent: a constant and four styles."""
    rng = np.random.default_rng(1000 * N + 7 * T + rep)
    B = np.column_stack([np.ones(N), rng.normal(size=(N, 4))])
    psi = np.exp(rng.normal(np.log(2.25), 0.9, N))
    F = rng.normal(size=(T, 5)) @ np.linalg.cholesky(OMEGA_F).T
    E = rng.normal(size=(T, N)) * np.sqrt(psi)
    return B, psi, F, F @ B.T + E


def dense_moments(R, B, psi):
    """sum e² and sum h of each asset, and sum ln|B'WB|, date by date from the definition with plain inverses."""
    s, h, log_det = np.zeros(R.shape[1]), np.zeros(R.shape[1]), 0.0
    for t, r in enumerate(R):
        here = np.isfinite(r)
        b = (B[t] if B.ndim == 3 else B)[here]
        A = b.T @ np.diag(1 / psi[here]) @ b
        H = b @ np.linalg.inv(A) @ b.T @ np.diag(1 / psi[here])
        e = r[here] - H @ r[here]
        s[here] += e**2
        h[here] += np.diag(H)
        log_det += np.linalg.slogdet(A)[1]
    return s, h, log_det
