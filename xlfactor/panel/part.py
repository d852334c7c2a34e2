"""One Parquet file of a panel: row groups of whole dates, so that a block of dates reads no others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from xlfactor.engine.arrays import Array
from xlfactor.errors import FactorError
from xlfactor.panel.read import Panel, Part

ROWS = 2**16  # of a row group, unless one date alone has more


def write_part(panel: Panel, key: str, file: str, dated: Iterable[tuple[pd.Timestamp, pd.DataFrame]]) -> Part:
    """A file of the rows of each date in turn; it has its name only when it is whole."""
    target = panel.path / key / file
    target.parent.mkdir(exist_ok=True)
    unfinished = target.with_name(f"{file}.tmp")
    dates, rows, hashes, holds = [], [], [], []
    low, high = np.full(len(panel.styles), np.nan), np.full(len(panel.styles), np.nan)
    waiting: list[pd.DataFrame] = []
    schema, text = arrow_schema(panel), ["asset", *panel.families]
    with pq.ParquetWriter(unfinished, schema, use_dictionary=text) as writer:
        for date, frame in dated:
            if waiting and sum(map(len, waiting)) + len(frame) > ROWS:
                writer.write_table(_table(waiting, schema))
                waiting = []
            waiting.append(frame)
            S = frame[panel.styles].to_numpy(dtype=float)
            low, high = np.fmin(low, _extreme(S, np.fmin)), np.fmax(high, _extreme(S, np.fmax))
            dates.append(str(date.date()))
            rows.append(len(frame))
            hashes.append(_hash(panel, frame))
            holds.append(_holds(panel, frame, S))
        if waiting:
            writer.write_table(_table(waiting, schema))
    os.replace(unfinished, target)
    return Part(file, tuple(dates), tuple(rows), tuple(hashes), tuple(holds), _numbers(low), _numbers(high))


def part_rows(panel: Panel, key: str) -> Iterator[tuple[pd.Timestamp, pd.DataFrame]]:
    """The rows of each date of a partition."""
    part, done = panel.parts[key], 0
    with open_part(panel, key) as file:
        for k in range(file.num_row_groups):
            frame = file.read_row_group(k).to_pandas(date_as_object=False)
            for name in ("asset", *panel.families):
                frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
            at = 0
            while at < len(frame):
                yield pd.Timestamp(part.dates[done]), frame.iloc[at : at + part.rows[done]]
                at, done = at + part.rows[done], done + 1


def open_part(panel: Panel, key: str) -> pq.ParquetFile:
    """The file of a partition. Raises FILE_CORRUPT, and PANEL_CHANGED where a later write has taken it away."""
    path = panel.path / key / panel.parts[key].file
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        raise FactorError(
            "PANEL_CHANGED", "the panel was written anew, or a file is gone", "open the panel again", where=str(path)
        ) from None
    except (pa.ArrowException, OSError):
        raise _corrupt(path) from None
    if file.metadata.num_rows != sum(panel.parts[key].rows):
        raise _corrupt(path)
    return file


def arrow_schema(panel: Panel) -> pa.Schema:
    """The columns of a file, roles first."""
    text = pa.dictionary(pa.int32(), pa.string())
    kinds = {"date": pa.date32(), "asset": text, "return": pa.float64()}
    kinds |= {role: pa.float64() for role, there in (("cap", panel.cap), ("weight", panel.weight)) if there}
    kinds |= {name: text if name in panel.families else pa.float64() for name in panel.columns}
    return pa.schema(list(kinds.items()))


def _corrupt(path: Path) -> FactorError:
    fix = "write the panel again, or take a backup"
    return FactorError("FILE_CORRUPT", "this is not the file that the panel wrote", fix, where=str(path))


def _table(frames: list[pd.DataFrame], schema: pa.Schema) -> pa.Table:
    frame = pd.concat(frames) if len(frames) > 1 else frames[0]
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)


def _extreme(S: Array, ufunc: np.ufunc) -> Array:
    return np.asarray(ufunc.reduce(S, axis=0))


def _numbers(values: Array) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(v) else float(v) for v in values)


def _holds(panel: Panel, frame: pd.DataFrame, S: Array) -> str:
    loadings = np.isfinite(S).any() or any(frame[name].notna().any() for name in panel.families)
    given = {"r": frame["return"].notna().any(), "l": loadings}
    given |= {role[0]: frame[role].notna().any() for role in ("cap", "weight") if role in frame.columns}
    return "".join(letter for letter, there in given.items() if there)


def _hash(panel: Panel, frame: pd.DataFrame) -> str:
    """blake2b of a date's rows."""
    digest = hashlib.blake2b(digest_size=16)
    for name in arrow_schema(panel).names[1:]:
        digest.update(f"\n{name}\n".encode())
        column = frame[name]
        if name == "asset" or name in panel.families:
            digest.update("\0".join("" if v is None else v for v in column).encode())
        else:
            values = column.to_numpy(dtype=float)
            digest.update(np.where(np.isnan(values), np.nan, values).tobytes())
    return digest.hexdigest()
