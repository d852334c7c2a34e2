"""Alpha: split into what the factors span and what is the assets' own, and betas by the direction of a factor."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from xlfactor.engine import alpha as engine
from xlfactor.engine.arrays import BoolArray
from xlfactor.errors import FactorError, FactorWarning, did_you_mean, first_five
from xlfactor.functions.kinds import Alpha, FactorCovariance, Factors, IdioVariance, Loadings, Returns
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.holdings import idio_variances, model_covariance, newest
from xlfactor.tables.series import series


@worksheet_function("Alpha")
def split_alpha(
    alpha: Alpha, loadings: Loadings, factor_covariance: FactorCovariance, idio_variance: IdioVariance
) -> pd.DataFrame:
    """Alpha split into what the factors span and what is left, with the Sharpe ratio each part could earn.

    Question: is my alpha only a factor bet, or is it about the stocks?

        λ = (B'WB)^-1 B'W α, W = diag(1/ψ), spanned = B λ, orthogonal = α − B λ
        α'Ω_r^-1 α = sharpe_spanned² + sharpe_orthogonal²

    The left side is the squared Sharpe ratio of the best portfolio. The orthogonal part grows with the number of
    assets; the spanned one, squared, never exceeds λ'Ω_f^-1 λ, that of the factors themselves. λ of a family sums to 0
    where there is a constant.

    alpha : N expected returns, per period as factor_covariance and idio_variance. An asset without alpha, complete
    loadings or idio variance is left out: its parts are missing.
    loadings : of dated ones the last date.

    Returns assets × alpha, spanned, orthogonal; then factors × lambda; then sharpe_spanned (column spanned) and
    sharpe_orthogonal (column orthogonal), per period: times √252 a year.
    Raises ASSET_UNKNOWN, FACTOR_UNKNOWN, NOT_A_COVARIANCE, VALUE_RANGE for an idio variance not above 0.
    Source: methodology 10.

    Example: two of the three per cent of A are a market forecast; the stock picks, +1 % and −1 %, are worth the larger
    Sharpe ratio.

    >>> alpha = pd.DataFrame({"alpha": [0.03, 0.01, 0.02]}, ["A", "B", "C"])
    >>> loadings = pd.DataFrame({"market": [1.0, 1.0, 1.0]}, ["A", "B", "C"])
    >>> variance = pd.DataFrame({"variance": [0.01, 0.01, 0.01]}, ["A", "B", "C"])
    >>> covariance = pd.DataFrame({"market": [0.04]}, ["market"])
    >>> xlfactor.split_alpha(alpha, loadings, covariance, variance).round(3)  # doctest: +NORMALIZE_WHITESPACE
                       alpha  spanned  orthogonal  lambda
    Asset
    A                   0.03    0.020       0.010     NaN
    B                   0.01    0.020      -0.010     NaN
    C                   0.02    0.020       0.000     NaN
    market               NaN      NaN         NaN    0.02
    sharpe_spanned       NaN    0.096         NaN     NaN
    sharpe_orthogonal    NaN      NaN       0.141     NaN
    """
    table, current = newest(loadings)
    Omega_f = model_covariance(factor_covariance, table.names, bool(table.family))
    psi = idio_variances(idio_variance, alpha.index)
    _refuse_zero(alpha.index[psi == 0])
    a = alpha["alpha"].to_numpy(dtype=float)
    place = current.index.get_indexer(alpha.index)
    keep = (place >= 0) & table.B.complete[np.maximum(place, 0)] & np.isfinite(psi) & np.isfinite(a)
    _say_left_out(alpha.index, keep, current.index)
    found = engine.split_alpha(a[keep], table.B.take(place[keep]), Omega_f, psi[keep], table.constant)
    parts = np.full((len(a), 2), np.nan)
    parts[keep] = np.column_stack([found.spanned, found.orthogonal])
    rows = [
        pd.DataFrame({"alpha": a, "spanned": parts[:, 0], "orthogonal": parts[:, 1]}, alpha.index),
        pd.DataFrame({"lambda": found.lambda_}, table.names),
        pd.DataFrame({"spanned": found.sharpe_spanned}, ["sharpe_spanned"]),
        pd.DataFrame({"orthogonal": found.sharpe_orthogonal}, ["sharpe_orthogonal"]),
    ]
    return pd.concat(rows)[["alpha", "spanned", "orthogonal", "lambda"]].rename_axis("Asset")


@worksheet_function("Alpha")
def updown_beta(returns: Returns, factors: Factors) -> pd.DataFrame:
    """Betas in rising and in falling factors, whether they differ, and the capture ratios.

    Question: does my fund fall more with the market than it rises with it?

        r = a + Σ_k (β⁺_k max(f_k, 0) + β⁻_k min(f_k, 0)) + e

    all factors jointly. A true asymmetry of 0.4 with idio risk 1.5 times the factor's is seen (|t| > 1.96) in 73 % of
    samples of 1000 dates, and in about 28 % of samples of 250: a small t of one year of days says little.

    returns : T dates × N assets, decimals per period.
    factors : T dates × K, as innovations or excess returns, so that 0 is neutral. Each asset is judged on its own
    dates; fewer than 2K + 2: missing.

    Returns one row an asset and factor.
    beta_up, beta_down : β⁺_k, β⁻_k.
    asymmetry : beta_down − beta_up.
    t_stat : of the asymmetry, Newey-West with floor(4 (T/100)^(2/9)) lags.
    capture_up, capture_down : mean(r)/mean(f) over the dates with f > 0, and with f < 0.

    Raises FEW_DATES, FACTOR_COLLINEAR, FACTOR_ONE_SIDED.
    Source: methodology 10.

    Example: the fund rises one for one with the market and falls almost twice as much.

    >>> dates = pd.date_range("2024-01-01", periods=6)
    >>> market = pd.DataFrame({"MKT": [0.01, -0.01, 0.02, -0.02, 0.03, -0.03]}, dates)
    >>> fund = pd.DataFrame({"FUND": [0.012, -0.021, 0.019, -0.042, 0.030, -0.057]}, dates)
    >>> xlfactor.updown_beta(fund, market).round(3)
                  beta_up  beta_down  asymmetry  t_stat  capture_up  capture_down
    Asset Factor
    FUND  MKT       1.036      1.936        0.9   6.711       1.017           2.0
    """
    s = series(returns, factors)
    try:
        found = engine.updown_beta(s.R, s.F)
    except FactorError as error:  # the engine's columns are the factors, then their falling halves
        named = first_five(dict.fromkeys(s.factors[j % len(s.factors)] for _, j in error.cells))
        raise FactorError(error.code, error.message, error.fix, where=named, argument=error.argument) from None
    without = s.assets[np.flatnonzero(np.isnan(found.beta_up).all(axis=1))]
    if len(without):
        text = f"ASSET_NO_DATA: {len(without)} assets have too few dates and no betas: {first_five(without)}"
        warnings.warn(FactorWarning(text), stacklevel=3)
    columns = {
        "beta_up": found.beta_up,
        "beta_down": found.beta_down,
        "asymmetry": found.beta_down - found.beta_up,
        "t_stat": found.t_stat,
        "capture_up": found.capture_up,
        "capture_down": found.capture_down,
    }
    index = pd.MultiIndex.from_product([s.assets, s.factors], names=["Asset", "Factor"])
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index)


def _refuse_zero(assets: pd.Index) -> None:
    if len(assets):
        raise FactorError(
            "VALUE_RANGE", f"idio_variance is 0 for {first_five(assets)}", "give variances above 0",
            argument="idio_variance",
        )  # fmt: skip


def _say_left_out(assets: pd.Index, keep: BoolArray, known: pd.Index) -> None:
    if not keep.any():
        hint = did_you_mean(assets[0], known)
        raise FactorError(
            "ASSET_UNKNOWN", "no asset has an alpha, complete loadings and an idio variance",
            hint or "name the assets alike in all tables", argument="alpha",
        )  # fmt: skip
    if not keep.all():
        text = f"ASSET_UNUSED: {int((~keep).sum())} assets lack alpha, loadings or idio variance: "
        warnings.warn(FactorWarning(text + first_five(assets[~keep])), stacklevel=4)
