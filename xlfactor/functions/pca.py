"""Statistical factors: loadings and returns of the principal components, and how many of them to keep."""

from __future__ import annotations

import warnings
from typing import Annotated, cast

import numpy as np
import pandas as pd

from xlfactor.engine import pca as engine
from xlfactor.engine.arrays import IntArray
from xlfactor.errors import FactorWarning, first_five, one_of
from xlfactor.functions.kinds import Kind, Returns
from xlfactor.functions.registry import worksheet_function

NFactors = Annotated[
    int | None,
    Kind("whole", "Number of components; blank or 0: those above the Marchenko-Pastur edge (see PCA_SUMMARY)."),
]
ScalingOption = Annotated[
    engine.Scaling,
    Kind("choice", "Returns are divided by: idio (sd of what the components leave), correlation (sd), covariance (1)."),
]


@worksheet_function("Loadings")
def pca_loadings(returns: Returns, n_factors: NFactors = None, scaling: ScalingOption = "idio") -> pd.DataFrame:
    """Loadings of the principal components of the returns: statistical factors.

    Question: which common movements are in my returns, if I name no factor beforehand?

        (R − mean)/scale = U S V', B = scale V S/√T

    so that R = mean + F B' + E with F of PCA_FACTOR_RETURNS. Largest eigenvalue first; the loadings of each component
    sum to 0 or more, which fixes its sign. The scale is 1 (covariance), each asset's standard deviation (correlation)
    or √ψ (idio), found by iterating

        ψ_i = s_i/((1 − h_i)(1 − K/T_i))

    with s_i the mean square of what the components leave, h_i the sum of squares of row i of V and T_i the asset's
    dates.

    returns : T dates × N assets, also N > T. An asset, or else a date, with less than half of its returns is left out
    (missing in the result); other missing returns are replaced by the components' own fit, iterated.

    Returns N assets × PC1…, decimals per period: the return of the asset when the component moves by 1, its standard
    deviation.
    Raises FEW_DATES, VALUE_RANGE for n_factors, NO_FACTORS where it is blank and nothing stands above the noise.
    Source: methodology, section 4; Connor and Korajczyk 1986.

    Example: the three move in step; one standard deviation of the component is 1, 2 and 3 % for them.

    >>> dates = pd.bdate_range("2026-01-05", periods=4)
    >>> r = pd.DataFrame({"AAA": [0.01, -0.01, 0.01, -0.01], "BBB": [0.02, -0.02, 0.02, -0.02],
    ...                   "CCC": [0.03, -0.03, 0.03, -0.03]}, dates)
    >>> xlfactor.pca_loadings(r, 1, "covariance")["PC1"].round(6).to_dict()
    {'AAA': 0.01, 'BBB': 0.02, 'CCC': 0.03}
    """
    c = _components(returns, n_factors, scaling)
    B = np.full((returns.shape[1], c.B.shape[1]), np.nan)
    B[c.assets] = c.B
    return pd.DataFrame(B, returns.columns.rename("Asset"), _names(c.B.shape[1]))


@worksheet_function("Loadings")
def pca_factor_returns(returns: Returns, n_factors: NFactors = None, scaling: ScalingOption = "idio") -> pd.DataFrame:
    """Returns of the principal components, one row per date, of mean 0 and mean square 1.

    Question: when did these statistical factors move?

        F = √T U

    with U of PCA_LOADINGS on the same arguments. The whole sample makes them, later dates included: they describe and
    do not forecast.

    Returns T dates × PC1…, in standard deviations; a date with less than half of the returns is missing.
    Raises as PCA_LOADINGS.
    Source: methodology, section 4; Connor and Korajczyk 1986.

    Example: one component that goes up and down by one standard deviation in turn.

    >>> dates = pd.bdate_range("2026-01-05", periods=4)
    >>> r = pd.DataFrame({"AAA": [0.01, -0.01, 0.01, -0.01], "BBB": [0.02, -0.02, 0.02, -0.02],
    ...                   "CCC": [0.03, -0.03, 0.03, -0.03]}, dates)
    >>> xlfactor.pca_factor_returns(r, 1, "covariance")["PC1"].round(6).tolist()
    [1.0, -1.0, 1.0, -1.0]
    """
    c = _components(returns, n_factors, scaling)
    F = np.full((len(returns), c.F.shape[1]), np.nan)
    F[c.dates] = c.F
    return pd.DataFrame(F, returns.index, _names(c.F.shape[1]))


