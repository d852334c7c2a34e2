"""Idio variances by passes of weighted regression: restricted maximum likelihood, and the seed's alternation.

Notation as methodology, section 6: s_i = sum_t omega_t e_it², h_i = sum_t omega_t h_it, n_i = sum_t omega_t over the
dates on which asset i is present.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.engine.blocks import Blocks, single
from xlfactor.engine.passes import sums
from xlfactor.engine.regression import leverage, regress

FREE = 1e-3  # an asset whose mean 1 − h is below this has no idio return to estimate from
SMALL = 0.25  # leverage below which an asset's own equation rules the others' part in it, at most h/(1 − h)
NO_ZERO = 1e-10  # of the group median of the first pass: keeps the weights of a collapsing asset finite
COLLAPSED = 1e-3  # of the same; later medians may be those of collapsed assets
FELL = 1e-11  # of n observations: a fall of the likelihood beyond rounding


@dataclass(frozen=True)
class Moments:
    """What one pass of regressions with weights 1/psi leaves, summed over the dates with their weights."""

    s: Array
    h: Array
    n: Array
    log_det: float  # sum of omega_t ln|Z_t'WZ_t|

    @property
    def free(self) -> Array:
        """Mean of 1 − h_it for each asset."""
        return 1 - self.h / self.n

    def likelihood(self, psi: Array, restricted: bool) -> float:
        """l = −½ sum_t sum_i [ln psi_i + e_it²/psi_i]; restricted: less ½ sum_t ln|Z'WZ| (f_t integrated out)."""
        lost = float((self.n * np.log(psi) + self.s / psi).sum())
        return -0.5 * (lost + self.log_det if restricted else lost)

    def leverage_step(self, psi: Array) -> Array:
        """psi_i = s_i/(1 − h_i), the score of l_R; where h_i is 1 the EM step, which keeps psi_i.

        Where h_i is small the Newton step of that equation, c psi_i + (s_i − (1 − h_i) c psi_i)/(1 − h_i)²: with d_i
        the forecast error of asset i from the others, e_i = (1 − h_i) d_i, it is mean d_i² less d_i's estimation
        noise, neither of which depends on psi_i. c makes the scale of psi right, on which no e and no h depends.
        """
        h = self.h / self.n
        h1 = self.free < FREE
        plain = np.where(h1, self.em_step(psi), self.s / np.where(h1, 1.0, self.n - self.h))
        psi = psi * ((self.s / psi).sum() / (self.n - self.h).sum())
        newton = psi + (self.s / self.n - (1 - h) * psi) / np.where(h1, 1.0, 1 - h) ** 2
        return np.where((h < SMALL) & (newton > plain / 2), newton, plain)

    def em_step(self, psi: Array) -> Array:
        """psi_i = s_i + h_i psi_i: EM-REML, slower, never lowers l_R."""
        return (self.s + self.h * psi) / self.n


@dataclass(frozen=True)
class Iteration:
    """Where the passes ended: psi, the last regression's leverage, and a row (likelihood, max |Δ ln psi|) a pass."""

    psi: Array
    leverage: Array
    identified: BoolArray
    collapsed: BoolArray
    passes: list[tuple[float, float]]
    converged: bool


def moments(panel: Blocks, psi: Array) -> Moments:
    """One generalised least-squares regression of every date with weights 1/psi."""
    s, h, n = np.zeros_like(psi), np.zeros_like(psi), panel.n
    log_det = 0.0
    blocks = list(panel.blocks)
    for one in panel.shared:
        w = 1 / psi[one.columns]
        found = sums(one, one.Z, w)
        s[one.columns] += found.s
        h[one.columns] += w * found.q
        log_det += found.log_det
        blocks += [single(one, p) for p in found.unsound]
    for b in blocks:
        w = 1 / psi[b.columns]
        _, e, root = regress(b.B, w, b.basis, b.Y)
        s[b.columns] += np.einsum("ti,ti->i", e, e)
        h[b.columns] += b.omega * leverage(b.B, w, root.P)
        log_det += b.omega * root.log_det
    return Moments(s, h, n, log_det)


def reml(panel: Blocks, groups: IntArray, floor: float, max_iterations: int, tolerance: float) -> Iteration:
    """Maximise l_R by leverage steps; one that lowers l_R is taken back and replaced by an EM step.

    groups : (N,) for the medians of the floor. Returns psi where max |Δ ln psi| < tolerance, or after
    max_iterations passes. Source: methodology 6.3.
    """
    psi = np.full(len(panel.used), panel.mean_square)

    def floored(new: Array, m: Moments) -> Array:
        return np.maximum(new, np.maximum(floor * group_median(new, groups, m.free >= FREE), rounding(panel)))

    def change(new: Array, old: Array) -> float:
        return float(np.abs(np.log(new / old)).max())

    passes: list[tuple[float, float]] = []
    m = moments(panel, psi)
    before, careful = (psi, m), False
    for _ in range(max_iterations):
        l_R = m.likelihood(psi, restricted=True)
        if passes and l_R < passes[-1][0] - FELL * m.n.sum() and not careful:
            old, m = before
            psi = floored(m.em_step(old), m)
            passes[-1] = (passes[-1][0], change(psi, old))
            careful = True
        else:
            before, careful = (psi, m), False
            psi = floored(m.leverage_step(psi), m)
            passes.append((l_R, change(psi, before[0])))
            if passes[-1][1] < tolerance:
                break
        m = moments(panel, psi)
    nothing = np.zeros(len(psi), dtype=bool)
    return Iteration(psi, m.h / m.n, m.free >= FREE, nothing, passes, passes[-1][1] < tolerance)


def alternate(panel: Blocks, groups: IntArray, max_iterations: int, tolerance: float) -> Iteration:
    """The seed's alternation psi = mean e²: biased by 1 − h, and assets may collapse (methodology, 6.2).

    An asset with h = 1 under equal weights keeps the start value; the likelihood is l(F, psi), which has no bound.
    """
    psi = np.full(len(panel.used), panel.mean_square)
    passes: list[tuple[float, float]] = []
    while True:
        m = moments(panel, psi)
        if not passes:
            identified = m.free >= FREE
            typical = np.maximum(group_median(m.s / m.n, groups, identified), rounding(panel))
        new = np.where(identified, np.maximum(m.s / m.n, NO_ZERO * typical), psi)
        passes.append((m.likelihood(psi, restricted=False), float(np.abs(np.log(new / psi)).max())))
        psi, converged = new, passes[-1][1] < tolerance
        if converged or len(passes) == max_iterations:
            collapsed = identified & (psi < COLLAPSED * typical)
            return Iteration(psi, m.h / m.n, identified, collapsed, passes, converged)


def rounding(panel: Blocks) -> float:
    """A variance below which the residuals are rounding."""
    return float(np.finfo(float).eps ** 2) * panel.mean_square


def group_median(psi: Array, groups: IntArray, known: BoolArray) -> Array:
    """For each asset the median psi of the known assets of its group; of all, where the group has none or is −1."""
    known = known if known.any() else np.ones_like(known)
    medians = np.full(len(psi), np.median(psi[known]))
    for g in np.unique(groups[groups >= 0]):
        own = psi[known & (groups == g)]
        if len(own):
            medians[groups == g] = np.median(own)
    return medians
