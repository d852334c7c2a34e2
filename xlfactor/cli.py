"""The command line: every command of xlfactor/commands under one name."""

import importlib
import pkgutil

import typer

import xlfactor.commands
from xlfactor.console import registered

app = typer.Typer(
    help="The factor risk model in your workbook: refresh, check and report without Excel.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in pkgutil.iter_modules(xlfactor.commands.__path__):
    importlib.import_module(f"xlfactor.commands.{module.name}")
groups = {"": app}
for group, run in registered():
    if group not in groups:
        groups[group] = typer.Typer(no_args_is_help=True)
        app.add_typer(groups[group], name=group)
    groups[group].command()(run)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
