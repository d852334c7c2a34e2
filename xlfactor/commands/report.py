"""`xlfactor report`: a refreshed workbook as a document to send on."""

from pathlib import Path
from typing import Annotated

import typer

from xlfactor.commands.options import Book, Force
from xlfactor.console import Run, command
from xlfactor.errors import FactorError


@command
def report(
    run: Run,
    book: Book,
    format: Annotated[str, typer.Option(help="xlsx, html, pdf, or several with commas.")] = "",
    output: Annotated[Path | None, typer.Option(help="The file to write; its suffix is the format.")] = None,
    compare: Annotated[Path | None, typer.Option(help="An earlier workbook: what changed since.")] = None,
    force: Force = False,
) -> None:
    """A report on a refreshed workbook: values and charts in new files, with a CSV and JSON of every table."""
    from xlfactor.workbook.reading.preflight import preflight
    from xlfactor.workbook.report.write import write_report

    run.facts["file"] = str(book)
    if output is not None and output.is_dir():
        raise FactorError("FILE_EXISTS", "this is a folder", "name a file in it", where=str(output))
    preflight(book)
    out = output or book.with_name(f"{book.stem}_report.xlsx")
    formats = [name.strip().lower() for name in (format or out.suffix.lstrip(".") or "xlsx").split(",")]
    written = write_report(book, out, formats, compare, force)
    run.facts |= {"as_of": written.as_of, "input_hash": written.input_hash}
    for path in written.outputs:
        run.wrote(path)
