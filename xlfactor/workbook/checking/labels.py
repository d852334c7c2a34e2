"""Labels that are nearly one another, and labels that Excel may have changed: numbers, dates, truth values."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator, Sequence

import pandas as pd

from xlfactor.errors import clipped
from xlfactor.tables import cells
from xlfactor.workbook.checking.table import Place, Table, listed
from xlfactor.workbook.results import Cell, Note

DIGITS = 1e15  # Excel keeps fifteen digits of a number
DATES = (36526, 73050)  # 2000 to 2099 as day numbers: what MAR1 or SEP2 becomes when it is typed
CODES = {"loadings": "DUP_FACTOR", "factor_returns": "DUP_FACTOR", "factors": "DUP_FACTOR"}
Label = tuple[Place, Cell]


def label_notes(table: Table) -> Iterator[Note]:
    """Notes on the header and on the row labels that are no dates."""
    sheet, k = table.place.sheet, table.label_columns
    axes: list[tuple[str, list[Label]]] = []
    header = [(table.at(0, j), table.rows[0][j]) for j in table.body_columns()]
    if table.kind not in ("portfolio", "weights", "caps") or table.dated:
        axes.append((CODES.get(table.kind, "DUP_ASSET"), header))
    if not table.dated:
        axes.append(("DUP_ASSET", [(table.at(i, k - 1), table.rows[i][k - 1]) for i in table.body_rows()]))
    for code, labels in axes:
        yield from nearly_equal(code, sheet, labels)
        yield from changed(sheet, labels)
    for j, name in zip(table.body_columns(), table.frame.columns, strict=True):
        if not pd.api.types.is_numeric_dtype(table.frame[name].dtype):  # a family: its values are factors
            values = [(table.at(i, j), table.rows[i][j]) for i in table.body_rows()]
            yield from nearly_equal("DUP_FACTOR", sheet, [v for v in values if not cells.is_missing(v[1])])


def nearly_equal(code: str, sheet: str, labels: Sequence[Label]) -> list[Note]:
    """Different labels that no reader can tell apart: AAPL and aapl, or one with an invisible character."""
    first: dict[str, tuple[str, Place]] = {}
    found: dict[str, tuple[Place | None, str]] = {}
    for place, value in labels:
        label = cells.label(value)
        known, _ = first.setdefault(folded(label), (label, place))
        if known != label and label not in found:
            text = f"'{clipped(label)}' and '{clipped(known)}' differ in case, spaces or invisible characters only"
            found[label] = (place, text)
    return listed(code, "error", sheet, list(found.values()), "write them alike, or rename one")


def folded(label: str) -> str:
    text = unicodedata.normalize("NFKC", label).casefold()
    return "".join(c for c in text if unicodedata.category(c) != "Cf" and not c.isspace())


def changed(sheet: str, labels: Sequence[Label]) -> Iterator[Note]:
    """Labels that are no text: certain where all are whole numbers, as identifiers are."""
    mixed = any(isinstance(value, str) for _, value in labels)
    lost, dates, odd = [], [], []
    for place, value in labels:
        if isinstance(value, str) or value is None:
            continue
        if isinstance(value, dt.datetime) or (mixed and not isinstance(value, bool) and is_day(float(value))):
            day = cells.date(value)
            dates.append((place, f"the label {cells.label(value)} may be the date {day:%Y-%m-%d}"))
        elif isinstance(value, bool):
            odd.append((place, f"the label {cells.label(value)} is a truth value"))
        elif abs(value) >= DIGITS:
            lost.append((place, f"the label {cells.label(value)} is a number of more than fifteen digits"))
        elif mixed or not float(value).is_integer():
            odd.append((place, f"the label {cells.label(value)} is a number, not text"))
    fix = "format the cell as Text and type the label again"
    yield from listed("NAME_NUMERIC", "error", sheet, lost, f"Excel has rounded it: {fix}")
    yield from listed("NAME_DATE", "warn", sheet, dates, fix)
    yield from listed("NAME_NUMERIC", "warn", sheet, odd, fix)


def is_day(value: float) -> bool:
    return value.is_integer() and DATES[0] <= value < DATES[1]
