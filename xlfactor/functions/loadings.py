"""Loadings: standardized characteristics, time-series regressions on known factors, and how much these explain."""

from __future__ import annotations

import warnings
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from xlfactor.engine import standardization, timeseries
from xlfactor.engine.explained_variance import explained_variance as shares_of_variance
from xlfactor.errors import FactorError, FactorWarning, counted, first_five, one_of
from xlfactor.functions.kinds import Caps, Factors, Groups, HalfLife, Kind, Loadings, Returns
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.crosssections import caps_by_row, date_blocks, group_codes, numbers, row_label
from xlfactor.tables.series import series

Output = Literal["loadings", "t_stats", "standard_errors", "summary"]
Lags = Annotated[
    int, Kind("whole", "Newey-West lags of the standard errors and t-statistics, in periods; 0 = classical.")
]
Shrinkage = Annotated[
    float, Kind("number", "0 to 1: how far each loading moves to the assets' mean for its noise (Vasicek).")
]
OutputOption = Annotated[
    Output,
    Kind("choice", "loadings (for the risk functions), t_stats, standard_errors (both with alpha), or summary."),
]


@worksheet_function("Loadings")
def standardize_loadings(loadings: Loadings, caps: Caps = None, groups: Groups = None) -> pd.DataFrame:
    """Loadings with cap-weighted mean 0 and equal-weighted standard deviation 1; families untouched.

    Question: how do I bring value in per cent and size in dollars onto one scale?

        d_i = (x_i − Σ_j v_j x_j/Σ_j v_j)/s, v the caps, s the standard deviation of x

    for each numeric column, date by date where dated. s is about the equal-weighted mean, with ddof 1 (STDEV.S of the
    result is 1); the cap-weighted mean makes the exposure of the market portfolio 0. With groups first within each
    group, then one common scale. A column without spread, such as a market of ones, becomes 0, with a warning: add it
    afterwards.

    loadings : N assets × K factors, or dated; text columns (families) pass through; missing stays missing.
    caps : an asset without one is standardized too, but has no say in the mean; none at all: equal weights. Dated
    caps: those of the loadings' date, or the last before it; undated loadings take the last.
    groups : assets without a group form a group of their own.

    Returns the same table, in standard deviations: 1 is one standard deviation above the market.
    Raises VALUE_RANGE for negative caps, WEIGHT_ALL_ZERO where no asset has a cap, ASSET_UNKNOWN, NO_NUMBERS.
    Source: USE4, MAC3; methodology, section 4.

    Example: the caps 100, 100, 200 put the mean at 2.25, and the three values have standard deviation 1.

    >>> loadings = pd.DataFrame(
    ...     {"value": [1, 2, 3], "Industry": ["Tech", "Tech", "Bank"]}, list("ABC"))
    >>> caps = pd.DataFrame({"cap": [100, 100, 200]}, list("ABC"))
    >>> xlfactor.standardize_loadings(loadings, caps)
           value Industry
    Asset
    A      -1.25     Tech
    B      -0.25     Tech
    C       0.75     Bank
    """
    table = numbers(loadings, "loadings")
    index = loadings.index
    v = caps_by_row(caps, index)
    codes = group_codes(groups, index.get_level_values(-1), "loadings")
    D = np.empty_like(table.body)
    for rows in date_blocks(index):
        caps_of, codes_of = None if v is None else v[rows], None if codes is None else codes[rows]
        try:
            D[rows] = standardization.standardize(table.body[rows], caps_of, codes_of)
        except FactorError as error:
            where = [table.columns[j] for _, j in error.cells]
            raise _at(error, [*where, row_label(index[rows[0]]).rpartition(", ")[0]]) from None
    zero = [name for name, d in zip(table.columns, D.T, strict=True) if (d == 0).any() and not np.nan_to_num(d).any()]
    if zero:
        text = f"FACTOR_ZERO: now 0, because all assets had the same number: {first_five(zero)}"
        warnings.warn(FactorWarning(text), stacklevel=3)
    return table.replaced(D)


