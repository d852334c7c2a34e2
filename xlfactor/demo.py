"""`xlfactor demo`: the morning of a portfolio manager on a synthetic sample, from the template to the report."""

from __future__ import annotations

import shutil
from pathlib import Path

from xlfactor.console import Run
from xlfactor.errors import FactorError
from xlfactor.workbook.check import check
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.report.write import named_rows, write_report
from xlfactor.workbook.results import Cell
from xlfactor.workbook.template.build import copy_template, templates
from xlfactor.workbook.writing.safe_write import not_written

BOOK, DAY, REPORT = "factor_risk.xlsx", "new_day.csv", "factor_risk_report.xlsx"


def demo(run: Run, folder: Path, force: bool) -> None:
    """Write BOOK, DAY and REPORT into `folder`, refresh the book with the day, and show the risk."""
    book, day, report = (folder / name for name in (BOOK, DAY, REPORT))
    existing = [path.name for path in (book, day, report) if path.exists()]
    if existing and not force:
        raise FactorError(
            "FILE_EXISTS", f"{folder} holds {', '.join(existing)}", "choose another folder or add --force"
        )
    if folder.exists() and not folder.is_dir():
        raise FactorError("FILE_EXISTS", "this is a file", "name a folder", where=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error
    run.stage("template")
    copy_template(book, force=force)
    shutil.copyfile(templates() / "sample" / DAY, day)
    run.facts["file"] = str(book)
    run.stage("check")
    errors = sum(note.severity == "error" for note in check(book).notes)
    result = refresh(book, returns=day, progress=run.stage)
    run.facts |= {"as_of": result.as_of, "input_hash": result.input_hash}
    run.stage("report")
    written = write_report(book, report, ("xlsx", "html"), force=force)
    for path in (book, day, *written.outputs):
        run.wrote(path)
    risk = named_rows(book, "xlf_risk")
    run.facts["risk"] = {str(row[0]): dict(zip(map(str, risk[0][1:]), row[1:], strict=True)) for row in risk[1:]}
    run.say(f"\n{errors} errors in the data, {len(result.formulas)} formulas refreshed, as of {result.as_of}\n")
    rows = [[str(row[0]), *(shown(str(row[0]), value) for value in row[1:])] for row in risk[1:]]
    run.table("Risk", ["", *map(str, risk[0][1:])], rows)
    run.say(
        f"\nNext: open {report} in any spreadsheet program, {book} in Excel with the add-in, or run\n"
        f"  xlfactor check {book}\n  xlfactor refresh {book} --returns {day}\n  xlfactor report {book} --force"
    )


def shown(measure: str, value: Cell) -> str:
    """Volatility, shares and losses in percent, numbers of assets and beta as they are; blank where missing."""
    if not isinstance(value, float):
        return ""
    percent = measure.endswith(("volatility", "share", "risk", "shortfall"))
    return f"{value:.2%}" if percent else f"{value:.0f}" if measure == "n_assets" else f"{value:.2f}"
