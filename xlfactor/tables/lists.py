"""Short arguments: a list of names, one column or row with or without a heading; and factors with their shocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd

from xlfactor.errors import FactorError
from xlfactor.tables import cells
from xlfactor.tables.raw import from_cells, from_frame, refuse_twice, row_names


def names(value: object, argument: str, headings: frozenset[str], duplicate: str) -> list[str]:
    """The labels of a column, a row or one cell, each once; blank cells between them are spacing.

    A list needs no header. A first cell that is one of `headings` is skipped, for a table's column has one.
    """
    rows = cells.block(_as_rows(value), argument)
    if len(rows) > 1 and len(rows[0]) > 1:
        raise FactorError(
            "NOT_A_LIST", f"{argument} is a range of {len(rows)} rows and {len(rows[0])} columns",
            "pass one column or row of names", argument=argument,
        )  # fmt: skip
    found = [((i, j), cells.label(v)) for i, row in enumerate(rows) for j, v in enumerate(row) if not cells.is_empty(v)]
    if len(found) > 1 and found[0][1].casefold() in headings:
        found = found[1:]
    for place, name in found:
        if name in cells.ERRORS or name == "#N/A" or not name:
            raise FactorError(
                "NAME_ERROR", f"{argument} holds '{name}' where a name is expected", "type a name or clear the cell",
                where=cells.position(place), argument=argument, cells=[place],
            )  # fmt: skip
    labels = [name for _, name in found]
    refuse_twice(labels, argument, duplicate, [place for place, _ in found])
    return labels


def _as_rows(value: object) -> object:
    if isinstance(value, pd.DataFrame):
        return [list(row) for row in value.itertuples(index=False)]
    return [[name] for name in value] if isinstance(value, pd.Series | pd.Index) else value


def shocks(value: object, argument: str) -> pd.DataFrame:
    """Factors down, one column of numbers. Without a header its first shock would be lost, so that is refused."""
    frame = isinstance(value, pd.DataFrame)
    raw = from_frame(value, argument, 1) if isinstance(value, pd.DataFrame) else from_cells(value, argument, 1)
    if len(raw.header) > 1:
        raise FactorError(
            "COLUMN_UNKNOWN", f"{argument} has {len(raw.header)} columns of shocks", "pass one column",
            argument=argument,
        )  # fmt: skip
    place = (0, raw.columns[0])
    if not frame and isinstance(cells.block(value, argument)[0][place[1]], int | float):
        raise FactorError(
            "HEADER_MISSING", f"{argument} begins with a number where its header belongs",
            "put a row with Factor and shock above it", where=cells.position(place), argument=argument, cells=[place],
        )  # fmt: skip
    return pd.DataFrame({"shock": raw.column(0)}, index=row_names(raw, "DUP_FACTOR"))


LISTS: dict[str, Callable[[object, str], list[str]]] = {
    "assets": partial(
        names, headings=frozenset({"asset", "assets", "instrument", "instruments"}), duplicate="DUP_ASSET"
    ),
    "factor_names": partial(names, headings=frozenset({"factor", "factors"}), duplicate="DUP_FACTOR"),
}