@worksheet_function("Loadings")
def timeseries_loadings(
    returns: Returns,
    factors: Factors,
    half_life: HalfLife = 0.0,
    lags: Lags = 0,
    shrinkage: Shrinkage = 0.0,
    output: OutputOption = "loadings",
) -> pd.DataFrame:
    """Loadings by a time-series regression of each asset on known factors.

    Question: how does each of my assets react to the oil price, rates or an index whose returns I know?

        r_it = α_i + b_i'f_t + ε_it

    by least squares with weights 2^{−(T−t)/half_life}, each asset on its own dates. Standard errors are classical, or
    Newey-West with `lags`, without small-sample factor. `shrinkage` s moves each loading b to the assets' mean b̄ for
    its noise (Vasicek), and only the loadings:

        b − s (1 − v)(b − b̄), v = s_p²/(s_p² + se²), s_p² the variance of b between assets less the mean se²

    returns : T dates × N assets, decimals per period, in excess of the risk-free rate if the factors are.
    factors : T dates × K series: excess returns, or surprises of macro series on their release dates. Joined by date;
    a date on which a factor is missing is left out.

    Returns one row an asset; an asset with fewer than K + 2 dates is missing. The columns by `output`:
    loadings : K factors.
    t_stats, standard_errors : alpha and the K factors.
    summary : alpha, r_squared, adjusted_r_squared, idio_variance = SSE/(n − K − 1) per period, and n, the dates used.

    Raises FEW_DATES, FACTOR_COLLINEAR, FACTOR_NO_DATA, VALUE_RANGE for an option out of range, OPTION_UNKNOWN.
    Source: methodology, section 4; Newey and West 1987; Vasicek 1973.

    Example: A moves twice as much as the market, B against it.

    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> factors = pd.DataFrame({"MKT": [0.01, -0.02, 0.03, 0.00]}, dates)
    >>> returns = pd.DataFrame(
    ...     {"A": [0.021, -0.039, 0.061, 0.001], "B": [-0.01, 0.02, -0.03, 0.00]}, dates)
    >>> xlfactor.timeseries_loadings(returns, factors).round(6)
           MKT
    Asset
    A      2.0
    B     -1.0
    """
    wanted = one_of(output, Output, "output")
    s = series(returns, factors)
    try:
        fit = timeseries.timeseries_loadings(s.R, s.F, half_life, lags, shrinkage)
    except FactorError as error:
        raise _at(error, [s.factors[j] for _, j in error.cells]) from None
    without = s.assets[np.isnan(fit.idio_variance)]
    if len(without):
        text = f"ASSET_NO_DATA: too few dates, and so no loadings, for {counted(len(without), 'asset')}: "
        warnings.warn(FactorWarning(text + first_five(without)), stacklevel=3)
    if wanted == "loadings":
        return s.by_asset(fit.B, s.factors)
    if wanted == "summary":
        values = [fit.alpha, fit.r_squared, fit.adjusted_r_squared, fit.idio_variance, fit.n]
        columns = ["alpha", "r_squared", "adjusted_r_squared", "idio_variance", "n"]
        return s.by_asset(np.column_stack(values), columns)
    return s.by_asset(fit.t_stats if wanted == "t_stats" else fit.standard_errors, ["alpha", *s.factors])


@worksheet_function("Loadings")
def explained_variance(returns: Returns, factors: Factors) -> pd.DataFrame:
    """How much of each asset's variance the factors explain, plain, adjusted and out of sample.

    Question: how much of each stock's ups and downs do these factors explain, and would they have tomorrow?

        explained_ratio = var(b_i'f_t)/var(r_it) = R² of ordinary least squares with intercept
        adjusted = 1 − (1 − explained_ratio)(n − 1)/(n − k − 1)

    out_of_sample : 1 − SSE/SST on the second half of the asset's dates, fitted on the first half, SST about the mean
    of the first; negative if the fit is worse than that mean.

    k is the rank of the factors (dependent ones are fitted at minimum norm), n the asset's dates. K factors of pure
    noise reach an explained_ratio of K/(n − 1) on average: compare adjusted.

    returns : T dates × N assets, decimals per period.
    factors : T dates × K series. Joined by date; each asset on its own dates.

    Returns N assets × explained_ratio, adjusted, out_of_sample; missing for an asset with too few dates.
    Raises FEW_DATES, FACTOR_NO_DATA.
    Source: seed 1 (ratio); methodology, section 4.

    Example: the market explains 80 % of A's variance; four dates are too few to fit on one half and test on the other.

    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> factors = pd.DataFrame({"MKT": [0.02, -0.02, 0.02, -0.02]}, dates)
    >>> returns = pd.DataFrame({"A": [0.03, -0.01, 0.01, -0.03]}, dates)
    >>> xlfactor.explained_variance(returns, factors).round(6)
           explained_ratio  adjusted  out_of_sample
    Asset
    A                  0.8       0.7            NaN
    """
    s = series(returns, factors)
    values = np.column_stack(shares_of_variance(s.R, s.F))
    return s.by_asset(values, ["explained_ratio", "adjusted", "out_of_sample"])


def _at(error: FactorError, names: list[str]) -> FactorError:
    """The engine's places as labels."""
    where = first_five(name for name in names if name)
    return FactorError(error.code, error.message, error.fix, where=where, argument=error.argument)
