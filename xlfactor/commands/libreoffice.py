"""`xlfactor addin libreoffice`: the catalogue as an extension of LibreOffice Calc."""

from pathlib import Path
from typing import Annotated

import typer

from xlfactor.console import Run, command_of
from xlfactor.errors import FactorError

OXT = "xlfactor.oxt"


@command_of("addin")
def libreoffice(
    run: Run,
    output: Annotated[Path | None, typer.Option(help=f"Write the extension there; ./{OXT} by default.")] = None,
    install: Annotated[bool, typer.Option("--install", help="Install it for you, by LibreOffice's unopkg.")] = False,
    uninstall: Annotated[bool, typer.Option("--uninstall", help="Take it out of your LibreOffice.")] = False,
) -> None:
    """The add-in of LibreOffice Calc: write xlfactor.oxt, install it, or take it out."""
    from tempfile import TemporaryDirectory

    from xlfactor.hosts.libreoffice import extension, packages

    if uninstall and (install or output):
        raise FactorError("OPTION_CONFLICT", "--uninstall stands with another option", "give it alone")
    if uninstall:
        extension.uninstall()
        run.say("taken out of your LibreOffice; restart it")
        return
    recorded = packages.of_this_python()
    with TemporaryDirectory() as folder:
        oxt = output or Path(folder if install else ".", OXT)
        extension.write_oxt(oxt, recorded)
        if output or not install:
            run.wrote(oxt)
        if install:
            extension.install(oxt)
            run.facts["python"] = recorded.python
            run.say(
                f"installed in your LibreOffice; restart it and type =XLFACTOR_VERSION() (Python {recorded.python})"
            )
