"""Idio covariance when Omega_e is unknown: its estimate, how the estimate came about, and walk-forward returns."""

from __future__ import annotations

import hashlib
import warnings
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from xlfactor.engine import idio as engine
from xlfactor.engine.walk_forward import walk_forward as walk
from xlfactor.errors import FactorWarning, counted, first_five, one_of
from xlfactor.functions.kinds import Caps, HalfLife, Kind, Lag, Loadings, PeriodsPerYear, Returns
from xlfactor.functions.options import positive
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.align import Panel, panel

FEW = 21  # dates: below, a variance is off by a third or more

_LAST: dict[bytes, engine.Estimate] = {}  # of the last call, by its arguments

Output = Literal["factor_returns", "idio_returns", "idio_volatility"]
Method = Annotated[
    engine.Method,
    Kind(
        "choice",
        "reml (corrects for leverage), em (factor returns random), two_pass (regress, weight, regress), "
        "iterated (two_pass repeated: assets may collapse), ols (one pass).",
    ),
]
Floor = Annotated[float, Kind("number", "Smallest variance as a share of the group's median; 0 = none.")]
MaxIterations = Annotated[int, Kind("whole", "Most passes.")]
Tolerance = Annotated[
    float,
    Kind("number", "Stop when no variance changes by more than this share (em: the log-likelihood per observation)."),
]


@worksheet_function("Idio covariance")
def idio_covariance(
    returns: Returns,
    loadings: Loadings,
    method: Method = "reml",
    caps: Caps = None,
    half_life: HalfLife = 0,
    floor: Floor = 0.05,
    max_iterations: MaxIterations = 1000,
    tolerance: Tolerance = 1e-8,
    lag: Lag = 1,
    periods_per_year: PeriodsPerYear = 252,
) -> pd.DataFrame:
    """Idio variance of each asset from returns and loadings alone, with its status.

    Question: how risky is each stock by itself, once the factors are taken out?

        reml: ψ_i = Σ_t ω_t e_it² / Σ_t ω_t (1 − h_it)

    e are the idio returns of regressions weighted by 1/ψ, h is the leverage, ω the date weights; repeated until ψ no
    longer changes. Dividing by 1 − h takes out the bias −K/N of the mean of e².

    em : f ~ N(0, Ω_f); best for fewer than 20 assets a factor; needs returns with mean about 0.
    two_pass : the seed's procedure: regress, weigh by 1/ψ, regress again.
    iterated : two_pass repeated to the end: variances of assets with high leverage collapse to 0.
    ols : the first pass of two_pass.

    returns : T dates × N assets, decimals per period; a missing return leaves that asset out of that date only.

    Returns one row for each asset with a return and complete loadings. In Python the result of em has its Ω_f in
    .attrs["factor_covariance"].
    variance : ψ per period; the idio covariance is diagonal.
    annual_volatility : √(variance · periods_per_year).
    leverage : mean h of the last regression; above 0.25 an asset drives the factors that explain it.
    status : ok; floored (raised to floor × median of its cap quintile; of all without caps or below 50 assets); not
    identified (mean of 1 − h < 0.001, as the only stock of its industry: the median is given); collapsed (below 0.001
    × median, with ols, two_pass and iterated only: the floor is given).

    Raises OPTION_UNKNOWN, VALUE_RANGE, FEW_ASSETS, ALL_ZERO.
    Source: seed 1; methodology 6, 6.3.

    Example: each asset alone makes 3 % on one of three dates: √0.0003 is 1.7 % a day, 27 % a year.

    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07"]
    >>> returns = pd.DataFrame([[0.03, 0, 0], [0, 0.03, 0], [0, 0, 0.03]], dates, list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> xlfactor.idio_covariance(returns, loadings).round(6)
           variance  annual_volatility  leverage status
    Asset
    A        0.0003           0.274955  0.333333     ok
    B        0.0003           0.274955  0.333333     ok
    C        0.0003           0.274955  0.333333     ok
    """
    positive(periods_per_year, "periods_per_year")
    p = panel(returns, loadings, caps=caps, lag=lag)
    found = _estimate(p, method, half_life, floor, max_iterations, tolerance)
    values = {
        "variance": found.psi,
        "annual_volatility": np.sqrt(found.psi * periods_per_year),
        "leverage": found.leverage,
        "status": found.status,
    }
    result = pd.DataFrame(values, p.assets[found.used].rename("Asset"))
    if found.Omega_f is not None:
        names = p.factors.names
        result.attrs["factor_covariance"] = pd.DataFrame(found.Omega_f.copy(), pd.Index(names, name="Factor"), names)
    return result


