"""`xlfactor report`: a refreshed workbook as a document to send on."""

from xlfactor.commands.options import Book, Force, Output
from xlfactor.console import Run, command


@command
def report(run: Run, book: Book, output: Output = None, force: Force = False) -> None:
    """A report on a refreshed workbook: values and charts in a new file beside it."""
    from xlfactor.workbook.report.write import write_report

    run.facts["file"] = str(book)
    out = output or book.with_name(f"{book.stem}_report.xlsx")
    write_report(book, out, force=force)
    run.wrote(out)
