"""What a run leaves in our own template beside its results: checks, what moved, two states, a row of the log."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xlfactor.workbook.check import findings, inputs
from xlfactor.workbook.checks_table import CHECKS, check_rows, formula_notes, in_order, target
from xlfactor.workbook.formulas.afterwards import afterwards
from xlfactor.workbook.formulas.inputs import Entries
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, sheet_of
from xlfactor.workbook.log_row import log_table, now, run_facts, with_log_row
from xlfactor.workbook.moved import Report, moved_report, without_result
from xlfactor.workbook.newdata.apply import NewData, current, part_of, put_rows
from xlfactor.workbook.newdata.table_body import Body, Row, body_area, body_of
from xlfactor.workbook.reading.package import Book, Table
from xlfactor.workbook.results import Cell, Evaluation, Note
from xlfactor.workbook.state import TABLES as STATE_TABLES
from xlfactor.workbook.state import State, after_run, table_rows
from xlfactor.workbook.state_cells import kept_at, patch_block, state_blocks, stored_state
from xlfactor.workbook.writing.follow import workbook_part
from xlfactor.workbook.writing.links import with_links
from xlfactor.workbook.writing.names import area_reference, named_area, with_names
from xlfactor.workbook.writing.patch import Block, patch_sheet
from xlfactor.workbook.writing.spill import result_blocks


@dataclass(frozen=True)
class Run:
    """A run of which a record is kept; `new` has the parts as changed so far, and they change further."""

    ws: Workspace
    entries: Entries
    found: Evaluation
    notes: Sequence[Note]
    new: NewData
    input_hash: str
    as_of: str


@dataclass
class Record:
    """What was written so far: areas with their rows, and the book with tables and names as they are now."""

    book: Book
    written: list[tuple[Rectangle, Sequence[Sequence[Cell]]]]


def is_news(run: Run, state: State | None) -> bool:
    """Is a run that changed no result still to be recorded? Excel may have calculated a new day by itself."""
    places = kept_at(run.ws)
    if state is None or not places:
        return False
    last = stored_state(run.ws, places, "last")
    return (
        last is None
        or last.as_of != state.as_of
        or any(table_rows(last, name) != table_rows(state, name) for name in STATE_TABLES)
    )


def with_record(run: Run, archive: zipfile.ZipFile, state: tuple[State, float] | None, seconds: float) -> Evaluation:
    """Put the record of a run into its parts; the evaluation with what the formulas that read it then show."""
    record = Record(run.ws.book, [])
    if CHECKS in run.ws.book.tables:
        put_checks(run, record)
    if state is not None:
        put_states(run, record, archive, *state)
    else:
        put_report(run, record, without_result(now()))
    found = afterwards(run.found, run.entries, run.ws, record.book, record.written)
    log = log_table(run.ws.book)
    if log is not None:
        facts = run_facts(found, run.ws.book, input_hash=run.input_hash, as_of=run.as_of, seconds=seconds)
        body, rows = with_log_row(log, sheet_of(run.ws, log.sheet), facts)
        put_table(run, record, body, rows)
        found = afterwards(run.found, run.entries, run.ws, record.book, record.written)
    again = replace(
        found, formulas=(),
        plain=tuple(p for p in found.plain if p not in run.found.plain),
        left_to_excel=tuple(key for key in found.left_to_excel if key not in run.found.left_to_excel),
    )  # fmt: skip
    for name, blocks in result_blocks(again, lambda sheet: sheet_of(run.ws, sheet)).items():
        put_blocks(run, name, blocks)
    return found


def put_blocks(run: Run, sheet: str, blocks: Sequence[Block]) -> None:
    part = part_of(run.ws.book, sheet)
    run.new.parts[part] = patch_sheet(current(run.ws.book, run.new.parts, part), blocks, run.ws.book)


def put_table(run: Run, record: Record, body: Body, rows: Sequence[Row]) -> None:
    """A table's new rows, and its new size in the record's book."""
    table = body.table
    put_rows(body, rows, sheet_of(run.ws, table.sheet), run.ws.book, run.new)
    top, left, bottom, right = body_area(table)
    grown = replace(table, area=(table.area[0], left, top + len(rows) - 1, right))
    record.book = replace(record.book, tables=record.book.tables | {table.name.casefold(): grown})
    both = (top, left, max(bottom, grown.area[2]), right)
    record.written.append((Rectangle(table.sheet, both), rows))


def put_checks(run: Run, record: Record) -> None:
    found, _ = findings(run.entries, run.ws, inputs(run.entries, run.ws))
    notes = in_order([*formula_notes(run.found.formulas), *run.notes, *run.found.notes, *found])
    table = run.ws.book.tables[CHECKS]
    body = body_of(table, sheet_of(run.ws, table.sheet))
    rows: list[Row] = [[line.get(label.casefold()) for label in body.labels] for line in check_rows(notes)]
    put_table(run, record, body, rows)
    put_links(run, table, body, rows, notes)


def put_links(run: Run, table: Table, body: Body, rows: Sequence[Row], notes: Sequence[Note]) -> None:
    """The cells under `where` lead to what they name."""
    labels = [label.casefold() for label in body.labels]
    if "where" not in labels:
        return
    top, left, bottom, _ = body_area(table)
    column = left + labels.index("where")
    named = {i: note for i, note in enumerate(notes[: len(rows)]) if rows[i][column - left] is not None}
    part = part_of(run.ws.book, table.sheet)
    run.new.parts[part] = with_links(
        current(run.ws.book, run.new.parts, part), (top, column, max(bottom, top + len(rows) - 1), column),
        {(top + i, column): target(note) for i, note in named.items()},
    )  # fmt: skip


def put_states(run: Run, record: Record, archive: zipfile.ZipFile, state: State, periods_per_year: float) -> None:
    """The two states and what moved between them, where the book has a place for them."""
    places = kept_at(run.ws)
    if not places:
        return
    last, previous = (stored_state(run.ws, places, which) for which in ("last", "previous"))
    last, previous = after_run(state, last, previous)
    kept = state_blocks(run.ws, places, {"last": last, "previous": previous})
    put_blocks(run, kept[0].old.sheet, [patch_block(one) for one in kept])
    record.written += [(one.old, ()) for one in kept] + [(one.new, one.rows) for one in kept]
    areas = {one.name: (one.new.sheet, one.new.area) for one in kept}
    part = workbook_part(archive)
    run.new.parts[part] = with_names(current(run.ws.book, run.new.parts, part), areas)
    names = {("", name): area_reference(*area) for name, area in areas.items()}
    record.book = replace(record.book, names=record.book.names | names)
    put_report(run, record, moved_report(last, previous, periods_per_year, now()))


def put_report(run: Run, record: Record, report: Report) -> None:
    put_named(run, record, "xlf_moved_note", [[report.note]])
    put_named(run, record, "xlf_moved", report.table)
    put_named(run, record, "xlf_moved_factors", report.factors)


def put_named(run: Run, record: Record, name: str, rows: Sequence[Sequence[Cell]]) -> None:
    """Rows into a block of fixed size, where the book has one of that name and size."""
    place = named_area(run.ws.book, name)
    if place is None or place[1][2] - place[1][0] + 1 != len(rows) or place[1][3] - place[1][1] + 1 != len(rows[0]):
        return
    put_blocks(run, place[0], [Block(place[1][:2], rows, place[1], "constants")])
    record.written.append((Rectangle(*place), rows))
