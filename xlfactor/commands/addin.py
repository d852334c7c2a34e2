"""`xlfactor addin`: the functions inside Excel for Windows, by xlwings' free add-in."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlfactor.commands.options import Force
from xlfactor.console import Run, command_of

if TYPE_CHECKING:
    from xlfactor.hosts.classic.places import Places

Folder = Annotated[Path, typer.Option(help="The folder to write into.")]
Official = Annotated[bool, typer.Option("--official", help="Import the functions through Excel itself.")]


@command_of("addin")
def build(run: Run, output: Folder = Path()) -> None:
    """Make xlfactor.xlam, its modules as .bas for import by hand, and the licences that go with it."""
    from xlfactor.hosts.classic.build import build as build_addin

    for path in build_addin(output):
        run.wrote(path)


@command_of("addin")
def install(run: Run, official: Official = False, force: Force = False) -> None:
    """Put the add-in where Excel loads it, for this user, and set the Python that answers (Windows)."""
    from xlfactor.hosts.classic.install import install as install_addin

    for path in install_addin(here(), force=force, official=official):
        run.wrote(path)
    run.say("start Excel anew and type =XLFACTOR_VERSION()")


@command_of("addin")
def status(run: Run) -> None:
    """Is the add-in installed, does it fit the installed xlwings, does its Python exist (Windows)?"""
    from xlfactor.commands.look import show_findings
    from xlfactor.hosts.classic.status import status as status_of

    show_findings(run, status_of(here()), "ADDIN")


@command_of("addin")
def uninstall(run: Run) -> None:
    """Remove what install wrote, and nothing else (Windows)."""
    from xlfactor.hosts.classic.install import uninstall as uninstall_addin

    for path, removed in uninstall_addin(here()):
        if removed:
            run.say(f"removed: {path}")
        else:
            run.check("warn", "FILE_CHANGED", f"{path} was changed after install and is left", "remove it by hand")


def here() -> "Places":
    """The places of this machine and user."""
    from xlfactor.hosts.classic.places import places

    return places(sys.platform, os.environ, sys.executable)
