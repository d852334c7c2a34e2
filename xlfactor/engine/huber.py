"""Cross-sectional regression by Huber's weights: an asset whose return is far off counts less on that date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.engine.regression import Fit, basis, enough, factorise, regress
from xlfactor.engine.sections import Pattern, Sections, patterns

LIMIT = 1.345  # times the scale: 95 % of the efficiency of least squares for normal returns
NORMAL_MEDIAN = 0.6744897501960817  # median |z| of a standard normal z
TOLERANCE = 1e-12  # moved in a pass, in units of the scale: slow dates are then still at 1e-10 of their limit
ROUNDING = 1e-14  # share of the largest weighted return that is rounding
MAX_PASSES = 500


@dataclass(frozen=True)
class HuberFit(Fit):
    """One date: the last weighted regression, whose `pattern.w` holds the weights given times Huber's factors.

    given : (N,) weights before those factors. scale : s, median |sqrt(w) e| / 0.67449.
    """

    given: Array
    scale: float

    def t_statistics(self, known_variances: bool) -> Array:
        """f / sd(f), cov(f) = k² s² [sum ψ(u)²/(n − rank)] / [mean ψ'(u)]² R (Z'WZ)^-1 R', u = sqrt(w) e/s.

        ψ(u) = max(−c, min(u, c)), k = 1 + rank/n var(ψ')/mean(ψ')². The scale is the residuals' own, also where
        the weights are known variances. Source: Huber 1981, section 7.6 (his H1; statsmodels' default).
        """
        used = self.given > 0
        u = np.sqrt(self.given[used]) * self.e[0, used] / (self.scale or 1.0)
        inside = np.abs(u) <= LIMIT
        n, share = len(u), inside.mean()
        k = 1 + self.rank / n * (1 - share) / share
        scale2 = k**2 * self.scale**2 * float((np.clip(u, -LIMIT, LIMIT) ** 2).sum()) / (n - self.rank) / share**2
        P = factorise(self.pattern.B, self.given, basis(self.pattern.constraints, self.pattern.active)).P
        with np.errstate(divide="ignore", invalid="ignore"):
            t = self.f / np.sqrt(scale2 * np.einsum("ij,ij->j", P, P))
        return np.where(np.isfinite(t), t, np.nan)


def fits(R: Array, sections: Sections, W: Array, caps: Array | None = None) -> Iterator[HuberFit]:
    """`regression.fits` with Huber's weights, date by date; the same dates, the same arguments."""
    for pattern in patterns(R, sections, W, caps):
        if enough(pattern):
            for k in range(len(pattern.dates)):
                yield fit(replace(pattern, dates=pattern.dates[[k]], r=pattern.r[[k]]))


def fit(pattern: Pattern) -> HuberFit:
    """f minimises sum ρ(u_i), u = sqrt(w) e/s: IRLS with w_i min(1, 1.345 s/|sqrt(w_i) e_i|), s re-estimated in each
    pass as median |sqrt(w) e|/0.67449, until the residuals are within 1e-10 s of where they go.

    pattern : of one date. Equals statsmodels RLM with HuberT on sqrt(w) Z, sqrt(w) r.
    Source: Huber 1964; methodology 5.1.
    """
    w, R = pattern.w, basis(pattern.constraints, pattern.active)
    root, used = np.sqrt(w), w > 0
    rounding = ROUNDING * float(np.abs(root * pattern.r[0]).max())
    v = w
    f, e, fitted = regress(pattern.B, v, R, pattern.r)
    scale = _scale(root * e[0], used)
    for _ in range(MAX_PASSES):
        if scale <= 10 * rounding:  # more than half of the assets fit exactly
            break
        u = np.abs(root * e[0])
        v = w * np.minimum(1.0, LIMIT * scale / np.maximum(u, LIMIT * scale))
        before = e
        f, e, fitted = regress(pattern.B, v, R, pattern.r)
        moved = float(np.abs(root * (e - before)[0]).max())
        scale = _scale(root * e[0], used)
        if moved <= TOLERANCE * scale + rounding:
            break
    f[:, ~pattern.active] = np.nan
    return HuberFit(replace(pattern, w=v), f, e, fitted.P, fitted.rank, fitted.smallest, w, scale)


def _scale(u: Array, used: BoolArray) -> float:
    return float(np.median(np.abs(u[used]))) / NORMAL_MEDIAN
