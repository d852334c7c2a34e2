"""Tables by date, and what every reader of a table begins with: labels found, numbers read."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pandas as pd

from xlfactor.errors import FactorWarning
from xlfactor.tables import cells
from xlfactor.tables.raw import Raw, column_names, from_cells, from_frame, with_dates

GIVEN_ORDER = "xlfactor_given_order"  # attrs: the dates as they stood, where they were out of order


def as_raw(value: object, argument: str, label_columns: int = 1) -> Raw:
    if isinstance(value, pd.DataFrame):
        return from_frame(value, argument, label_columns)
    return from_cells(value, argument, label_columns)


def frame_of(raw: Raw, index: pd.Index, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(raw.numbers(), index, columns)


def dated(column_code: str) -> Callable[[object, str], pd.DataFrame]:
    def reader(value: object, argument: str) -> pd.DataFrame:
        raw, dates = with_dates(as_raw(value, argument))
        return by_date(frame_of(raw, dates, column_names(raw, column_code)), argument)

    return reader


def by_date(frame: pd.DataFrame, argument: str) -> pd.DataFrame:
    if frame.index.is_monotonic_increasing:
        return frame
    given = frame.index
    frame = frame.sort_index()
    frame.attrs[GIVEN_ORDER] = given
    warnings.warn(FactorWarning(f"DATES_SORTED: the dates of {argument} are out of order: sorted"), stacklevel=4)
    return frame


def is_date_column(raw: Raw) -> bool:
    first = raw.index[0][0]
    return raw.corner[0].casefold() == "date" or (
        not isinstance(first, str | int | float) and cells.date(first) is not None
    )
