"""Risk of a portfolio in factor form: σ² = x'Omega_f x + sum w_i² ψ_i, x = B'w. Never N x N."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import ndtri

from xlfactor.engine.arrays import Array, symmetric
from xlfactor.errors import FactorError


class Projection(Protocol):
    """What risk needs of loadings B (N, K): both products, without the matrix."""

    def project(self, w: Array, /) -> Array:
        """B'w (K,) of w (N,)."""

    def predict(self, g: Array, /) -> Array:
        """B g (N,) of g (K,)."""


class DenseProjection(Protocol):
    """Loadings that can be written out, for the one function that does."""

    def dense(self) -> Array:
        """B (N, K)."""


@dataclass(frozen=True)
class Risk:
    """One weight vector's risk per period: what every report of it is made from.

    w (N,) weights; x = B'w (K,); Omega_x = Omega_f x (K,); psi_w_i = ψ_i w_i (N,), 0 where w_i is 0.
    """

    w: Array
    x: Array
    Omega_x: Array
    psi_w: Array

    @property
    def factor_variance(self) -> float:
        """x'Omega_f x."""
        return max(float(self.x @ self.Omega_x), 0.0)

    @property
    def idio_variance(self) -> float:
        """sum w_i² ψ_i."""
        return float(self.w @ self.psi_w)

    @property
    def variance(self) -> float:
        return self.factor_variance + self.idio_variance

    @property
    def volatility(self) -> float:
        """σ."""
        return float(np.sqrt(self.variance))


def portfolio_risk(B: Projection, Omega_f: Array, psi: Array, w: Array) -> Risk:
    """x = B'w and the products of `Risk`.

    Omega_f : (K, K) and psi : (N,) variances per period (times periods a year: everything comes out annual);
    w : (N,) weights, no NaN; psi may be NaN where w is 0. Source: methodology 8; seed 1.
    """
    x = B.project(w)
    return Risk(w, x, Omega_f @ x, np.where(w == 0, 0.0, w * psi))


def beta(risk: Risk, benchmark: Risk) -> float:
    """w'Omega_r w_b / (w_b'Omega_r w_b); NaN for a benchmark without risk. Source: methodology 8."""
    covariance = float(risk.x @ benchmark.Omega_x + risk.w @ benchmark.psi_w)
    return _ratio(covariance, benchmark.variance)


def effective_assets(w: Array) -> float:
    """(sum |w|)²/sum w²: N for equal weights, 0 if nothing is held. Source: methodology 8."""
    squares = float(w @ w)
    return float(np.abs(w).sum()) ** 2 / squares if squares else 0.0


def tail_risk(volatility: float, confidence: float, horizon: float) -> tuple[float, float]:
    """VaR = z σ sqrt(horizon) and ES = φ(z)/(1−p) σ sqrt(horizon), z = Φ⁻¹(p).

    Losses are positive; returns are taken as normal with mean 0.
    Raises FactorError VALUE_RANGE unless 0.5 ≤ confidence < 1 and horizon > 0. Source: methodology 8.
    """
    if not 0.5 <= confidence < 1:
        raise FactorError(
            "VALUE_RANGE",
            f"confidence is {confidence:g}, not a share from 0.5 to below 1",
            "write 0.95 for 95 %",
            argument="confidence",
        )
    if not horizon > 0:
        raise FactorError(
            "VALUE_RANGE", f"horizon is {horizon:g}", "write a number of periods above 0", argument="horizon"
        )
    z = float(ndtri(confidence))
    sigma = volatility * float(np.sqrt(horizon))
    return z * sigma, float(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)) / (1 - confidence) * sigma


def risk_measures(
    risk: Risk, benchmark: Risk | None, periods_per_year: float, confidence: float, horizon: float
) -> dict[str, float]:
    """The measures of RISK_DECOMPOSITION by label, of risk per period.

    annual_ = σ sqrt(periods_per_year); shares are of the variance, NaN without risk; beta is NaN without
    a benchmark. Raises FactorError VALUE_RANGE as `tail_risk`. Source: methodology 8.
    """
    value_at_risk, expected_shortfall = tail_risk(risk.volatility, confidence, horizon)
    return {
        "annual_volatility": float(np.sqrt(risk.variance * periods_per_year)),
        "annual_factor_volatility": float(np.sqrt(risk.factor_variance * periods_per_year)),
        "annual_idio_volatility": float(np.sqrt(risk.idio_variance * periods_per_year)),
        "factor_share": _ratio(risk.factor_variance, risk.variance),
        "idio_share": _ratio(risk.idio_variance, risk.variance),
        "beta": beta(risk, benchmark) if benchmark else np.nan,
        "value_at_risk": value_at_risk,
        "expected_shortfall": expected_shortfall,
        "effective_assets": effective_assets(risk.w),
        "n_assets": float(np.count_nonzero(risk.w)),
    }


