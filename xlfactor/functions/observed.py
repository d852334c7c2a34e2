"""For Python: a family whose factor returns are observed (currencies) beside factors that are estimated.

The catalogue's functions need no option for it: `subtract_observed` takes the observed part out of the returns and the
family out of the loadings, any function runs on what is left, and `insert_observed` puts the family back in its place.
See docs/observed_families.md.
"""

from __future__ import annotations

import pandas as pd

from xlfactor.engine import observed as engine
from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, did_you_mean, first_five
from xlfactor.tables.align import panel
from xlfactor.tables.factors import FactorTable, factor_table
from xlfactor.tables.parse import read


def subtract_observed(
    returns: pd.DataFrame,
    loadings: pd.DataFrame,
    observed: pd.DataFrame,
    family: str = "Currency",
    lag: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns less what the observed family explains, r_t − B_g g_t, and the loadings without the family.

    returns : T dates × N assets, decimals per period. loadings : with the text column `family`, static or dated; the
    `lag`-th last loadings before a return say which value of the family the asset has then.
    observed : dates × the family's values, decimals per period (the return of each currency against the base; 0 for
    the base itself). A missing one leaves its assets out of that date.
    Raises COLUMN_UNKNOWN without such a text column, FACTOR_UNKNOWN for a value without a column, FEW_DATES without a
    common date, and what FACTOR_RETURNS refuses of returns and loadings.

    >>> import pandas as pd
    >>> from xlfactor.functions.observed import subtract_observed
    >>> day = pd.to_datetime(["2026-01-05"])
    >>> returns = pd.DataFrame([[0.03, 0.01, 0.02, 0.04, 0.05]], day, list("ABCDE"))
    >>> loadings = pd.DataFrame(
    ...     {"Market": 1.0, "Currency": ["EUR", "USD", "USD", "EUR", "EUR"]}, list("ABCDE"))
    >>> local, rest = subtract_observed(returns, loadings, pd.DataFrame({"EUR": [0.02], "USD": [0.0]}, day))
    >>> local.round(6).to_dict("list"), list(rest.columns)
    ({'A': [0.01], 'B': [0.01], 'C': [0.02], 'D': [0.02], 'E': [0.03]}, ['Market'])
    """
    returns, loadings = read("returns", returns, "returns"), read("loadings", loadings, "loadings")
    table, values = _family(loadings, family)
    place = list(dict.fromkeys(table.family.values())).index(family)
    p = panel(returns, loadings, lag=lag)
    G = _by_value(read("factor_returns", observed, "observed"), values, p.dates)
    rest, _ = engine.subtract(p.R, p.sections, place, G)
    return p.by_asset(rest), loadings.drop(columns=family)


def insert_observed(
    factor_returns: pd.DataFrame, loadings: pd.DataFrame, observed: pd.DataFrame, family: str = "Currency"
) -> pd.DataFrame:
    """The estimated factor returns with the observed ones of the family, unchanged, where `loadings` have it.

    factor_returns : of the loadings without `family`. loadings, observed : as given to `subtract_observed`.
    Returns T dates × all factors, named as the catalogue names those of `loadings`.
    Raises FACTOR_UNKNOWN if factor_returns lacks a factor, and as `subtract_observed`.

    >>> import pandas as pd
    >>> from xlfactor.functions.observed import insert_observed
    >>> day = pd.to_datetime(["2026-01-05"])
    >>> loadings = pd.DataFrame({"Currency": ["EUR", "USD"], "Market": 1.0}, ["A", "B"])
    >>> given = pd.DataFrame({"USD": [0.0], "EUR": [0.02]}, day)
    >>> insert_observed(pd.DataFrame({"Market": [0.01]}, day), loadings, given).to_dict("list")
    {'EUR': [0.02], 'USD': [0.0], 'Market': [0.01]}
    """
    F = read("factor_returns", factor_returns, "factor_returns")
    loadings = read("loadings", loadings, "loadings")
    table, values = _family(loadings, family)
    estimated = factor_table(loadings.drop(columns=family)).names
    _refuse_unknown(estimated, F, "factor_returns", "pass what was estimated with the rest of the loadings")
    own = [name for name in table.names if table.family.get(name) == family]
    others = [name for name in table.names if name not in own]
    dates = pd.DatetimeIndex(F.index)
    G = pd.DataFrame(_by_value(read("factor_returns", observed, "observed"), values, dates), dates, own)
    F = F[estimated].set_axis(others, axis=1)  # a name that two families share is longer beside the other one
    return pd.DataFrame(F.join(G), columns=table.names)


def _family(loadings: pd.DataFrame, family: str) -> tuple[FactorTable, list[str]]:
    """The factors of the loadings, and the values of the family in their order."""
    table = factor_table(loadings)
    families = list(dict.fromkeys(table.family.values()))
    if family not in families:
        raise FactorError(
            "COLUMN_UNKNOWN", f"loadings have no text column {family}", did_you_mean(family, families) or "name one",
            argument="family",
        )  # fmt: skip
    return table, [str(value) for value in pd.factorize(loadings[family])[1]]


def _by_value(observed: pd.DataFrame, values: list[str], dates: pd.DatetimeIndex) -> Array:
    _refuse_unknown(values, observed, "observed", "add its column (the base currency's is 0)")
    if not dates.isin(observed.index).any():
        raise FactorError(
            "FEW_DATES", "observed has no date of the returns", "check that both tables have the same dates",
            argument="observed",
        )  # fmt: skip
    return observed.reindex(dates)[values].to_numpy(dtype=float)


def _refuse_unknown(names: list[str], frame: pd.DataFrame, argument: str, fix: str) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        hint = did_you_mean(missing[0], frame.columns) or fix
        raise FactorError("FACTOR_UNKNOWN", f"{argument} has no column {first_five(missing)}", hint, argument=argument)
