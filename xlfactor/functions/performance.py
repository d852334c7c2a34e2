"""Performance of the factors: statistics of their returns, and curves for charts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlfactor.engine import performance as engine
from xlfactor.functions.kinds import FactorReturns, PeriodsPerYear
from xlfactor.functions.options import positive
from xlfactor.functions.registry import worksheet_function


@worksheet_function("Performance")
def factor_performance(factor_returns: FactorReturns, periods_per_year: PeriodsPerYear = 252) -> pd.DataFrame:
    """Performance of each factor: return, risk, significance, drawdown, shape, and the latest periods.

    Question: which factors paid, at what risk, and was it luck?

    With f a factor's n returns and p = periods_per_year:

    annual_return : mean(f) · p, not compounded.
    annual_volatility : sd(f) · √p, ddof 1.
    sharpe : their ratio; factor returns are in excess already.
    t_stat : mean(f) √n/sd(f); beyond ±2 the mean is unlikely to be chance.
    newey_west_t : the same with floor(4 (n/100)^(2/9)) lags, for returns that depend on earlier ones.
    max_drawdown : the largest fall of the compounded curve, its start included; 0 or less.
    hit_rate : share of returns above 0.
    skew, kurtosis : as Excel's SKEW and KURT; both 0 for normal returns.
    autocorrelation : of lag 1.
    last_day, last_week : the last date; the last 5 dates compounded.
    month_to_date, year_to_date : compounded, in the month and year of the last date.

    factor_returns : T dates × K factors, decimals per period. Missing: each factor is judged on its own returns; a
    statistic is missing where there are too few or where they never differ.

    Returns K factors × these 14 columns.
    Raises VALUE_RANGE for periods_per_year.
    Source: methodology 9; Newey and West 1987.

    Example: four days are enough for the arithmetic, not for a verdict: t is 0.2.

    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> factor_returns = pd.DataFrame({"market": [0.004, -0.006, 0.005, -0.001]}, dates)
    >>> found = xlfactor.factor_performance(factor_returns)
    >>> found[["annual_return", "max_drawdown", "hit_rate"]].round(4)
            annual_return  max_drawdown  hit_rate
    Factor
    market          0.126        -0.006       0.5
    """
    positive(periods_per_year, "periods_per_year")
    dates = pd.DatetimeIndex(factor_returns.index).to_numpy(dtype="datetime64[D]")
    columns = engine.factor_performance(factor_returns.to_numpy(dtype=float), dates, periods_per_year)
    return pd.DataFrame(columns, pd.Index(factor_returns.columns, name="Factor"))


@worksheet_function("Performance")
def cumulative_returns(factor_returns: FactorReturns) -> pd.DataFrame:
    """Compounded factor returns since the first date, for charts.

    Question: what does the chart of a factor look like?

        Π_{s≤t} (1 + f_s) − 1

    factor_returns : T dates × K factors, decimals per period. A missing return is missing at its own date and leaves
    the curve where it was.

    Returns T dates × K factors, decimals since the start.
    Source: methodology 9.

    Example: +10 %, then −50 %: 1.1 × 0.5 − 1 = −45 %.

    >>> factor_returns = pd.DataFrame({"market": [0.1, -0.5]}, ["2026-01-05", "2026-01-06"])
    >>> xlfactor.cumulative_returns(factor_returns).round(4)
                market
    Date
    2026-01-05    0.10
    2026-01-06   -0.45
    """
    values = np.asarray(factor_returns, dtype=float)
    return pd.DataFrame(engine.cumulative_returns(values), factor_returns.index, factor_returns.columns)
