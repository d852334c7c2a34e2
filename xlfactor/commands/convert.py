"""`xlfactor convert`: a workbook for another host of the same functions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlfactor.commands.options import Book, Force, Output
from xlfactor.console import Run, command
from xlfactor.errors import one_of

if TYPE_CHECKING:
    from xlfactor.functions.names import Host

HostOption = Annotated[str, typer.Option(help="excel, server (also Lite) or libreoffice: whose function names.")]


@command
def convert(run: Run, book: Book, host: HostOption, output: Output = None, force: Force = False) -> None:
    """Rename the functions to what a host stores in the file; all else is kept byte for byte."""
    from xlfactor.workbook.convert import convert as convert_book

    run.facts["file"] = str(book)
    done = convert_book(book, host_of(host), output=output, force=force)
    run.facts |= {"renamed": done.calls, "changed_parts": list(done.parts)}
    if done.output is None:
        run.say(f"{book.name} has the names of {host} already")
        return
    run.wrote(done.output)
    run.say(f"renamed: {done.calls} calls" + (f" · backup {done.backup}" if done.backup else ""))


def host_of(text: str) -> "Host":
    """The host that an option names."""
    from xlfactor.functions.names import Host

    host: Host = one_of(text, Host, "host")  # type: ignore[assignment]
    return host


def named_for(book: Path, host: "Host") -> Path:
    """A new book with the names of `host`; books are built with Excel's."""
    if host != "excel":
        from xlfactor.workbook.convert import convert_new

        convert_new(book, host)
    return book
