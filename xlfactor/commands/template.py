"""`xlfactor template` and `xlfactor demo`: where a user begins."""

from pathlib import Path
from typing import Annotated

import typer

from xlfactor.commands.convert import HostOption, host_of, named_for
from xlfactor.commands.options import Force
from xlfactor.console import Run, command
from xlfactor.errors import FactorError

DEMO = Path("xlfactor_demo")


@command
def template(
    run: Run,
    out: Annotated[Path, typer.Argument(help="The new workbook.")],
    model: Annotated[Path | None, typer.Option(help="A model file: the book reads its model from there.")] = None,
    assets: Annotated[Path | None, typer.Option(help="CSV or Excel: Asset, and if known Portfolio, Benchmark.")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Without the sample: tables that wait for your rows.")] = False,
    gallery: Annotated[bool, typer.Option("--gallery", help="A sheet for each function with its example.")] = False,
    host: HostOption = "excel",
    force: Force = False,
) -> None:
    """A new workbook: the template with a sample or empty, a portfolio on a model file, or all functions by example."""
    names = host_of(host)
    kinds = {"--model": model is not None, "--empty": empty, "--gallery": gallery}
    asked = [option for option, given in kinds.items() if given]
    if len(asked) > 1:
        raise FactorError("OPTION_CONFLICT", f"{' and '.join(asked)} are different workbooks", "leave one of them out")
    if (model is None) != (assets is None):
        raise FactorError("ARGUMENT_MISSING", "a book on a model file needs both", "give --model and --assets")
    if model is not None and assets is not None:
        from xlfactor.functions.model_files import FOLDER
        from xlfactor.workbook.template.from_model import book_of_model

        folder = book_of_model(out, model, assets, force)
        run.wrote(named_for(out, names))
        run.say(f"where the book is calculated, set {FOLDER}={folder}")
        return
    from xlfactor.workbook.template.build import build_empty, copy_template
    from xlfactor.workbook.template.gallery import build_gallery

    build = build_gallery if gallery else build_empty if empty else copy_template
    run.wrote(named_for(build(out, force=force), names))


@command
def demo(
    run: Run,
    folder: Annotated[Path, typer.Argument(help="A new folder for the workbook and the report.")] = DEMO,
    force: Force = False,
) -> None:
    """The whole job on a sample: template, check, refresh with a new day, report, the risk as a table."""
    from xlfactor.demo import demo as show

    show(run, folder, force)
