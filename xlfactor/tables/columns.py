"""Tables of one or two columns: weights, variances, alphas, groups, portfolios."""

from __future__ import annotations

import pandas as pd

from xlfactor.errors import FactorError, subject
from xlfactor.tables import frames
from xlfactor.tables.dated import as_raw, dated, frame_of, has_dates, is_date_column
from xlfactor.tables.raw import Raw, column_names, row_names


def column(value: object, argument: str) -> pd.DataFrame:
    """One column of numbers: the column `variance`, or the only one."""
    raw = as_raw(value, argument)
    names = column_names(raw, "DUP_LABEL")
    lower = [name.casefold() for name in names]
    if len(names) > 1 and "variance" not in lower:
        raise FactorError(
            "COLUMN_UNKNOWN", f"{subject(argument, 'has')} {len(names)} columns and none is called variance",
            "pass one column, or name it variance", argument=argument,
        )  # fmt: skip
    j = lower.index("variance") if len(names) > 1 else 0
    if "volatility" in lower[j]:
        raise FactorError(
            "UNITS_COLUMN", f"{subject(argument, 'has')} the column {names[j]}, not variances",
            "pass the column variance",
            argument=argument,
        )  # fmt: skip
    return pd.DataFrame({"variance": raw.column(j)}, index=row_names(raw, "DUP_ASSET"))


def weights(value: object, argument: str) -> pd.DataFrame:
    """Assets down and one column, or dates down and assets across."""
    if isinstance(value, pd.DataFrame):
        if has_dates(value):
            return dated("DUP_ASSET")(value, argument)
        clean = frames.by_asset(value, argument)
        if clean is not None:
            return clean
    raw = as_raw(value, argument)
    if is_date_column(raw):
        return dated("DUP_ASSET")(value, argument)
    _at_most(
        1, raw, f"{subject(argument, 'has')} {len(raw.header)} columns", "pass one column, or head the dates with Date"
    )
    return pd.DataFrame({argument: raw.column(0)}, index=row_names(raw, "DUP_ASSET"))


def alpha(value: object, argument: str) -> pd.DataFrame:
    raw = as_raw(value, argument)
    _at_most(1, raw, f"{argument} has {len(raw.header)} columns", "pass one column")
    return pd.DataFrame({"alpha": raw.column(0)}, index=pd.Index(row_names(raw, "DUP_ASSET"), name="Asset"))


def market(value: object, argument: str) -> pd.DataFrame:
    """Dates down and one column."""
    frame = dated("DUP_LABEL")(value, argument)
    if frame.shape[1] > 1:
        raise FactorError(
            "COLUMN_UNKNOWN", f"{argument} has {frame.shape[1]} columns", "pass dates and one column of returns",
            argument=argument,
        )  # fmt: skip
    return frame


def descriptor_weights(value: object, argument: str) -> pd.DataFrame:
    """Descriptors down and one column."""
    raw = as_raw(value, argument)
    _at_most(1, raw, f"{argument} has {len(raw.header)} columns", "pass one column of weights")
    return pd.DataFrame({argument: raw.column(0)}, index=row_names(raw, "DUP_FACTOR"))


def groups(value: object, argument: str) -> pd.DataFrame:
    raw = as_raw(value, argument)
    _at_most(1, raw, f"{subject(argument, 'has')} {len(raw.header)} columns", "pass one text column")
    return pd.DataFrame({raw.header[0]: raw.texts(0)}, index=row_names(raw, "DUP_ASSET"))


def portfolio(value: object, argument: str) -> pd.DataFrame:
    raw = as_raw(value, argument)
    _at_most(
        2,
        raw,
        f"{subject(argument, 'has')} {len(raw.header)} columns of weights",
        "pass the portfolio weights and, if any, the benchmark weights",
    )
    return frame_of(raw, pd.Index(row_names(raw, "DUP_ASSET")), ["portfolio", "benchmark"][: len(raw.header)])


def portfolio_history(value: object, argument: str) -> pd.DataFrame:
    """Dates down and assets across, or constant weights as `portfolio`."""
    raw = as_raw(value, argument)
    if is_date_column(raw):
        return dated("DUP_ASSET")(value, argument)
    _at_most(
        2,
        raw,
        f"{argument} has {len(raw.header)} columns of weights and no dates",
        "head the dates with Date, or pass assets down and one column",
    )
    return portfolio(value, argument)


def _at_most(most: int, raw: Raw, found: str, fix: str) -> None:
    """Refuse a table of more columns than its kind has; `found` says what was found."""
    if len(raw.header) > most:
        raise FactorError("COLUMN_UNKNOWN", found, fix, argument=raw.argument)
