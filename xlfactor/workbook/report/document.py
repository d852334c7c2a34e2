"""A report before it has a format: pages of tables, charts and tiles; every format shows this and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from xlfactor.tables.cells import Cell, Rows

NUMBERS = {  # how a column of the catalogue's results is shown; keys of styles.NUMBER
    "Date": "date", "weight": "weight", "exposure": "loading", "volatility": "volatility", "correlation": "loading",
    "marginal": "contribution", "contribution": "contribution", "factor_contribution": "contribution",
    "idio_contribution": "contribution", "share": "volatility", "annual_return": "volatility",
    "annual_volatility": "volatility", "active_volatility": "volatility", "max_drawdown": "volatility",
    "hit_rate": "share", "sharpe": "loading", "t_stat": "z", "newey_west_t": "z", "skew": "loading",
    "kurtosis": "loading", "autocorrelation": "loading", "last_day": "return", "last_week": "return",
    "month_to_date": "return", "year_to_date": "return", "r_squared": "volatility",
    "adjusted_r_squared": "volatility", "condition_number": "z", "n_assets": "count", "rank": "count",
    "trade": "weight", "incremental_r_squared": "volatility", "share_significant": "share",
    "out_of_sample": "volatility", "p_value": "p", "p_adjusted": "p", "as_of": "date", "run": "count",
    "assets": "count",
}  # fmt: skip
MEASURES = {  # rows of RISK_DECOMPOSITION that are no volatility
    "factor_share": "share", "idio_share": "share", "beta": "loading", "value_at_risk": "contribution",
    "expected_shortfall": "contribution", "effective_assets": "z", "n_assets": "count",
}  # fmt: skip
WORDS = {  # labels of the catalogue that read better as words
    "r_squared": "R²", "adjusted_r_squared": "adjusted R²", "incremental_r_squared": "incremental R²",
    "t_stat": "t", "newey_west_t": "Newey-West t", "n_assets": "assets", "annual_volatility": "annual volatility",
    "p_value": "p", "p_adjusted": "adjusted p", "last_day": "last day", "last_week": "last week",
    "month_to_date": "MTD", "year_to_date": "YTD", "as_of": "as of", "parts - change": "parts − change",
}  # fmt: skip
SNAKE = frozenset(NUMBERS) | frozenset(MEASURES) | {"annual_factor_volatility", "annual_idio_volatility"}


@dataclass(frozen=True)
class Table:
    """Rows with a header. `numbers` by column and `row_numbers` by row (it wins) say how a number is shown."""

    key: str  # the name of its file
    title: str
    rows: Rows
    note: str = ""
    default: str = "loading"
    numbers: Mapping[str, str] = field(default_factory=dict)
    row_numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """Rows with a header; the first column holds labels, dates or (scatter) x, each other one is a series."""

    kind: Literal["bars", "stacked", "lines", "scatter"]
    title: str
    rows: Rows
    number: str


@dataclass(frozen=True)
class Tile:
    label: str
    value: Cell
    number: str
    note: str


@dataclass(frozen=True)
class Tiles:
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    title: str
    text: str


Item = Table | Chart | Tiles | Note
Band = tuple[Item, ...]  # side by side


@dataclass(frozen=True)
class Page:
    name: str
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Document:
    """`facts` stand on every page; `day` is every time stamp in the files."""

    title: str
    facts: tuple[tuple[str, str], ...]
    day: dt.datetime
    pages: tuple[Page, ...]


def tables_of(document: Document) -> list[Table]:
    """Every table of the report, in its order."""
    return [item for page in document.pages for band in page.bands for item in band if isinstance(item, Table)]


def number_of(table: Table, row: int, column: int) -> str:
    """The number format of a cell, from 0; row 0 is the header."""
    by_row = table.row_numbers.get(str(table.rows[row][0]))
    label = str(table.rows[0][column])
    return by_row or table.numbers.get(label) or NUMBERS.get(label) or table.default


def is_text(table: Table, column: int) -> bool:
    """Does a column hold labels and words? They stand left, numbers right."""
    return column == 0 or any(isinstance(row[column], str) for row in table.rows[1:])


def role(table: Table, row: int) -> Literal["total", "subtotal", ""]:
    """Is a row the sum of those above it, or of a family?"""
    text = str(table.rows[row][0])
    if text == "total" and row == len(table.rows) - 1:
        return "total"
    return "subtotal" if text.endswith("(total)") else ""


def mark(table: Table, row: int, column: int) -> Literal["warn", "bad", ""]:
    """A z beyond 2 and beyond 3 stands out, as on the risk sheet; OK, WARN, FAIL have their colours anyway."""
    value = table.rows[row][column]
    if not str(table.rows[0][column]).startswith("z ") or not isinstance(value, float):
        return ""
    return "bad" if abs(value) > 3 else "warn" if abs(value) > 2 else ""


def words(label: Cell) -> str:
    """A label as a reader wants it; a label of the user's stays as it is."""
    text = "" if label is None else str(label)
    return WORDS.get(text) or (text.replace("_", " ") if text in SNAKE else text)


SHOWN = {
    "return": ".2%", "weight": ".2%", "volatility": ".1%", "contribution": ".2%", "share": ".0%", "loading": ".2f",
    "z": ".1f", "variance": ".2e", "exact": ".6%", "count": ",.0f", "decimal": ",.3f", "p": ".3f",
}  # fmt: skip


def shown(value: Cell, number: str) -> str:
    """A value as text; a missing number is blank."""
    if value is None or value != value:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool | str):
        return str(value)
    text = format(value, SHOWN.get(number, "g"))
    return text.removeprefix("-") if not text.strip("-0.,%") else text  # no minus before a zero
