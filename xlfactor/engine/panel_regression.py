"""The cross-sectional regressions of a whole panel as arrays: F (T,K) and E (T,N), by the fastest route that fits.

Every route gives what a loop over `regression.fits` gives, to 1e-12; what a route does not cover goes there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from xlfactor.engine import dated_panel, static_panel
from xlfactor.engine.arrays import Array, BoolArray
from xlfactor.engine.regression import Fit, fits
from xlfactor.engine.sections import Sections


@dataclass(frozen=True)
class PanelFit:
    """Factor and idio returns of a panel, and the factors that their loadings do not tell apart.

    F : (T, K), NaN for a date that was not estimated and for a factor without members on it.
    E : (T, N), NaN without a return or complete loadings; (0, N) where idio returns were not asked for.
    estimated : (T,) dates with assets enough.
    dependent : (K,) factors that others (nearly) replace on some date; dependent_dates : on how many dates.
    """

    F: Array
    E: Array
    estimated: BoolArray
    dependent: BoolArray
    dependent_dates: int


def panel_regression(R: Array, sections: Sections, W: Array, caps: Array | None = None, idio: bool = True) -> PanelFit:
    """f_t = (B'WB)^-1 B'W r_t and e_t = r_t − B f_t of every date with assets enough, under zero-sum families.

    R : (T, N) returns, decimals per period, NaN where an asset did not trade. W : (1, N) or (T, N) regression
    weights ≥ 0, NaN or 0 = not estimated on. caps : like W, for the constraint; None: the plain sum is zero.
    idio : False leaves out E, and with it an eighth of the time and the memory of the result.
    Source: methodology 5.1, 5.2; the same numbers as `regression.fits`.
    """
    if not (static_panel.covers(sections) or dated_panel.covers(sections)):
        return collect(fits(R, sections, W, caps), R.shape, sections.n_factors, idio)
    F = np.full((len(R), sections.n_factors), np.nan)
    E = np.empty((len(R) if idio else 0, R.shape[1]))  # each page is touched once: by its residuals or by NaN
    if static_panel.covers(sections):
        estimated, left = static_panel.static_regression(R, sections, W, caps, F, E)
        E[~estimated[: len(E)]] = np.nan
    else:
        estimated, left = dated_panel.dated_regression(R, sections, W, caps, F, E)
    panel = PanelFit(F, E, estimated, np.zeros(sections.n_factors, dtype=bool), 0)
    others = replace(sections, of_date=np.where(left, sections.of_date, -1))
    return _filled(panel, fits(R, others, W, caps)) if left.any() else panel


def collect(found: Iterable[Fit], shape: tuple[int, ...], K: int, idio: bool = True) -> PanelFit:
    """The regressions of single dates or patterns, such as Huber's, as one panel of the given (T, N)."""
    T, N = shape
    E = np.full((T if idio else 0, N), np.nan)
    empty = PanelFit(np.full((T, K), np.nan), E, np.zeros(T, dtype=bool), np.zeros(K, dtype=bool), 0)
    return _filled(empty, found)


def _filled(panel: PanelFit, found: Iterable[Fit]) -> PanelFit:
    """The panel with further dates in its arrays."""
    dependent, dates = panel.dependent.copy(), panel.dependent_dates
    for fit in found:
        at = fit.pattern.dates
        panel.F[at], panel.estimated[at] = fit.f, True
        if len(panel.E):
            panel.E[np.ix_(at, fit.pattern.columns)] = fit.e
        dependent |= fit.dependent
        dates += len(at) if fit.dependent.any() else 0
    return replace(panel, dependent=dependent, dependent_dates=dates)
