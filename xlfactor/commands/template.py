"""`xlfactor template` and `xlfactor demo`: where a user begins."""

from pathlib import Path
from typing import Annotated

import typer

from xlfactor.commands.options import Force
from xlfactor.console import Run, command

DEMO = Path("xlfactor_demo")


@command
def template(
    run: Run,
    out: Annotated[Path, typer.Argument(help="The new workbook.")],
    empty: Annotated[bool, typer.Option("--empty", help="Without the sample: tables that wait for your rows.")] = False,
    force: Force = False,
) -> None:
    """A new workbook from the template, filled with a synthetic sample."""
    from xlfactor.workbook.template.build import build_empty, copy_template

    run.wrote(build_empty(out, force=force) if empty else copy_template(out, force=force))


@command
def demo(
    run: Run,
    folder: Annotated[Path, typer.Argument(help="A new folder for the workbook and the report.")] = DEMO,
    force: Force = False,
) -> None:
    """The whole job on a sample: template, check, refresh with a new day, report, the risk as a table."""
    from xlfactor.demo import demo as show

    show(run, folder, force)
