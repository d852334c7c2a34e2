"""Calling a catalogue function from a formula: its arguments, the size it must have, where its error lies."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b

from xlfactor.errors import FactorError, first_five
from xlfactor.workbook.addresses import address
from xlfactor.workbook.formulas.display import Rows
from xlfactor.workbook.formulas.operators import SheetError
from xlfactor.workbook.formulas.plain import value_of
from xlfactor.workbook.formulas.references import Place
from xlfactor.workbook.formulas.scan import Entry
from xlfactor.workbook.formulas.tree import Call
from xlfactor.workbook.formulas.workspace import Block, Function, Value, Workspace
from xlfactor.workbook.results import Area, Cell, Note


@dataclass(frozen=True)
class Memo:
    """Results by function and arguments, and the digests of blocks that no round changes, by identity."""

    results: dict[bytes, Rows] = field(default_factory=dict)
    digests: dict[int, bytes] = field(default_factory=dict)


def result_rows(entry: Entry, ws: Workspace, memo: Memo) -> tuple[Rows, Note | None]:
    """The cells that a catalogue formula shows, and what is to be said where they are not the whole result.

    FactorError, also for what is a bug of ours (code BUG).
    """
    if entry.error is not None:
        raise entry.error
    assert isinstance(entry.tree, Call)
    rows = call(entry.tree, entry.place, ws, memo)
    r1, c1, r2, c2 = entry.formula.area
    if entry.top_left or entry.formula.kind == "single":
        what = "only the first cell of the result is shown: this is no array formula"
        cut = not entry.top_left and (len(rows) > 1 or len(rows[0]) > 1)
        return [rows[0][:1]], Note(
            "SINGLE_CELL", "warn", *entry.key, what, "enter it as a dynamic array"
        ) if cut else None
    if entry.formula.kind != "array":
        return rows, None
    size, room = f"{len(rows)}×{len(rows[0])}", f"{r2 - r1 + 1}×{c2 - c1 + 1}"
    what = f"a result of {size} in a fixed array of {room}: what it cuts off, its readers do not see"
    cut = len(rows) > r2 - r1 + 1 or len(rows[0]) > c2 - c1 + 1
    fix = "enter it anew over that many cells, or as a dynamic array"
    return fitted(rows, entry.formula.area), Note("ARRAY_CUT", "warn", *entry.key, what, fix) if cut else None


def call(node: Call, place: Place, ws: Workspace, memo: Memo) -> Rows:
    """One evaluation for each distinct function and values of its arguments."""
    function = ws.catalogue[node.name]
    given = [argument_value(node, i, place, ws, memo) for i in range(len(node.arguments))]
    values = [as_cells(value) for value in given]
    key = b"".join(
        [node.name.encode(), *(digest(one, value, ws, memo) for one, value in zip(given, values, strict=True))]
    )
    if key not in memo.results:
        try:
            memo.results[key] = function.spill(values)
        except FactorError as error:
            raise located(error, function, given) from error
        except Exception as error:
            raise FactorError(
                "BUG", f"{node.name} failed ({type(error).__name__}: {error})", "please report it"
            ) from error
    return memo.results[key]


def digest(given: Value, cells: Cell | Rows, ws: Workspace, memo: Memo) -> bytes:
    """A digest of an argument's cells; one of a block that stays as it is is made once."""
    lasting = isinstance(given, Block) and given.source is not None and ws.blocks.get(given.source) is cells
    if lasting and id(cells) in memo.digests:
        return memo.digests[id(cells)]
    found = blake2b(pickle.dumps(cells, protocol=5)).digest()
    if lasting:
        memo.digests[id(cells)] = found
    return found


def argument_value(node: Call, i: int, place: Place, ws: Workspace, memo: Memo) -> Value:
    nested = partial(nested_call, place=place, ws=ws, memo=memo)
    try:
        return value_of(node.arguments[i], place, ws, nested)
    except SheetError as error:
        return error.text  # the function says what it thinks of an error value


def nested_call(node: Call, place: Place, ws: Workspace, memo: Memo) -> Value:
    return Block(call(node, place, ws, memo))


def as_cells(value: Value) -> Cell | Rows:
    """An argument as catalogue functions take it: a scalar for a single cell, else rows."""
    if not isinstance(value, Block):
        return value
    if len(value.rows) == 1 and len(value.rows[0]) == 1:
        return value.rows[0][0]
    return value.rows if isinstance(value.rows, list) else [list(row) for row in value.rows]


def located(error: FactorError, function: Function, given: Sequence[Value]) -> FactorError:
    """The error with sheet addresses in place of positions inside an argument, where they are known."""
    names = [argument.name for argument in function.arguments]
    value = given[names.index(error.argument)] if error.argument in names[: len(given)] else None
    if not isinstance(value, Block) or value.source is None or not error.cells:
        return error
    top, left = value.source.area[:2]
    return error.at(first_five(address(value.source.sheet, (top + r, left + c)) for r, c in error.cells))


def fitted(rows: Rows, area: Area) -> Rows:
    """As an array formula of fixed size shows it: one row or column repeats, missing cells are #N/A."""
    height, width = area[2] - area[0] + 1, area[3] - area[1] + 1
    lines = [rows[0]] * height if len(rows) == 1 else rows[:height]
    lines = [row * width if len(row) == 1 else row[:width] for row in lines]
    return [row + [None] * (width - len(row)) for row in lines] + [[None] * width for _ in range(height - len(lines))]
