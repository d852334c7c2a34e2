"""New returns into a table: later dates are appended, known ones compared, a revision only if allowed."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from xlfactor.errors import FactorError, clipped, first_five
from xlfactor.tables import cells
from xlfactor.workbook.newdata.datafile import DataFile, number_at, place, refuse_twice
from xlfactor.workbook.newdata.screen import screened
from xlfactor.workbook.newdata.table_body import Body, Row, note, where
from xlfactor.workbook.results import Cell, Note


@dataclass(frozen=True)
class Revision:
    """A number that the file gives otherwise than the table; `row` and `column` are the body's."""

    row: int
    column: int
    old: Cell
    new: float | None


def with_new_returns(
    body: Body, data: DataFile, revise: bool, width: int | None = None
) -> tuple[list[Row], list[Note]]:
    """The body with the file's dates, and notes on what was left out.

    Columns from `width` on have just been added: the file fills their past, which is no revision.

    Dates after the last are appended in order. A date already there must have equal numbers for the assets
    in both, and no date may be new before the last: FactorError REVISION, unless `revise`, which takes the
    file's numbers and lists each one. Assets without a column are left out, assets not in the file blank.
    FactorError DATE_BAD, DUP_DATE, DUP_ASSET, NUM_BAD, COLUMN_MISSING, and those of `screened`.
    """
    refuse_twice(data, "DUP_ASSET")
    columns = {label: j for j, label in enumerate(body.labels) if j}
    given = [(j, columns[label]) for j, label in enumerate(data.labels) if j and label in columns]
    if not given:
        raise FactorError(
            "COLUMN_MISSING", f"no asset of it is in {body.table.name}", "check its first row", where=data.name
        )  # fmt: skip
    known = table_dates(body)
    position = {date: i for i, date in enumerate(known)}
    last = max(known, default=datetime.datetime.min)
    rows = [list(row) for row in body.rows]
    revisions: list[Revision] = []
    new: dict[datetime.datetime, Row] = {}
    for i, date in enumerate(file_dates(data)):
        row = rows[position[date]] if date in position else new.setdefault(date, blank_row(body, date))
        for j, column in given:
            number = number_at(data, i, j)
            if date in position and column < (width or len(body.labels)) and not same(row[column], number):
                revisions.append(Revision(position[date], column, row[column], number))
            if date not in position or not same(row[column], number):
                row[column] = number
    earlier = sorted(date for date in new if date < last)
    if (revisions or earlier) and not revise:
        raise refusal(body, data, revisions, earlier)
    rows += [new[date] for date in sorted(new)]
    if earlier and known == sorted(known):
        rows.sort(key=lambda row: cells.date(row[0]) or last)
    changed = new.keys() | {known[revision.row] for revision in revisions}
    fresh = [i for i, row in enumerate(rows) if cells.date(row[0]) in changed]
    odd = screened(body, rows, fresh, data.name)
    return rows, left_out(body, data, columns) + revised(body, known, revisions, earlier) + odd


def table_dates(body: Body) -> list[datetime.datetime]:
    dates = []
    for i, row in enumerate(body.rows):
        date = cells.date(row[0])
        if date is None:
            raise FactorError("DATE_BAD", no_date(row[0]), "type a date or delete the row", where=where(body, i, 0))
        dates.append(date)
    return dates


def no_date(value: Cell) -> str:
    return "the date is blank" if cells.is_missing(value) else f"'{clipped(value)}' is no date"


def file_dates(data: DataFile) -> list[datetime.datetime]:
    dates: list[datetime.datetime] = []
    for i, row in enumerate(data.rows):
        date = cells.date(row[0])
        if date is None:
            raise FactorError("DATE_BAD", no_date(row[0]), "write it as 2026-01-30", where=place(data, i, 0))
        dates.append(date)
    twice = {date for date in dates if dates.count(date) > 1} if len(set(dates)) < len(dates) else set()
    if twice:
        raise FactorError(
            "DUP_DATE", f"{min(twice):%Y-%m-%d} stands there twice", "delete one of the rows", where=data.name
        )
    return dates


def blank_row(body: Body, date: datetime.datetime) -> Row:
    return [date, *[None] * (len(body.labels) - 1)]


def same(old: Cell, new: float | None) -> bool:
    return cells.is_missing(old) if new is None else isinstance(old, float | int) and float(old) == new


def refusal(
    body: Body, data: DataFile, revisions: Sequence[Revision], earlier: Sequence[datetime.datetime]
) -> FactorError:
    if revisions:
        first = revisions[0]
        more = f", and {len(revisions) - 1} more differ" if len(revisions) > 1 else ""
        what = f"{body.labels[first.column]} is {first.old}, {data.name} says {first.new}{more}"
        return FactorError(
            "REVISION", what, "use --revise to take the file's", where=where(body, first.row, first.column)
        )
    dates = first_five(f"{date:%Y-%m-%d}" for date in earlier)
    last = max(table_dates(body))
    return FactorError(
        "REVISION", f"{body.table.name} goes on to {last:%Y-%m-%d}, and has no row for {dates}",
        "mend that date if it is wrong, else use --revise to add the rows", where=data.name,
    )  # fmt: skip


def left_out(body: Body, data: DataFile, columns: dict[str, int]) -> list[Note]:
    notes = []
    unknown = [label for label in data.labels[1:] if label not in columns]
    absent = [label for label in columns if label not in data.labels[1:]]
    if unknown:
        message = f"{data.name} has assets without a column in {body.table.name}: {first_five(unknown)}"
        notes.append(note("ASSET_UNKNOWN", body, message, "use --new-assets to add them", len(unknown)))
    if absent:
        message = f"{data.name} has no returns of {first_five(absent)}: left blank"
        notes.append(note("ASSET_NO_DATA", body, message, "check the file", len(absent)))
    return notes


def revised(
    body: Body,
    known: Sequence[datetime.datetime],
    revisions: Sequence[Revision],
    earlier: Sequence[datetime.datetime],
) -> list[Note]:
    """One note for each number that was revised and each date that was put in between."""
    notes = []
    for change in revisions:
        what = f"{known[change.row]:%Y-%m-%d} {body.labels[change.column]}: {change.old} became {change.new}"
        notes.append(note("REVISION", body, what, "", 1))
    return notes + [note("REVISION", body, f"{date:%Y-%m-%d} was added", "", 1) for date in earlier]
