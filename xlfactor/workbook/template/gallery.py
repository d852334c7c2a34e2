"""The gallery: one sheet a function, with the arguments of its documented example and the live formula over them."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import xlsxwriter

from xlfactor.functions import STAGES, catalogue
from xlfactor.functions.examples import Example, example, question
from xlfactor.functions.help import signature
from xlfactor.functions.registry import Function
from xlfactor.tables.cells import Rows
from xlfactor.workbook.addresses import area_text
from xlfactor.workbook.template.build import CALC_ID, OPTIONS, new_file
from xlfactor.workbook.template.cells import MADE, true_values, write_cell
from xlfactor.workbook.template.styles import Style, stylist
from xlfactor.workbook.writing.fixed_zip import rewrite

INDEX = "Functions"
ELSEWHERE = {"Model"}  # stages whose examples need a file beside the book
ROW = 7  # of the labels above the tables; from 0, as all rows and columns here
GAP = 1  # blank columns between tables


def build_gallery(out: Path, force: bool = False) -> Path:
    """A workbook with a sheet for each function, in the order of the stages; FILE_EXISTS unless `force`."""
    out = new_file(out, force)
    shown = [f for stage in STAGES if stage not in ELSEWHERE for f in catalogue().values() if f.stage == stage]
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft.xlsx"
        book = xlsxwriter.Workbook(draft, OPTIONS)
        style = stylist(book)
        book.set_properties({"title": "The functions of xlfactor", "author": "xlfactor", "created": dt.datetime(*MADE)})
        book.set_calc_mode("auto", CALC_ID)
        book.calc_on_load = False
        _write_index(book.add_worksheet(INDEX), shown, style)
        for function in shown:
            _write_sheet(book.add_worksheet(function.name), function, example(function), style)
        book.close()
        rewrite(draft, out, MADE, true_values)
    return out


def _write_index(sheet: Any, shown: list[Function], style: Style) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26, style())
    sheet.set_column(1, 1, 80, style())
    sheet.set_column(2, 2, 100, style())
    sheet.set_column(3, 3, 20, style())
    sheet.write_string(0, 0, "The functions, one sheet each", style("title"))
    sheet.write_string(
        1, 0, "Change a cell of an example and recalculate: every result is a live formula.", style("note")
    )
    for column, label in enumerate(("Function", "Question", "What it gives", "Stage")):
        sheet.write_string(2, column, label, style("head"))
    for row, function in enumerate(shown, start=3):
        sheet.write_url(row, 0, f"internal:'{function.name}'!A1", style("link"), function.name)
        sheet.write_string(row, 1, question(function), style())
        sheet.write_string(row, 2, function.help, style())
        sheet.write_string(row, 3, function.stage, style())
    sheet.freeze_panes(3, 0)


def _write_sheet(sheet: Any, function: Function, shown: Example, style: Style) -> None:
    """Title, meaning and signature; below them the arguments side by side, and right of them the result."""
    sheet.hide_gridlines(2)
    sheet.set_column(0, 16_383, 12, style())
    sheet.write_string(0, 0, function.name, style("title"))
    sheet.write_string(1, 0, function.help, style())
    sheet.write_string(2, 0, f"={function.name}({signature(function.arguments)})", style("note"))
    sheet.write_url(3, 0, f"internal:'{INDEX}'!A1", style("link"), "All functions")
    column, areas = 0, {}
    for argument in function.arguments:
        if argument.name not in shown.arguments:
            continue
        rows = shown.arguments[argument.name]
        sheet.write_string(ROW, column, argument.name, style("section"))
        _write_rows(sheet, ROW + 1, column, rows, style, "cell_input")
        areas[argument.name] = area_text((ROW + 2, column + 1, ROW + 1 + len(rows), column + len(rows[0])))
        column += len(rows[0]) + GAP
    given = [areas.get(argument.name, "") for argument in function.arguments]
    while given and not given[-1]:
        given.pop()
    formula = f"={function.name}({','.join(given)})"
    sheet.write_string(5, 0, formula, style("strong"))
    sheet.write_string(ROW, column, "result", style("section"))
    rows, (top, left) = shown.result, (ROW + 1, column)
    last = top + len(rows) - 1, left + len(rows[0]) - 1
    anchor = rows[0][0] if isinstance(rows[0][0], str | float) else str(rows[0][0])
    sheet.write_dynamic_array_formula(top, left, *last, formula, style("head" if len(rows) > 1 else "fact"), anchor)
    _write_rows(sheet, top, left, rows, style, "output", skip_first=True)
    sheet.freeze_panes(ROW + 2, 0)


def _write_rows(sheet: Any, top: int, left: int, rows: Rows, style: Style, role: str, skip_first: bool = False) -> None:
    """Rows of cells; a missing number of an input is a blank cell, as a user leaves it, that of a result #N/A."""
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if skip_first and i == j == 0:
                continue
            number = "date" if isinstance(value, dt.datetime) else "text"
            look = style("head" if len(rows) > 1 and i == 0 else role, number)
            if value is None and not skip_first:
                sheet.write_blank(top + i, left + j, None, look)
            else:
                write_cell(sheet, top + i, left + j, value, look)
