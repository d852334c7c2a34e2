"""The kinds of argument, each with its layout said once: for the type checker, the wizard and the help page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandas as pd


@dataclass(frozen=True)
class Kind:
    """How an argument is read (`name`, see tables/parse.py) and what its user is told (at most 255 characters)."""

    name: str
    help: str


Table = pd.DataFrame
Returns = Annotated[
    Table,
    Kind("returns", "Returns: dates down, assets across, decimals per period (0.01 = 1 %), labels included."),
]
Prices = Annotated[Table, Kind("prices", "Prices: dates down, assets across, labels included.")]
OptionalPrices = Annotated[
    Table | None, Kind("prices", "Prices: dates down, assets across, labels included; joined by label.")
]
IdioReturns = Annotated[Table, Kind("idio_returns", "Idio returns: dates down, assets across, labels included.")]
Values = Annotated[
    Table,
    Kind("values", "Any labelled table; text columns pass through unchanged; a dated table goes date by date."),
]
Loadings = Annotated[
    Table,
    Kind(
        "loadings",
        "Loadings: assets down, factors across, labels included. A text column (Industry) is a family of 0/1 "
        "factors named by its values. A Date column before Asset makes them dated.",
    ),
]
FactorReturns = Annotated[Table, Kind("factor_returns", "Factor returns: dates down, factors across, labels included.")]
Factors = Annotated[Table, Kind("factors", "Observed factor series (macro, market, ETF): dates down, factors across.")]
Market = Annotated[Table, Kind("market", "Market returns: dates down, one column, decimals per period.")]
AsOf = Annotated[
    pd.Timestamp | None,
    Kind("date", "Only dates up to this one count (a date, or text such as 2026-01-30); blank: all."),
]
DescriptorWeights = Annotated[
    Table | None,
    Kind("descriptor_weights", "Descriptors down, one column of weights; blank: equal weights of all."),
]
Weights = Annotated[
    Table | None,
    Kind("weights", "Regression weights: assets down, one column; or dates down, assets across."),
]
Caps = Annotated[
    Table | None,
    Kind("caps", "Market capitalisations: assets down, one column; or dates down, assets across."),
]
Groups = Annotated[Table | None, Kind("groups", "Groups: assets down, one text column.")]
Characteristics = Annotated[
    Table, Kind("characteristics", "Assets down: cap, price, adv, history (periods); headed Date, Asset: date by date.")
]
Portfolio = Annotated[
    Table,
    Kind("portfolio", "Assets down: portfolio weight and, if any, benchmark weight (columns by position)."),
]
FactorCovariance = Annotated[
    Table,
    Kind("factor_covariance", "Factor covariance per period: factors down and across, labels included."),
]
Noise = Annotated[
    Table | None,
    Kind("noise", "Estimation noise of the factor returns, as FACTOR_NOISE gives it: factors × factors."),
]
IdioVariance = Annotated[
    Table,
    Kind("idio_variance", "Idio variances per period: assets down; the column variance, or the only column."),
]
Realised = Annotated[
    Table,
    Kind("realised", "Realised returns: dates down, series (portfolios, factors, assets) across, labels included."),
]
ForecastVolatility = Annotated[
    Table,
    Kind(
        "forecast_volatility",
        "Forecast volatilities per period: dates down, the series across; in a date's row the forecast made before "
        "that date's return, as WALK_FORWARD gives it.",
    ),
]
Alpha = Annotated[Table, Kind("alpha", "Alphas: assets down, one column of expected returns per period.")]
AssetNames = Annotated[
    list[str],
    Kind("assets", "Names of assets in one column or row, or one name; a heading Asset or Instrument is skipped."),
]
OptionalAssetNames = Annotated[
    list[str] | None,
    Kind("assets", "Names of assets in one column or row, or one name; a heading is skipped; blank: all."),
]
FactorNames = Annotated[
    list[str] | None,
    Kind("factor_names", "Names of factors in one column or row, or one name; a heading Factor is skipped."),
]
Shocks = Annotated[
    Table,
    Kind("shocks", "Factors down, one column of shocks (-0.05 = -5 %), under a header; blank: not shocked."),
]
PortfolioHistory = Annotated[
    Table,
    Kind(
        "portfolio_history",
        "Constant weights: assets down, the first column counts. Or dated: dates down, assets across, headed Date.",
    ),
]
OptionalIdioVariance = Annotated[
    Table | None,
    Kind(
        "idio_variance",
        "Idio variances: assets down; regression weights become 1/variance. Not with weights.",
    ),
]
Lag = Annotated[
    int,
    Kind(
        "whole",
        "Dated loadings: those of the lag-th last date strictly before a return explain it; 0: its own.",
    ),
]
HalfLife = Annotated[float, Kind("number", "Half-life of the exponential weights in periods; 0 = equal weights.")]
NeweyWest = Annotated[
    int, Kind("whole", "Newey-West lags: how many periods returns may depend on earlier ones; 0 = none.")
]
RegimeHalfLife = Annotated[
    float, Kind("number", "Half-life of the volatility regime multiplier, in periods: 42 short, 168 long; 0 = off.")
]
PeriodsPerYear = Annotated[
    float, Kind("number", "Periods a year, for annual figures: 252 daily, 52 weekly, 12 monthly.")
]
