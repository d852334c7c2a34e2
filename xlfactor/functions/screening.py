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

    Question: which of these factors are worth keeping?

    returns : T dates × N assets, decimals per period.
    factors : T dates × K series. Joined by date; each asset on its own dates.

    Every asset is regressed on all factors, then without each of them. Chance is what the factor adds at wrong dates:
    shifted in a circle against the rest, which keeps its serial dependence, so that a slow series does not pass for a
    signal. The shifts are always the same ones.

    Returns one row a factor.
    incremental_r_squared : mean over the assets of R² less R² without the factor.
    share_significant : of the assets, |t| > 2 in the regression on all factors.
    out_of_sample : fitted on the first half of the dates, the share of the second half's variance that the factor
    saves.
    p_value : share of 499 circular shifts of the factor against the rest that add as much, itself included; below 500
    dates every shift once.
    p_adjusted : for looking at many factors at once (Benjamini-Hochberg).
    verdict : keep (p_adjusted ≤ 5 % and out_of_sample > 0), drop (p_value > 5 %), weak (between), redundant (a
    combination of the others: adds 0, no p).

    Raises FEW_DATES, FACTOR_NO_DATA.
    Source: methodology, section 4; Benjamini and Hochberg 1995.

    Example: market and value are in the returns and stand out, in the second half too; noise is not and does
    not: drop it.

    >>> import numpy as np, pandas as pd, xlfactor
    >>> rng, dates = np.random.default_rng(2), pd.bdate_range("2026-01-05", periods=36)
    >>> factors = pd.DataFrame(
    ...     rng.normal(0, 0.01, (36, 3)).round(2), dates, ["market", "value", "noise"])
    >>> returns = pd.DataFrame(rng.normal(0, 0.004, (36, 2)).round(3), dates, ["AAA", "BBB"])
    >>> tilt = factors[["value"]].to_numpy() * [0.5, -0.5]
    >>> returns = returns.add(factors["market"], axis=0).add(tilt)
    >>> xlfactor.screen_factors(returns, factors)["verdict"].to_dict()
    {'market': 'keep', 'value': 'keep', 'noise': 'drop'}
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

    Question: does a stock react to a factor in a curve, as an option does, that a beta cannot show?

    returns : T dates × N assets, decimals per period.
    factors : T dates × K series. Joined by date; each asset on its own dates.

        r = α + b'f + c_2 f_k² + c_3 f_k³ + ε, f_k centred

    is compared, factor by factor, with the same regression without the two curves. Random permutations are always the
    same ones.

    Returns one row a factor.
    linear_r_squared : mean over the assets of R² on all factors.
    nonlinear_r_squared : with the square and the cube of this factor beside them.
    gain : the difference.
    p_value : share of 499 permutations of the linear residuals' dates that gain as much, itself included; missing for
    a factor without curve (0/1).
    rank_gap : mean over the assets of |Spearman| − |Pearson| with the factor; above 0 where the dependence is monotone
    but bent, or outliers hide it.

    Raises FEW_DATES, FACTOR_NO_DATA.
    Source: methodology, section 4; Freedman and Lane 1983.

    Example: returns that are the square of the market have no beta at all, and the curve explains everything.

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
