"""Winsorization: extremes of every cross-section clipped, suspected errors made missing, and what was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from xlfactor.engine import winsorization as engine
from xlfactor.engine.arrays import Array, IntArray
from xlfactor.errors import one_of
from xlfactor.functions.kinds import Groups, Kind, Values
from xlfactor.functions.registry import worksheet_function
from xlfactor.tables.crosssections import Numbers, date_blocks, group_codes, numbers

By = Literal["row", "column"]
MethodOption = Annotated[
    engine.Method,
    Kind(
        "choice",
        "mad: median and 1.4826 MAD; sd: mean and sd after a first pass by mad; quantile: both tails; "
        "tanh: smooth, nothing leaves the bounds.",
    ),
]
Limit = Annotated[
    float, Kind("number", "Where clipping begins, in standard deviations; for quantile the tail share, such as 0.01.")
]
Drop = Annotated[
    float,
    Kind("number", "Beyond this many robust standard deviations a value is a suspected error: missing. 0 = never."),
]
ByOption = Annotated[
    By,
    Kind("choice", "row: each row is a cross-section (dates × assets); column: each column (assets × factors)."),
]


@worksheet_function("Winsorization")
def winsorize(
    values: Values,
    method: MethodOption = "mad",
    limit: Limit = 3.0,
    drop: Drop = 10.0,
    by: ByOption = "row",
    groups: Groups = None,
) -> pd.DataFrame:
    """Extreme values of each cross-section clipped; suspected errors made missing.

    Question: how do I keep one wild number from driving a factor?

        m = median, s = 1.4826 MAD, z = (x − m)/s

    MAD is the median of |x − m|; where it is 0, s is IQR/1.349, then the standard deviation; where that is 0 too,
    nothing is touched. In every method |z| > drop becomes missing, as a suspected error. Then

    mad : clips to m ± limit s.
    sd : clips to mean ± limit sd of what is left.
    quantile : clips to the `limit` and 1 − `limit` quantiles.
    tanh : gives m + limit s tanh((x − m)/(limit s)).

    values : any table. by="row": each row is a cross-section; by="column": each column, and with Date and Asset
    columns each column of each date. Text columns pass through unchanged; missing stays missing.
    groups : the same within each group of assets; fewer than 8 values, or no group: the whole cross-section's bounds.

    Returns the same table, in the same units.
    Raises VALUE_RANGE for a limit or drop that makes no sense, NO_NUMBERS, ASSET_UNKNOWN if no asset has a group.
    Source: USE4 (mad), MAC3 (sd), skfolio (tanh); methodology, section 3.

    Example: median 3, MAD 1, so that the upper bound is 3 + 3 × 1.4826 = 7.4478; only the 9 is moved.

    >>> values = pd.DataFrame([[1, 2, 3, 4, 9]], ["2026-01-05"], list("ABCDE"))
    >>> xlfactor.winsorize(values).round(4)
                  A    B    C    D       E
    2026-01-05  1.0  2.0  3.0  4.0  7.4478
    """
    table = numbers(values, "values")
    out = np.empty_like(table.body)
    by_row = one_of(by, By, "by") == "row"
    for rows, X, codes in _cross_sections(table, by_row, groups):
        W = engine.winsorize(X, method, limit, drop, codes)
        out[rows] = W if by_row else W.T
    return table.replaced(out)


@worksheet_function("Winsorization")
def winsorize_summary(
    values: Values,
    method: MethodOption = "mad",
    limit: Limit = 3.0,
    drop: Drop = 10.0,
    by: ByOption = "row",
    groups: Groups = None,
) -> pd.DataFrame:
    """What WINSORIZE does to each cross-section: values present, clipped, dropped, and the bounds.

    Question: how much of my data does winsorizing change?

    The bounds are those of WINSORIZE on the same arguments.

    Returns one row a cross-section: a row of the table, a column, or with Date and Asset columns a date and column.
    count : values present.
    clipped : moved to a bound (tanh: beyond it before).
    dropped : made missing, as suspected errors.
    lower, upper : the bounds, in the units of the values; with groups the outermost ones applied. Missing where none
    was applied.

    Raises as WINSORIZE.
    Source: methodology, section 3.

    Example: of 5 values one was beyond the bounds −1.45 and 7.45. Good data have about 0.3 % clipped at limit 3.

    >>> values = pd.DataFrame([[1, 2, 3, 4, 9]], ["2026-01-05"], list("ABCDE"))
    >>> xlfactor.winsorize_summary(values).round(4)
                count  clipped  dropped   lower   upper
    2026-01-05    5.0      1.0      0.0 -1.4478  7.4478
    """
    table = numbers(values, "values")
    by_row = one_of(by, By, "by") == "row"
    parts = []
    for _, X, codes in _cross_sections(table, by_row, groups):
        s = engine.winsorize_summary(X, method, limit, drop, codes)
        parts.append(np.column_stack([s.count, s.clipped, s.dropped, s.lower, s.upper]))
    columns = ["count", "clipped", "dropped", "lower", "upper"]
    return pd.DataFrame(np.vstack(parts), _labels(table, by_row), columns)


def _cross_sections(
    table: Numbers, by_row: bool, groups: pd.DataFrame | None
) -> Iterator[tuple[IntArray, Array, IntArray | None]]:
    """Rows of the table, their cross-sections (M, N), and the group of each of the N members."""
    if by_row:
        codes = group_codes(groups, pd.Index(table.columns), "values")
        yield np.arange(len(table.body)), table.body, codes
        return
    codes = group_codes(groups, table.frame.index.get_level_values(-1), "values")
    for rows in date_blocks(table.frame.index):
        yield rows, table.body[rows].T, None if codes is None else codes[rows]


def _labels(table: Numbers, by_row: bool) -> pd.Index:
    """A label a cross-section, in the order of `_cross_sections`."""
    index = table.frame.index
    if by_row:
        return index
    if not isinstance(index, pd.MultiIndex):
        return pd.Index(table.columns, name="Column")
    return pd.MultiIndex.from_product([index.get_level_values(0).unique(), table.columns], names=["Date", "Column"])
