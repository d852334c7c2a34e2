"""Factor covariance from factor returns, the asset covariance it implies, and summaries of both."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import pandas as pd

from xlfactor.engine import covariance as engine
from xlfactor.engine.arrays import Array
from xlfactor.engine.risk import asset_covariance as dense_covariance
from xlfactor.engine.shrinkage import Shrinkage
from xlfactor.errors import FactorError, FactorWarning, counted, first_five, one_of
from xlfactor.functions.kinds import (
    FactorCovariance,
    FactorReturns,
    HalfLife,
    IdioVariance,
    Kind,
    Loadings,
    NeweyWest,
    Noise,
    PeriodsPerYear,
    RegimeHalfLife,
)
from xlfactor.functions.options import positive
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.holdings import factor_matrix, idio_variances, model_covariance, newest, refuse_asymmetric

LARGEST_COUNT = 10**9  # beyond, the number of parameters is no exact number in a cell

EigenAdjustment = Annotated[
    float, Kind("number", "Eigenfactor adjustment: 0 = off, 1 as USE4, at most 2. It lifts what small samples hide.")
]
ShrinkageOption = Annotated[Shrinkage, Kind("choice", "none, ledoit_wolf, oas or constant_correlation.")]
Count = Annotated[int, Kind("whole", "A whole number of 0 or more.")]


@worksheet_function("Covariance")
def factor_covariance(
    factor_returns: FactorReturns,
    half_life_volatility: HalfLife = 84,
    half_life_correlation: HalfLife = 504,
    newey_west_volatility: NeweyWest = 5,
    newey_west_correlation: NeweyWest = 2,
    eigen_adjustment: EigenAdjustment = 0,
    regime_half_life: RegimeHalfLife = 0,
    shrinkage: ShrinkageOption = "none",
    noise: Noise = None,
) -> pd.DataFrame:
    """Factor covariance: exponentially weighted, Newey-West, less noise, shrunk, adjusted for sample and regime.

    Question: how volatile are the factors now, and how do they move together?

        Ω_f = D Corr D
        V = C_0 + Σ_l (1 − l/(L + 1))(C_l + C_l'), C_l = Σ_t √(w_t w_{t−l}) f_t f_{t−l}'

    D (volatilities) and Corr (correlations) come each from a V with its own half-life and lags L; w_t ∝
    2^(−age/half_life) of sum 1, moments about 0. Volatilities change faster than correlations: 84 and 504 days, lags 5
    and 2, are the short-horizon values of USE4. Then `noise` is subtracted, and `shrinkage`, `eigen_adjustment` and
    `regime_half_life` act, in this order.

    noise : of FACTOR_NOISE, is subtracted, so that no portfolio's variance falls by more than nine tenths.
    shrinkage : moves correlations of few dates to a simpler matrix.
    eigen_adjustment : a: the k-th eigenvalue times (a (v_k − 1) + 1)², v_k the bias of its volatility in 1000 samples
    simulated with the same weights.
    regime_half_life : all times λ², the EWMA of the mean over k of (f_kt/σ_{k,t−1})², λ from 0.5 to 2.
    factor_returns : T dates × K factors, decimals per period. Missing: each element takes the dates that have both
    factors, and negative eigenvalues of Corr are set to 0; a factor that starts late keeps its own variance.

    Returns K × K, per period: times 252 for a year of days. COVARIANCE_SUMMARY shows it as annual volatilities and
    correlations.
    Raises FACTOR_NO_DATA, NO_COMMON_DATE, FACTOR_UNKNOWN (noise lacks a factor), FEW_DATES. Warns ADJUSTED_TWICE where
    shrinkage and eigen_adjustment correct the same error.
    Source: methodology 7; USE4 (half-lives, adjustments); Newey and West 1987; Ledoit and Wolf 2004; Chen et al. 2010
    (OAS).

    Example: 0.0001 is a volatility of 1 % a day, 0.0004 one of 2 %; the correlation is 0.0001/(0.01 · 0.02) = 0.5.

    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> factor_returns = pd.DataFrame(
    ...     {"market": [0.01, -0.01, 0.01, -0.01], "size": [0.02, -0.02, 0.02, 0.02]}, dates)
    >>> xlfactor.factor_covariance(factor_returns, 0, 0, 0, 0).round(8)
            market    size
    Factor
    market  0.0001  0.0001
    size    0.0001  0.0004
    """
    names, F = list(factor_returns.columns), factor_returns.to_numpy(dtype=float)
    _refuse_unseen(F, names)
    if len(F) <= len(names):
        short = f"{counted(len(F), 'date')} for {counted(len(names), 'factor')}"
        warnings.warn(FactorWarning(f"FEW_DATES: {short}: some portfolio of factors has no risk"), stacklevel=3)
    if eigen_adjustment > 0 and one_of(shrinkage, Shrinkage, "shrinkage") != "none":
        text = "ADJUSTED_TWICE: shrinkage and eigen_adjustment correct the same error: leave one of them out"
        warnings.warn(FactorWarning(text), stacklevel=3)
    Omega = engine.factor_covariance(
        F,
        half_life_volatility=half_life_volatility,
        half_life_correlation=half_life_correlation,
        newey_west_volatility=newey_west_volatility,
        newey_west_correlation=newey_west_correlation,
        shrinkage=shrinkage,
        noise=None if noise is None else factor_matrix(noise, names, "noise"),
        eigen_adjustment=eigen_adjustment,
        regime_half_life=regime_half_life,
    )
    return pd.DataFrame(Omega, pd.Index(names, name="Factor"), names)


@worksheet_function("Covariance")
def asset_covariance(
    loadings: Loadings, factor_covariance: FactorCovariance, idio_variance: IdioVariance
) -> pd.DataFrame:
    """Asset covariance implied by the model: B Ω_f B' + diag(ψ), assets × assets.

    Question: which covariance of my stocks do I give to an optimiser?

        Ω_r = B Ω_f B' + diag(ψ)

    loadings : N assets × K factors; of dated ones the last date.

    Returns N × N in the order of the loadings, per period. Assets with a missing loading or without idio variance are
    left out with a warning.
    Raises FACTOR_UNKNOWN, NOT_SYMMETRIC, NOT_A_COVARIANCE, VALUE_RANGE, FEW_ASSETS if no asset is left.
    Source: seed 1; methodology 0.

    Example: B has twice A's market loading, so that 4 · 0.0001 + 0.0003 = 0.0007 is its variance.

    >>> loadings = pd.DataFrame({"market": [1.0, 2.0]}, ["A", "B"])
    >>> factor_covariance = pd.DataFrame({"market": [0.0001]}, ["market"])
    >>> idio_variance = pd.DataFrame({"variance": [0.0002, 0.0003]}, ["A", "B"])
    >>> xlfactor.asset_covariance(loadings, factor_covariance, idio_variance).round(8)
    Asset       A       B
    Asset
    A      0.0003  0.0002
    B      0.0002  0.0007
    """
    table, current = newest(loadings)
    assets = current.index
    Omega_f = model_covariance(factor_covariance, table.names, bool(table.family))
    psi = idio_variances(idio_variance, assets)
    keep = table.B.complete & np.isfinite(psi)
    if not keep.any():
        raise FactorError(
            "FEW_ASSETS", "no asset has both complete loadings and an idio variance",
            "check that both tables name the assets alike", argument="idio_variance",
        )  # fmt: skip
    left_out = [*assets[~keep], *idio_variance.index.difference(assets)]
    if left_out:
        text = f"ASSET_UNUSED: left out {counted(len(left_out), 'asset')} without loadings or idio variance: "
        warnings.warn(FactorWarning(text + first_five(left_out)), stacklevel=3)
    Omega_r = dense_covariance(table.B.take(keep), Omega_f, psi[keep])
    return pd.DataFrame(Omega_r, pd.Index(assets[keep], name="Asset"), assets[keep])


@worksheet_function("Covariance")
def covariance_summary(covariance: FactorCovariance, periods_per_year: PeriodsPerYear = 252) -> pd.DataFrame:
    """Annual volatilities and correlations of a covariance.

    Question: what do the variances of a covariance mean in per cent a year, and what is correlated?

        annual_volatility_k = √(Ω_kk · periods_per_year), correlation_jk = Ω_jk/√(Ω_jj Ω_kk)

    covariance : K × K, per period: of factors, or of assets.

    Returns factor × annual_volatility, then the correlations by factor; missing where a variance is 0.
    Raises NOT_SYMMETRIC, VALUE_RANGE for a negative variance.
    Source: methodology 7.

    Example: the market has 15.9 % a year, size 31.7 %, and their correlation is 0.5.

    >>> factors = ["market", "size"]
    >>> covariance = pd.DataFrame([[0.0001, 0.0001], [0.0001, 0.0004]], factors, factors)
    >>> xlfactor.covariance_summary(covariance).round(6)
            annual_volatility  market  size
    Factor
    market           0.158745     1.0   0.5
    size             0.317490     0.5   1.0
    """
    positive(periods_per_year, "periods_per_year")
    refuse_asymmetric(covariance, "covariance")
    names, Omega = list(covariance.index), covariance.to_numpy(dtype=float)
    negative = covariance.index[np.diag(Omega) < 0]
    if len(negative):
        raise FactorError(
            "VALUE_RANGE", f"covariance has a negative variance for {first_five(negative)}",
            "pass a covariance matrix", argument="covariance",
        )  # fmt: skip
    volatility, C = engine.covariance_summary(Omega, periods_per_year)
    columns = ["annual_volatility", *names]
    return pd.DataFrame(np.column_stack([volatility, C]), pd.Index(names, name="Factor"), columns)


@worksheet_function("Covariance")
def parameter_count(n_assets: Count, n_factors: Count) -> pd.DataFrame:
    """Number of parameters of a full covariance and of a factor model.

    Question: why a factor model at all?

        full = n (n + 1)/2
        factor_model = n m + m (m + 1)/2 + n

    for n assets and m factors: a full covariance of many assets has more numbers than the data can tell.

    Returns `full` and `factor_model` × parameters.
    Raises VALUE_RANGE for a negative count.
    Source: seed 1.

    Example: 1000 stocks have half a million covariances; ten factors need eleven thousand numbers.

    >>> xlfactor.parameter_count(1000, 10)
                  parameters
    Covariance
    full            500500.0
    factor_model     11055.0
    """
    for name, value in (("n_assets", n_assets), ("n_factors", n_factors)):
        if not 0 <= value <= LARGEST_COUNT:
            raise FactorError("VALUE_RANGE", f"{name} is {value:g}", "type 0 to a billion", argument=name)
    counts = [float(count) for count in engine.parameter_count(n_assets, n_factors)]
    return pd.DataFrame({"parameters": counts}, pd.Index(["full", "factor_model"], name="Covariance"))


def _refuse_unseen(F: Array, names: list[str]) -> None:
    pairs = engine.unseen_pairs(F)
    empty = [names[j] for j, k in pairs if j == k]
    if empty:
        raise FactorError(
            "FACTOR_NO_DATA", f"factor_returns have no return of {first_five(empty)}", "drop the column or fill it",
            argument="factor_returns",
        )  # fmt: skip
    if pairs:
        j, k = pairs[0]
        raise FactorError(
            "NO_COMMON_DATE", f"{names[j]} and {names[k]} have no return on the same date", "drop one of them",
            argument="factor_returns",
        )  # fmt: skip
