"""Ingestion: from prices to returns."""

from __future__ import annotations

from typing import Literal

import numpy as np

from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, counted, one_of

Kind = Literal["simple", "log"]


def returns_from_prices(prices: Array, kind: str = "simple") -> Array:
    """Returns of consecutive periods: simple p_t/p_{t−1} − 1, or log ln(p_t/p_{t−1}).

    prices : (T, N), above 0, NaN where an asset has no price.
    Returns (T − 1, N), decimals per period. A gap in the prices gives missing returns on both its sides: a
    return is never computed across a gap.
    Raises OPTION_UNKNOWN; FEW_DATES below two dates; VALUE_RANGE for a price that is not above 0 or not
    finite, with its (row, column) in `cells`.
    Source: methodology, section 1.
    """
    kind = one_of(kind, Kind, "kind")
    if len(prices) < 2:
        raise FactorError(
            "FEW_DATES", f"prices have {counted(len(prices), 'date')}", "pass at least two dates", argument="prices"
        )
    wrong = (prices <= 0) | np.isinf(prices)
    if wrong.any():
        t, i = (int(k) for k in np.argwhere(wrong)[0])
        raise FactorError(
            "VALUE_RANGE", f"price {prices[t, i]:.6g} is not a positive number",
            "correct it or clear the cell", where=f"row {t + 1}, column {i + 1}", argument="prices",
            cells=[(t, i)],
        )  # fmt: skip
    earlier, later = prices[:-1], prices[1:]
    if kind == "log":
        # log1p of the simple return keeps the digits of a small move: ln p − ln q would lose them
        return np.asarray(np.log1p((later - earlier) / earlier))
    return np.asarray(later / earlier - 1)