@worksheet_function("Loadings")
def pca_summary(returns: Returns, scaling: ScalingOption = "idio") -> pd.DataFrame:
    """How much of the scaled returns each principal component explains, and which stand above the noise.

    Question: how many statistical factors are there, before it is only noise?

    returns : as PCA_LOADINGS.

    Under "idio" the number of components and the idio variances are found together. Where more than a tenth of the
    returns is missing, weak components drop below the edge.

    Returns one row a component, min(N, T − 1) of them.
    eigenvalue : of the second moment of the scaled returns.
    share, cumulative : of the sum of the eigenvalues.
    edge : (1 + √(N/T))², the largest eigenvalue that noise alone has (Marchenko-Pastur); under covariance times the
    mean variance, a rough guide.
    keep : 1 where the eigenvalue is above the edge, 0 below.

    Raises FEW_DATES.
    Source: Marchenko and Pastur 1967; methodology, section 4.

    Example: four stocks with correlation 0.9 have one common movement, 92.5 % of the variance; the rest is below the
    edge.

    >>> dates, up, turn = pd.bdate_range("2026-01-05", periods=8), 0.03, 0.01
    >>> market = pd.Series([up, -up] * 4, dates)
    >>> own = {"AAA": [turn] * 4 + [-turn] * 4, "BBB": [turn, turn, -turn, -turn] * 2,
    ...        "CCC": [turn, turn, -turn, -turn, -turn, -turn, turn, turn],
    ...        "DDD": [turn, -turn, turn, -turn, -turn, turn, -turn, turn]}
    >>> r = pd.DataFrame(own, dates).add(market, axis=0)
    >>> xlfactor.pca_summary(r, "correlation")[["eigenvalue", "keep"]].round(6).to_dict("list")
    {'eigenvalue': [3.7, 0.1, 0.1, 0.1], 'keep': [1.0, 0.0, 0.0, 0.0]}
    """
    s = engine.spectrum(returns.to_numpy(dtype=float), _scaling(scaling))
    _warn(returns, *engine.usable(returns.to_numpy(dtype=float)))
    share = s.eigenvalues / s.eigenvalues.sum()
    keep = np.arange(len(share)) < s.kept
    values = [s.eigenvalues, share, np.cumsum(share), np.full(len(share), s.edge), keep.astype(float)]
    columns = ["eigenvalue", "share", "cumulative", "edge", "keep"]
    return pd.DataFrame(np.column_stack(values), pd.Index(_names(len(share)), name="Component"), columns)


def _components(returns: pd.DataFrame, n_factors: int | None, scaling: str) -> engine.Components:
    chosen = n_factors or None  # LibreOffice hands a blank cell over as 0
    c = engine.principal_components(returns.to_numpy(dtype=float), chosen, _scaling(scaling))
    _warn(returns, c.dates, c.assets)
    return c


def _scaling(scaling: str) -> engine.Scaling:
    return cast(engine.Scaling, one_of(scaling, engine.Scaling, "scaling"))


def _warn(returns: pd.DataFrame, dates: IntArray, assets: IntArray) -> None:
    without = returns.columns.delete(assets)
    if len(without):
        text = f"ASSET_NO_DATA: {len(without)} assets miss more than half of their returns, or do not vary: "
        warnings.warn(FactorWarning(text + first_five(without)), stacklevel=5)
    if len(dates) < len(returns):
        text = f"DATES_UNUSED: {len(returns) - len(dates)} dates miss more than half of the returns and are left out"
        warnings.warn(FactorWarning(text), stacklevel=5)


def _names(K: int) -> list[str]:
    return [f"PC{k}" for k in range(1, K + 1)]
