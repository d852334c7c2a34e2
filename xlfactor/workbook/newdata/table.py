"""A new body for a table of loadings, weights or caps: the file's rows under the table's own columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from xlfactor.errors import FactorError, did_you_mean, first_five
from xlfactor.tables import cells
from xlfactor.workbook.newdata.datafile import DataFile, all_numeric, number_at, place, refuse_twice
from xlfactor.workbook.newdata.table_body import Body, Row, note
from xlfactor.workbook.results import Cell, Note

Key = tuple[str, ...]


def with_new_rows(body: Body, data: DataFile) -> tuple[list[Row], list[Note]]:
    """The file's rows, in its order, and notes on columns left out and on labels that are gone.

    Columns are matched by label, case ignored. A text column that the file lacks (a Name, say) keeps its
    values by asset; a column of numbers that it lacks is refused. FactorError COLUMN_MISSING, NUM_BAD,
    NAME_BLANK, DUP_ASSET, DATE_BAD.
    """
    refuse_twice(data, "DUP_COLUMN")
    keys = 2 if len(body.labels) > 1 and body.labels[0].casefold() == "date" else 1
    source = matched(body, data, keys)
    old = {key_of(row[:keys]): row for row in body.rows}
    numbers = [is_numeric(body, data, j, column) for j, column in enumerate(source)]
    rows: list[Row] = []
    seen: set[Key] = set()
    for i, given in enumerate(data.rows):
        key = checked_key(data, i, source[:keys], seen)
        before = old.get(key, [None] * len(source))
        row: Row = []
        for j, column in enumerate(source):
            if column is None:
                row.append(before[j])
            elif j < keys:
                row.append(key_cell(given[column], before[j], keys - j == 2))
            else:
                row.append(number_at(data, i, column) if numbers[j] else cells.label(given[column]) or None)
        rows.append(row)
    return rows, [*left_out(body, data, source), *gone(body, data, old, seen)]


def matched(body: Body, data: DataFile, keys: int) -> list[int | None]:
    """For each of the table's columns the file's or None; the label column may be called anything."""
    labels = [label.casefold() for label in data.labels]
    found: list[int | None] = []
    for j, label in enumerate(body.labels):
        if label.casefold() in labels:
            found.append(labels.index(label.casefold()))
        elif j < keys and j < len(labels) and labels[j] not in [label.casefold() for label in body.labels]:
            found.append(j)
        elif j < keys or any(isinstance(row[j], float) for row in body.rows):
            raise FactorError(
                "COLUMN_MISSING", f"there is no column '{label}', which {body.table.name} has",
                did_you_mean(label, data.labels) or "add it to the file", where=data.name,
            )  # fmt: skip
        else:
            found.append(None)
    return found


def is_numeric(body: Body, data: DataFile, j: int, column: int | None) -> bool:
    """A column is what it is in the table; where that is blank, what it is in the file."""
    here = [row[j] for row in body.rows if not cells.is_missing(row[j])]
    if here or column is None:
        return any(isinstance(value, float) for value in here)
    return all_numeric([row[column] for row in data.rows], data.decimal)


def key_of(labels: Sequence[Cell]) -> Key:
    """The label of a row, or its date and label."""
    date = cells.date(labels[0]) if len(labels) == 2 else None
    return tuple(cells.label(label) for label in ([date, labels[1]] if date else labels))


def checked_key(data: DataFile, i: int, columns: Sequence[int | None], seen: set[Key]) -> Key:
    """The key of a row of the file: dates are dates, no label is blank, and none comes twice."""
    at = [column for column in columns if column is not None]
    labels = [data.rows[i][column] for column in at]
    if len(labels) == 2 and cells.date(labels[0]) is None:
        raise FactorError(
            "DATE_BAD",
            f"'{str(labels[0])[:40]}' is no date",
            "write it as 2026-01-30",
            where=place(data, i, at[0]),
        )
    key = key_of(labels)
    if not key[-1]:
        raise FactorError("NAME_BLANK", "the row has no label", "label or delete it", where=place(data, i, at[-1]))
    if key in seen:
        raise FactorError(
            "DUP_ASSET", f"{' '.join(key)} stands there twice", "delete one of the rows",
            where=place(data, i, at[-1]),
        )  # fmt: skip
    seen.add(key)
    return key


def key_cell(given: Cell, before: Cell, is_date: bool) -> Cell:
    """The label as the table has it (6758 may be a number there); a new one as the file has it."""
    if before is not None:
        return before
    return cells.date(given) if is_date else cells.label(given) if isinstance(given, str) else given


def left_out(body: Body, data: DataFile, source: Sequence[int | None]) -> list[Note]:
    notes = []
    unknown = [label for j, label in enumerate(data.labels) if j not in source]
    kept = [label for label, column in zip(body.labels, source, strict=True) if column is None]
    if unknown:
        message = f"{data.name} has columns that {body.table.name} has not: {first_five(unknown)}"
        notes.append(note("COLUMN_UNKNOWN", body, message, "add them to the table if you want them", len(unknown)))
    if kept:
        message = f"{data.name} lacks {first_five(kept)}: kept for known labels, blank for new ones"
        notes.append(note("COLUMN_KEPT", body, message, "check the file", len(kept)))
    return notes


def gone(body: Body, data: DataFile, old: Mapping[Key, Row], seen: Set[Key]) -> Iterator[Note]:
    """A position that was sold, or one that the file forgot: only its reader can tell."""
    labels = [" ".join(key) for key in old if key not in seen and key[-1]]
    if labels:
        text = f"{data.name} lacks {first_five(labels)}, which {body.table.name} had: no longer there"
        yield replace(note("ROW_GONE", body, text, "", len(labels)), severity="info")
