"""Returns checked and cleaned: every finding with its date and asset."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import pandas as pd

from xlfactor.engine import checks, suspects
from xlfactor.engine.arrays import Array, BoolArray, IntArray
from xlfactor.errors import FactorError, FactorWarning, did_you_mean, first_five
from xlfactor.functions.kinds import Caps, Kind, OptionalPrices, Returns
from xlfactor.functions.registry import worksheet_function

OutlierRatio = Annotated[
    float, Kind("number", "A return is an outlier beyond this many times the median |ln(1+r)| of the window before it.")
]
Window = Annotated[int, Kind("whole", "Periods before a return whose median |ln(1+r)| it is compared with; 5 or more.")]

ALL = "(all)"  # the asset of a finding about a whole date
SEVERITY = {
    "impossible value": "error",
    "duplicate": "error",
    "unadjusted split": "warn",
    "spike and reversal": "warn",
    "outlier": "warn",
    "cap jump": "info",
    "missing run": "info",
    "stale price": "info",
}


@worksheet_function("Data ingestion")
def check_returns(returns: Returns, prices: OptionalPrices = None, caps: Caps = None) -> pd.DataFrame:
    """Suspicious returns, prices and caps, one row per finding; nothing is changed.

    Question: can I trust the data that came in this morning?

    With x = ln(1 + r) and d = |x|/median of |x| over the 63 periods before:

    impossible value : r ≤ −1.
    duplicate : a date, or an asset, whose returns equal those of an earlier one. A label that stands twice is refused
    before that, DUP_DATE or DUP_ASSET.
    unadjusted split : 1 + r within 2 % of k or 1/k, k = 2, 3, 4, 5, 10.
    spike and reversal : x_t x_{t+1} < 0, both d > 6 and |x_t + x_{t+1}| < 25 % of |x_t|.
    outlier : d > 10.
    cap jump : |Δ ln cap − x| > 5 %.
    missing run : more than 5 periods between an asset's first and last return.
    stale price : 5 or more identical closes; without prices 4 returns of 0.

    returns : T dates × N assets, decimals per period.
    prices, caps : dates × assets, joined by label; caps without dates cannot jump.

    Returns one row a finding, by date: Date, Asset, check, value, severity. Without findings the header alone.
    value : r; d of an outlier; the jump; or the length of the run, which stands at its first date.
    severity : error (cannot be true), warn (what CLEAN_RETURNS blanks too) or info.

    Source: EQI (outlier ratio); methodology, section 1.

    Example: a fall of exactly one half looks like a 2-for-1 split that nobody adjusted; a return of −1 is a wiped-out
    firm or a typing error.

    >>> days = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07"])
    >>> returns = pd.DataFrame({"A": [0.01, -0.5, 0.02], "B": [0.0, 0.01, -1.0]}, days)
    >>> xlfactor.check_returns(returns)  # doctest: +NORMALIZE_WHITESPACE
                                 check  value severity
    Date       Asset
    2026-01-06 A      unadjusted split   -0.5     warn
    2026-01-07 B      impossible value   -1.0    error
    """
    R = returns.to_numpy(dtype=float)
    X = suspects.log_returns(R)
    d = suspects.outlier_ratio(X)
    copied_assets = checks.copies(np.ascontiguousarray(R.T))
    found = [
        _findings(returns, "impossible value", R, R <= -1),
        _findings(returns, "duplicate", _on_first_date(R, copied_assets)),
        _findings(returns, "unadjusted split", R, suspects.splits(R)),
        _findings(returns, "spike and reversal", R, suspects.spikes(X, d)),
        _findings(returns, "outlier", d, d > suspects.OUTLIER),
        _findings(returns, "missing run", checks.missing_runs(R)),
        _findings(pd.DataFrame(0, returns.index, [ALL]), "duplicate", checks.copies(R)[:, None]),
        _stale(returns, R, prices),
    ]
    if caps is not None:
        found.append(_cap_jumps(returns, R, caps))
    return _in_order(pd.concat(found), returns.columns)


def _findings(
    table: pd.DataFrame, check: str, values: Array | IntArray, where: BoolArray | None = None
) -> pd.DataFrame:
    """`values` (T, N) with the labels of their date and asset, `where` it is true, or where they are not 0."""
    t, i = np.nonzero(values if where is None else where)
    return pd.DataFrame({
        "Date": table.index[t], "Asset": table.columns[i].astype(object), "check": check,
        "value": values[t, i].astype(float), "severity": SEVERITY[check],
    })  # fmt: skip


def _on_first_date(R: Array, size: IntArray) -> IntArray:
    """The size of each asset's copy at its first return, (T, N)."""
    values = np.zeros(R.shape, dtype=np.int64)
    values[np.isfinite(R).argmax(axis=0), np.arange(R.shape[1])] = size
    return values


