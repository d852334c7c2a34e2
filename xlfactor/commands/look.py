"""`xlfactor functions` and `xlfactor doctor`: what there is, and whether it works here."""

from collections.abc import Iterable
from typing import Annotated

import typer

from xlfactor.console import Run, command
from xlfactor.finding import Finding

Name = Annotated[str, typer.Argument(help="A function's name; blank lists the catalogue.")]


@command
def functions(run: Run, name: Name = "") -> None:
    """The catalogue of worksheet functions, or the arguments of one."""
    from xlfactor.functions import catalogue
    from xlfactor.functions.help import signature, xlfactor_help

    table = xlfactor_help(name)
    run.facts["functions"] = table.reset_index().to_dict("records")
    if name:
        function = catalogue()[name.strip().upper()]
        run.say(f"={function.name}({signature(function.arguments)})\n{function.help}\n")
        run.table("", ["argument", "kind", "default", "meaning"], table.reset_index().to_numpy(str).tolist())
    else:
        rows = table.reset_index()[["Function", "stage", "meaning"]]
        run.table("", ["function", "stage", "meaning"], rows.to_numpy(str).tolist())


@command
def doctor(run: Run) -> None:
    """What is installed, what is missing, and what mends it."""
    from xlfactor.doctor.examine import examine

    show_findings(run, examine(), "DOCTOR")


def show_findings(run: Run, found: Iterable[Finding], code: str) -> None:
    """Findings as a table and as facts; each FAIL is an error."""
    findings = list(found)
    run.facts["findings"] = [vars(f) for f in findings]
    run.table("", ["", "what", "found", "to do"], [[f.status, f.what, f.detail, f.fix] for f in findings])
    for finding in findings:
        if finding.status == "FAIL":
            run.check("error", code, f"{finding.what}: {finding.detail}", finding.fix)
