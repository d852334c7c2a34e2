"""A sheet's XML: its values, its formulas and what stands in the way of reading them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Literal
from xml.parsers import expat

from xlfactor.errors import FactorError
from xlfactor.workbook.addresses import address, area_of, cell_text, column_letters, column_number
from xlfactor.workbook.reading.numeric_rows import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, take_numeric_rows
from xlfactor.workbook.reading.package import MAIN, UNREADABLE, Book, SheetPart, corrupt, read_part, unescape
from xlfactor.workbook.results import Area, Cell

Grid = list[list[Cell]]  # ragged: rows from 1 at index 0, trailing blanks left out
Kind = Literal["dynamic", "array", "single", "table"]
Position = tuple[int, int]

EPOCH_1900 = datetime.datetime(1899, 12, 30)
EPOCH_1904 = datetime.datetime(1904, 1, 1)
NS = MAIN[1:]
ROW, CELL, VALUE, FORMULA, TEXT, PHONETIC, MERGED = (
    f"{NS}{tag}" for tag in ("row", "c", "v", "f", "t", "rPh", "mergeCell")
)


@dataclass(frozen=True)
class Formula:
    """A formula as stored, without `=`.

    A shared formula keeps its master's text and how far it stands from it (`shift`, rows and columns).
    `area` is the stored ref of an array formula, else the cell. `cached`: the file holds a value for it.
    """

    cell: Position
    text: str
    kind: Kind
    area: Area
    cached: bool
    shift: Position = (0, 0)


@dataclass(frozen=True)
class Sheet:
    """Values, formulas and merged areas of a sheet.

    `faults` are cells whose content cannot be a value; they are refused when something reads them, and so
    is `beyond`, the first value outside the limits, which is not kept.
    """

    name: str
    values: Grid
    formulas: dict[Position, Formula]
    merged: tuple[Area, ...]
    faults: dict[Position, FactorError]
    beyond: Position | None


def may_hold_formulas(data: bytes) -> bool:
    """A sheet without the bytes of an `f` element among its cells needs no pass until something reads it."""
    start, end = data.find(b"sheetData"), data.rfind(b"sheetData")
    if data.find(b"f", start, end) < 0:  # as in a panel; a single byte is found much faster than two
        return start < 0  # in another encoding it says nothing
    return data.find(b"<f", start, end) >= 0 or data.find(b":f", start, end) >= 0


def read_sheet(book: Book, part: SheetPart, data: bytes | None = None) -> Sheet:
    """A sheet's cells: rows of numbers by regular expression, all else in one expat pass.

    FactorError FILE_CORRUPT, XML_ENTITY.
    """
    sheet = Sheet(part.name, [], {}, (), {}, None)
    merged: list[Area] = []
    beyond: list[Position] = []
    start, characters, end = handlers(book, sheet, merged, beyond)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.CharacterDataHandler = characters
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse_dtd
    try:
        data = read_part(book, part.part) if data is None else data
        parser.Parse(take_numeric_rows(data, book, sheet.values), True)
    except expat.ExpatError as error:
        raise corrupt(f"sheet {part.name} is not XML ({error})") from error
    except UNREADABLE as error:
        if isinstance(error, FactorError):
            raise
        raise corrupt(f"sheet {part.name} cannot be read ({error})") from error
    return Sheet(part.name, sheet.values, sheet.formulas, tuple(merged), sheet.faults, beyond[0] if beyond else None)


def refuse_dtd(*_: object) -> None:
    raise FactorError("XML_ENTITY", "a sheet declares a DTD", "do not trust this file")


def handlers(
    book: Book, sheet: Sheet, merged: list[Area], beyond: list[Position]
) -> tuple[Callable[..., None], Callable[[str], None], Callable[[str], None]]:
    """The three expat callbacks; they fill `sheet`. Called some ten million times for a big sheet."""
    row = column = phonetic = 0
    cell: dict[str, str] = {}
    formula: dict[str, str] | None = None
    value: str | None = None
    formula_text = ""
    text: list[str] = []
    masters: dict[str, Formula] = {}
    values = sheet.values
    blanks = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, cell, formula, value, phonetic
        if name == CELL:
            cell, formula, value = attributes, None, None
            row, column = position(attributes.get("r"), row, column)
        elif name in (VALUE, TEXT, FORMULA):
            text.clear()
            if name == FORMULA:
                formula = attributes
        elif name == ROW:
            row, column = int(attributes.get("r", row + 1)), 0
        elif name == PHONETIC:
            phonetic += 1
        elif name == MERGED:
            merged.append(area_of(attributes["ref"]))

    def end(name: str) -> None:
        nonlocal value, formula_text, phonetic
        if name == VALUE:
            value = "".join(text)
        elif name == CELL:
            if formula is not None:
                keep_formula(formula)
            if value is not None:
                keep_value(value)
        elif name == TEXT and not phonetic:
            value = (value or "") + "".join(text)
        elif name == FORMULA:
            formula_text = "".join(text)
        elif name == PHONETIC:
            phonetic -= 1

    def keep_value(found: str) -> None:
        nonlocal blanks
        if row > MAX_ROWS or column > MAX_COLUMNS or blanks > MAX_CELLS:
            beyond.append((row, column))
            return
        try:
            content = cell_value(found, cell, book)
        except ValueError:
            sheet.faults[row, column] = bad_number(sheet.name, (row, column), found)
            return
        while len(values) < row:
            values.append([])
        line = values[row - 1]
        if len(line) < column:
            blanks += column - 1 - len(line)
            line.extend([None] * (column - len(line)))
        line[column - 1] = content

    def keep_formula(attributes: dict[str, str]) -> None:
        here = (row, column)
        found = stored_formula(here, attributes, formula_text, cell, value, book)
        key = attributes.get("si", "")
        if attributes.get("t") == "shared":
            if found.text:
                masters[key] = found
            elif key in masters:
                origin = masters[key]
                shift = (row - origin.cell[0], column - origin.cell[1])
                found = Formula(here, origin.text, "single", found.area, found.cached, shift)
        if found.text or found.kind == "table":
            sheet.formulas[here] = found

    return start, text.append, end


def position(reference: str | None, row: int, column: int) -> Position:
    """Where a cell stands; one without address stands after the one before."""
    if reference is None:
        return row, column + 1
    letters = reference.rstrip("0123456789")
    if not letters.isalpha() or not letters.isascii() or len(letters) > 3 or letters == reference:
        raise corrupt(f"a cell has the address '{reference}'")
    return int(reference[len(letters) :]), column_number(letters.upper())


def cell_value(text: str, cell: dict[str, str], book: Book) -> Cell:
    """A cell's content by its type; ValueError where it has none of that type."""
    kind = cell.get("t", "n")
    if kind == "n":
        if not text:
            return None
        number = float(text)
        if not isfinite(number) or "_" in text or not text.isascii():
            raise ValueError(text)
        if book.dates_1904 and int(cell.get("s", "0")) in book.date_styles:
            return EPOCH_1904 + datetime.timedelta(days=number)
        return number
    if kind == "s":
        index = int(text)
        if not 0 <= index < len(book.strings):
            raise ValueError(text)
        return book.strings[index]
    if kind in ("str", "inlineStr"):
        return unescape(text)
    if kind == "b":
        return text.strip() in ("1", "true")
    if kind == "d":
        day = datetime.datetime.fromisoformat(text.removesuffix("Z"))
        return day if book.dates_1904 else serial(day)
    if kind == "e":
        return text
    raise ValueError(text)


