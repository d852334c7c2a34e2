"""The command line: thin commands over the catalogue and the workbook. Heavy imports wait for their command."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlfactor.console import Run, command

if TYPE_CHECKING:
    from xlfactor.workbook.refresh_result import RefreshResult
    from xlfactor.workbook.results import Note

app = typer.Typer(
    help="The factor risk model in your workbook: refresh, check and report without Excel.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(help="A function's name; blank lists the catalogue.")]


@command(app)
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


@command(app)
def doctor(run: Run) -> None:
    """What is installed, what is missing, and what mends it."""
    from xlfactor.doctor import examine

    findings = list(examine())
    run.facts["findings"] = [vars(f) for f in findings]
    run.table("", ["", "what", "found", "to do"], [[f.status, f.what, f.detail, f.fix] for f in findings])
    for finding in findings:
        if finding.status == "FAIL":
            run.check("error", "DOCTOR", f"{finding.what}: {finding.detail}", finding.fix)


Book = Annotated[Path, typer.Argument(help="A workbook, .xlsx or .xlsm.")]
NewFile = Annotated[Path | None, typer.Option(help="CSV, Excel or Parquet with new data for that table.")]
Output = Annotated[Path | None, typer.Option(help="Write there and leave the book alone.")]
Folder = Annotated[Path, typer.Argument(help="A new folder for the workbook and the report.")]
DEMO = Path("xlfactor_demo")
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]


@command(app)
def template(run: Run, out: Annotated[Path, typer.Argument(help="The new workbook.")], force: Force = False) -> None:
    """A new workbook from the template, filled with a synthetic sample."""
    from xlfactor.workbook.template.build import copy_template

    copy_template(out, force=force)
    run.wrote(out)


@command(app)
def check(run: Run, book: Book) -> None:
    """Name every bad cell and every formula that cannot be read; changes nothing."""
    from xlfactor.workbook.check import check as check_book

    run.facts["file"] = str(book)
    result = check_book(book)
    show_notes(run, result.notes)
    errors = sum(note.severity == "error" for note in result.notes)
    warned = sum(note.severity == "warn" for note in result.notes)
    read = ", ".join(f"{name} {place.sheet.strip()}" for name, place in result.inputs.items())
    found = f"{counted(errors, 'error')}, {counted(warned, 'warning')}; {counted(result.formulas, 'catalogue formula')}"
    run.say(f"{book.name}: {found}; read {read}")


def counted(n: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def show_notes(run: Run, notes: Iterable["Note"]) -> None:
    """What a look at a workbook found, each with its address."""
    from xlfactor.workbook.addresses import address

    for note in notes:
        where = address(note.sheet, note.cell) if note.cell else note.sheet
        run.check(note.severity, note.code, note.message, note.fix, where, note.count)


@command(app)
def refresh(
    run: Run,
    book: Book,
    returns: NewFile = None,
    loadings: NewFile = None,
    portfolio: NewFile = None,
    caps: NewFile = None,
    output: Output = None,
    values_copy: Annotated[Path | None, typer.Option(help="Also write a copy with values for formulas.")] = None,
    decimal: Annotated[str, typer.Option(help="Decimal separator of CSV files.")] = ".",
    revise: Annotated[bool, typer.Option("--revise", help="Let new returns change old dates; each is listed.")] = False,
    follow: Annotated[bool, typer.Option(help="Charts, names and formats follow what grows.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all but write.")] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Write what works; a failure shows its line.")
    ] = False,
    force: Force = False,
) -> None:
    """Recalculate the workbook's own formulas and write the values back; all else is kept byte for byte."""
    from xlfactor.workbook.refresh import refresh as refresh_book

    run.facts["file"] = str(book)
    result = refresh_book(
        book, output=output, returns=returns, loadings=loadings, portfolio=portfolio, caps=caps, decimal=decimal,
        revise=revise, follows=follow, dry_run=dry_run, keep_going=keep_going, values_copy=values_copy,
        force=force, progress=run.stage,
    )  # fmt: skip
    report_refresh(run, result)


def report_refresh(run: Run, result: "RefreshResult") -> None:
    """What a refresh did: a line a formula, what is left to Excel, which file holds it and which the backup."""
    from xlfactor.workbook.addresses import address, cell_text

    run.facts |= {
        "input_hash": result.input_hash,
        "as_of": result.as_of,
        "formulas": [
            {"sheet": f.sheet, "cell": cell_text(f.cell), "function": f.function, "status": f.status,
             "rows": f.rows, "columns": f.columns, "previous_rows": f.previous_rows,
             "previous_columns": f.previous_columns, "seconds": round(f.seconds, 4)}
            for f in result.formulas
        ],
        "left_to_excel": [address(*key) for key in result.left_to_excel],
        "changed_parts": list(result.changed_parts),
        "outputs": list(result.outputs),
    }  # fmt: skip
    for line in result.formulas:
        if line.error is not None:
            where = address(line.sheet, line.cell)
            about = f"{line.function}: {line.error.message}" + (f" ({line.error.where})" if line.error.where else "")
            run.check("error", line.error.code, about, line.error.fix, where)
    show_notes(run, result.checks)
    sizes = [
        [address(f.sheet, f.cell), f.function, f"{f.previous_rows}×{f.previous_columns}",
         f"{f.rows}×{f.columns}", f.status, f"{f.seconds:.2f}"]
        for f in result.formulas
    ]  # fmt: skip
    run.table("", ["cell", "function", "was", "is", "status", "seconds"], sizes)
    if result.left_to_excel:
        run.say(f"left to Excel, which calculates them when it opens the book: {len(result.left_to_excel)} formulas")
    tail = f" · as of {result.as_of} · inputs {result.input_hash[:12]} · {result.seconds:.1f} s"
    if result.outputs:
        run.say(
            f"written: {', '.join(result.outputs)}" + (f" · backup {result.backup}" if result.backup else "") + tail
        )
    elif not result.ok:
        run.say("nothing was written" + tail)
    else:
        run.say(("would change: " + ", ".join(result.changed_parts) if result.changed_parts else "up to date") + tail)


@command(app)
def report(run: Run, book: Book, output: Output = None, force: Force = False) -> None:
    """A report on a refreshed workbook: values and charts in a new file beside it."""
    from xlfactor.workbook.report.write import write_report

    run.facts["file"] = str(book)
    out = output or book.with_name(f"{book.stem}_report.xlsx")
    write_report(book, out, force=force)
    run.wrote(out)


@command(app)
def demo(
    run: Run,
    folder: Annotated[Path, typer.Argument(help="A new folder for the workbook and the report.")] = Path(
        "xlfactor_demo"
    ),
    force: Force = False,
) -> None:
    """The whole job on a sample: template, check, refresh with a new day, report, the risk as a table."""
    from xlfactor.demo import demo as show

    show(run, folder, force)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
