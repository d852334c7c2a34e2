"""`xlfactor addin`: the functions inside Excel for Windows, by xlwings' free add-in."""

from pathlib import Path
from typing import Annotated

import typer

from xlfactor.console import Run, command_of

Folder = Annotated[Path, typer.Option(help="The folder to write into.")]


@command_of("addin")
def build(run: Run, output: Folder = Path()) -> None:
    """Make xlfactor.xlam, its modules as .bas for import by hand, and the licences that go with it."""
    from xlfactor.hosts.classic.build import build as build_addin

    for path in build_addin(output):
        run.wrote(path)
