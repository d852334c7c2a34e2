"""`xlfactor check`: what is wrong in a workbook, cell by cell; reads only."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xlfactor.commands.options import Book
from xlfactor.console import Run, command
from xlfactor.errors import counted

if TYPE_CHECKING:
    from xlfactor.workbook.results import Note


@command
def check(run: Run, book: Book) -> None:
    """Name every bad cell and every formula that cannot be read; changes nothing."""
    from xlfactor.workbook.check import check as check_book

    run.facts["file"] = str(book)
    result = check_book(book)
    run.facts |= {"input_hash": result.input_hash, "as_of": result.as_of}
    show_notes(run, result.notes)
    errors = sum(note.severity == "error" for note in result.notes)
    warned = sum(note.severity == "warn" for note in result.notes)
    read = ", ".join(f"{name} {place.sheet.strip()}" for name, place in result.inputs.items())
    found = f"{counted(errors, 'error')}, {counted(warned, 'warning')}; {counted(result.formulas, 'catalogue formula')}"
    run.say(f"{book.name}: {found}; read {read}")


def show_notes(run: Run, notes: Iterable["Note"]) -> None:
    """What a look at a workbook found, each with its address."""
    from xlfactor.workbook.addresses import address

    for note in notes:
        where = address(note.sheet, note.cell) if note.cell else note.sheet
        run.check(note.severity, note.code, note.message, note.fix, where, note.count, note.sheet.strip())
