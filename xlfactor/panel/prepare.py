"""Raw descriptors to style loadings, one cross-section at a time: the same engine functions as in a cell."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.engine.standardization import standardize
from xlfactor.engine.winsorization import winsorize
from xlfactor.errors import FactorError
from xlfactor.panel.options import MapOptions


def prepare(S: Array, v: Array | None, constant: int, options: MapOptions, date: str) -> None:
    """Winsorize and standardize the styles S (N, S) of a date in place, as the options say; the constant stays.

    v (N,) : caps for the weighted mean, or None. In place, for a panel's styles are most of its memory. Raises as
    `standardize`, naming the date.
    """
    own = np.arange(S.shape[1]) != constant
    if not ((options.winsorize or options.standardize) and own.any() and len(S)):
        return
    X = S[:, own]
    if options.winsorize:
        X = winsorize(X.T).T
    if options.standardize:
        try:
            X = standardize(X, v)
        except FactorError as error:
            raise error.at(date) from None
    S[:, own] = X