def risk_by_factor(risk: Risk, Omega_f: Array) -> dict[str, Array]:
    """x-σ-ρ: contribution_k = x_k σ_k ρ_k,  ρ_k = (Omega_f x)_k/(σ_k σ),  marginal_k = (Omega_f x)_k/σ.

    Returns (K,) columns by label; contributions and the idio part idio_variance/σ sum to σ, shares to 1.
    A portfolio without risk (σ = 0): contributions 0; marginal, correlation and share NaN, for σ has no
    derivative there. Source: methodology 8.
    """
    volatility = np.sqrt(np.maximum(np.diag(Omega_f), 0))
    defined = np.where(volatility > 0, volatility, np.nan)  # a constant factor correlates with nothing
    marginal = over(risk.Omega_x, risk.volatility)
    contribution = contributions(risk.x * risk.Omega_x, risk.volatility)
    return {
        "exposure": risk.x,
        "volatility": volatility,
        "correlation": marginal / defined,
        "marginal": marginal,
        "contribution": contribution,
        "share": over(contribution, risk.volatility),
    }


def risk_by_asset(risk: Risk, B: Projection, psi: Array) -> dict[str, Array]:
    """marginal_i = (Omega_r w)_i/σ = ((B Omega_f x)_i + ψ_i w_i)/σ;  contribution_i = w_i marginal_i, sum σ.

    psi : (N,), NaN where unknown: the marginal is NaN there, and the contribution 0 because w_i must be 0.
    Returns (N,) columns by label; without risk as in `risk_by_factor`. Source: methodology 8.
    """
    factor_part = np.where(risk.w == 0, 0.0, risk.w * B.predict(risk.Omega_x))
    factor = contributions(factor_part, risk.volatility)
    idio = contributions(risk.w * risk.psi_w, risk.volatility)
    gradient = B.predict(risk.Omega_x) + np.where(np.isnan(psi), np.nan, risk.psi_w)
    return {
        "weight": risk.w,
        "marginal": over(gradient, risk.volatility),
        "contribution": factor + idio,
        "share": over(factor + idio, risk.volatility),
        "factor_contribution": factor,
        "idio_contribution": idio,
    }


def risk_matrix(risk: Risk, B: DenseProjection) -> Array:
    """C_ik = w_i B_ik (Omega_f x)_k/σ and, as last column, w_i² ψ_i/σ: (N, K + 1).

    Rows sum to the contributions of `risk_by_asset`, columns to those of `risk_by_factor`; 0 without risk.
    Source: methodology 8.
    """
    parts = np.column_stack([risk.w[:, None] * B.dense() * risk.Omega_x, risk.w * risk.psi_w])
    return parts / risk.volatility if risk.volatility > 0 else np.zeros(parts.shape)


def contributions(parts: Array, volatility: float) -> Array:
    """Parts of the variance as parts of σ: parts/σ, 0 without risk."""
    return parts / volatility if volatility > 0 else np.zeros(len(parts))


def over(values: Array, volatility: float) -> Array:
    """values/σ, NaN without risk."""
    return values / volatility if volatility > 0 else np.full(len(values), np.nan)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def asset_covariance(B: DenseProjection, Omega_f: Array, psi: Array) -> Array:
    """Omega_r = B Omega_f B' + diag(ψ), (N, N): the only place that builds it.

    Omega_f : (K, K), psi : (N,) variances per period. Returns NaN rows and columns where B or psi is NaN.
    Source: seed 1; methodology 0.
    """
    D = B.dense()
    Omega_r = symmetric(D @ Omega_f @ D.T)
    Omega_r[np.diag_indices(len(psi))] += psi
    return Omega_r
