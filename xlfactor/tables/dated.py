"""Tables by date, and what every reader of a table begins with: labels found, numbers read."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pandas as pd

from xlfactor.errors import FactorWarning
from xlfactor.tables import cells, frames
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
        clean = frames.dated(value) if isinstance(value, pd.DataFrame) else None
        if clean is not None:
            return by_date(clean, argument)
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
    return _dates_lead(raw.corner[0], raw.index[0][0])


def has_dates(frame: pd.DataFrame) -> bool:
    """`is_date_column` of a DataFrame's row labels."""
    return len(frame) > 0 and frame.index.nlevels == 1 and _dates_lead(cells.label(frame.index.name), frame.index[0])


def _dates_lead(corner: str, first: object) -> bool:
    return corner.casefold() == "date" or (not isinstance(first, str | int | float) and cells.date(first) is not None)
