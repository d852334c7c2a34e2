"""The input sheets of the template: Excel tables filled with the sample, validations, frozen headers."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from xlfactor.tables.cells import EPOCH, Rows
from xlfactor.workbook.template.cells import Draft, Exact
from xlfactor.workbook.template.layout import TABLES
from xlfactor.workbook.template.schema import LAST_ROW, Table
from xlfactor.workbook.text import write_text

WIDTHS = {"Date": 12, "Asset": 12, "Industry": 16, "Name": 26, "Instrument": 16}
NOTES = {
    "Instrument": "An asset of Loadings that may be traded to hedge.",
    "Date": "A business day, after 1950.",
    "Portfolio": "Weight as a share of the whole: 0.02 or 2 %. 0 where nothing is held.",
    "Benchmark": "Weight as a share of the whole: 0.02 or 2 %.",
    "Cap": "Market capitalisation, any currency, the same for all.",
}


def write_data(draft: Draft, folder: Path) -> None:
    """The tables with the sample's rows; of an empty template with one blank row, for Excel needs one."""
    for table in TABLES:
        blank = draft.shapes is not None
        rows: Rows = [list(table.blank), [None] * len(table.blank)] if blank else read_csv(folder / table.source)
        _write_table(draft, table, rows)
    for name in ("Returns", "Loadings", "Portfolio"):
        draft.sheets[name].freeze_panes(1, 1)
    draft.book.define_name("xlf_assets", "=tblLoadings[Asset]")


def read_csv(path: Path) -> Rows:
    """Rows of cells: dates, numbers, text; an empty field is None."""
    with path.open(encoding="utf-8", newline="") as lines:
        header, *body = csv.reader(lines)
    return [list(header), *([_cell(text) for text in row] for row in body)]


def _cell(text: str) -> Any:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return text


def _write_table(draft: Draft, table: Table, rows: Rows) -> None:
    sheet, top, left = draft.sheets[table.sheet], table.row - 1, table.column - 1
    header, body = [str(label) for label in rows[0]], rows[1:]
    bottom, right = top + len(body), left + len(header) - 1
    columns = [{"header": label, "header_format": _head(draft, j, label)} for j, label in enumerate(header)]
    sheet.add_table(top, left, bottom, right, {"name": table.name, "style": None, "columns": columns})
    for j, label in enumerate(header):
        number = table.formats.get(label, table.default)
        sheet.set_column(left + j, left + j, WIDTHS.get(label, 10.5), draft.style("calc", number))
        style = draft.style("input", number)
        for i, row in enumerate(body, start=top + 1):
            value = row[j]
            if value is None:
                sheet.write_blank(i, left + j, None, style)
            elif isinstance(value, str):
                write_text(sheet, i, left + j, value, draft.style("input_text" if j else "input"))
            elif isinstance(value, dt.datetime):
                sheet.write_number(i, left + j, (value - EPOCH).days, style)
            else:
                sheet.write_number(i, left + j, Exact(value) if value % 1 else int(value), style)
        _validate(sheet, table, label, top + 1, left + j)


def _head(draft: Draft, j: int, label: str) -> Any:
    """Text stands left, and after a number a little apart from it."""
    return draft.style("head_right" if label not in WIDTHS else "head_text" if j else "head")


def _validate(sheet: Any, table: Table, label: str, row: int, column: int) -> None:
    """Checks what is typed, to the foot of the sheet, so that growth needs no change."""
    area = (row, column, LAST_ROW - 1, column)
    message = {"input_title": label, "input_message": NOTES.get(label, "")} if label in NOTES else {}
    if label == "Date":
        sheet.data_validation(*area, {
            "validate": "date", "criteria": ">", "value": dt.date(1950, 1, 1), **message, "error_title": "Not a date",
            "error_message": "Type a date after 1950-01-01.",
        })  # fmt: skip
    elif (table.name, label) in (("tblPortfolio", "Asset"), ("tblHedge", "Instrument")):
        sheet.data_validation(*area, {
            "validate": "list", "source": "=xlf_assets", "error_type": "warning", "error_title": "Unknown asset",
            "error_message": "Loadings has no such asset; a held asset without loadings is refused.",
        })  # fmt: skip
    elif label in ("Portfolio", "Benchmark"):
        sheet.data_validation(*area, {
            "validate": "decimal", "criteria": "between", "minimum": -10, "maximum": 10, **message,
            "error_title": "Not a weight", "error_message": "Type a share such as 0.02 or 2 %.",
        })  # fmt: skip
    elif label == "Cap":
        sheet.data_validation(*area, {
            "validate": "decimal", "criteria": ">=", "value": 0, **message, "error_title": "Not a capitalisation",
            "error_message": "Type a number of 0 or more.",
        })  # fmt: skip
