"""The workbook as new data make it, in memory: of a changed sheet only the rows that differ are read again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from xlfactor.workbook.formulas.workspace import Workspace
from xlfactor.workbook.reading.package import Book, SheetPart, open_book
from xlfactor.workbook.reading.sheet import Sheet, read_sheet
from xlfactor.workbook.writing.archive import staged_archive
from xlfactor.workbook.writing.sheet_bytes import cut

NUMBERED = re.compile(rb'<(?:[\w.-]+:)?row r="([0-9]+)"')


def staged(source: Path, ws: Workspace, parts: Mapping[str, bytes], rows: Mapping[str, frozenset[int]]) -> Workspace:
    """The workspace of the workbook `source`, read into `ws`, with these parts changed.

    `rows` are the rows of a sheet that changed; whatever else is new in it stands before or behind its cells. Sheets
    that were read are carried over, and their new bytes are in `parts` alone: a panel fills 50 MB.
    """
    known = {part.part: ws.sheets[part.name] for part in ws.book.sheets if part.name in ws.sheets}
    book = open_book(staged_archive(source, {part: data for part, data in parts.items() if part not in known}))
    if (book.sheets, book.strings, book.dynamic) != (ws.book.sheets, ws.book.strings, ws.book.dynamic):
        return Workspace(open_book(staged_archive(source, parts)), ws.catalogue)
    new = Workspace(book, ws.catalogue)
    for part in book.sheets:
        if part.part in known:
            old, data = known[part.part], parts.get(part.part)
            anew = rows.get(part.part, frozenset())
            new.sheets[part.name] = old if data is None else again(old, part, book, data, anew)
    return new


def again(old: Sheet, part: SheetPart, book: Book, data: bytes, rows: frozenset[int]) -> Sheet:
    """The sheet as `data` has it: from the old one all rows but these."""
    sheet = cut(data)
    kept = [(number, data[start:end]) for number, start, end in sheet.rows if number in rows]
    # A shared formula rests on another row, and the place of a row that does not say it on the one before.
    if sheet.data is not data or b"shared" in data or old.beyond or not all(map(says_its_number, kept)):
        return read_sheet(book, part, data)
    pieces = [data[: sheet.start], *(row for _, row in kept), data[sheet.end :]]
    found = read_sheet(book, part, b"".join(pieces))
    values = list(old.values)
    values.extend([] for _ in range(len(found.values) - len(values)))
    for number in rows:
        if number <= len(values):
            values[number - 1] = found.values[number - 1] if number <= len(found.values) else []
    formulas = {cell: formula for cell, formula in old.formulas.items() if cell[0] not in rows} | found.formulas
    faults = {cell: fault for cell, fault in old.faults.items() if cell[0] not in rows} | found.faults
    return replace(found, values=values, formulas=dict(sorted(formulas.items())), faults=faults)


def says_its_number(row: tuple[int, bytes]) -> bool:
    found = NUMBERED.match(row[1])
    return found is not None and int(found[1]) == row[0]
