"""How a risk model's factor returns and idio variances are made: on all dates, and on one date more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from xlfactor.engine import regression
from xlfactor.engine.arrays import Array
from xlfactor.engine.idio_moments import IdioMoments, a_date_later, idio_moments, variances
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.engine.sections import Pattern, Sections
from xlfactor.engine.walk_forward import step, walk_forward, with_new
from xlfactor.errors import FactorError

Method = Literal["walk_forward", "sqrt_cap"]


@dataclass(frozen=True)
class Idio:
    """psi (N,) idio variances after the last date, seen (N,) on how many dates each is estimated.

    weight (N,) : the sum of the exponential weights of those dates, the last date's 1; None for walk_forward.
    """

    psi: Array
    seen: Array
    weight: Array | None = None


def on_all_dates(
    method: Method, R: Array, sections: Sections, half_life: float, H: int, caps: Array | None
) -> tuple[Array, Idio]:
    """F (T, K) and what is known after the last date; H : dates of the burn-in. Raises ARGUMENT_MISSING."""
    if method == "walk_forward":
        return by_walk_forward(R, sections, half_life, H, caps)
    if caps is None:
        raise FactorError("ARGUMENT_MISSING", "caps are missing", "method sqrt_cap needs them", argument="caps")
    return by_sqrt_cap(R, sections, half_life, caps)


def on_one_more(method: Method, pattern: Pattern, before: Idio, half_life: float) -> tuple[Array, Idio]:
    """f (K,) of one date more and what is known after it; the pattern's columns are places in `before`."""
    go_on = next_by_walk_forward if method == "walk_forward" else next_by_sqrt_cap
    return go_on(pattern, before, half_life)


def by_walk_forward(R: Array, sections: Sections, half_life: float, H: int, caps: Array | None) -> tuple[Array, Idio]:
    """F (T, K) with the weights 1/psi_{t−1}, those of the burn-in 1..H with 1/psi_H; see `walk_forward`."""
    walk = walk_forward(R, sections, half_life, H / len(R), caps)
    start = replace(sections, of_date=sections.of_date[:H])
    walk.F[:H] = panel_regression(R[:H], start, 1 / walk.start[None, :], caps, idio=False).F
    return walk.F, Idio(walk.psi, walk.seen)


def by_sqrt_cap(R: Array, sections: Sections, half_life: float, caps: Array) -> tuple[Array, Idio]:
    """F (T, K) with the weights sqrt(cap); psi the EWMA of the squared idio returns (`idio_moments`).

    caps : (1, N) or (T, N), those known at each return: weights and the families' constraint.
    """
    found = panel_regression(R, sections, np.sqrt(caps), caps)
    return found.F, _idio(idio_moments(found.E, half_life))


def next_by_walk_forward(pattern: Pattern, before: Idio, half_life: float) -> tuple[Array, Idio]:
    """With the weights 1/psi, a new asset's psi the median."""
    psi = with_new(before.psi, pattern.columns)
    fit = regression.fit(replace(pattern, w=1 / psi[pattern.columns]))
    return fit.f[0], Idio(*step(fit, psi, before.seen, half_life))


def next_by_sqrt_cap(pattern: Pattern, before: Idio, half_life: float) -> tuple[Array, Idio]:
    """With the weights that the pattern has."""
    fit = regression.fit(pattern)
    assert before.weight is not None
    psi, weight = a_date_later(before.psi, before.weight, fit.e[0], pattern.columns, half_life)
    seen = before.seen.copy()
    seen[pattern.columns] += 1
    return fit.f[0], Idio(psi, seen, weight)


def _idio(part: IdioMoments) -> Idio:
    return Idio(np.where(part.count > 0, variances(part), np.nan), part.count, part.weight)