def _stale(returns: pd.DataFrame, R: Array, prices: pd.DataFrame | None) -> pd.DataFrame:
    if prices is None:
        return _findings(returns, "stale price", checks.stale_returns(R))
    prices = _known(prices, returns, "prices")
    return _findings(prices, "stale price", checks.stale_prices(prices.to_numpy(dtype=float)))


def _cap_jumps(returns: pd.DataFrame, R: Array, caps: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(caps.index, pd.DatetimeIndex):
        text = "CAPS_UNDATED: caps without dates cannot be checked for jumps: give them dates down, assets across"
        warnings.warn(FactorWarning(text), stacklevel=4)
        caps = pd.DataFrame(np.nan, returns.index, returns.columns)
    caps = _known(caps, returns, "caps").reindex(index=returns.index, columns=returns.columns)
    jump = checks.cap_jumps(R, caps.to_numpy(dtype=float))
    return _findings(returns, "cap jump", jump, np.isfinite(jump))


def _known(table: pd.DataFrame, returns: pd.DataFrame, argument: str) -> pd.DataFrame:
    """The columns of the assets of the returns; the others are left out with a warning."""
    unknown = table.columns.difference(returns.columns)
    if len(unknown) == len(table.columns):
        raise FactorError(
            "ASSET_UNKNOWN", f"{argument} have no asset of the returns, only {first_five(unknown)}",
            did_you_mean(unknown[0], returns.columns) or "name the assets alike in both tables", argument=argument,
        )  # fmt: skip
    if len(unknown):
        text = f"ASSET_UNUSED: {len(unknown)} assets of {argument} have no returns: {first_five(unknown)}"
        warnings.warn(FactorWarning(text), stacklevel=5)
    return table.drop(columns=unknown)


def _in_order(found: pd.DataFrame, assets: pd.Index) -> pd.DataFrame:
    """By date, then in the order of the assets, whole dates first."""
    found["place"] = assets.get_indexer(pd.Index(found["Asset"]))
    found = found.sort_values(["Date", "place"], kind="stable").drop(columns="place")
    return found.set_index(["Date", "Asset"])


@worksheet_function("Data ingestion")
def clean_returns(returns: Returns, outlier_ratio: OutlierRatio = 10.0, window: Window = 63) -> pd.DataFrame:
    """Returns with suspected errors made missing; cleaning twice is cleaning once.

    Question: how do I keep data errors out of the model without touching each cell?

    Blanked are impossible values, unadjusted splits and both days of a spike and its reversal, all as CHECK_RETURNS
    finds them, and outliers:

        |x_t| > outlier_ratio × median of |x| over the `window` periods before, x = ln(1 + r)

    again until nothing more is found. A real crash can exceed the ratio: read what was blanked.

    returns : T dates × N assets, decimals per period; missing stays missing and is never filled. An outlier needs a
    third of the window (at least 5 values) before it.

    Returns the same table. How many were blanked is a warning; in Python each of them, with date, asset, check and
    value, is in .attrs["overrides"].
    Raises VALUE_RANGE.
    Source: EQI (ratio); methodology, section 1.

    Example: the split of A and the impossible return of B are blank now; everything else is as it was.

    >>> days = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07"])
    >>> returns = pd.DataFrame({"A": [0.01, -0.5, 0.02], "B": [0.0, 0.01, -1.0]}, days)
    >>> xlfactor.clean_returns(returns)  # doctest: +NORMALIZE_WHITESPACE
                   A     B
    Date
    2026-01-05  0.01  0.00
    2026-01-06   NaN  0.01
    2026-01-07  0.02   NaN
    """
    R = returns.to_numpy(dtype=float)
    C, codes = suspects.clean(R, outlier_ratio, window)
    overrides = [
        {
            "date": returns.index[t],
            "asset": returns.columns[i],
            "check": suspects.NAMES[codes[t, i] - 1],
            "value": R[t, i],
        }
        for t, i in np.argwhere(codes)
    ]
    if overrides:
        names = first_five(f"{o['asset']} {o['date']:%Y-%m-%d}" for o in overrides)
        text = f"RETURNS_BLANKED: {len(overrides)} suspected errors are missing now: {names}"
        warnings.warn(FactorWarning(text), stacklevel=3)
    result = pd.DataFrame(C, returns.index, returns.columns)
    result.attrs["overrides"] = overrides
    return result
