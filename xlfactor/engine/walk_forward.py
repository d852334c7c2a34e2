"""Walk-forward: Omega_e of t−1 gives f_t and epsilon_t, and epsilon_t updates Omega_e; nothing looks ahead."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.day import regress_day, section
from xlfactor.engine.idio import estimate
from xlfactor.engine.regression import SPARE, Fit
from xlfactor.engine.reml import FREE
from xlfactor.engine.sections import Sections
from xlfactor.errors import FactorError


@dataclass(frozen=True)
class Walk:
    """Factor returns F (T, K), idio returns E (T, N), idio volatilities sd (T, N) known before each date, per period.

    NaN on the dates of the burn-in, and where there is nothing to give. start (N,) psi_H; psi (N,) after the last
    date and seen (N,), on how many dates each asset was: with them the walk can go on.
    """

    F: Array
    E: Array
    sd: Array
    start: Array
    psi: Array
    seen: Array


def walk_forward(
    R: Array, sections: Sections, half_life: float = 60, burn_in: float = 0.5, caps: Array | None = None
) -> Walk:
    """For t > H = floor(burn_in T): f_t by GLS with psi_{t−1}, epsilon_t = r_t − B f_t, then online EM

    psi_t = λ psi_{t−1} + (1−λ)(epsilon_t² + h_t psi_{t−1}), λ = 2^(−1/half_life); half_life 0: every date of an
    asset counts alike, 1−λ = 1/(1 + its dates so far). psi_H = reml on the dates 1..H with equal weights.
    A missing return or h = 1 leaves psi as it was; a new asset starts at the median psi.
    R : (T, N) returns, NaN where an asset did not trade. caps : (1, N) or (T, N), for the families' constraint only.
    Raises VALUE_RANGE, FEW_DATES. Source: methodology 6.7.
    """
    if half_life < 0:
        raise FactorError("VALUE_RANGE", f"half_life is {half_life:g}", "type 0 or more", argument="half_life")
    if not 0 < burn_in < 1:
        raise FactorError(
            "VALUE_RANGE", f"burn_in is {burn_in:g}", "type a share between 0 and 1, such as 0.5", argument="burn_in"
        )
    (T, N), K = R.shape, sections.n_factors
    H = int(np.floor(burn_in * T + 1e-9))
    psi, seen = _start(R, sections, H)
    start = psi.copy()
    F, E, sd = np.full((T, K), np.nan), np.full((T, N), np.nan), np.full((T, N), np.nan)
    own, of_own = None, -1
    for t in range(H, T):
        sd[t] = np.sqrt(psi)
        d = int(sections.of_date[t])
        if d < 0:
            continue
        if own is None or d != of_own:
            own, of_own = section(sections, d), d
        r = R[t, own.columns]
        here = np.isfinite(r)
        active = own.active(here)
        if here.sum() < active.sum() + SPARE:
            continue
        columns = own.columns[here]
        known = with_new(psi, columns)
        sd[t] = np.sqrt(known)
        share = None if caps is None else caps[t if len(caps) > 1 else 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            w = 1 / known[own.columns]
        f, e, h = regress_day(own, r, here, w, active, share)
        F[t], E[t, columns] = f, e
        psi, seen = _updated(columns, e, h, known, seen, half_life)
    return Walk(F, E, sd, start, psi, seen)


def with_new(psi: Array, columns: IntArray) -> Array:
    """psi (N,) in which those of `columns` that have none have the median of all."""
    new = columns[np.isnan(psi[columns])]
    if not len(new):
        return psi
    known = psi.copy()
    known[new] = np.nanmedian(psi)
    return known


def step(one: Fit, psi: Array, seen: Array, half_life: float) -> tuple[Array, Array]:
    """psi_t and seen_t (N,) from psi_{t−1}, seen_{t−1} and date t's regression with weights 1/psi_{t−1}."""
    return _updated(one.pattern.columns, one.e[0], one.leverage, psi, seen, half_life)


def _updated(columns: IntArray, e: Array, h: Array, psi: Array, seen: Array, half_life: float) -> tuple[Array, Array]:
    gain = 1 / (1 + seen[columns]) if half_life == 0 else 1 - 2 ** (-1 / half_life)
    change = gain * (e**2 + (h - 1) * psi[columns])
    psi, seen = psi.copy(), seen.copy()
    psi[columns] += np.where(1 - h < FREE, 0.0, change)
    seen[columns] += 1
    return psi, seen


def _start(R: Array, sections: Sections, H: int) -> tuple[Array, Array]:
    """psi (N,) of the burn-in, NaN for assets not seen in it, and on how many of its dates each was."""
    first = replace(sections, of_date=sections.of_date[:H])
    try:
        found = estimate(R[:H], first)
    except FactorError as error:
        if error.code != "FEW_ASSETS":
            raise
        raise FactorError(
            "FEW_DATES", f"no date of the burn-in, {H} of {len(R)}, can be estimated",
            "give more dates or raise burn_in", argument="burn_in",
        ) from error  # fmt: skip
    psi, seen = np.full(R.shape[1], np.nan), np.zeros(R.shape[1])
    psi[found.used] = found.psi
    for d in np.unique(sections.of_date[found.dates]):
        B, columns = sections.section(int(d))
        dates, columns = found.dates[sections.of_date[found.dates] == d], columns[B.complete]
        seen[columns] += np.isfinite(R[np.ix_(dates, columns)]).sum(axis=0)
    return psi, seen
