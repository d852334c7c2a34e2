"""Formulas that read what the run itself wrote (its checks, its log): evaluated once more, nothing else is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xlfactor.errors import FactorError
from xlfactor.workbook.formulas.display import as_shown, put
from xlfactor.workbook.formulas.graph import downstream, edges, order
from xlfactor.workbook.formulas.plain import plain_value
from xlfactor.workbook.formulas.scan import Entry, rectangles_of
from xlfactor.workbook.formulas.workspace import Key, Rectangle, Workspace, clear, sheet_of, write
from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.results import Cell, Evaluation, PlainResult

Rows = Sequence[Sequence[Cell]]


def afterwards(
    found: Evaluation,
    entries: Mapping[Key, Entry],
    file: Workspace,
    book: Book,
    written: Sequence[tuple[Rectangle, Rows]],
) -> Evaluation:
    """The evaluation with the plain formulas that read `written`, directly or not, as they are after it.

    `written`: areas that were emptied and the rows that stand there now; `book` has the tables and names with
    their new sizes. A formula outside the closed set is left to the spreadsheet, a catalogue formula (nothing of
    ours reads a log) keeps its value until the next run.
    """
    ws = shown(found, replace(file, book=book, grids={}, spills={}), written)
    rectangles = {key: rectangles_of(entry, ws) for key, entry in entries.items()}
    areas = {key: (entry.formula.area, ws.spills.get(key, entry.formula.area)) for key, entry in entries.items()}
    reads = edges(areas, rectangles)
    new = [rectangle for rectangle, _ in written]
    seeds = [
        key for key, read in rectangles.items() if any(a.sheet == b.sheet and meets(a, b) for a in read for b in new)
    ]
    relevant = {key for key in downstream(reads, seeds) if entries[key].role != "ours"}
    plain = {(result.sheet, result.cell): result.value for result in found.plain}
    left = set(found.left_to_excel)
    sequence, circles = order({key: reads[key] & relevant for key in relevant})
    left.update(key for circle in circles for key in circle)
    for key in sequence:
        if entries[key].role != "plain" or key in left or reads[key] & left:
            left.add(key)
            continue
        try:
            value = plain_value(entries[key].tree, entries[key].place, ws)
        except (FactorError, RecursionError):
            left.add(key)
            continue
        plain[key] = value
        put(entries[key], [[value]], ws)
    for key in left:
        plain.pop(key, None)
    place = {part.name: i for i, part in enumerate(book.sheets)}
    ordered = sorted(plain, key=lambda key: (place[key[0]], key))
    results = tuple(PlainResult(*key, plain[key]) for key in ordered)
    return replace(found, plain=results, left_to_excel=tuple(sorted(left, key=lambda key: (place[key[0]], key))))


def meets(a: Rectangle, b: Rectangle) -> bool:
    return a.area[0] <= b.area[2] and b.area[0] <= a.area[2] and a.area[1] <= b.area[3] and b.area[1] <= a.area[3]


def shown(found: Evaluation, ws: Workspace, written: Sequence[tuple[Rectangle, Rows]]) -> Workspace:
    """The workspace whose grids show the evaluation and what was written."""
    sheets = {result.sheet for result in found.formulas} | {result.sheet for result in found.plain}
    for name in sheets | {rectangle.sheet for rectangle, _ in written}:
        ws.grids[name] = [row[:] for row in sheet_of(ws, name).values]
    for result in found.formulas:
        rows = result.rows or [[f"#XLF! {result.error.line}" if result.error else ""]]
        clear(ws.grids[result.sheet], result.old)
        r, c = result.cell
        ws.spills[result.sheet, result.cell] = (r, c, r + len(rows) - 1, c + len(rows[0]) - 1)
    dates_1904 = ws.book.dates_1904
    for result in found.formulas:
        rows = result.rows or [[f"#XLF! {result.error.line}" if result.error else ""]]
        write(ws.grids[result.sheet], result.cell, [[as_shown(v, dates_1904) for v in row] for row in rows])
    for plain in found.plain:
        write(ws.grids[plain.sheet], plain.cell, [[plain.value]])
    for rectangle, _ in written:
        clear(ws.grids[rectangle.sheet], rectangle.area)
    for rectangle, cells in written:
        lines = [[None if v is None else as_shown(v, dates_1904) for v in row] for row in cells]
        write(ws.grids[rectangle.sheet], rectangle.area[:2], lines)
    return ws
