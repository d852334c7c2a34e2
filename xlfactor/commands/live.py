"""`xlfactor refresh --live`: new data into the workbook that is open in Excel, which then calculates it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlfactor.errors import FactorError

if TYPE_CHECKING:
    from xlfactor.console import Run
    from xlfactor.hosts.live import LiveTable
    from xlfactor.workbook.newdata.table_body import Body


def refresh_live(run: Run, book: Path, files: dict[str, Path], *, decimal: str, revise: bool, ignored: str) -> None:
    """Put `files` (by argument) into the open book's tblReturns, tblLoadings …; calculate; report.

    Every file is read and every table checked before the first is written. FactorError OPTION_CONFLICT where
    an option is given that the open book cannot follow (`ignored`), and those of hosts/live.py and new data.
    """
    from xlfactor.hosts.live import calculating_at_the_end, live_table, open_workbook, put_rows, refuse_no_room
    from xlfactor.workbook.newdata.table_body import body_area, body_block

    if ignored:
        raise FactorError("OPTION_CONFLICT", f"{ignored} has no meaning for an open workbook", "leave it or --live out")
    excel = open_workbook(book)
    changes = []
    for argument, path in files.items():
        table = live_table(excel, f"tbl{argument.capitalize()}")
        body = body_of(table)
        rows = new_rows(run, argument, body, path, decimal, revise)
        refuse_no_room(table, rows)
        changes.append((table, body, rows))
    with calculating_at_the_end(excel):
        for table, body, rows in changes:
            if block := body_block(body, rows):
                put_rows(table, rows, block.origin[0] - body_area(body.table)[0])
                run.say(f"{table.name}: {len(body.rows)} rows → {len(rows)}")
    report(run, excel)


def body_of(table: LiveTable) -> Body:
    from xlfactor.tables import cells
    from xlfactor.workbook.newdata.table_body import Body
    from xlfactor.workbook.reading.package import Table

    labels = tuple(cells.label(label) for label in table.labels)
    return Body(Table(table.name, table.sheet, "", table.area, table.labels, 1, 0), labels, table.rows)


def new_rows(run: Run, argument: str, body: Body, path: Path, decimal: str, revise: bool) -> list[list[Any]]:
    from xlfactor.commands.check import show_notes
    from xlfactor.workbook.newdata.datafile import read_data
    from xlfactor.workbook.newdata.returns import with_new_returns
    from xlfactor.workbook.newdata.table import with_new_rows

    data = read_data(path, argument, decimal)
    rows, notes = with_new_returns(body, data, revise) if argument == "returns" else with_new_rows(body, data)
    show_notes(run, notes)
    return rows


def report(run: Run, excel: Any) -> None:
    """A line a formula: its size and, where it failed, what its cell says."""
    from xlfactor.hosts.live import live_formulas
    from xlfactor.workbook.addresses import address, cell_text

    found = live_formulas(excel)
    run.facts["formulas"] = [
        {"sheet": f.sheet, "cell": cell_text(f.cell), "function": f.function, "rows": f.rows, "columns": f.columns,
         "status": "error" if f.error else "ok"}
        for f in found
    ]  # fmt: skip
    for formula in found:
        if formula.error:
            code, _, message = (
                formula.error.partition(": ") if ": " in formula.error else ("CELL_ERROR", "", formula.error)
            )
            run.check("error", code, f"{formula.function}: {message}", "", address(formula.sheet, formula.cell))
    sizes = [
        [address(f.sheet, f.cell), f.function, f"{f.rows}×{f.columns}", "error" if f.error else "ok"] for f in found
    ]
    run.table("", ["cell", "function", "is", "status"], sizes)
    run.say("calculated by Excel; not saved: save it there (Ctrl+S)")
