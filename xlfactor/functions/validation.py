"""Validation: bias statistics of risk forecasts, and the whole model walked forward on test portfolios."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import pandas as pd

from xlfactor.engine import validation as engine
from xlfactor.engine.portfolio_families import standardised_returns
from xlfactor.errors import FactorError, FactorWarning, did_you_mean, first_five
from xlfactor.functions.kinds import ForecastVolatility, HalfLife, Kind, Lag, Loadings, Realised, Returns
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.align import panel

Window = Annotated[int, Kind("whole", "Periods in one window of the bias statistic behind mrad; 12 as USE4.")]
BurnIn = Annotated[float, Kind("number", "Share of the dates that estimates the start; they are not judged.")]


@worksheet_function("Performance")
def bias_statistics(realised: Realised, forecast_volatility: ForecastVolatility, window: Window = 12) -> pd.DataFrame:
    """Was the risk forecast right? Bias statistic of each series, its band, and two losses.

    Question: is my risk number too low or too high?

        z = realised/forecast_volatility, date by date
        bias = sd(z), ddof 1

    realised, forecast_volatility : dates × series, decimals per period, joined by label; a date's row holds the
    forecast made before its return. Missing in either: that date is left out of that series.

    Returns one row a series.
    bias : above 1 risk was understated, below 1 overstated.
    lower, upper : 1 ∓ √((k − 1)/n), n the dates, k = max(3, kurtosis of z): 3 for a normal z, more for fat tails,
    which widen the band.
    mrad : mean |bias of `window` periods − 1| over all windows; 0.17 for a perfect normal forecast and window 12.
    qlike : mean(z² − ln z² − 1); 1.27 for a perfect normal forecast; of two models on the same dates the lower is
    better.
    in_band : TRUE for a bias from lower to upper, as a right forecast has in about 90 to 95 % of cases.

    Raises VALUE_RANGE for a forecast not above 0 or a window below 2, SERIES_UNKNOWN, NO_COMMON_DATE.
    Source: USE4 Methodology Notes (bias, mrad); methodology 9.

    Example: returns of 1 to 3 % against a forecast of 1 % a day: risk was 2.4 times what the model said.

    >>> dates = pd.date_range("2024-01-01", periods=6)
    >>> realised = pd.DataFrame({"fund": [0.01, -0.02, 0.03, -0.01, 0.02, -0.03]}, dates)
    >>> forecast = pd.DataFrame({"fund": [0.01] * 6}, dates)
    >>> xlfactor.bias_statistics(realised, forecast, 3).round(3).T
    Series    fund
    bias     2.366
    lower    0.423
    upper    1.577
    mrad      1.44
    qlike    2.472
    in_band  False
    """
    r, sigma = _joined(realised, forecast_volatility)
    found = engine.bias_statistics(r.to_numpy(dtype=float) / sigma.to_numpy(dtype=float), window)
    inside = [None if np.isnan(v) else bool(v) for v in engine.in_band(found)]
    table = pd.DataFrame(found, pd.Index(r.columns, name="Series"))
    table["in_band"] = pd.Series(inside, table.index, dtype=object)
    return table


@worksheet_function("Performance")
def validate_model(
    returns: Returns, loadings: Loadings, half_life: HalfLife = 60, burn_in: BurnIn = 0.5, lag: Lag = 1
) -> pd.DataFrame:
    """Out-of-sample test of the model: bias statistics of families of test portfolios, walked forward.

    Question: would this model have forecast the risk of portfolios like mine?

    Each date after the burn-in, the model of the day before (WALK_FORWARD's idio variances; the factor covariance of
    the same half-life less its estimation noise) forecasts the risk of these portfolios:

    factor portfolios : as FACTOR_PORTFOLIOS.
    families : the equal-weighted assets of each family value; missing without a text column.
    long-short : 50 random portfolios of 25 assets long and 25 short.
    assets : every asset by itself.
    least variance : the portfolio of least risk by the model.
    optimised : 50 portfolios optimised on random alphas.

    returns : T dates × N assets, decimals per period; a missing return leaves that asset out of that date.

    Returns one row a family of portfolios, means over its portfolios. In Python .attrs["kupiec_rejected"] is the share
    of each family's portfolios whose breaches Kupiec's likelihood ratio rejects at 5 %.
    bias : as BIAS_STATISTICS; good from 0.95 to 1.05, of optimised below 1.1.
    in_band_share : of the portfolios; good from 90 to 95 %.
    mrad : window 12; good about 0.17.
    qlike : the lower of two models is better.
    value_at_risk_breaches : returns below −1.645 σ; good about 5 %.

    Raises as WALK_FORWARD.
    Source: methodology 9; USE4 Methodology Notes; Kupiec 1995.

    Example: simulated returns and the model that made them: every bias is near 1, also of the optimised portfolios.

    >>> import numpy as np, pandas as pd, xlfactor
    >>> rng = np.random.default_rng(0)
    >>> assets, dates = [f"A{i}" for i in range(30)], pd.date_range("2020-01-01", periods=400)
    >>> loadings = pd.DataFrame({"market": 1.0, "value": rng.normal(size=30)}, assets)
    >>> F = rng.normal(size=(400, 2)) * [0.01, 0.004]
    >>> returns = pd.DataFrame(
    ...     F @ loadings.to_numpy().T + 0.02 * rng.normal(size=(400, 30)), dates, assets)
    >>> bool((xlfactor.validate_model(returns, loadings)["bias"].dropna() - 1).abs().max() < 0.1)
    True
    """
    p = panel(returns.sort_index(axis=1), loadings, lag=lag)  # the random portfolios do not depend on the given order
    Z = standardised_returns(p.R, p.sections, half_life, burn_in)
    table = pd.DataFrame({family: engine.family_summary(z) for family, z in Z.items()}).T.rename_axis("Family")
    rejected = table.pop("kupiec_rejected")
    if table["bias"].isna().all():
        text = "FEW_DATES: fewer than 12 dates after the burn-in: give more dates or lower burn_in"
        warnings.warn(FactorWarning(text), stacklevel=3)
    table.attrs["kupiec_rejected"] = rejected
    return table


def _joined(realised: pd.DataFrame, forecast: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both on their common dates and series; what only one of them has is left out with a warning."""
    names = [name for name in realised.columns if name in forecast.columns]
    dates = realised.index.intersection(forecast.index)
    if not names:
        hint = did_you_mean(realised.columns[0], forecast.columns)
        raise FactorError(
            "SERIES_UNKNOWN", f"forecast_volatility has no column {first_five(realised.columns)}",
            hint or "name the series alike in both tables", argument="forecast_volatility",
        )  # fmt: skip
    if not len(dates):
        raise FactorError(
            "NO_COMMON_DATE", "realised and forecast_volatility have no date in common",
            "date each forecast by the return that it is for", argument="forecast_volatility",
        )  # fmt: skip
    odd = [*realised.columns.symmetric_difference(forecast.columns)]
    if odd:
        text = f"SERIES_UNUSED: {len(odd)} series are in one table only: {first_five(odd)}"
        warnings.warn(FactorWarning(text), stacklevel=4)
    unused = len(realised.index.symmetric_difference(forecast.index))
    if unused:
        text = f"DATES_UNUSED: {unused} dates are in one of realised and forecast_volatility only"
        warnings.warn(FactorWarning(text), stacklevel=4)
    low = forecast.columns[(forecast <= 0).any().to_numpy()]
    if len(low):
        raise FactorError(
            "VALUE_RANGE", f"forecast_volatility is not above 0 for {first_five(low)}", "leave missing forecasts blank",
            argument="forecast_volatility",
        )  # fmt: skip
    return realised.loc[dates, names], forecast.loc[dates, names]
