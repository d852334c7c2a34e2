"""Rows as they were given, from a DataFrame, a CSV file or a query, made into the rows of a panel and checked."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError, did_you_mean, first_five
from xlfactor.panel.read import ROLES
from xlfactor.tables import cells

Labels = np.ndarray[tuple[int], np.dtype[np.object_]]
REQUIRED = ("date", "asset", "return")


@dataclass(frozen=True)
class Chunk:
    """Some rows, the name of where they came from, and the number that its user gives the first of them."""

    frame: pd.DataFrame
    source: str
    first: int


@dataclass(frozen=True)
class Roles:
    """What each column is: `given` from role or loading to the source's own name; families are text."""

    given: dict[str, str]
    columns: tuple[str, ...]  # loadings, in the source's order
    families: tuple[str, ...]

    @property
    def numbers(self) -> list[str]:
        """The columns of numbers, as a partition stores them."""
        wanted = [*ROLES[2:], *(name for name in self.columns if name not in self.families)]
        return [name for name in wanted if name in self.given]


def roles(chunk: Chunk, families: Sequence[str] | None, styles: Sequence[str] | None) -> Roles:
    """Roles by name (date, asset, return, cap, weight in any case), loadings by name or by type: text is a family."""
    given: dict[str, str] = {}
    for name in chunk.frame.columns:
        label = cells.label(name)
        role = label.casefold() if label.casefold() in ROLES else label
        if not label or role in given:
            code, what = ("DUP_FACTOR", f"the column {label} stands twice") if label else ("NAME_BLANK", "no name")
            raise FactorError(code, what, "give each column one name", where=chunk.source)
        given[role] = name
    for role in REQUIRED:
        if role not in given:
            raise _unknown(role, given, chunk.source)
    loadings = [name for name in given if name not in ROLES]
    for name in [*(families or ()), *(styles or ())]:
        if name not in loadings:
            raise _unknown(name, loadings, chunk.source)
    if styles is not None or families is not None:
        of_text = list(families or ())
    else:
        of_text = [name for name in loadings if _is_text(chunk.frame[given[name]])]
    if styles is not None:
        loadings = [name for name in loadings if name in styles or name in of_text]
    if not loadings:
        raise FactorError("LOADING_MISSING", "no column of loadings", "add styles or families", where=chunk.source)
    kept = {name: given[name] for name in given if name in ROLES or name in loadings}
    return Roles(kept, tuple(loadings), tuple(name for name in loadings if name in of_text))


def checked(chunk: Chunk, r: Roles) -> pd.DataFrame:
    """The rows as a panel stores them; their index holds the source's row numbers. The first bad cell is named."""
    missing = [name for name in r.given.values() if name not in chunk.frame.columns]
    if missing:
        raise FactorError(
            "COLUMNS_DIFFER", f"no column {first_five(missing)}, which earlier rows have", "give all rows one schema",
            where=chunk.source,
        )  # fmt: skip
    index = pd.RangeIndex(chunk.first, chunk.first + len(chunk.frame))
    columns: dict[str, pd.Series] = {"date": pd.Series(_dates(chunk, r.given["date"]), index)}
    columns |= {"asset": pd.Series(_assets(chunk, r.given["asset"]), index, dtype=object)}
    columns |= {name: pd.Series(_numbers(chunk, r.given[name], name), index) for name in r.numbers}
    columns |= {name: pd.Series(_texts(chunk, r.given[name]), index, dtype=object) for name in r.families}
    return pd.DataFrame(columns)


def by_date(frames: Iterable[tuple[str, pd.DataFrame]]) -> Iterator[tuple[str, pd.Timestamp, pd.DataFrame]]:
    """The rows of one date after the other, each with its source; refuses dates out of order and twice an asset."""
    held: list[pd.DataFrame] = []
    for source, frame in frames:
        stamps = frame["date"].to_numpy()
        edges = np.flatnonzero(np.r_[True, stamps[1:] != stamps[:-1]]) if len(stamps) else np.array([], dtype=int)
        for start, stop in zip(edges, [*edges[1:], len(stamps)], strict=True):
            now = frame.iloc[start:stop]
            if held and held[0]["date"].iloc[0] != stamps[start]:
                if stamps[start] < held[0]["date"].iloc[0]:
                    row, day = frame.index[start], pd.Timestamp(stamps[start]).date()
                    raise FactorError(
                        "DATES_UNSORTED", f"{day} comes after a later date", "sort the rows by date",
                        where=f"{source} row {row}",
                    )  # fmt: skip
                yield _one_date(source, held)
                held = []
            held.append(now)
    if held:
        yield _one_date(source, held)


