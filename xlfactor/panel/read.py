"""What a panel on disk holds: `panel.json` beside its Parquet files, and the one place that reads it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from xlfactor.engine.arrays import BoolArray, IntArray
from xlfactor.errors import FactorError
from xlfactor.tables.factors import FactorTable, factor_table

SCHEMA = 1
FACTS = "panel.json"
Partition = Literal["month", "year"]
ROLES = ("date", "asset", "return", "cap", "weight")


@dataclass(frozen=True)
class Part:
    """One month or year: its file, and for each of its dates the rows, their hash and what they hold.

    holds : letters r, l, c, w where any row of the date has a return, a loading, a cap, a weight.
    low, high : of each style over all rows, None where it has no number.
    """

    file: str
    dates: tuple[str, ...]
    rows: tuple[int, ...]
    hashes: tuple[str, ...]
    holds: tuple[str, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]

    @property
    def hash(self) -> str:
        """blake2b of the content, whatever the file's compression."""
        return combined(self.hashes)


@dataclass(frozen=True, eq=False)
class Panel:
    """A panel on disk; nothing of its rows is in memory.

    columns : the loadings in their table's order. families : the values of each text column, in order of first
    appearance; they and `assets` only ever grow, so a factor keeps its place when dates are added.
    parts : by month (2020-01) or year (2020), in order.
    """

    path: Path
    partition: Partition
    columns: tuple[str, ...]
    families: dict[str, list[str]]
    cap: bool
    weight: bool
    assets: pd.Index
    parts: dict[str, Part]

    @property
    def styles(self) -> list[str]:
        return [name for name in self.columns if name not in self.families]

    @cached_property
    def known(self) -> pd.DatetimeIndex:
        """Every date with rows."""
        return pd.DatetimeIndex([d for part in self.parts.values() for d in part.dates], name="Date").as_unit("ns")

    @cached_property
    def rows(self) -> IntArray:
        """The number of rows of each date of `known`."""
        return np.array([n for part in self.parts.values() for n in part.rows], dtype=np.int64)

    @cached_property
    def hashes(self) -> list[str]:
        """The hash of each date of `known`: dates that come later leave those of the others alone."""
        return [text for part in self.parts.values() for text in part.hashes]

    @cached_property
    def dates(self) -> pd.DatetimeIndex:
        """The dates of returns."""
        return self.known[self.holding("r")]

    def holding(self, letter: str) -> BoolArray:
        """Which dates of `known` hold a return (r), a loading (l), a cap (c), a weight (w)."""
        return self._holds[letter]

    @cached_property
    def _holds(self) -> dict[str, BoolArray]:
        texts = [text for part in self.parts.values() for text in part.holds]
        return {letter: np.array([letter in text for text in texts], dtype=bool) for letter in "rlcw"}

    @cached_property
    def factors(self) -> FactorTable:
        """Names, families and order of the factors, as a table of all rows would give them; `B` has no use here."""
        length = max([len(values) for values in self.families.values()], default=1)
        low, high = self._ranges
        spread = {name: np.linspace(a, b, max(length, 2)) for name, a, b in zip(self.styles, low, high, strict=True)}
        text = {
            name: pd.Series([*values, *[None] * (max(length, 2) - len(values))], dtype=object)
            for name, values in self.families.items()
        }
        return factor_table(pd.DataFrame({name: spread.get(name, text.get(name)) for name in self.columns}))

    @property
    def _ranges(self) -> tuple[list[float], list[float]]:
        """Lowest and highest number of each style, NaN where it has none."""
        low = pd.DataFrame([p.low for p in self.parts.values()], dtype=float).min()
        high = pd.DataFrame([p.high for p in self.parts.values()], dtype=float).max()
        return low.tolist(), high.tolist()

    @property
    def hash(self) -> str:
        """blake2b of all rows."""
        return combined(self.hashes)


def combined(hashes: Iterable[str]) -> str:
    """One hash of many, in their order."""
    return hashlib.blake2b("".join(hashes).encode(), digest_size=16).hexdigest()


def open_panel(path: str | os.PathLike[str]) -> Panel:
    """The panel in a folder; only `panel.json` is read.

    Raises FILE_NOT_FOUND where there is none, FILE_CORRUPT, PANEL_NEWER.
    """
    folder = Path(path)
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except OSError:
        raise FactorError(
            "FILE_NOT_FOUND", f"the folder has no {FACTS}", "write it with xlfactor panel", where=str(folder)
        ) from None
    except ValueError:
        raise _corrupt(folder) from None
    if isinstance(facts, dict) and isinstance(facts.get("schema"), int) and facts["schema"] > SCHEMA:
        raise FactorError(
            "PANEL_NEWER", "a newer version of xlfactor wrote this panel", "update xlfactor", where=str(folder)
        )
    try:
        return _panel(folder, facts)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _corrupt(folder) from None


def _corrupt(folder: Path) -> FactorError:
    return FactorError(
        "FILE_CORRUPT", f"{FACTS} is damaged", "write the panel again, or take a backup", where=str(folder)
    )


def _panel(folder: Path, facts: dict[str, Any]) -> Panel:
    parts = {
        name: Part(p["file"], *(tuple(p[key]) for key in ("dates", "rows", "hashes", "holds", "low", "high")))
        for name, p in facts["partitions"].items()
    }
    assets = pd.Index(facts["assets"], dtype=object, name="Asset")
    return Panel(
        folder, facts["partition"], tuple(facts["columns"]), dict(facts["families"]), bool(facts["cap"]),
        bool(facts["weight"]), assets, parts,
    )  # fmt: skip


def facts_of(panel: Panel) -> dict[str, Any]:
    """What `panel.json` says of a panel."""
    return {
        "schema": SCHEMA,
        "partition": panel.partition,
        "columns": list(panel.columns),
        "families": panel.families,
        "styles": panel.styles,
        "cap": panel.cap,
        "weight": panel.weight,
        "first": str(panel.known[0].date()),
        "last": str(panel.known[-1].date()),
        "partitions": {
            name: {
                "file": p.file, "hash": p.hash, "dates": p.dates, "rows": p.rows, "hashes": p.hashes,
                "holds": p.holds, "low": p.low, "high": p.high,
            }
            for name, p in panel.parts.items()
        },
        "assets": list(panel.assets),
    }  # fmt: skip
