"""A panel to what a risk model needs of it, a stretch of dates at a time: prepared loadings are there for the rows that
the cache holds, idio returns for the dates that these explain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.engine.dated_styles import Preparation, prepare_styles
from xlfactor.engine.idio_moments import IdioMoments, idio_moments, joined
from xlfactor.engine.panel_quality import QUALITY, quality
from xlfactor.engine.panel_regression import panel_regression
from xlfactor.engine.sections import Sections
from xlfactor.engine.stretches import stretches


@dataclass(frozen=True)
class PanelMoments:
    """F (T, K) factor returns, NaN where there is none; idio : the moments of all idio returns; quality (T, 5) of each
    date's regression, (0, 5) where it was not asked for.
    """

    F: Array
    idio: IdioMoments
    quality: Array


def panel_moments(
    R: Array,
    sections: Sections,
    W: Array,
    caps: Array | None = None,
    preparation: Preparation | None = None,
    row_caps: Array | None = None,
    half_life: float = 84,
    newey_west: int = 5,
    diagnose: bool = False,
) -> PanelMoments:
    """`panel_regression` on the prepared loadings, `idio_moments` of its idio returns and `quality`, in one pass.

    R, W, caps : as `panel_regression`. sections : raw loadings, which stay as they are; of_date ascending but for −1.
    preparation : of the styles of each date that explains returns, but a constant, as `prepare_styles` does it with
    row_caps, (M,) caps of the rows of the loadings or None for equal ones; None leaves the loadings as they are.
    half_life, newey_west : of `idio_moments`, in periods.
    Raises as `prepare_styles`. Source: methodology 3, 4, 5.1 and 7.5.
    """
    F, Q = np.empty((len(R), sections.n_factors)), np.empty((len(R) if diagnose else 0, len(QUALITY)))
    styles = np.setdiff1d(np.arange(sections.B.S.shape[1]), [sections.constant])
    room = np.empty((0, sections.B.S.shape[1]))
    total: IdioMoments | None = None
    for one in stretches(sections):
        here = one.sections
        if preparation is not None:
            if len(room) < len(here.B.S):
                room = np.empty(here.B.S.shape)
            v = None if row_caps is None else row_caps[one.rows]
            S = prepare_styles(here.B.S, here.offsets, styles, v, preparation, room[: len(here.B.S)], one.rows.start)
            here = replace(here, B=replace(here.B, S=S))
        r, w, share = one.of(R), one.of(W), None if caps is None else one.of(caps)
        found = panel_regression(r, here, w, share)
        F[one.dates] = found.F
        if diagnose:
            Q[one.dates] = quality(r, here, w, share, found.E)
        own = idio_moments(found.E, half_life, newey_west)
        total = own if total is None else joined(total, own, half_life)
    assert total is not None
    return PanelMoments(F, total, Q)
