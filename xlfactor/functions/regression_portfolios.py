"""The portfolios whose returns are the factor returns."""

from __future__ import annotations

import warnings

import pandas as pd

from xlfactor.engine import regression as engine
from xlfactor.errors import FactorWarning, first_five
from xlfactor.functions.kinds import Caps, Loadings, OptionalIdioVariance, Weights
from xlfactor.functions.registry import worksheet_function
from xlfactor.functions.regression import too_few
from xlfactor.tables.align import current_panel


@worksheet_function("Regression")
def factor_portfolios(
    loadings: Loadings,
    idio_variance: OptionalIdioVariance = None,
    weights: Weights = None,
    caps: Caps = None,
) -> pd.DataFrame:
    """Factor portfolios: the asset weights whose return is each factor's return, assets × factors.

    Question: which portfolio earns a factor's return, and how would I trade it?

        P = R (Z'WZ)^-1 Z'W, Z = B R, f_t = P r_t

    The result is P'. Each portfolio has exposure 1 to its own factor and 0 to the others (P B R = R), but for what the
    zero sum of a family ties together; with `idio_variance` it has the least idio risk of all such. R, W and the
    constraints are those of FACTOR_RETURNS.

    loadings : N assets × K factors; of dated loadings, weights and caps the last date. An asset with a missing loading
    is left out with a warning; one without a weight has 0.

    Returns N assets × K factors, portfolio weights per unit of the factor; a family value without an asset is missing.
    Raises FEW_ASSETS below factors + 2 assets, WEIGHTS_TWICE.
    Source: methodology 5.2.

    Example: the market is the equal-weighted portfolio; value is long A and B, short C and D, and costs nothing.

    >>> assets = ["A", "B", "C", "D"]
    >>> loadings = pd.DataFrame({"Market": [1, 1, 1, 1], "Value": [1, 1, -1, -1]}, assets)
    >>> xlfactor.factor_portfolios(loadings).to_dict("list")
    {'Market': [0.25, 0.25, 0.25, 0.25], 'Value': [0.25, 0.25, -0.25, -0.25]}
    """
    p = current_panel(loadings, idio_variance=idio_variance, weights=weights, caps=caps)
    fit = next(engine.fits(p.R, p.sections, p.W, p.caps), None)
    if fit is None:
        raise too_few(p, "loadings")
    assets = p.assets[fit.pattern.columns].rename("Asset")
    blank = p.assets[p.sections.section(int(p.sections.of_date[0]))[1]].difference(assets)
    if len(blank):
        text = f"ASSET_UNUSED: {len(blank)} assets with a missing loading are left out: {first_five(blank)}"
        warnings.warn(FactorWarning(text), stacklevel=3)
    return pd.DataFrame(engine.portfolios(fit), assets, p.factors.names)
