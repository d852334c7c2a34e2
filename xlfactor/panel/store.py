"""Rows into a panel on disk: a partition is written beside the old one, and `panel.json` changes over at the end.

`panel.json` names the file of every partition, and is replaced in one step after all files are whole. A write that
is killed leaves files that nothing names; the next write clears them away.
"""

from __future__ import annotations

import itertools
import json
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from xlfactor.engine.suspects import LARGE
from xlfactor.errors import FactorError, FactorWarning, counted, one_of
from xlfactor.panel.part import part_rows, write_part
from xlfactor.panel.read import FACTS, Panel, Part, Partition, facts_of, open_panel
from xlfactor.panel.rows import Chunk, Roles, by_date, checked, roles, typical_size

LOCK = ".lock"
FILES = "[0-9]*/part-*.parquet*"
Dated = tuple[str, pd.Timestamp, pd.DataFrame]


def write_panel(
    path: str | os.PathLike[str],
    frames: pd.DataFrame | Iterable[pd.DataFrame],
    partition: Partition = "month",
    families: Sequence[str] | None = None,
    styles: Sequence[str] | None = None,
    replace: bool = False,
) -> Panel:
    """Long rows into a panel: a new one, or further dates of one that is there.

    frames : one or many, sorted by date, with columns date, asset, return (decimals per period, missing where the
    asset did not trade), where known cap and weight, and the loadings: text columns are families, the rest styles
    (or as `families` and `styles` name them). Each frame is written before the next is asked for.
    replace : dates that the panel has already take the rows given here; else they are refused.
    Raises DUP_DATE, DUP_ASSET, DATES_UNSORTED, COLUMNS_DIFFER, and what a cell that is no number or date raises.
    """
    given = [frames] if isinstance(frames, pd.DataFrame) else frames
    chunks = (Chunk(frame.reset_index(drop=True), f"frame {k}", 1) for k, frame in enumerate(given, start=1))
    return write_chunks(path, chunks, partition, families, styles, replace)