def typical_size(frame: pd.DataFrame) -> float:
    """The median of |r| on a date, 0 without returns."""
    sizes = frame["return"].abs()
    return float(sizes.median()) if sizes.notna().any() else 0.0


def _one_date(source: str, held: list[pd.DataFrame]) -> tuple[str, pd.Timestamp, pd.DataFrame]:
    frame = pd.concat(held) if len(held) > 1 else held[0]
    date = pd.Timestamp(frame["date"].iloc[0])
    twice = np.flatnonzero(frame["asset"].duplicated())
    if len(twice):
        asset = frame["asset"].iloc[twice[0]]
        raise FactorError(
            "DUP_ASSET", f"{date.date()} lists the asset {asset} twice", "delete one of the rows",
            where=f"{source} row {frame.index[twice[0]]}",
        )  # fmt: skip
    return source, date, frame


def _is_text(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return False
    present = [v for v in column if not cells.is_missing(v) and v is not pd.NA]
    return bool(present) and all(isinstance(v, str) for v in present)


def _unknown(name: str, known: Iterable[str], source: str) -> FactorError:
    hint = did_you_mean(name, known) or "name the columns date, asset, return, and the loadings"
    return FactorError("COLUMN_UNKNOWN", f"no column is called {name}", hint, where=source)


def _dates(chunk: Chunk, name: str) -> pd.DatetimeIndex:
    codes, found = pd.factorize(chunk.frame[name], use_na_sentinel=False)
    days = [cells.date(v.item() if isinstance(v, np.generic) else v) for v in found]
    for k, day in enumerate(days):
        if day is None:
            row = int(np.argmax(codes == k))
            raise _at(chunk, row, name, "DATE_BAD", f"'{str(found[k])[:40]}' is no date", "write it as 2026-01-30")
    return pd.DatetimeIndex(days).as_unit("ns")[codes]


def _assets(chunk: Chunk, name: str) -> Labels:
    codes, found = pd.factorize(chunk.frame[name], use_na_sentinel=False)
    labels = ["" if v is pd.NA else _label(v) for v in found]
    for k, text in enumerate(labels):
        if not text or text in cells.ERRORS:
            row = int(np.argmax(codes == k))
            raise _at(chunk, row, name, "NAME_BLANK", f"'{text}' is no asset's name", "name the asset of the row")
    return np.array(labels, dtype=object)[codes]


@lru_cache(2**17, typed=True)
def _label(value: Hashable) -> str:
    """The same assets come with every date."""
    return cells.label(value)


def _texts(chunk: Chunk, name: str) -> Labels:
    codes, found = pd.factorize(chunk.frame[name])
    labels = [None if cells.is_missing(v) else cells.label(v) for v in found]
    return np.array([*labels, None], dtype=object)[codes]


def _numbers(chunk: Chunk, name: str, role: str) -> Array:
    column = chunk.frame[name]
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=float, na_value=np.nan)
    else:
        rows: cells.Rows = [[None if v is pd.NA or v is pd.NaT else v] for v in column]
        try:
            values = cells.numbers(rows, name, 0, 0)[:, 0]
        except FactorError as error:
            found = error.cells[0][0]
            raise FactorError(error.code, error.message, error.fix, where=_place(chunk, found, name)) from None
    infinite = np.isinf(values)
    if infinite.any():
        raise _at(chunk, int(infinite.argmax()), name, "VALUE_INF", "an infinite number", "type a finite one")
    if role in ("cap", "weight") and (values < 0).any():
        raise _at(chunk, int((values < 0).argmax()), name, "VALUE_RANGE", f"a negative {role}", "give 0 or more")
    return np.asarray(values, dtype=float)


def _at(chunk: Chunk, row: int, column: str, code: str, message: str, fix: str) -> FactorError:
    return FactorError(code, message, fix, where=_place(chunk, row, column))


def _place(chunk: Chunk, row: int, column: str) -> str:
    return f"{chunk.source} row {chunk.first + row}, column {column}"
