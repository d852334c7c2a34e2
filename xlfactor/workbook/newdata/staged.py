"""The workbook as new data make it, in memory: of a changed sheet only the rows that differ are read again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from xlfactor.workbook.formulas.workspace import Workspace
from xlfactor.workbook.reading.package import Book, SheetPart, open_book, read_part
from xlfactor.workbook.reading.sheet import Sheet, read_sheet
from xlfactor.workbook.writing.archive import staged_archive
from xlfactor.workbook.writing.sheet_bytes import SheetBytes, cut

NUMBERED = re.compile(rb'<(?:[\w.-]+:)?row r="[0-9]+"')
SHARED = re.compile(rb"\st\s*=\s*[\"']shared")


def staged(source: Path, ws: Workspace, parts: Mapping[str, bytes]) -> Workspace:
    """The workspace of the workbook `source`, read into `ws`, with these parts changed."""
    book = open_book(staged_archive(source, parts))
    new = Workspace(book, ws.catalogue)
    if (book.sheets, book.strings, book.dynamic) == (ws.book.sheets, ws.book.strings, ws.book.dynamic):
        for part in book.sheets:
            old = ws.sheets.get(part.name)
            if old is not None:
                data = parts.get(part.part)
                new.sheets[part.name] = old if data is None else again(old, part, ws.book, book, data)
    return new


def again(old: Sheet, part: SheetPart, before: Book, now: Book, data: bytes) -> Sheet:
    """The sheet as `data` has it: from the old one the rows whose bytes are the same."""
    rows = differing(read_part(before, part.part), data)
    if rows is None or old.beyond:
        return read_sheet(now, part, data)
    found = read_sheet(now, part, only(cut(data), rows))
    values = list(old.values)
    values.extend([] for _ in range(len(found.values) - len(values)))
    for number in rows:
        if number <= len(values):
            values[number - 1] = found.values[number - 1] if number <= len(found.values) else []
    formulas = {cell: formula for cell, formula in old.formulas.items() if cell[0] not in rows} | found.formulas
    faults = {cell: fault for cell, fault in old.faults.items() if cell[0] not in rows} | found.faults
    return replace(found, values=values, formulas=dict(sorted(formulas.items())), faults=faults)


def differing(before: bytes, now: bytes) -> set[int] | None:
    """The rows that are new, changed or gone; None where a row's meaning may rest on another one.

    So does a shared formula, and the place of a row or a cell that does not say it.
    """
    old, new = cut(before), cut(now)
    if old.data is not before or new.data is not now or SHARED.search(now) or SHARED.search(before):
        return None
    known = {number: old.data[start:end] for number, start, end in old.rows}
    there = {number: new.data[start:end] for number, start, end in new.rows}
    rows = {number for number in known.keys() | there.keys() if known.get(number) != there.get(number)}
    if len(known) < len(old.rows) or len(there) < len(new.rows) or not all(map(numbered, there.values())):
        return None
    return rows


def numbered(row: bytes) -> bool:
    return NUMBERED.match(row) is not None


def only(sheet: SheetBytes, rows: set[int]) -> bytes:
    """The part with these rows alone between its head and its tail."""
    kept = [sheet.data[start:end] for number, start, end in sheet.rows if number in rows]
    return b"".join([sheet.data[: sheet.start], *kept, sheet.data[sheet.end :]])
