"""Alpha: what of it the factors span and what is left, and betas that differ in rising and falling markets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from xlfactor.engine.arrays import Array, BoolArray, symmetric
from xlfactor.engine.regression import basis, factorise
from xlfactor.engine.sections import Loadings, constraints
from xlfactor.engine.timeseries import refuse_dependent, timeseries_loadings
from xlfactor.errors import FactorError, first_five


@dataclass(frozen=True)
class Split:
    """spanned, orthogonal (N,) parts of alpha, lambda_ (K,) factor premia, and the best Sharpe ratio of each part."""

    spanned: Array
    orthogonal: Array
    lambda_: Array
    sharpe_spanned: float
    sharpe_orthogonal: float


def split_alpha(alpha: Array, B: Loadings, Omega_f: Array, psi: Array, constant: int = -1) -> Split:
    """λ = (B'WB)^-1 B'W α, spanned Bλ, orthogonal α − Bλ, W = diag(1/ψ).

    α'Omega_r^-1 α = α_⊥'W α_⊥ + λ'(Omega_f + (B'WB)^-1)^-1 λ = sharpe_orthogonal² + sharpe_spanned².
    Computed with P of `regression` (P B'W B P' = I on the range of B): a = P B'W α, D = P B'W B, so that the second
    term is a'(I + D Omega_f D')^-1 a. That is the formula in Z and Omega_g, holds for dependent loadings too, and does
    not depend on the constraint that λ obeys (plain sum of each family 0; `constant`: the style column that is one).

    alpha : (N,), B : N × K, psi : (N,) > 0, without NaN; Omega_f : (K, K). All per period.
    Source: methodology 10 (derived).
    """
    w = 1 / psi
    active: BoolArray = np.asarray(B.gram(np.ones(len(w))).diagonal() > 0)
    S = constraints(B, np.ones(len(w)), active, constant, plain=True)
    P = factorise(B, w, basis(S, active)).P
    a = P @ B.project(w * alpha)
    lambda_ = P.T @ a
    spanned = B.predict(lambda_)
    orthogonal = alpha - spanned
    D = P @ B.gram(w)
    C = np.eye(len(a)) + symmetric(D @ Omega_f @ D.T)
    lambda_[~active] = np.nan
    return Split(
        spanned,
        orthogonal,
        lambda_,
        float(np.sqrt(a @ cho_solve(cho_factor(C), a))),
        float(np.sqrt(w @ orthogonal**2)),
    )


@dataclass(frozen=True)
class UpDown:
    """(N, K) each; NaN for an asset that could not be estimated."""

    beta_up: Array
    beta_down: Array
    t_stat: Array
    capture_up: Array
    capture_down: Array


def updown_beta(R: Array, F: Array) -> UpDown:
    """r = a + sum_k b_up,k max(f_k, 0) + b_down,k min(f_k, 0) + e, all factors jointly, one regression an asset.

    Estimated as r = a + b_up f + (b_down − b_up) min(f, 0), so that the t-statistic of the asymmetry is that of a
    coefficient; Newey-West with floor(4 (T/100)^{2/9}) lags. capture_up = mean(r | f_k > 0)/mean(f_k | f_k > 0) over
    the asset's dates; capture_down: f_k < 0.

    R : (T, N) returns, F : (T, K) factors, decimals per period, NaN where missing; a date on which any factor is
    missing is left out, an asset with fewer than 2K + 2 dates is NaN.
    Raises FACTOR_COLLINEAR, FACTOR_ONE_SIDED for a factor that is not above and below 0 on two dates each,
    FEW_DATES. Source: methodology 10.
    """
    K = F.shape[1]
    known = np.asarray(np.isfinite(F).all(axis=1))
    refuse_dependent(F[known])
    _refuse_one_sided(F[known])
    T = int(known.sum())
    lags = min(int(4 * (T / 100) ** (2 / 9)), T - 1)
    fit = timeseries_loadings(R, np.column_stack([F, np.minimum(F, 0)]), lags=lags)
    up, asymmetry = fit.B[:, :K], fit.B[:, K:]
    seen = np.isfinite(R) & known[:, None]
    return UpDown(
        up,
        up + asymmetry,
        fit.t_stats[:, K + 1 :],
        _capture(R, F, seen, 1),
        _capture(R, F, seen, -1),
    )


def _capture(R: Array, F: Array, seen: BoolArray, side: int) -> Array:
    """sum r/sum f over each asset's dates on which sign f_k is `side`, (N, K)."""
    on = (np.sign(F) == side).astype(float)
    r = np.where(seen, R, 0.0).T @ on
    f = seen.astype(float).T @ (on * np.where(on > 0, F, 0.0))
    return np.asarray(np.divide(r, f, out=np.full(r.shape, np.nan), where=f != 0))


def _refuse_one_sided(F: Array) -> None:
    few = np.flatnonzero(np.minimum((F > 0).sum(axis=0), (F < 0).sum(axis=0)) < 2)
    if len(few):
        raise FactorError(
            "FACTOR_ONE_SIDED", "a factor is hardly ever above, or hardly ever below, 0: it has no two betas",
            "subtract its mean or its expectation", where="column " + first_five(few + 1), argument="factors",
            cells=[(0, int(j)) for j in few],
        )  # fmt: skip
