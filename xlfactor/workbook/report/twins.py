"""The tables of a report as files for a program: one CSV each, and all of them in one JSON."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

from xlfactor.tables.cells import Cell
from xlfactor.workbook.report.document import Document, Table, tables_of
from xlfactor.workbook.text import clean, csv_text

INDEX = "tables.json"


def twins(document: Document) -> dict[str, bytes]:
    """{file name: content}: numbers to the last bit, missing ones blank in CSV and null in JSON.

    A text that a spreadsheet would take for a formula has a `'` before it in CSV; JSON holds it as it is.
    """
    tables = tables_of(document)
    content = {
        "schema": 1,
        "title": clean(document.title),
        **{label.lower().replace(" ", "_"): clean(value) for label, value in document.facts},
        "files": [f"{table.key}.csv" for table in tables],
        "tables": {
            table.key: {"title": table.title, "columns": [plain(cell) for cell in table.rows[0]],
                        "rows": [[plain(cell) for cell in row] for row in table.rows[1:]]}
            for table in tables
        },
    }  # fmt: skip
    files = {f"{table.key}.csv": csv_bytes(table) for table in tables}
    return files | {INDEX: (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()}


def csv_bytes(table: Table) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([[field(cell) for cell in row] for row in table.rows])
    return text.getvalue().encode("utf-8-sig")  # with the mark, Excel reads names that are not ASCII


def field(value: Cell) -> str:
    given = plain(value)
    if given is None:
        return ""
    return csv_text(given) if isinstance(given, str) else repr(given)


def plain(value: Cell) -> str | float | int | bool | None:
    """A value as JSON holds it: a date as ISO text, a number that is none as null."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, str):
        return clean(value)
    return value if value is None or value == value else None


def listed(index: Path) -> list[str]:
    """The CSV files of the report whose index this is; none where it is no index of ours."""
    try:
        names = json.loads(index.read_bytes())["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [name for name in names if isinstance(name, str) and Path(name).name == name and name.endswith(".csv")]
