"""`xlfactor refresh`: the workbook recalculated without Excel, and what it says of that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlfactor.commands.check import show_notes
from xlfactor.commands.options import Book, Force, Output
from xlfactor.console import Run, command
from xlfactor.errors import counted

if TYPE_CHECKING:
    from xlfactor.workbook.refresh_result import RefreshResult

NewFile = Annotated[Path | None, typer.Option(help="CSV, Excel or Parquet with new data for that table.")]


@command
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
    new_assets: Annotated[
        bool, typer.Option("--new-assets", help="Assets that only the new returns have get a column.")
    ] = False,
    follow: Annotated[bool, typer.Option(help="Charts, names and formats follow what grows.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all but write.")] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Write what works; a failure shows its line.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="The workbook is open in Excel: work there (not verified in Excel).")
    ] = False,
    force: Force = False,
) -> None:
    """Recalculate the workbook's own formulas and write the values back; all else is kept byte for byte."""
    run.facts["file"] = str(book)
    if live:
        from xlfactor.commands.live import refresh_live

        given = {"returns": returns, "loadings": loadings, "portfolio": portfolio, "caps": caps}
        foreign = {
            "--output": output, "--values-copy": values_copy, "--new-assets": new_assets, "--dry-run": dry_run,
            "--keep-going": keep_going,
        }  # fmt: skip
        files = {argument: path for argument, path in given.items() if path is not None}
        ignored = ", ".join(option for option, value in foreign.items() if value)
        return refresh_live(run, book, files, decimal=decimal, revise=revise, ignored=ignored)
    from xlfactor.workbook.refresh import refresh as refresh_book

    result = refresh_book(
        book, output=output, returns=returns, loadings=loadings, portfolio=portfolio, caps=caps, decimal=decimal,
        revise=revise, new_assets=new_assets, follows=follow, dry_run=dry_run, keep_going=keep_going,
        values_copy=values_copy, force=force, progress=run.stage,
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
             "previous_columns": f.previous_columns, "changed_cells": f.changed_cells, "seconds": round(f.seconds, 4)}
            for f in result.formulas
        ],
        "left_to_excel": [address(*key) for key in result.left_to_excel],
        "changed_parts": list(result.changed_parts),
        "outputs": list(result.outputs),
    }  # fmt: skip
    resting = [line for line in result.formulas if line.status == "upstream"]
    for line in result.formulas:
        if line.error is not None:
            where = address(line.sheet, line.cell)
            about = f"{line.function}: {line.error.message}" + (f" ({line.error.where})" if line.error.where else "")
            # one that failed takes a dozen with it: those are counted, for they hide it
            run.check("error", line.error.code, about, line.error.fix, where, shown=line.status != "upstream")
    if resting:
        run.tell(f"{counted(len(resting), 'formula')} more without a result, for want of these")
    show_notes(run, result.checks)
    sizes = [
        [address(f.sheet, f.cell), f.function, f"{f.previous_rows}×{f.previous_columns}",
         f"{f.rows}×{f.columns}", f.status, f"{f.changed_cells}", f"{f.seconds:.2f}"]
        for f in result.formulas
    ]  # fmt: skip
    run.table("", ["cell", "function", "was", "is", "status", "differ", "seconds"], sizes)
    if result.left_to_excel:
        run.say(f"left to Excel, which calculates them when it opens the book: {len(result.left_to_excel)} formulas")
    as_of = f" · as of {result.as_of}" if result.as_of else ""
    tail = f"{as_of} · inputs {result.input_hash[:12]} · {result.seconds:.1f} s"
    if result.outputs:
        run.say(
            f"written: {', '.join(result.outputs)}" + (f" · backup {result.backup}" if result.backup else "") + tail
        )
    elif not result.ok:
        run.say("nothing was written" + tail)
    else:
        run.say(("would change: " + ", ".join(result.changed_parts) if result.changed_parts else "up to date") + tail)