def serial(day: datetime.datetime) -> float:
    """A date as its number in the 1900 system."""
    return (day - EPOCH_1900) / datetime.timedelta(days=1)


def bad_number(sheet: str, cell: Position, text: str) -> FactorError:
    what = f'the cell holds "{text[:40]}", which is no finite number'
    return FactorError("NUM_BAD", what, "type the number again", where=address(sheet, cell))


def stored_formula(
    here: Position, attributes: dict[str, str], text: str, cell: dict[str, str], value: str | None, book: Book
) -> Formula:
    """A formula by the attributes of its `f` element and of its cell."""
    kind = attributes.get("t")
    area = area_of(attributes["ref"]) if kind == "array" and "ref" in attributes else (*here, *here)
    cached = value is not None and (value != "" or cell.get("t", "n") != "n")
    if kind == "array":
        spills = cell.get("cm", "0").isdecimal() and int(cell.get("cm", "0")) in book.dynamic
        return Formula(here, text, "dynamic" if spills else "array", area, cached)
    return Formula(here, text, "table" if kind == "dataTable" else "single", area, cached)


def outside(sheet: Sheet) -> FactorError:
    """The refusal of a sheet that something reads and that has values outside the limits."""
    cell, limits = cell_text(sheet.beyond or (1, 1)), f"row {MAX_ROWS}, column {column_letters(MAX_COLUMNS)}"
    what = f"a value stands at {cell}, beyond {limits} or too many blanks"
    return FactorError("SHEET_TOO_LARGE", what, "clear it, or keep big panels in Parquet or CSV", where=sheet.name)
