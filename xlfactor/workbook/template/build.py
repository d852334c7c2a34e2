"""The template workbook: built from code with XlsxWriter, the one library that writes true dynamic arrays and caches.

`python -m xlfactor.workbook.template.build` rebuilds workbook_templates/factor_risk.xlsx.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
from pathlib import Path

import xlsxwriter

from xlfactor.workbook.template.about import write_about
from xlfactor.workbook.template.cells import MADE, Draft, Values, true_values, write_plain
from xlfactor.workbook.template.checks import write_findings
from xlfactor.workbook.template.data import read_csv, write_data
from xlfactor.workbook.template.layout import plain_cells
from xlfactor.workbook.template.layout_checks import FINDINGS_ROW
from xlfactor.workbook.template.layout_risk import MOVED
from xlfactor.workbook.template.limits import write_checks
from xlfactor.workbook.template.log import write_log
from xlfactor.workbook.template.model import write_model
from xlfactor.workbook.template.moved import write_moved
from xlfactor.workbook.template.record import BLANK, Record, record_of, with_record_read, write_runs
from xlfactor.workbook.template.risk import write_risk
from xlfactor.workbook.template.schema import PROTECTED, SCHEMA, SHEETS
from xlfactor.workbook.template.settings import propose_hedge, write_settings
from xlfactor.workbook.template.styles import stylist
from xlfactor.workbook.template.values import computed, opened, plain_values, values_of
from xlfactor.workbook.writing.fixed_zip import rewrite
from xlfactor.workbook.writing.targets import refuse_target

FOLDER, NAME = "workbook_templates", "factor_risk.xlsx"
CALC_ID = 191029  # below Excel's own, it would recalculate at load and show #NAME? where the add-in is missing
OPTIONS = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "default_format_properties": {"font_name": "Calibri", "font_size": 10},
}  # fmt: skip
ALLOWED = {"format_cells": True, "format_columns": True, "format_rows": True, "sort": True, "autofilter": True}


def copy_template(out: Path, force: bool = False) -> Path:
    """The committed template as `out`; FILE_EXISTS unless `force`."""
    out = new_file(out, force)
    shutil.copyfile(templates() / NAME, out)
    return out


def new_file(out: Path, force: bool) -> Path:
    """Where a new workbook goes: `out`, or NAME in the folder `out`. FactorError of `refuse_target`."""
    out = out / NAME if out.is_dir() else out
    refuse_target(out, ".xlsx", force)
    return out


def templates() -> Path:
    """The folder of the template and its sample: inside an installed package, or at the root of a checkout."""
    package = Path(__file__).parents[2]
    inside = package / FOLDER
    return inside if inside.is_dir() else package.parent / FOLDER


def build_template(out: Path) -> None:
    """Build the template bare, with what its formulas give and a record of runs, and with what reads that record."""
    with tempfile.TemporaryDirectory() as folder:
        bare, recorded = Path(folder) / "bare.xlsx", Path(folder) / "recorded.xlsx"
        write_book(bare, {})
        ws, found = computed(bare)
        record = record_of(ws, found, templates() / "sample" / "runs.csv")
        write_book(recorded, values_of(found), record)
        values = values_of(with_record_read(opened(recorded), found))
    write_book(out, values, record)


def build_empty(out: Path, force: bool = False) -> Path:
    """The template without rows: its tables wait for the user's, each live block says so."""
    out = new_file(out, force)
    with tempfile.TemporaryDirectory() as folder:
        sample, bare = Path(folder) / "sample.xlsx", Path(folder) / "bare.xlsx"
        write_book(sample, {})
        write_book(bare, {}, shapes={})
        write_book(out, plain_values(computed(bare)[1]), shapes=values_of(computed(sample)[1]))
    return out


def write_book(out: Path, values: Values, record: Record = BLANK, shapes: Values | None = None) -> None:
    """The template with these cached values; a formula without one is left blank. With `shapes` an empty one."""
    with tempfile.TemporaryDirectory() as folder:
        draft_path = Path(folder) / "draft.xlsx"
        book = xlsxwriter.Workbook(draft_path, OPTIONS)
        sheets = {name: book.add_worksheet(name) for name in SHEETS}
        loadings = read_csv(templates() / "sample" / "loadings.csv")
        family = frozenset(str(v) for row in loadings[1:] for v in row[1:] if isinstance(v, str))
        draft = Draft(book, sheets, stylist(book), values, family, shapes, max(len(record.runs), 1))
        _properties(draft)
        write_about(draft)
        write_settings(draft)
        write_data(draft, templates() / "sample")
        if shapes is not None:
            propose_hedge(draft)
        write_model(draft)
        write_risk(draft)
        write_checks(draft)
        write_findings(draft, record, FINDINGS_ROW, 2)
        write_moved(draft, record.report, *MOVED)
        write_log(draft, record)
        for cell in plain_cells():
            write_plain(draft, cell)
        book.close()
        rewrite(draft_path, out, MADE, true_values)


def _properties(draft: Draft) -> None:
    book = draft.book
    book.set_properties({
        "title": "Factor risk", "subject": "Factor risk model", "author": "xlfactor", "company": "",
        "comments": "Synthetic sample data" if draft.shapes is None else "", "created": dt.datetime(*MADE),
    })  # fmt: skip
    book.set_custom_property("xlfactor_schema", SCHEMA)
    book.set_calc_mode("auto", CALC_ID)
    book.calc_on_load = False
    for name, colour in SHEETS.items():
        sheet = draft.sheets[name]
        sheet.set_tab_color(f"#{colour}")
        sheet.set_default_row(13.5)
        if name in PROTECTED:
            sheet.protect("", ALLOWED)
        if name != "Risk":
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 1 if name in ("About", "Settings") else 0)
            sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.6)
    draft.sheets["Risk"].activate()


if __name__ == "__main__":
    build_template(templates() / NAME)
    if "runs" in sys.argv:  # the days of the log anew, by the formulas of the template just built; then again with them
        write_runs(opened(templates() / NAME), templates() / "sample" / "runs.csv")
        build_template(templates() / NAME)
