"""`xlfactor addin lite`: what a user of xlwings Lite pastes."""

from pathlib import Path
from typing import Annotated

import typer

from xlfactor.commands.options import Force
from xlfactor.console import Run, command_of


@command_of("addin")
def lite(
    run: Run,
    output: Annotated[Path, typer.Option(help="A folder for the two files.")] = Path("xlfactor_lite"),
    force: Force = False,
) -> None:
    """main.py and requirements.txt for xlwings Lite, Python inside Excel without an installation."""
    from xlfactor.hosts.lite import write

    for path in write(output, force):
        run.wrote(path)
