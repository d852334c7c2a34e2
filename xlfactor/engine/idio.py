"""Idio covariance when Omega_e is unknown: five methods, their floor, and the status of every asset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.blocks import Blocks, blocks, last_known
from xlfactor.engine.em import em, one_basis
from xlfactor.engine.reml import Iteration, alternate, group_median, reml
from xlfactor.engine.sections import Sections
from xlfactor.errors import FactorError, one_of

Method = Literal["reml", "em", "two_pass", "iterated", "ols"]
Status = Literal["ok", "floored", "not identified", "collapsed"]

QUINTILES_FROM = 50  # with fewer assets all are one group


@dataclass(frozen=True)
class Estimate:
    """Idio variances and how they came about.

    used : (n,) columns of the returns that have an estimate. psi, leverage : (n,), h of the last regression, its
    mean over the asset's dates. status : (n,) texts of Status. passes : log-likelihood and max |Δ ln psi| of each.
    dates : those estimated. Omega_f : (K, K) of method em, NaN for factors without assets; else None.
    """

    used: IntArray
    psi: Array
    leverage: Array
    status: list[Status]
    passes: list[tuple[float, float]]
    converged: bool
    dates: IntArray
    Omega_f: Array | None


def estimate(
    R: Array,
    sections: Sections,
    caps: Array | None = None,
    method: str = "reml",
    half_life: float = 0,
    floor: float = 0.05,
    max_iterations: int = 1000,
    tolerance: float = 1e-8,
) -> Estimate:
    """psi_i = var(epsilon_i) with B known and the factor returns unknown.

    reml: s_i/(1 − h_i); em: f_t ~ N(0, Omega_f); ols, two_pass, iterated: mean e² after one, two, all regressions.
    R : (T, N) returns, NaN where an asset did not trade. caps : (1, N) or (T, N), for the five size groups (N ≥ 50)
    whose medians the floor and the not identified assets take, and for the constraint of Omega_f.
    half_life : of the date weights in periods, 0 = equal. floor : share of the group median. tolerance : of
    max |Δ ln psi|; for em of the rise of the log-likelihood per observation.
    Raises OPTION_UNKNOWN, VALUE_RANGE, FEW_ASSETS, ALL_ZERO. Source: seed 1; methodology 6.
    """
    method = one_of(method, Method, "method")
    _refuse("floor", floor, 0 <= floor < 1, "type a share from 0 to below 1, such as 0.05")
    _refuse("tolerance", tolerance, tolerance > 0, "type a small number above 0, such as 1e-8")
    _refuse("max_iterations", max_iterations, max_iterations >= 1, "type 1 or more")
    _refuse("half_life", half_life, half_life >= 0, "type 0 (equal weights) or more")
    panel = blocks(R, sections, half_life)
    groups = size_groups(panel, caps)
    if method in ("reml", "em"):
        found = reml(panel, groups, floor, max_iterations, tolerance)
    else:
        passes = {"ols": 1, "two_pass": 2}.get(method, max_iterations)
        found = alternate(panel, groups, passes, tolerance)
    Omega_f = None
    if method == "em":
        basis = one_basis(panel, sections, caps)
        found, Omega_f = em(panel, found, basis, groups, floor, max_iterations, tolerance)
        Omega_f[~panel.active] = Omega_f[:, ~panel.active] = np.nan
    psi, status = _report(found, groups, floor)
    converged = found.converged or method in ("ols", "two_pass")
    return Estimate(panel.used, psi, found.leverage, status, found.passes, converged, panel.dates, Omega_f)


def size_groups(panel: Blocks, caps: Array | None) -> IntArray:
    """Cap quintile of each asset used (n,), −1 without a cap; all 0 without caps or with fewer than 50 assets."""
    groups = np.zeros(len(panel.used), dtype=np.int64)
    if caps is None or len(groups) < QUINTILES_FROM:
        return groups
    size = last_known(caps)[panel.used]
    known = size > 0
    edges = np.quantile(size[known], [0.2, 0.4, 0.6, 0.8])
    return np.where(known, np.searchsorted(edges, size, side="right"), -1)


def _report(found: Iteration, groups: IntArray, floor: float) -> tuple[Array, list[Status]]:
    """psi as given out, and each asset's status; the medians are those of the assets that have not collapsed."""
    median = group_median(found.psi, groups, found.identified & ~found.collapsed)
    at_floor = found.identified & (found.psi <= floor * median * (1 + 1e-6))
    psi = np.where(found.identified, np.maximum(found.psi, floor * median), median)
    status: list[Status] = [
        "not identified" if not known else "collapsed" if gone else "floored" if raised else "ok"
        for known, gone, raised in zip(found.identified, found.collapsed, at_floor, strict=True)
    ]
    return psi, status


def _refuse(argument: str, value: float, legal: bool, fix: str) -> None:
    if not legal:
        raise FactorError("VALUE_RANGE", f"{argument} is {value:g}", fix, argument=argument)
