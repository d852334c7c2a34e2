"""The command line: every command of xlfactor/commands under one name."""

import gc
import importlib
import pkgutil
from typing import Annotated

import typer

import xlfactor.commands
from xlfactor.console import registered

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in pkgutil.iter_modules(xlfactor.commands.__path__):
    importlib.import_module(f"xlfactor.commands.{module.name}")


def show_version(wanted: bool) -> None:
    if wanted:
        print(xlfactor.__version__)
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    """The factor risk model in your workbook: refresh, check and report without Excel."""


HELP = {"addin": "The add-ins of Excel on Windows, xlwings Lite and LibreOffice."}
groups = {"": app}
for group, run in registered():
    if group not in groups:
        groups[group] = typer.Typer(help=HELP[group], no_args_is_help=True)
        app.add_typer(groups[group], name=group)
    groups[group].command()(run)


def main() -> None:
    """The console script."""
    gc.set_threshold(100_000)  # a run keeps nearly all that it makes; the memory of serve was measured: flat
    app()


if __name__ == "__main__":
    main()
