"""Diagnosis: the four risks of a factor model as lights, and how much the loadings repeat one another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlfactor.engine import diagnosis as engine
from xlfactor.engine import regression
from xlfactor.engine.collinearity import collinearity as collinear
from xlfactor.engine.lights import Light
from xlfactor.errors import FactorError, first_five
from xlfactor.functions.kinds import Caps, Lag, Loadings, OptionalIdioVariance, Returns, Weights
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.align import by_asset_or_date, panel
from xlfactor.tables.holdings import newest

RISKS = {
    "specification": ("missing factors", "nonlinearity"),
    "estimation": (
        "assets per factor", "dates per factor", "high leverage", "largest leverage", "out-of-sample loss",
    ),
    "non-stationarity": ("volatility break", "risk forecast", "volatility regime", "loading stability"),
    "multicollinearity": ("variance inflation", "condition number", "correlated loadings"),
}  # fmt: skip
MEANING = {  # test: when it is OK, when it is not
    "missing factors": (
        "The idio returns move independently: no factor is missing.",
        "{count} common movements are left in the idio returns, most in {names}: add a factor that these share.",
    ),
    "nonlinearity": (
        "Returns rise in line with the factor returns.",
        "Idio returns depend on the size of factor moves, as options do: add a nonlinear factor.",
    ),
    "assets per factor": (
        "There are enough assets for the number of factors.",
        "Too few assets for so many factors: factor returns are mostly noise. Drop factors or add assets.",
    ),
    "dates per factor": (
        "There are enough dates for the number of factors.",
        "Too few dates for so many factors: optimised portfolios will be riskier than forecast. Add dates.",
    ),
    "high leverage": (
        "Hardly any asset fits itself.",
        "{count} assets drive the factors that explain them, first {names}: their idio risk is uncertain.",
    ),
    "largest leverage": (
        "Every asset's idio return can be told from its factors.",
        "{names} is nearly alone in a factor: the model cannot tell its idio return. Merge that factor.",
    ),
    "out-of-sample loss": (
        "The factors explain an asset that they were not estimated on about as well.",
        "The factors explain an asset that they were not estimated on much worse: the fit is partly chance.",
    ),
    "volatility break": (
        "Factor volatility is alike in both halves of the history.",
        "The volatility of {names} differs between the halves of the history: shorten the half-life.",
    ),
    "risk forecast": (
        "Yesterday's volatility was a fair forecast of today's.",
        "Factor volatility moves faster than the forecasts follow: shorten the half-life.",
    ),
    "volatility regime": (
        "Factor returns are lately as large as forecast.",
        "Factor returns are lately {direction} than forecast: use a regime half-life.",
    ),
    "loading stability": (
        "Loadings change slowly.",
        "The loadings on {names} change a lot within a month: risk forecasts are soon out of date.",
    ),
    "variance inflation": (
        "No factor repeats the others.",
        "{names} is nearly a combination of the other factors: its returns are unreliable. Drop or orthogonalise it.",
    ),
    "condition number": (
        "The regression is well conditioned.",
        "Small changes in the data move the factor returns a lot: drop a factor that repeats others.",
    ),
    "correlated loadings": (
        "No two factors have alike loadings.",
        "{names} have much the same loadings: their returns are hard to tell apart. Drop or orthogonalise one.",
    ),
}
OF_ASSETS = ("missing factors", "high leverage", "largest leverage")  # these name assets, the others factors
UNTESTED = "Not tested: too few dates or assets, or returns without idio part."


@worksheet_function("Performance")
def diagnose_model(
    returns: Returns,
    loadings: Loadings,
    idio_variance: OptionalIdioVariance = None,
    weights: Weights = None,
    caps: Caps = None,
    lag: Lag = 1,
) -> pd.DataFrame:
    """What can be wrong with the model: 14 tests of its four risks, each with a light and what it means.

    Question: is anything wrong with my model?

    Arguments as FACTOR_RETURNS. In the lists below the numbers in brackets are where WARN and FAIL begin.

    specification : missing factors, the largest eigenvalue of the second moment of ε/√ψ (edge (1 + √((N − K)/T))², 1.5
    × edge), weights 1/ψ as given or by reml; nonlinearity, the share of idio variance that squared factor returns
    explain, less what chance explains (0.01, 0.05).
    estimation : assets per factor (10, 5); dates per factor (10, 3); high leverage, the share of assets with leverage
    above 0.25 (5 %, 20 %); largest leverage (0.9, 0.999); out-of-sample loss, R² less R² of each asset predicted
    without itself (0.15, 0.3).
    non-stationarity : volatility break, the variance ratio of the two halves (F test, fewer effective dates for fat
    tails, p over all factors 5 %, 1e-6); risk forecast, mean |bias of 12 periods − 1| (0.25, 0.4); volatility regime λ
    (outside 0.8 to 1.25, 0.67 to 1.5); loading stability, the correlation with those 21 periods before (0.9, 0.8).
    multicollinearity : COLLINEARITY of the last date: variance inflation (5, 10), condition number (30, 100),
    correlated loadings (0.7, 0.95).

    Returns one row a test: risk, test, value, threshold (where WARN begins), status (OK, WARN or FAIL), meaning: in a
    sentence what it says and what to do.
    Raises as FACTOR_RETURNS; as IDIO_COVARIANCE.
    Source: seed 1 (the four risks); methodology 9.

    Example: returns have a factor `value` that the model lacks; missing factors is at FAIL, and the sentence names the
    stocks that share it.

    >>> import numpy as np, pandas as pd, xlfactor
    >>> rng = np.random.default_rng(0)
    >>> assets, dates = [f"A{i}" for i in range(60)], pd.date_range("2020-01-01", periods=250)
    >>> loadings = pd.DataFrame({"market": 1.0, "value": rng.normal(size=60)}, assets)
    >>> F = rng.normal(size=(250, 2)) * [0.01, 0.006]
    >>> returns = pd.DataFrame(
    ...     F @ loadings.to_numpy().T + 0.02 * rng.normal(size=(250, 60)), dates, assets)
    >>> table = xlfactor.diagnose_model(returns, loadings[["market"]])
    >>> table.loc[table["test"] == "missing factors", "status"].item()
    'FAIL'
    """
    p = panel(returns, loadings, idio_variance=idio_variance, weights=weights, caps=caps, lag=lag)
    if next(regression.fits(p.R, p.sections, p.W, p.caps), None) is None:
        raise FactorError(
            "FEW_ASSETS", f"no date has {p.sections.n_factors + 2} assets with a return, loadings and a weight",
            "add assets or drop factors; check the dates of the loadings", argument="returns",
        )  # fmt: skip
    lights = {one.test: one for one in engine.diagnose(p.R, p.sections, p.W, p.caps, p.known_variances)}
    assets, factors = p.assets, pd.Index(p.factors.names)
    rows = []
    for risk, tests in RISKS.items():
        for test in tests:
            one = lights[test]
            meaning = _meaning(one, assets if test in OF_ASSETS else factors)
            rows.append([risk, test, one.value, one.threshold, one.status, meaning])
    columns = ["risk", "test", "value", "threshold", "status", "meaning"]
    return pd.DataFrame(rows, columns=columns).set_index("risk")


@worksheet_function("Performance")
def collinearity(loadings: Loadings, weights: Weights = None) -> pd.DataFrame:
    """How much each factor's loadings repeat the others': variance inflation and the strongest correlation.

    Question: do two of my factors say the same thing?

        vif_k = 1/(1 − R_k²)

    R_k² is that of column k on all the others, weighted and centred; a family's columns without the constant (which
    they sum to), and held against another family less its largest value.

    loadings : N assets × K factors; of dated ones the last date; an asset with a missing loading is left out.
    weights : regression weights (1/ψ, √cap); none: equal; of dated ones the last.

    Returns one row a factor, and last `condition_number`, in the column vif: of W^(1/2)Z with columns of unit length,
    Z as in FACTOR_TSTATS; 30 is high.
    vif : 5 is high, 10 too high; 1e12 marks an exact combination; missing for a constant.
    max_correlation : the weighted correlation that is largest in size, outside the own family.
    with : which factor that is.

    Raises FEW_ASSETS, WEIGHT_ALL_ZERO, VALUE_RANGE.
    Source: methodology 9; Belsley, Kuh and Welsch 1980.

    Example: a correlation of 0.8 makes 1/(1 − 0.64) = 2.78: they overlap, and can be told apart.

    >>> loadings = pd.DataFrame(
    ...     {"market": 1.0, "size": [1.0, 2, 3, 4], "value": [1.0, 3, 2, 4]}, list("ABCD"))
    >>> xlfactor.collinearity(loadings).loc[["size", "value"]].round(4)  # doctest: +NORMALIZE_WHITESPACE
              vif  max_correlation   with
    Factor
    size   2.7778              0.8  value
    value  2.7778              0.8   size
    """
    table, current = newest(loadings)
    w = np.ones(len(current))
    if weights is not None:
        dates = weights.index[-1:] if isinstance(weights.index, pd.DatetimeIndex) else pd.DatetimeIndex([])
        w = np.nan_to_num(by_asset_or_date(weights, "weights", pd.DatetimeIndex(dates), current.index, lag=0)[0])
    used = table.B.complete & (w > 0)
    if used.sum() < 2:
        raise FactorError(
            "FEW_ASSETS", f"{int(used.sum())} assets have complete loadings and a weight above 0",
            "fill the loadings; name the assets alike in both tables", argument="loadings",
        )  # fmt: skip
    found = collinear(table.B.take(used), w[used], table.constant)
    partners = [table.names[k] if k >= 0 else None for k in found.partner]
    rows = pd.DataFrame(
        {
            "vif": [*found.vif, found.condition],
            "max_correlation": [*found.max_correlation, np.nan],
            "with": pd.Series([*partners, None], dtype=object),
        }
    )
    return rows.set_axis(pd.Index([*table.names, "condition_number"], name="Factor"))


def _meaning(one: Light, names: pd.Index) -> str:
    if np.isnan(one.value):
        return UNTESTED
    fine, wrong = MEANING[one.test]
    if one.status == "OK":
        return fine
    text = wrong.format(
        count=one.count, names=first_five(names[one.where]), direction="larger" if one.value > 1 else "smaller"
    )
    return text.replace("1 common movements are", "1 common movement is").replace("1 assets drive", "1 asset drives")
