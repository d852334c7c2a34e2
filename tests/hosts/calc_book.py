"""A workbook in which LibreOffice calls every function: with the sample arguments, and with every kind of wrong input.

Tables stand below each other on the sheet Data, a call on a sheet of its own or in a cell of the sheet Wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from tests import samples
from tests.refusals import Refusal, refusals
from xlfactor.functions import Function, catalogue
from xlfactor.tables.spill import spill


@dataclass(frozen=True)
class Placed:
    """A formula, where it stands, and the cells that Python gives for it."""

    sheet: str
    row: int
    formula: str
    expected: list[list[Any]]


def good(function: Function) -> Iterator[dict[str, Any]]:
    """The sample arguments; these with every default typed out; these and one more optional table each."""
    given = samples.arguments(function)
    yield given
    typed = {a.name: a.default for a in function.arguments if not a.required and a.default not in (None, "")}
    if typed:
        yield given | typed
    for a in function.arguments:
        if a.name not in given and a.kind in samples.TABLES:
            yield given | {a.name: samples.TABLES[a.kind]}


def write(path: Path) -> tuple[dict[str, list[Placed]], list[tuple[Refusal, str]]]:
    """Save the book. The good calls by function; the wrong ones in the order of the cells A1, A2 … of Wrong."""
    book = openpyxl.Workbook()
    data, wrong = book.active, book.create_sheet("Wrong")
    data.title = "Data"
    areas: dict[str, str] = {}
    placed: dict[str, list[Placed]] = {}
    for name, function in catalogue().items():
        sheet, row, placed[name] = book.create_sheet(name), 1, []
        for given in good(function):
            expected = spill(function.call(**given))
            text = formula(name, samples.positional(function, given), data, areas)
            ref = f"A{row}:{get_column_letter(len(expected[0]))}{row + len(expected) - 1}"
            sheet[f"A{row}"] = ArrayFormula(ref, text)  # LibreOffice 7.4 fills exactly this range
            placed[name].append(Placed(name, row, text, expected))
            row += len(expected) + 1
    bad = [(refusal, formula(refusal.function, refusal.values, data, areas)) for refusal in refusals()]
    for _, text in bad:
        wrong.append([text])
    book.save(path)
    return placed, bad


def formula(name: str, values: list[Any], data: Worksheet, areas: dict[str, str]) -> str:
    """The call's text; a table that is not yet on the sheet `data` is written there."""
    texts = [_text(value, data, areas) for value in values]
    while texts and not texts[-1]:
        texts.pop()
    return f"=XLFACTOR.{name}({','.join(texts)})"


def _text(value: Any, data: Worksheet, areas: dict[str, str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, list):
        return f'"{value}"' if isinstance(value, str) else str(value).upper()
    if repr(value) not in areas:
        top = data.max_row + 2
        for i, row in enumerate(value):
            for j, cell in enumerate(row, 1):
                data.cell(top + i, j, cell)
        areas[repr(value)] = f"Data!A{top}:{get_column_letter(len(value[0]))}{top + len(value) - 1}"
    return areas[repr(value)]


def as_calc_sees(value: Any) -> Any:
    """A date as the number in its cell: days since 30 December 1899."""
    if isinstance(value, list):
        return [as_calc_sees(v) for v in value]
    return float((value - dt.datetime(1899, 12, 30)).days) if isinstance(value, dt.datetime) else value
