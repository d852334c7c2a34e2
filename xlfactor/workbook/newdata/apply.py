"""Files with new data into the tables that the formulas read: which parts of the workbook that changes."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xlfactor.workbook.formulas.inputs import Entries, table_for
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, sheet_of
from xlfactor.workbook.newdata.columns import changed_blocks, headed, widened, with_columns
from xlfactor.workbook.newdata.datafile import read_data
from xlfactor.workbook.newdata.returns import with_new_returns
from xlfactor.workbook.newdata.table import with_new_rows
from xlfactor.workbook.newdata.table_body import Body, Row, body_of, resize_of, table_bytes
from xlfactor.workbook.reading.package import Book, read_part
from xlfactor.workbook.reading.sheet import Sheet
from xlfactor.workbook.results import Note
from xlfactor.workbook.writing.follow import Resize, follow
from xlfactor.workbook.writing.patch import patched

GROWING = ("returns", "loadings")  # assets across, factors across: a blank table takes the file's


@dataclass(frozen=True)
class NewData:
    """Changed parts, tables that changed size, the areas of changed cells, and what there is to say.

    `rows` are the numbers of the rows that a changed sheet has got anew.
    """

    parts: dict[str, bytes]
    resized: list[Resize]
    areas: list[Rectangle]
    notes: list[Note]
    rows: dict[str, frozenset[int]] = field(default_factory=dict)


def apply_new_data(
    files: Mapping[str, Path],
    entries: Entries,
    ws: Workspace,
    *,
    decimal: str,
    revise: bool,
    follows: bool,
    new_assets: bool = False,
) -> NewData:
    """`files` by argument (returns, loadings, portfolio, caps) put into their tables.

    Blank tables of returns and loadings take their file's columns. With `new_assets` the table of returns gets
    a column for each asset that only the file has. Nothing is written. FactorError of the files, of tables that
    cannot take them, REVISION.
    """
    found = NewData({}, [], [], [])
    for argument, path in files.items():
        put_file(argument, path, entries, ws, decimal, revise, new_assets, found)
    if follows and found.resized:
        with zipfile.ZipFile(ws.book.source) as archive:
            found.parts.update(follow(archive, found.parts, ws.book, found.resized))
    return found


def put_file(
    argument: str,
    path: Path,
    entries: Entries,
    ws: Workspace,
    decimal: str,
    revise: bool,
    new_assets: bool,
    found: NewData,
) -> None:
    table = table_for(argument, entries, ws)
    sheet = sheet_of(ws, table.sheet)
    body = body_of(table, sheet)
    data = read_data(path, argument, decimal)
    if not body.rows and argument in GROWING:
        body = headed(body, data)
    if argument == "returns":
        if new_assets:
            body, added = widened(body, data)
            found.notes.extend(added)
        rows, notes = with_new_returns(body, data, revise, len(table.columns))
    else:
        rows, notes = with_new_rows(body, data)
    found.notes.extend(notes)
    put_rows(body, rows, sheet, ws.book, found)


def put_rows(body: Body, rows: Sequence[Row], sheet: Sheet, book: Book, found: NewData) -> None:
    """A table's new rows into the parts found so far; nothing where they are the old ones."""
    table = body.table
    blocks = changed_blocks(body, rows, book)
    if not blocks:
        return
    resize = resize_of(body, rows, sheet, book)
    part = part_of(book, table.sheet)
    found.parts[part], anew = patched(current(book, found.parts, part), blocks, book)
    found.rows[part] = found.rows.get(part, frozenset()) | anew
    found.areas.extend(Rectangle(table.sheet, area) for block in blocks for area in (block.old, block.area))
    if table.columns != book.tables[table.name.casefold()].columns:
        found.parts[table.part] = with_columns(current(book, found.parts, table.part), table.columns)
    if resize is not None:
        found.resized.append(resize)
        found.parts[table.part] = table_bytes(current(book, found.parts, table.part), resize)
        found.areas.append(Rectangle(table.sheet, resize.new))


def part_of(book: Book, sheet: str) -> str:
    return next(part.part for part in book.sheets if part.name == sheet)


def current(book: Book, parts: Mapping[str, bytes], part: str) -> bytes:
    """A part as changed so far."""
    return parts[part] if part in parts else read_part(book, part)
