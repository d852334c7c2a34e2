"""What changed between two workbooks: risk, contributions, exposures, positions, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterable

from xlfactor.errors import first_five
from xlfactor.tables.cells import Cell, Rows
from xlfactor.workbook.report.data import Findings
from xlfactor.workbook.report.document import MEASURES, Band, Note, Page, Table
from xlfactor.workbook.report.pages import page
from xlfactor.workbook.report.select import is_sum, number, top_rows

HEADER: list[Cell] = ["previous", "now", "change"]
NOTHING: list[Cell] = ["no position changed", None, None, None, ""]
VIEWS = ("portfolio", "active")
SAME = 1e-12  # a weight that differs by less is the same


def changes(old: Findings, new: Findings) -> Page:
    """Previous, now and change of what both books have; what only one has is said in words."""
    bands: list[Band] = [(Note("Compared", " ".join(sentences(old, new))),)]
    risk = [measure_table(old, new, view) for view in VIEWS]
    bands.append(tuple(table for table in risk if table))
    pair = contribution_table(old, new), position_table(old, new)
    bands.append(tuple(table for table in pair if table))
    exposed = exposure_table(old, new)
    bands.append((exposed,) if exposed else ())
    return page("Changes", *bands)


def sentences(old: Findings, new: Findings) -> Iterable[str]:
    if old.as_of == new.as_of:
        yield f"Both books are as of {day(new)}."
    else:
        yield f"From {day(old)} to {day(new)}."
    if (old.as_of and new.as_of) and old.as_of > new.as_of:
        yield "The book compared with is the LATER one."
    if old.title != new.title:
        yield f"The portfolio is another: {old.title} before, {new.title} now."
    if old.benchmark != new.benchmark:
        yield f"The benchmark is another: {old.benchmark or 'none'} before, {new.benchmark or 'none'} now."
    if old.version != new.version:
        yield f"The version is another: {old.version} before, {new.version} now."
    if old.input_hash == new.input_hash:
        yield "The inputs are the same."
    for what, block in (("factors", "exposures"), ("assets", "by_asset")):
        before, after = labels(old, block), labels(new, block)
        if before and after:
            yield from came_and_went(what, before, after)


def came_and_went(what: str, before: list[str], after: list[str]) -> Iterable[str]:
    came, went = [v for v in after if v not in set(before)], [v for v in before if v not in set(after)]
    if came:
        yield f"New {what}: {first_five(came)}."
    if went:
        yield f"Gone {what}: {first_five(went)}."


def day(found: Findings) -> str:
    return "an unknown date" if found.as_of is None else f"{found.as_of:%Y-%m-%d}"


def labels(found: Findings, block: str) -> list[str]:
    return [str(row[0]) for row in found.tables.get(block, [])[1:] if not is_sum(row[0])]


def column(found: Findings, block: str, label: str) -> dict[str, Cell]:
    """{row label: value} of a block's column; empty where the book lacks it."""
    rows = found.tables.get(block, [])
    if not rows or label not in rows[0]:
        return {}
    return {str(row[0]): row[rows[0].index(label)] for row in rows[1:]}


def differences(before: dict[str, Cell], after: dict[str, Cell], absent: Cell) -> Rows:
    """One row a label of either side; a label that one side lacks counts there as `absent`."""
    rows: Rows = []
    for label in dict.fromkeys([*after, *before]):
        a, b = before.get(label, absent), after.get(label, absent)
        known = isinstance(a, int | float) and isinstance(b, int | float)
        rows.append([label, a, b, number(b) - number(a) if known else None])
    return rows


def measure_table(old: Findings, new: Findings, view: str) -> Table | None:
    before, after = column(old, "risk", view), column(new, "risk", view)
    if not before or not after or all(value is None for value in after.values()):
        return None
    rows = differences(before, after, None)
    title = "Active risk" if view == "active" else "Risk of the portfolio"
    note = "Annual, except value at risk and expected shortfall."
    finer = MEASURES | {"factor_share": "volatility", "idio_share": "volatility"}
    return Table(f"changes_{view}", title, [["Measure", *HEADER], *rows], note, "contribution", row_numbers=finer)


def contribution_table(old: Findings, new: Findings) -> Table | None:
    """Sorted by |change|; the rows sum to the total's change."""
    before, after = column(old, "by_factor", "contribution"), column(new, "by_factor", "contribution")
    if not before or not after:
        return None
    rows = differences(before, after, 0.0)
    total = [row for row in rows if row[0] == "total"]
    parts = top_rows([row for row in rows if not is_sum(row[0])], ["Factor", *HEADER], 3, set(map(str, HEADER)))
    return Table("changes_by_factor", "Contributions by factor", [["Factor", *HEADER], *parts, *total],
                 "Annual volatility, the largest change first.", "contribution")  # fmt: skip


def exposure_table(old: Findings, new: Findings) -> Table | None:
    rows: Rows = []
    header: list[Cell] = ["Factor"]
    for view in VIEWS:
        before, after = column(old, "exposures", view), column(new, "exposures", view)
        if not before or not after or all(value is None for value in after.values()):
            continue
        header += [f"{view} {label}" for label in HEADER]
        made = {str(row[0]): row for row in differences(before, after, None)}
        rows = [[*row, *made[str(row[0])][1:]] for row in rows] if rows else list(made.values())
    if not rows:
        return None
    ranked = sorted(rows, key=lambda row: -abs(number(row[-1])))
    return Table("changes_exposures", "Exposures", [header, *ranked], "The largest change first.")


def position_table(old: Findings, new: Findings) -> Table | None:
    before, after = column(old, "by_asset", "weight"), column(new, "by_asset", "weight")
    if not before or not after:
        return None
    rows = [row for row in differences(before, after, 0.0) if not is_sum(row[0]) and abs(number(row[3])) > SAME]
    header: list[Cell] = ["Asset", *HEADER]
    named = [[*row, verb(row)] for row in top_rows(rows, header, 3, set(map(str, HEADER)))]
    counts = [f"{sum(verb(row) == word for row in rows)} {word}" for word in ("added", "removed", "changed")]
    shown = [[*header, "what"], *(named or [NOTHING])]
    return Table("changes_positions", "Positions", shown, f"Weights: {', '.join(counts)}.", "weight")


def verb(row: list[Cell]) -> str:
    if str(row[0]).startswith("other ("):
        return ""
    return "added" if not row[1] else "removed" if not row[2] else "changed"
