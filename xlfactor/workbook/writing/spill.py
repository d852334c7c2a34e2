"""Where results go on their sheets: blocks to write, sizes that change, and what stands in a spill's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from xlfactor.errors import FactorError
from xlfactor.workbook.addresses import LAST_COLUMN, LAST_ROW, address, area_text, cell_text, meet
from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.reading.sheet import Sheet
from xlfactor.workbook.results import Area, Cell, Evaluation, FormulaResult
from xlfactor.workbook.writing.follow import Resize
from xlfactor.workbook.writing.patch import Block, Kind, Position

Sheets = Callable[[str], Sheet]  # a sheet's content by its name, read when it is first wanted


def result_blocks(found: Evaluation, sheet: Sheets) -> dict[str, list[Block]]:
    """By sheet, what an evaluation writes; a formula that failed shows its message in its first cell."""
    blocks: dict[str, list[Block]] = {}
    for result in found.formulas:
        kind: Kind = "spill" if result.dynamic else "values"
        blocks.setdefault(result.sheet, []).append(Block(result.cell, shown_rows(result), result.old, kind))
    for plain in found.plain:
        here = (*plain.cell, *plain.cell)
        blocks.setdefault(plain.sheet, []).append(Block(plain.cell, [[plain.value]], here, "values"))
    for name, cell in found.left_to_excel:
        formula = sheet(name).formulas.get(cell)
        r1, c1, r2, c2 = area = formula.area if formula else (*cell, *cell)
        blank: list[list[Cell]] = [[None] * (c2 - c1 + 1)] * (r2 - r1 + 1)
        blocks.setdefault(name, []).append(Block((r1, c1), blank, area, "forget"))
    return blocks


def shown_rows(result: FormulaResult) -> list[list[Cell]]:
    """The cells of a result; of a failed one its message, within a fixed array beside #N/A."""
    if result.rows is not None:
        return result.rows
    text = f"#XLF! {result.error.line}" if result.error else ""
    if result.dynamic:
        return [[text]]
    r1, c1, r2, c2 = result.old
    rows: list[list[Cell]] = [[None] * (c2 - c1 + 1) for _ in range(r2 - r1 + 1)]
    rows[0][0] = text
    return rows


def new_area(result: FormulaResult) -> Area:
    """The cells that a result needs; those it had where it cannot resize."""
    if not result.dynamic:
        return result.old
    r, c = result.cell
    rows = shown_rows(result)
    return r, c, r + len(rows) - 1, c + len(rows[0]) - 1


def resizes(found: Evaluation) -> list[Resize]:
    """The spills that get another size."""
    pairs = [(result, new_area(result)) for result in found.formulas]
    return [Resize(result.sheet, result.old, area) for result, area in pairs if area != result.old]


def with_blocked(found: Evaluation, sheet: Sheets, book: Book) -> Evaluation:
    """The evaluation in which a spill that something stands in the way of has failed: SPILL_BLOCKED."""
    formulas = []
    for result in found.formulas:
        obstacle = None
        if result.rows is not None and new_area(result) != result.old:
            others = [other for other in found.formulas if other.sheet == result.sheet and other is not result]
            obstacle = first_obstacle(result, sheet(result.sheet), others, book)
        if obstacle:
            error = blocked(result, *obstacle)
            # Excel keeps its own #SPILL! over this one; a literal #SPILL! breaks other readers.
            result = replace(result, rows=[["#VALUE!"]], status="error", error=error)
        formulas.append(result)
    return replace(found, formulas=tuple(formulas))


def first_obstacle(
    result: FormulaResult, sheet: Sheet, others: Sequence[FormulaResult], book: Book
) -> tuple[Position, str] | None:
    """The first cell in the way and what it is, row by row from the top."""
    area = new_area(result)
    if area[2] > LAST_ROW or area[3] > LAST_COLUMN:
        return (min(area[2], LAST_ROW), min(area[3], LAST_COLUMN)), "the sheet's edge"
    found = [(first_common(area, merged), "a merged range") for merged in sheet.merged if meet(area, merged)]
    for table in book.tables.values():
        if table.sheet == result.sheet and meet(area, table.area):
            found.append((first_common(area, table.area), f"the table {table.name}"))
    for other in others:
        if meet(area, new_area(other)):
            found.append((first_common(area, new_area(other)), f"the block of {other.function}"))
    freed = [(other.old, new_area(other)) for other in others]
    for cell, what in contents_beyond(area, result.old, sheet):
        if not any(inside(cell, old) and not inside(cell, new) for old, new in freed):
            found.append((cell, what))
            break
    return min(found, default=None)


def contents_beyond(area: Area, old: Area, sheet: Sheet) -> Iterator[tuple[Position, str]]:
    """Cells with a value or a formula in `area` and not in `old`, in order."""
    formulas = {cell for cell in sheet.formulas if inside(cell, area) and not inside(cell, old)}
    for row in range(area[0], area[2] + 1):
        line = sheet.values[row - 1] if row <= len(sheet.values) else []
        for column in outside_of(old, row, area):
            if (row, column) in formulas:
                yield (row, column), "a formula"
            elif column <= len(line) and line[column - 1] is not None:
                yield (row, column), f"'{str(line[column - 1])[:20]}'"


def outside_of(old: Area, row: int, area: Area) -> Iterator[int]:
    """The columns of a row of `area` that are not in `old`; in a panel mostly none."""
    if not old[0] <= row <= old[2]:
        yield from range(area[1], area[3] + 1)
        return
    yield from range(area[1], min(old[1] - 1, area[3]) + 1)
    yield from range(max(old[3] + 1, area[1]), area[3] + 1)


def inside(cell: Position, area: Area) -> bool:
    return area[0] <= cell[0] <= area[2] and area[1] <= cell[1] <= area[3]


def first_common(a: Area, b: Area) -> Position:
    return max(a[0], b[0]), max(a[1], b[1])


def blocked(result: FormulaResult, cell: Position, what: str) -> FactorError:
    return FactorError(
        "SPILL_BLOCKED",
        f"{result.function} needs {area_text(new_area(result))}, but {what} is in {cell_text(cell)}",
        f"clear or move {cell_text(cell)}",
        where=address(result.sheet, result.cell),
    )
