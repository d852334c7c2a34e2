"""Cross-sectional regression: factor returns, idio returns and their diagnostics, one row a date."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from xlfactor.engine import huber, panel_quality
from xlfactor.engine import regression as engine
from xlfactor.engine.arrays import BoolArray
from xlfactor.engine.panel_regression import PanelFit, collect, panel_regression
from xlfactor.errors import FactorError, FactorWarning, counted, first_five, one_of
from xlfactor.functions.kinds import Caps, Kind, Lag, Loadings, OptionalIdioVariance, Returns, Weights
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.align import Panel, panel

Method = Literal["wls", "huber"]
MethodOption = Annotated[
    Method,
    Kind("choice", "wls (weighted least squares) or huber (assets far off on a date count less on it)."),
]


@worksheet_function("Regression")
def factor_returns(
    returns: Returns,
    loadings: Loadings,
    idio_variance: OptionalIdioVariance = None,
    weights: Weights = None,
    caps: Caps = None,
    method: MethodOption = "wls",
    lag: Lag = 1,
) -> pd.DataFrame:
    """Factor returns by weighted cross-sectional regression, one row per date.

    Question: what did the market, each industry and each style earn today?

        f_t = (B'WB)^-1 B'W r_t, r_t = B f_t + ε_t

    W is diag(1/ψ) with `idio_variance` (generalised least squares), diag(weights) with `weights`, the identity with
    neither. With a constant and a family B'WB has no inverse: the factor returns of each family then sum to zero,
    weighted by caps (plainly without), so that an industry's return is in excess of the market's. Fitted values do not
    depend on it.

    method : huber multiplies w_i by min(1, 1.345 s/|u_i|), u = √w e, s = median|u|/0.67449, repeated to 1e-10, so that
    one odd return moves no factor far.
    returns : T dates × N assets, decimals per period. A missing return leaves that asset out of that date only.
    loadings : N assets × K factors, or dated. An asset with a missing loading is left out.

    Returns T dates × K factors, decimals per period. Missing: a date with fewer than factors + 2 assets, or before the
    first dated loadings, weights or caps; a family value that no asset has on a date. Factors that their loadings do
    not tell apart are of minimum norm, and named in a warning.
    Raises FEW_ASSETS if no date can be estimated, WEIGHTS_TWICE if idio_variance and weights are both given.
    Source: seed 2 (normal equation); USE4 Methodology Notes, eq. 3.3 (constraint); Huber 1964; methodology 5.1, 5.2.

    Example: the market earned 2 %, technology 1 % more, banks 1 % less.

    >>> returns = pd.DataFrame([[0.04, 0.02, 0.03, 0.00, 0.00]], ["2026-01-05"], list("ABCDE"))
    >>> loadings = pd.DataFrame(
    ...     {"market": 1.0, "Industry": ["Tech", "Tech", "Bank", "Bank", "Bank"]}, list("ABCDE"))
    >>> xlfactor.factor_returns(returns, loadings).round(6)
                market  Tech  Bank
    Date
    2026-01-05    0.02  0.01 -0.01
    """
    p, found = _panel_regression(returns, loadings, idio_variance, weights, caps, method, lag, idio=False)
    _warn_of_dependence(p, found.dependent, found.dependent_dates)
    return p.by_factor(found.F)


@worksheet_function("Regression")
def idio_returns(
    returns: Returns,
    loadings: Loadings,
    idio_variance: OptionalIdioVariance = None,
    weights: Weights = None,
    caps: Caps = None,
    method: MethodOption = "wls",
    lag: Lag = 1,
) -> pd.DataFrame:
    """Idio returns: what the factors leave of each asset's return, one row per date.

    Question: what did each stock earn that no factor explains?

        ε_t = r_t − B f_t, f_t of FACTOR_RETURNS on the same arguments

    Returns T dates × N assets, decimals per period: every asset with a return and complete loadings, those with weight
    0 included; missing elsewhere.
    Raises as FACTOR_RETURNS.
    Source: seed 2; methodology 5.1.

    Example: A rose 4 %; market and technology explain 3 of them, 1 % is its own.

    >>> returns = pd.DataFrame([[0.04, 0.02, 0.03, 0.00, 0.00]], ["2026-01-05"], list("ABCDE"))
    >>> loadings = pd.DataFrame(
    ...     {"market": 1.0, "Industry": ["Tech", "Tech", "Bank", "Bank", "Bank"]}, list("ABCDE"))
    >>> xlfactor.idio_returns(returns, loadings).round(6)
                   A     B     C     D     E
    Date
    2026-01-05  0.01 -0.01  0.02 -0.01 -0.01
    """
    p, found = _panel_regression(returns, loadings, idio_variance, weights, caps, method, lag, idio=True)
    return p.by_asset(found.E)


@worksheet_function("Regression")
def factor_tstats(
    returns: Returns,
    loadings: Loadings,
    idio_variance: OptionalIdioVariance = None,
    weights: Weights = None,
    caps: Caps = None,
    method: MethodOption = "wls",
    lag: Lag = 1,
) -> pd.DataFrame:
    """t-statistics of the factor returns, one row per date.

    Question: was a factor's return of today more than noise?

        t_k = f_k/sd(f_k), cov(f) = σ² R (Z'WZ)^-1 R', Z = B R, σ² = Σ w e²/(n − rank)

    with R the basis of the factor returns that obey the sums of the families (the identity without a family); σ² = 1
    with `idio_variance`, whose variances are taken as known. n is the number of assets, not of dates.

    Returns T dates × K factors; missing where FACTOR_RETURNS is. Beyond ±2 is unlikely by chance. Whether the mean of
    a factor is: FACTOR_PERFORMANCE.
    Raises as FACTOR_RETURNS.
    Source: methodology 5.1; equals statsmodels WLS for given weights, and RLM.

    Example: three returns with mean 3 % and standard error 1.53 %.

    >>> returns = pd.DataFrame([[0.01, 0.02, 0.06]], ["2026-01-05"], list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> xlfactor.factor_tstats(returns, loadings).round(4)
                market
    Date
    2026-01-05   1.964
    """
    if one_of(method, Method, "method") == "huber":
        p = panel(returns, loadings, idio_variance=idio_variance, weights=weights, caps=caps, lag=lag)
        t = np.full((len(p.dates), p.sections.n_factors), np.nan)
        dependent, dates = np.zeros(p.sections.n_factors, dtype=bool), 0
        for fit in _huber_fits(p):
            t[fit.pattern.dates] = fit.t_statistics(p.known_variances)
            dependent |= fit.dependent
            dates += len(fit.f) if fit.dependent.any() else 0
        _warn_of_dependence(p, dependent, dates)
        return p.by_factor(t)
    p, found = _panel_regression(returns, loadings, idio_variance, weights, caps, method, lag, idio=True)
    _warn_of_dependence(p, found.dependent, found.dependent_dates)
    return p.by_factor(panel_quality.t_statistics(p.R, p.sections, p.W, p.caps, found, p.known_variances))


@worksheet_function("Regression")
def regression_summary(
    returns: Returns,
    loadings: Loadings,
    idio_variance: OptionalIdioVariance = None,
    weights: Weights = None,
    caps: Caps = None,
    method: MethodOption = "wls",
    lag: Lag = 1,
) -> pd.DataFrame:
    """Quality of each date's regression: assets used, R², condition number and rank.

    Question: how much of today's cross-section do the factors explain, and is the regression sound?

    Returns one row a date; one that could not be estimated has n_assets only. With method huber all are those of its
    last weighted regression.
    n_assets : assets with a return, complete loadings and weight > 0.
    r_squared : weighted; centred about the weighted mean when the loadings span a constant, else uncentred.
    adjusted_r_squared : 1 − (1 − r_squared)(n − 1)/(n − rank), uncentred n/(n − rank): less what chance explains.
    condition_number : of W^{1/2} Z with columns of unit length, Z as in FACTOR_TSTATS; above 30 the factors are hard
    to tell apart.
    rank : of Z; below K less the constraints the factor returns are of minimum norm.

    Raises as FACTOR_RETURNS.
    Source: methodology 5.1; R² as statsmodels WLS.

    Example: five assets, market and two industries that sum to zero: rank 2, and 37.5 % explained.

    >>> returns = pd.DataFrame([[0.04, 0.02, 0.03, 0.00, 0.00]], ["2026-01-05"], list("ABCDE"))
    >>> loadings = pd.DataFrame(
    ...     {"market": 1.0, "Industry": ["Tech", "Tech", "Bank", "Bank", "Bank"]}, list("ABCDE"))
    >>> xlfactor.regression_summary(returns, loadings).round(4).T
    Date                2026-01-05
    n_assets                5.0000
    r_squared               0.3750
    adjusted_r_squared      0.1667
    condition_number        1.2247
    rank                    2.0000
    """
    if one_of(method, Method, "method") == "huber":
        p = panel(returns, loadings, idio_variance=idio_variance, weights=weights, caps=caps, lag=lag)
        values = np.full((len(p.dates), len(panel_quality.QUALITY)), np.nan)
        values[:, 0] = engine.assets_used(p.R, p.sections, p.W)
        for fit in _huber_fits(p):
            values[fit.pattern.dates, 1:3] = np.column_stack(fit.r_squared())
            values[fit.pattern.dates, 3:] = fit.condition, fit.rank
    else:
        p, found = _panel_regression(returns, loadings, idio_variance, weights, caps, method, lag, idio=True)
        values = panel_quality.quality(p.R, p.sections, p.W, p.caps, found.E)
    return pd.DataFrame(values, p.dates, list(panel_quality.QUALITY))


def _panel_regression(
    returns: pd.DataFrame, loadings: pd.DataFrame, idio_variance: pd.DataFrame | None, weights: pd.DataFrame | None,
    caps: pd.DataFrame | None, method: str, lag: int, idio: bool,
) -> tuple[Panel, PanelFit]:  # fmt: skip
    """The joined arrays, and the factor and idio returns of all dates: one at least is estimated."""
    robust = one_of(method, Method, "method") == "huber"
    p = panel(returns, loadings, idio_variance=idio_variance, weights=weights, caps=caps, lag=lag)
    if robust:
        return p, collect(_huber_fits(p), p.R.shape, p.sections.n_factors, idio)
    found = panel_regression(p.R, p.sections, p.W, p.caps, idio)
    if not found.estimated.any():
        raise too_few(p, "returns")
    return p, found


def _warn_of_dependence(p: Panel, dependent: BoolArray, dates: int) -> None:
    """Name the factors that their loadings do not tell apart."""
    if dates:
        names = first_five(np.array(p.factors.names)[dependent])
        text = f"FACTOR_COLLINEAR: on {counted(dates, 'date')} the loadings do not tell these factors apart: {names}"
        warnings.warn(FactorWarning(text), stacklevel=4)


def _huber_fits(p: Panel) -> Iterator[engine.Fit]:
    """The regressions of the dates that can be estimated: at least one."""
    fits = huber.fits(p.R, p.sections, p.W, p.caps)
    first = next(fits, None)
    if first is None:
        raise too_few(p, "returns")
    yield first
    yield from fits


def too_few(p: Panel, argument: str) -> FactorError:
    """The error for a panel in which no date can be estimated."""
    what = f"{p.sections.n_factors + engine.SPARE} assets with a return, loadings and a weight"
    return FactorError(
        "FEW_ASSETS", f"no date has {what}", "add assets or drop factors; check the dates of the loadings",
        argument=argument,
    )  # fmt: skip