@worksheet_function("Idio covariance")
def idio_convergence(
    returns: Returns,
    loadings: Loadings,
    method: Method = "reml",
    caps: Caps = None,
    half_life: HalfLife = 0,
    floor: Floor = 0.05,
    max_iterations: MaxIterations = 1000,
    tolerance: Tolerance = 1e-8,
    lag: Lag = 1,
) -> pd.DataFrame:
    """How IDIO_COVARIANCE on the same arguments converged: log-likelihood and largest change, one row a pass.

    Question: can I trust these idio variances, or did the iteration stop too early?

        reml: −½ Σ_t ω_t (Σ_i ln ψ_i + ln|Z'WZ| + Σ_i e_it²/ψ_i)
        em: ln p(r)
        ols, two_pass, iterated: −½ Σ_t ω_t Σ_i (ln ψ_i + e_it²/ψ_i)

    ω are the date weights, here of sum T. The first has a maximum; the second never falls without a floor; the third
    has no bound, so that its rise proves nothing.

    Returns one row a pass.
    log_likelihood : the sum above, at the variances that entered the pass.
    max_change : largest |Δ ln ψ_i|; it ends below `tolerance`.

    Raises as IDIO_COVARIANCE.
    Source: methodology 6.1, 6.3, 6.6.

    Example: five passes, until no variance changes by more than 1 %.

    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> returns = [[0.03, 0.01, 0], [-0.01, 0.02, 0.01], [0.01, 0, -0.02], [0.02, -0.01, 0.01]]
    >>> returns = pd.DataFrame(returns, dates, list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> xlfactor.idio_convergence(returns, loadings, tolerance=0.01).round(4)
               log_likelihood  max_change
    iteration
    1                 27.2523      0.4177
    2                 27.5936      0.2458
    3                 27.7271      0.0955
    4                 27.7401      0.0158
    5                 27.7405      0.0025
    """
    p = panel(returns, loadings, caps=caps, lag=lag)
    found = _estimate(p, method, half_life, floor, max_iterations, tolerance)
    index = pd.RangeIndex(1, len(found.passes) + 1, name="iteration")
    return pd.DataFrame(found.passes, index, ["log_likelihood", "max_change"])


@worksheet_function("Idio covariance")
def walk_forward(
    returns: Returns,
    loadings: Loadings,
    half_life: HalfLife = 60,
    burn_in: Annotated[
        float, Kind("number", "Share of the dates that estimates the start; its rows stay blank.")
    ] = 0.5,
    output: Annotated[Output, Kind("choice", "factor_returns, idio_returns or idio_volatility.")] = "factor_returns",
    lag: Lag = 1,
) -> pd.DataFrame:
    """Factor and idio returns with what was known the day before: Ω_ε of t−1 gives f_t and ε_t, ε_t updates Ω_ε.

    Question: what would the model have said each day, with only what was known the day before?

        f_t = (B'WB)^-1 B'W r_t, W = diag(1/ψ_{t−1}), ε_t = r_t − B f_t
        ψ_t = λ ψ_{t−1} + (1 − λ)(ε_t² + h_t ψ_{t−1}), λ = 2^(−1/half_life)

    h_t is the leverage. ψ starts from reml (IDIO_COVARIANCE) on the first `burn_in` of the dates; half_life 0: all
    dates count alike. A missing return leaves ψ as it was; a new asset starts at the median.

    Returns by `output` T dates × K factors (factor_returns) or × N assets (idio_returns; idio_volatility = √ψ_{t−1}),
    decimals per period. The rows of the burn-in are missing, so that every number is out of sample: no row depends on
    a later one.
    Raises OPTION_UNKNOWN, VALUE_RANGE, FEW_ASSETS, FEW_DATES.
    Source: methodology 6.7.

    Example: three dates are the burn-in; on the fourth the three assets are equally risky and the market is their
    mean, 3 %.

    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> returns = pd.DataFrame(
    ...     [[0.03, 0, 0], [0, 0.03, 0], [0, 0, 0.03], [0.01, 0.02, 0.06]], dates, list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> xlfactor.walk_forward(returns, loadings, burn_in=0.75).round(6)
                market
    Date
    2026-01-05     NaN
    2026-01-06     NaN
    2026-01-07     NaN
    2026-01-08    0.03
    """
    chosen = one_of(output, Output, "output")
    p = panel(returns, loadings, lag=lag)
    found = walk(p.R, p.sections, half_life, burn_in)
    if chosen == "factor_returns":
        return p.by_factor(found.F)
    return p.by_asset(found.E if chosen == "idio_returns" else found.sd)


def _estimate(
    p: Panel, method: str, half_life: float, floor: float, max_iterations: int, tolerance: float
) -> engine.Estimate:
    """The engine's estimate, and what its user should know about it."""
    found = _last_or_new(p, method, half_life, floor, max_iterations, tolerance)
    unused = np.setdiff1d(p.sections.columns, found.used)
    if len(unused):
        names = first_five(p.assets[unused])
        _warn(f"ASSET_NO_DATA: no return together with loadings for {counted(len(unused), 'asset')}: {names}")
    if len(found.dates) < FEW:
        _warn(f"FEW_DATES: the idio variances rest on {counted(len(found.dates), 'date')} only: give more dates")
    if not found.converged:
        _warn(f"NOT_CONVERGED: stopped by max_iterations ({max_iterations}): raise it, or tolerance")
    collapsed = np.array(found.status) == "collapsed"
    if collapsed.any():
        names = first_five(p.assets[found.used[collapsed]])
        _warn(f"COLLAPSED: idio variance went to zero for {counted(int(collapsed.sum()), 'asset')}: {names}: use reml")
    return found


def _last_or_new(p: Panel, *options: str | float) -> engine.Estimate:
    """The estimate; that of the last call again if numbers, places and options are the same, to the last bit.

    A workbook asks for variances and convergence on the same arguments, one after the other.
    """
    B = p.sections.B
    arrays = [p.R, B.S, B.codes, B.order, p.sections.columns, p.sections.offsets, p.sections.of_date, p.caps]
    key = hashlib.blake2b(repr((options, B.sizes, p.sections.constant)).encode())
    for a in arrays:
        key.update(repr(None if a is None else (a.shape, a.dtype)).encode())
        key.update(b"" if a is None else np.ascontiguousarray(a).data)
    last = _LAST.get(key.digest())
    if last is None:
        last = engine.estimate(p.R, p.sections, p.caps, *options)  # type: ignore[arg-type]
        _LAST.clear()
        _LAST[key.digest()] = last
    return last


def _warn(text: str) -> None:
    warnings.warn(FactorWarning(text), stacklevel=5)
