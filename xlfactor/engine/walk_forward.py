"""Walk-forward: Omega_e of t−1 gives f_t and epsilon_t, and epsilon_t updates Omega_e; nothing looks ahead."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from xlfactor.engine.arrays import Array, IntArray
from xlfactor.engine.idio import estimate
from xlfactor.engine.regression import Fit, enough, fit
from xlfactor.engine.reml import FREE
from xlfactor.engine.sections import Pattern, Sections, patterns
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
    on_date = _by_date(R, sections, caps)
    for t in range(H, T):
        if t not in on_date:
            sd[t] = np.sqrt(psi)
            continue
        pattern, row = on_date[t]
        columns = pattern.columns
        known = with_new(psi, columns)
        sd[t] = np.sqrt(known)
        one = fit(replace(pattern, r=pattern.r[[row]], w=1 / known[columns]))
        F[t], E[t, columns] = one.f[0], one.e[0]
        psi, seen = step(one, known, seen, half_life)
    return Walk(F, E, sd, start, psi, seen)


def with_new(psi: Array, columns: IntArray) -> Array:
    """psi (N,) in which those of `columns` that have none have the median of all."""
    known = psi.copy()
    known[columns[np.isnan(psi[columns])]] = np.nanmedian(psi)
    return known


def step(one: Fit, psi: Array, seen: Array, half_life: float) -> tuple[Array, Array]:
    """psi_t and seen_t (N,) from psi_{t−1}, seen_{t−1} and date t's regression with weights 1/psi_{t−1}."""
    columns, h = one.pattern.columns, one.leverage
    gain = 1 / (1 + seen[columns]) if half_life == 0 else 1 - 2 ** (-1 / half_life)
    change = gain * (one.e[0] ** 2 + (h - 1) * psi[columns])
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
    for pattern, _ in _by_date(R[:H], first, None).values():
        seen[pattern.columns] += 1
    return psi, seen


def _by_date(R: Array, sections: Sections, caps: Array | None) -> dict[int, tuple[Pattern, int]]:
    """Each date that can be estimated: its pattern, and its row there."""
    found = patterns(R, sections, np.ones((1, R.shape[1])), caps)
    return {int(t): (p, row) for p in found if enough(p) for row, t in enumerate(p.dates)}
