"""Two vendors of the same returns or prices: compared, and merged into one table."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import pandas as pd

from xlfactor.engine import vendors as engine
from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, FactorWarning, did_you_mean, first_five
from xlfactor.functions.kinds import Kind, Table
from xlfactor.functions.registry import worksheet_function

Primary = Annotated[Table, Kind("vendor", "The vendor you trust: returns or prices, dates down, assets across.")]
Secondary = Annotated[Table, Kind("vendor", "The other vendor: the same kind of numbers, joined by date and asset.")]
Tolerance = Annotated[
    float, Kind("number", "Two numbers match within this: absolute up to 1 (returns), relative above (prices).")
]


@worksheet_function("Data ingestion")
def compare_vendors(primary: Primary, secondary: Secondary, tolerance: Tolerance = 1e-4) -> pd.DataFrame:
    """How two vendors' numbers agree, one row per asset.

    Question: do my two data vendors agree, and if not, what is wrong: a unit, a sign, a day's delay?

    Numbers a and b match if

        |a − b| ≤ tolerance × max(1, |a|, |b|)

    primary, secondary : returns or prices, dates × assets, joined by label; an asset of one vendor only has counts.

    Returns one row an asset, the secondary's own assets last.
    matched : common dates on which the two match.
    match_rate : their share of the common dates.
    median_difference : of a − b.
    scale_ratio : median of a/b over |b| > tolerance; 1000 or 0.01 tells of different units.
    correlation : of a and b over the common dates.
    best_lag : the k of −5 to 5 with the largest correlation of a_t and b_{t−k}; above 0 the primary is late.
    primary_only, secondary_only : dates on which one vendor alone has a number.

    Raises VALUE_RANGE for a negative tolerance; FEW_DATES or ASSET_UNKNOWN if the tables share none.
    Source: methodology, section 1.

    Example: nothing matches although the correlation is 1; a scale_ratio of 0.01 says that the secondary counts in per
    cent.

    >>> days = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"])
    >>> ours = pd.DataFrame({"A": [0.01, -0.02, 0.03, 0.01]}, days)
    >>> theirs = pd.DataFrame({"A": [1.0, -2.0, 3.0, None]}, days)  # in per cent
    >>> found = xlfactor.compare_vendors(ours, theirs).loc["A"].round(6)
    >>> found[["matched", "scale_ratio", "correlation", "primary_only"]].tolist()
    [0.0, 0.01, 1.0, 1.0]
    """
    _, assets, a, b = _joined(primary, secondary)
    c = engine.compare(a, b, tolerance)
    values = {
        "matched": c.matched, "match_rate": c.match_rate, "median_difference": c.median_difference,
        "scale_ratio": c.scale_ratio, "correlation": c.correlation, "best_lag": c.best_lag,
        "primary_only": c.primary_only, "secondary_only": c.secondary_only,
    }  # fmt: skip
    return pd.DataFrame(values, assets.rename("Asset"), dtype=float)


@worksheet_function("Data ingestion")
def merge_vendors(primary: Primary, secondary: Secondary, tolerance: Tolerance = 1e-4) -> pd.DataFrame:
    """One table of two vendors: the primary, unless it is missing or suspect and the secondary is clean.

    Question: how do I get one table out of two vendors?

    A number of the primary stands, unless it is missing or suspect and the secondary's is clean. Suspect is what
    CLEAN_RETURNS would blank; prices (where nine tenths of the numbers are above 0.1) are judged by their returns. The
    secondary's is clean if it is present, not suspect, and of an asset whose vendors match (as in COMPARE_VENDORS) on
    at least half of their common dates. A number suspect at both vendors stays.

    primary, secondary : returns or prices, dates × assets, joined by label.

    Returns all dates and assets of both; the secondary's own assets last. What both lack stays missing. How many
    numbers come from the secondary is a warning, and so are assets whose vendors do not match; in Python each number,
    with date, asset, reason (missing or suspect), primary and secondary, is in .attrs["overrides"].
    Raises as COMPARE_VENDORS.
    Source: methodology, section 1.

    Example: the missing −2 % of 6 January and, for the suspect −50 % of 7 January, +3 % come from the secondary.

    >>> days = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"])
    >>> ours = pd.DataFrame({"A": [0.01, None, -0.5, 0.01]}, days)
    >>> theirs = pd.DataFrame({"A": [0.01, -0.02, 0.03, 0.01]}, days)
    >>> xlfactor.merge_vendors(ours, theirs)["A"].tolist()
    [0.01, -0.02, 0.03, 0.01]
    """
    dates, assets, a, b = _joined(primary, secondary)
    M, taken, unlike = engine.merge(a, b, tolerance)
    overrides = [
        {
            "date": dates[t], "asset": assets[i], "reason": ("missing", "suspect")[taken[t, i] - 1],
            "primary": a[t, i], "secondary": b[t, i],
        }
        for t, i in np.argwhere(taken)
    ]  # fmt: skip
    if overrides:
        missing = int((taken == 1).sum())
        names = first_five(f"{o['asset']} {o['date']:%Y-%m-%d}" for o in overrides)
        text = f"VENDOR_OVERRIDES: {len(overrides)} numbers are the secondary's, {missing} missing and "
        warnings.warn(FactorWarning(f"{text}{len(overrides) - missing} suspect in the primary: {names}"), stacklevel=3)
    if unlike.any():
        text = (
            f"VENDOR_MISMATCH: nothing is taken for {int(unlike.sum())} assets whose vendors match on less than half "
        )
        warnings.warn(FactorWarning(f"{text}of their dates: {first_five(assets[unlike])}"), stacklevel=3)
    result = pd.DataFrame(M, dates, assets)
    result.attrs["overrides"] = overrides
    return result


def _joined(primary: pd.DataFrame, secondary: pd.DataFrame) -> tuple[pd.DatetimeIndex, pd.Index, Array, Array]:
    """Both on all dates, sorted, and all assets, the secondary's own last: (dates, assets, a, b)."""
    if not primary.columns.isin(secondary.columns).any():
        raise FactorError(
            "ASSET_UNKNOWN", f"primary and secondary have no asset in common, such as {primary.columns[0]}",
            did_you_mean(primary.columns[0], secondary.columns) or "name the assets alike in both tables",
            argument="secondary",
        )  # fmt: skip
    if not primary.index.isin(secondary.index).any():
        raise FactorError(
            "FEW_DATES", "primary and secondary have no date in common", "check the dates of both",
            argument="secondary",
        )  # fmt: skip
    dates = pd.DatetimeIndex(primary.index.union(secondary.index), name="Date")
    assets = primary.columns.append(secondary.columns.difference(primary.columns, sort=False))
    a, b = (table.reindex(index=dates, columns=assets).to_numpy(dtype=float) for table in (primary, secondary))
    return dates, assets, a, b
