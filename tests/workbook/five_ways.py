"""A workbook that calls every function with its tables passed in five ways: reference, name, structured reference,
nested call, spill.

The sample tables stand beside each other on the sheet `My data`; the spills that formulas read, on `Spills`; a
function's own formulas beside each other on a sheet of its own, FAR columns apart.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from tests import samples
from xlfactor.functions import Function, catalogue

FAR = 60
WAYS = ("reference", "name", "structured", "nested", "spill")
MADE = {  # what makes a table of a kind from others; {kind} is passed as a name
    "returns": "CLEAN_RETURNS({returns})",
    "vendor": "CLEAN_RETURNS({vendor})",
    "values": "WINSORIZE({values})",
    "loadings": "FILL_LOADINGS({loadings})",
    "factor_returns": "FACTOR_RETURNS({returns},{loadings})",
    "factors": "PCA_FACTOR_RETURNS({returns})",
    "factor_covariance": "FACTOR_COVARIANCE(FACTOR_RETURNS({returns},{loadings}))",
    "noise": "FACTOR_NOISE({returns},{loadings})",
    "idio_returns": "IDIO_RETURNS({returns},{loadings})",
    "realised": "IDIO_RETURNS({returns},{loadings})",
    "idio_variance": "IDIO_COVARIANCE({returns},{loadings})",
}
Wanted = list[tuple[str, str, str]]  # (sheet, cell, way)


def write(path: Path, *, plain_ways: int = 3) -> Wanted:
    """Save the book, no formula computed, and return its formulas of the functions' own sheets.

    Of reference, name and structured reference a function gets so many, the functions in turn.
    """
    with xlsxwriter.Workbook(path) as book:
        texts = write_tables(book)
        sheet = book.add_worksheet("Spills")
        for i, kind in enumerate(MADE):
            made = texts["nested", kind]
            sheet.write_dynamic_array_formula(0, i * FAR, 0, i * FAR, f"={made}", None, "")
            texts["spill", kind] = f"ANCHORARRAY(Spills!{xl_rowcol_to_cell(0, i * FAR, True, True)})"
        wanted: Wanted = []
        for turn, (name, function) in enumerate(catalogue().items()):
            sheet, written = book.add_worksheet(name), set()
            plain = [WAYS[(turn + i) % 3] for i in range(plain_ways)]
            for i, way in enumerate([*plain, *WAYS[3:]]):
                formula = call(function, way, texts)
                if formula not in written:
                    sheet.write_dynamic_array_formula(0, i * FAR, 0, i * FAR, f"={formula}", None, "")
                    wanted.append((name, xl_rowcol_to_cell(0, i * FAR), way))
                written.add(formula)
    return wanted


def write_tables(book: Any) -> dict[tuple[str, str], str]:
    """The sample's tables, and the text that stands for each in a formula, by way and kind."""
    sheet, date = book.add_worksheet("My data"), book.add_format({"num_format": "yyyy-mm-dd"})
    texts: dict[tuple[str, str], str] = {}
    column = 0
    tables = samples.TABLES | {name: value for name, value in samples.OPTIONS.items() if name != "path"}
    for kind, table in tables.items():
        rows = samples.rows(table)
        if not isinstance(rows, list):
            rows = [[kind], [rows]]
        height, width = len(rows), len(rows[0])
        columns = [{"header": label or "Label"} for label in rows[0]]
        sheet.add_table(0, column, height - 1, column + width - 1, {"name": f"t_{kind}", "columns": columns})
        for i, row in enumerate(rows[1:], 1):
            for j, cell in enumerate(row, column):
                if cell is not None:
                    sheet.write(i, j, cell, date if isinstance(cell, dt.datetime) else None)
        top = 1 if kind in samples.OPTIONS and height == 2 else 0
        area = xl_range_abs(top, column, height - 1, column + width - 1)
        book.define_name(f"n_{kind}", f"='My data'!{area}")
        texts["reference", kind] = f"'My data'!{area.replace('$', '')}"
        texts["name", kind] = f"n_{kind}"
        texts["structured", kind] = f"t_{kind}[{'#Data' if top else '#All'}]"
        column += width + 1
    names = {kind: texts["name", kind] for kind in tables}
    return texts | {("nested", kind): made.format_map(names) for kind, made in MADE.items()}


def call(function: Function, way: str, texts: dict[tuple[str, str], str]) -> str:
    """The formula; an argument that nothing makes is a reference where others are nested or spilt."""
    given = samples.arguments(function)
    arguments = []
    for argument in function.arguments:
        kind = argument.name if argument.name in samples.OPTIONS else argument.kind
        if argument.name not in given:
            arguments.append("")
        elif kind == "path":
            arguments.append(f'"{given[argument.name]}"')
        else:
            arguments.append(texts.get((way, kind), texts["reference", kind]))
    while arguments and not arguments[-1]:
        arguments.pop()
    return f"{function.name}({','.join(arguments)})"
