"""Data ingestion: from what a vendor delivers to returns."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from xlfactor.engine import ingestion as engine
from xlfactor.errors import FactorError
from xlfactor.functions.kinds import Kind, Prices
from xlfactor.functions.registry import worksheet_function

KindOption = Annotated[engine.Kind, Kind("choice", "simple: p(t)/p(t-1) - 1; log: ln(p(t)/p(t-1)).")]


@worksheet_function("Data ingestion")
def returns_from_prices(prices: Prices, kind: KindOption = "simple") -> pd.DataFrame:
    """Returns of consecutive dates from prices, simple or logarithmic.

    Question: I have prices; what are the returns?

        simple: r_t = p_t/p_{t−1} − 1
        log: r_t = ln(p_t/p_{t−1})

    prices : T dates × N assets, adjusted for splits and dividends, above 0. A missing price makes the returns on both
    its sides missing: a return never jumps over a gap.
    kind : a portfolio's return is the weighted sum of simple returns, so that the risk functions want simple ones.

    Returns T − 1 dates (all but the first) × N assets, decimals per period (0.01 = 1 %).
    Raises VALUE_RANGE for a price that is not above 0, FEW_DATES for a single date, OPTION_UNKNOWN.
    Source: methodology, section 1.

    Example: 100 to 110 is +10 %, 110 to 99 is −10 %.

    >>> prices = pd.DataFrame({"A": [100, 110, 99]}, ["2026-01-02", "2026-01-05", "2026-01-06"])
    >>> xlfactor.returns_from_prices(prices).round(4)
                  A
    Date
    2026-01-05  0.1
    2026-01-06 -0.1
    """
    try:
        R = engine.returns_from_prices(prices.to_numpy(dtype=float), kind)
    except FactorError as error:
        raise _at_label(error, prices) from None
    return pd.DataFrame(R, prices.index[1:], prices.columns)


def _at_label(error: FactorError, prices: pd.DataFrame) -> FactorError:
    """The engine's place in the array as an asset and a date."""
    if not error.cells:
        return error
    t, i = error.cells[0]
    where = f"{prices.columns[i]}, {prices.index[t].date().isoformat()}"
    return FactorError(error.code, error.message, error.fix, where=where, argument=error.argument)
