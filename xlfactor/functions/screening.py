"""Screening of factors: which of them add something, and which in a curve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlfactor.engine import nonlinearity as curves
from xlfactor.engine import screening as engine
from xlfactor.functions.kinds import Factors, Returns
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.series import series


@worksheet_function("Loadings")
def screen_factors(returns: Returns, factors: Factors) -> pd.DataFrame:
    """What each factor adds to the others, whether by chance, and a verdict.

    incremental_r_squared : mean over the assets of R² less R² without the factor. share_significant : of the assets,
    |t| > 2. out_of_sample : fitted on the first half, what the factor saves of the variance of the second. p_value :
    share of 499 circular shifts of the factor against the rest that add as much. p_adjusted : Benjamini-Hochberg.
    verdict : keep (p_adjusted ≤ 5 %, out_of_sample > 0), drop (p_value > 5 %), weak (between), redundant (a combination
    of the others: adds 0, no p). Below 500 dates every shift is used once; random numbers are always the same ones.

    returns : T dates × N assets. factors : T dates × K series. Joined by date; each asset on its own dates.
    Returns K factors × the six columns.
    Raises FEW_DATES, FACTOR_NO_DATA. Source: methodology, section 4; Benjamini and Hochberg 1995.

    >>> dates = pd.bdate_range("2026-01-05", periods=40)
    >>> f = pd.DataFrame({"market": [0.01, -0.02, 0.03, 0.00, -0.01] * 8, "noise": [0.01, -0.01] * 20}, dates)
    >>> r = pd.DataFrame({"AAA": 1.2 * f["market"], "BBB": 0.7 * f["market"]})
    >>> xlfactor.screen_factors(r, f)["incremental_r_squared"].round(6).to_dict()
    {'market': 1.0, 'noise': 0.0}
    """
    s = series(returns, factors)
    found = engine.screen(s.R, s.F)
    columns = {
        "incremental_r_squared": found.incremental,
        "share_significant": found.significant,
        "out_of_sample": found.out_of_sample,
        "p_value": found.p,
        "p_adjusted": engine.benjamini_hochberg(found.p),
        "verdict": engine.verdicts(found),
    }
    return pd.DataFrame(columns, pd.Index(s.factors, name="Factor"))


@worksheet_function("Loadings")
def nonlinearity(returns: Returns, factors: Factors) -> pd.DataFrame:
    """Whether the returns depend on a factor in a curve that the linear model misses.

    linear_r_squared : mean over the assets of R² on all factors. nonlinear_r_squared : with f² and f³ of this factor
    (centred) beside them. gain : the difference. p_value : share of 499 permutations of the linear residuals' dates
    that gain as much. rank_gap : mean of |Spearman| − |Pearson| of each asset with the factor; above 0 where the
    dependence is monotone but bent, or outliers hide it. Random numbers are always the same ones.

    returns : T dates × N assets. factors : T dates × K series. Joined by date; each asset on its own dates.
    Returns K factors × the five columns; p_value is missing for a factor without curve (0/1).
    Raises FEW_DATES, FACTOR_NO_DATA. Source: methodology, section 4; Freedman and Lane 1983.

    >>> dates = pd.bdate_range("2026-01-05", periods=40)
    >>> f = pd.DataFrame({"market": [0.01, -0.02, 0.03, 0.00, -0.01, 0.02, -0.03, 0.00] * 5}, dates)
    >>> r = pd.DataFrame({"AAA": f["market"] ** 2, "BBB": -(f["market"] ** 2)})
    >>> xlfactor.nonlinearity(r, f).round(3).iloc[0, :4].to_dict()
    {'linear_r_squared': 0.0, 'nonlinear_r_squared': 1.0, 'gain': 1.0, 'p_value': 0.002}
    """
    s = series(returns, factors)
    found = curves.nonlinearity(s.R, s.F)
    values = [found.linear, found.nonlinear, found.nonlinear - found.linear, found.p, found.rank_gap]
    columns = ["linear_r_squared", "nonlinear_r_squared", "gain", "p_value", "rank_gap"]
    return pd.DataFrame(np.column_stack(values), pd.Index(s.factors, name="Factor"), columns)
