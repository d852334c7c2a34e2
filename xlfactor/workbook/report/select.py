"""The rows of a long table that a page has room for, so that they still sum to the total."""

from __future__ import annotations

from collections.abc import Sequence

from xlfactor.tables.cells import Cell, Rows
from xlfactor.workbook.report.data import row_of

TOP = 20


def is_sum(label: Cell) -> bool:
    return str(label) == "total" or str(label).endswith("(total)")


def largest(rows: Rows, column: str = "contribution") -> Rows:
    """Header; the rows of largest |column|, at most 20; one row for all others; `total`. Family totals are left out.

    Only what adds up is summed in the other row: weight, contributions and shares.
    """
    header = rows[0]
    parts = [row for row in rows[1:] if not is_sum(row[0])]
    at = row_of(rows, "total")
    sums = {str(label) for label in header if label in ("weight", "share") or str(label).endswith("contribution")}
    return [header, *top_rows(parts, header, header.index(column), sums), *([rows[at]] if at else [])]


def top_rows(parts: Rows, header: Sequence[Cell], column: int, sums: set[str]) -> Rows:
    """The largest rows by |column|, at most 20, and one for the rest with the sums of those columns."""
    ranked = sorted(parts, key=lambda row: -abs(number(row[column])))
    rest = ranked[TOP:]
    if not rest:
        return ranked
    other: list[Cell] = [f"other ({len(rest)})"]
    other += [sum(number(row[k]) for row in rest) if str(header[k]) in sums else None for k in range(1, len(header))]
    return [*ranked[:TOP], other]


def by_family(rows: Rows, families: frozenset[str]) -> Rows:
    """Factors whose family has a total are replaced by it; what is left still sums to `total`."""
    totals = [row for row in rows[1:] if str(row[0]).endswith("(total)")]
    if not totals:
        return []
    parts = [row for row in rows[1:] if not is_sum(row[0]) and str(row[0]) not in families]
    at = row_of(rows, "total")
    j = rows[0].index("contribution")
    return [rows[0], *sorted([*totals, *parts], key=lambda row: -abs(number(row[j]))), *([rows[at]] if at else [])]


def columns(rows: Rows, labels: Sequence[str]) -> Rows:
    """These columns of a table, those it has."""
    kept = [rows[0].index(label) for label in labels if label in rows[0]]
    return [[row[j] for j in kept] for row in rows]


def number(value: Cell) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
