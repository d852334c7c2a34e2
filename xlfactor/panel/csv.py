"""Long CSV files, read in pieces, as the rows of a panel."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from xlfactor.errors import FactorError
from xlfactor.panel.read import Panel, Partition
from xlfactor.panel.rows import Chunk
from xlfactor.panel.store import write_chunks
from xlfactor.tables import cells

ROWS = 2**17  # a piece
EXACT: dict[str, Any] = {"float_precision": "round_trip"} if pd.__version__ < "3.1" else {}  # the default since 3.1


def from_csv(
    files: Iterable[str | os.PathLike[str]],
    path: str | os.PathLike[str],
    partition: Partition = "month",
    families: Sequence[str] | None = None,
    styles: Sequence[str] | None = None,
    replace: bool = False,
) -> Panel:
    """A panel of long CSV files (comma, semicolon or tab; UTF-8), together in order of date; as `write_panel`.

    Raises FILE_NOT_FOUND, FILE_BAD, and what `write_panel` does, with the file's line and column.
    """
    chunks = (chunk for file in files for chunk in _pieces(Path(file), families))
    return write_chunks(path, chunks, partition, families, styles, replace)


def _pieces(file: Path, families: Sequence[str] | None) -> Iterator[Chunk]:
    """Pieces of a file; names of assets and families stay text (000123), a piece of numbers is one of numbers."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            header = text.readline()
            separator = max(",;\t", key=header.count)
        sample = pd.read_csv(file, sep=separator, nrows=ROWS, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError:
        raise FactorError("FILE_NOT_FOUND", "the file cannot be opened", "check its path", where=str(file)) from None
    except (ValueError, pd.errors.ParserError) as error:
        raise _bad(file, error) from None
    as_text = {name: str for name in sample.columns if _stays_text(name, sample[name], families)}
    missing = {name: sorted(cells.MISSING) for name in sample.columns if name not in as_text}
    try:
        pieces = pd.read_csv(
            file, sep=separator, chunksize=ROWS, dtype=as_text, keep_default_na=False, na_values=missing,
            encoding="utf-8-sig", low_memory=False, **EXACT,
        )  # fmt: skip
        line = 2
        for frame in pieces:
            for name in missing:
                frame[name] = _numbers_where_they_are(frame[name])
            yield Chunk(frame, file.name, line)
            line += len(frame)
    except (ValueError, pd.errors.ParserError) as error:
        raise _bad(file, error) from None


def _stays_text(name: str, column: pd.Series, families: Sequence[str] | None) -> bool:
    """Dates, assets and families: by name where families are named, else where no cell of the sample is a number."""
    label = cells.label(name)
    if label.casefold() in ("date", "asset") or (families is not None and label in families):
        return True
    if families is not None or label.casefold() in ("return", "cap", "weight"):
        return False
    present = [v for v in column.unique() if not cells.is_missing(v)]
    return bool(present) and not any(_is_number(v) for v in present)


def _numbers_where_they_are(column: pd.Series) -> pd.Series:
    """One bad cell makes pandas leave a whole column as text: of the other cells it is the number that counts."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    return column.astype(object).where(numbers.isna(), numbers)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _bad(file: Path, error: Exception) -> FactorError:
    return FactorError("FILE_BAD", str(error).replace("\n", " "), "save it as a UTF-8 CSV", where=file.name)
