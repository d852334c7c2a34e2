"""Structured references: what `table[[#All],[a]:[b]]` covers of its table."""

from __future__ import annotations

from xlfactor.errors import FactorError, did_you_mean
from xlfactor.workbook.formulas.parse import unsupported
from xlfactor.workbook.formulas.tree import Structured
from xlfactor.workbook.reading.package import Table
from xlfactor.workbook.results import Area

SPECIALS = ("#all", "#data", "#headers", "#totals", "#this row")


def structured_area(node: Structured, table: Table, row: int) -> Area:
    """The area that a structured reference means, seen from a formula in `row`.

    Nothing or `[]` is the data; `#All #Data #Headers #Totals #This Row` choose rows, alone or (headers and
    data, data and totals) combined; `[a]`, `[a]:[b]` choose columns. FactorError UNSUPPORTED.
    """
    text = f"{node.table}[{node.inner}]"
    items = split(node.inner, text)
    specials = {item[1].casefold() for item in items if item[0] == "#"}
    columns = [column_index(table, item[1], text) for item in items if item[0] == "column"]
    ranged = any(item[0] == ":" for item in items)
    if len(columns) > 2 or (len(columns) == 2) != ranged:
        raise unsupported(text, "this combination of columns is not followed")
    first, last = rows_of(specials, table, row, text)
    left = table.area[1] + min(columns, default=0)
    right = table.area[1] + max(columns, default=len(table.columns) - 1)
    return first, left, last, right


def rows_of(specials: set[str], table: Table, row: int, text: str) -> tuple[int, int]:
    top, bottom = table.area[0], table.area[2]
    data = top + table.header_rows, bottom - table.totals_rows
    if not specials or specials == {"#data"}:
        return data
    if specials == {"#all"}:
        return top, bottom
    if specials == {"#this row"}:
        if not data[0] <= row <= data[1]:
            raise unsupported(text, "this formula stands beside no row of the table")
        return row, row
    if ("#headers" in specials and not table.header_rows) or ("#totals" in specials and not table.totals_rows):
        raise unsupported(text, "the table has no such row")
    if specials <= {"#headers", "#data"}:
        return top, data[1] if "#data" in specials else top
    if specials <= {"#data", "#totals"}:
        return data[0] if "#data" in specials else bottom, bottom
    raise unsupported(text, "these parts of a table do not go together")


def split(inner: str, text: str) -> list[tuple[str, str]]:
    """The items of a specifier as ("#" | "column" | ":" | ",", text), escapes undone."""
    if not inner.strip():
        return []
    if not inner.lstrip().startswith("["):
        return [item_of(inner)]
    items: list[tuple[str, str]] = []
    start, i = -1, 0
    while i < len(inner):
        if inner[i] == "'" and start >= 0:
            i += 1
        elif inner[i] == "[" and start < 0:
            start = i + 1
        elif inner[i] == "]" and start >= 0:
            items.append(item_of(inner[start:i]))
            start = -1
        elif start < 0 and inner[i] in ":,":
            items.append((inner[i], ""))
        elif start < 0 and not inner[i].isspace():
            raise unsupported(text, "this table reference cannot be read")
        i += 1
    if start >= 0:
        raise unsupported(text, "this table reference cannot be read")
    return items


def item_of(raw: str) -> tuple[str, str]:
    if raw.strip().casefold() in SPECIALS:
        return "#", raw.strip()
    name, i = "", 0
    while i < len(raw):
        if raw[i] == "'" and i + 1 < len(raw):
            i += 1
        name += raw[i]
        i += 1
    return "column", name


def column_index(table: Table, name: str, text: str) -> int:
    names = [column.casefold() for column in table.columns]
    for wanted in (name.casefold(), name.strip().casefold()):
        if wanted in names:
            return names.index(wanted)
    raise FactorError(
        "UNSUPPORTED",
        f"table {table.name} has no column '{name}': {text[:80]}",
        did_you_mean(name, table.columns) or "check the column's name",
    )
