"""The rows of a database query as a panel, streamed: neither the driver nor pandas ever holds them all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pandas as pd
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from xlfactor.errors import FactorError
from xlfactor.panel.read import Panel, Partition
from xlfactor.panel.rows import Chunk
from xlfactor.panel.store import write_chunks

ROWS = 2**16  # fetched at a time


def from_query(
    url: str,
    query: str,
    path: str | os.PathLike[str],
    partition: Partition = "month",
    families: Sequence[str] | None = None,
    styles: Sequence[str] | None = None,
    replace: bool = False,
) -> Panel:
    """A panel of what a query returns, as `write_panel`; end the query with ORDER BY date.

    url : SQLAlchemy's (postgresql+psycopg://…, sqlite:///…). Columns are named in the query (SELECT px AS "return").
    Raises DATABASE with the driver's own words, DRIVER_MISSING, and what `write_panel` does with the query's row.
    """
    return write_chunks(path, _pieces(url, query), partition, families, styles, replace)


def _pieces(url: str, query: str) -> Iterator[Chunk]:
    """Rows by the thousand through a server-side cursor (SQLAlchemy's stream_results)."""
    try:
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError):
        raise FactorError(
            "DATABASE", "the database address cannot be read", "write it as sqlite:///file.db or postgresql+psycopg://…"
        ) from None  # the address may hold a password: it is not repeated
    except ImportError as error:
        message = f"the database needs the Python package {error.name}"
        raise FactorError("DRIVER_MISSING", message, f"pip install {error.name}") from None
    try:
        with engine.connect().execution_options(stream_results=True, max_row_buffer=ROWS) as connection:
            result = connection.execute(text(query))
            if not result.returns_rows:
                raise FactorError("NO_ROWS", "the query returns no rows", "begin it with SELECT")
            names, row = list(result.keys()), 1
            for rows in result.partitions(ROWS):
                yield Chunk(pd.DataFrame.from_records([tuple(r) for r in rows], columns=names), "query", row)
                row += len(rows)
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        words = " ".join(str(cause).split())
        raise FactorError("DATABASE", words, "check the address and the query") from None
    finally:
        engine.dispose()