def write_chunks(
    path: str | os.PathLike[str],
    chunks: Iterable[Chunk],
    partition: Partition = "month",
    families: Sequence[str] | None = None,
    styles: Sequence[str] | None = None,
    replace: bool = False,
) -> Panel:
    """As `write_panel`, from rows that know where they came from."""
    one_of(partition, Partition, "partition")
    folder = Path(path)
    if not folder.parent.is_dir():
        raise FactorError("FOLDER_MISSING", "the folder does not exist", "make it first", where=str(folder.parent))
    with _alone(folder):
        before = open_panel(folder) if (folder / FACTS).exists() else None
        if before is None and _foreign(folder):
            raise FactorError(
                "FILE_EXISTS", "the folder has other files and no panel", "name a new or empty folder",
                where=str(folder),
            )  # fmt: skip
        stream = iter(chunks)
        first = next((chunk for chunk in stream if len(chunk.frame)), None)
        if first is None:
            raise FactorError("NO_ROWS", "no rows were given", "check the file or the query", where=str(folder))
        r = roles(first, families, styles) if before is None else _roles_of(before, first)
        panel = before or Panel(
            folder, partition, r.columns, {name: [] for name in r.families}, "cap" in r.given, "weight" in r.given,
            pd.Index([], dtype=object), {},
        )  # fmt: skip
        frames = ((chunk.source, checked(chunk, r)) for chunk in itertools.chain([first], stream))
        return _write(panel, by_date(frames), replace)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer a panel: two would each replace what the other wrote."""
    folder.mkdir(exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout:
        raise FactorError(
            "FILE_LOCKED", "another process writes this panel", "wait for it to end", where=str(folder)
        ) from None


def _write(panel: Panel, dated: Iterator[Dated], replace: bool) -> Panel:
    """All partitions that `dated` touches, then `panel.json`."""
    assets, families = list(panel.assets), {name: list(values) for name, values in panel.families.items()}
    known = {"asset": (assets, set(assets)), **{name: (v, set(v)) for name, v in families.items()}}
    parts = dict(panel.parts)
    large: list[tuple[pd.Timestamp, float]] = []
    dated = _sized(dated, large)
    try:
        for key, group in itertools.groupby(dated, key=lambda one: _key(one[1], panel.partition)):
            file = _next_file(parts.get(key))
            parts[key] = write_part(panel, key, file, _seen(_merged(panel, key, group, replace), known))
    except BaseException:
        _clear(panel)
        raise
    written = Panel(
        panel.path, panel.partition, panel.columns, families, panel.cap, panel.weight,
        pd.Index(assets, dtype=object, name="Asset"), dict(sorted(parts.items())),
    )  # fmt: skip
    _commit(written)
    _clear(written)
    _warn_of_units(large)
    return written


def _sized(dated: Iterator[Dated], large: list[tuple[pd.Timestamp, float]]) -> Iterator[Dated]:
    """Pass the rows on, and note the dates on which the typical return is larger than returns are."""
    for source, date, frame in dated:
        size = typical_size(frame)
        if size > LARGE:
            large.append((date, size))
        yield source, date, frame


def _warn_of_units(large: list[tuple[pd.Timestamp, float]]) -> None:
    if large:
        date, size = large[0]
        more = f" and {counted(len(large) - 1, 'more date')}" if len(large) > 1 else ""
        text = f"half of the returns of {date.date()}{more} exceed {size:.3g} in size, that is {size:.0%}"
        warnings.warn(
            FactorWarning(f"UNITS_PERCENT: {text}: divide percent by 100, and write them again"), stacklevel=4
        )


def _merged(
    panel: Panel, key: str, given: Iterator[Dated], replace: bool
) -> Iterator[tuple[pd.Timestamp, pd.DataFrame]]:
    """The rows of each date that a partition has and is given, in order."""
    old = part_rows(panel, key) if key in panel.parts else iter(())
    waiting = next(old, None)
    for source, date, frame in given:
        while waiting is not None and waiting[0] < date:
            yield waiting
            waiting = next(old, None)
        if waiting is not None and waiting[0] == date:
            if not replace:
                raise FactorError(
                    "DUP_DATE", f"the panel has {date.date()} already", "leave it out, or replace it",
                    where=f"{source} row {frame.index[0]}",
                )  # fmt: skip
            waiting = next(old, None)
        yield date, frame
    while waiting is not None:
        yield waiting
        waiting = next(old, None)


def _seen(
    dated: Iterator[tuple[pd.Timestamp, pd.DataFrame]], known: dict[str, tuple[list[str], set[str]]]
) -> Iterator[tuple[pd.Timestamp, pd.DataFrame]]:
    """Pass the rows on, and add their assets and family values to those known, in order of first appearance."""
    for date, frame in dated:
        for name, (labels, already) in known.items():
            for label in frame[name].unique():
                if label is not None and label not in already:
                    labels.append(label)
                    already.add(label)
        yield date, frame


def _key(date: pd.Timestamp, partition: Partition) -> str:
    return f"{date:%Y-%m}" if partition == "month" else f"{date:%Y}"


def _next_file(part: Part | None) -> str:
    """A name that the partition does not use, so that the old file stays until `panel.json` names the new one."""
    number = 0 if part is None else int(part.file.removeprefix("part-").removesuffix(".parquet")) + 1
    return f"part-{number}.parquet"


def _commit(panel: Panel) -> None:
    handle, name = tempfile.mkstemp(dir=panel.path, prefix=f".{FACTS}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(facts_of(panel), file, ensure_ascii=False)
        os.replace(name, panel.path / FACTS)
    except BaseException:
        os.unlink(name)
        raise


def _clear(panel: Panel) -> None:
    """Take away the files of earlier or killed writes that `panel.json` no longer names."""
    named = {panel.path / key / part.file for key, part in panel.parts.items()}
    for file in [*panel.path.glob(FILES), *panel.path.glob(f".{FACTS}.*")]:
        if file not in named:
            with suppress(OSError):  # on Windows a reader may hold it: the next write takes it away
                file.unlink()


def _foreign(folder: Path) -> bool:
    """Whether a folder holds what no write of a panel left there."""
    ours = {*folder.glob(FILES), *folder.glob(f".{FACTS}.*"), folder / LOCK}
    return any(file not in ours for file in folder.rglob("*") if not file.is_dir())


def _roles_of(panel: Panel, first: Chunk) -> Roles:
    """The roles that further rows must have, for the panel has them already."""
    found = roles(first, list(panel.families), panel.styles)
    for role, there in (("cap", panel.cap), ("weight", panel.weight)):
        if (role in found.given) != there:
            message = f"the panel has {'a' if there else 'no'} column {role}, these rows {'not' if there else 'do'}"
            raise FactorError("COLUMNS_DIFFER", message, "give all rows one schema", where=first.source)
    return Roles(found.given, panel.columns, tuple(panel.families))
