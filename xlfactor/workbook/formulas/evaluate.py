"""All formulas of a workbook that a refresh computes, in the order of who reads whom."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xlfactor.errors import FactorError
from xlfactor.functions.registry import parsed_once
from xlfactor.workbook.addresses import address, meet
from xlfactor.workbook.formulas.calls import Memo, result_rows
from xlfactor.workbook.formulas.display import Rows, put
from xlfactor.workbook.formulas.graph import Edges, downstream, edges, order
from xlfactor.workbook.formulas.plain import plain_value
from xlfactor.workbook.formulas.scan import Entry, all_formulas, is_still, reaches_anywhere, rectangles_of, unknowable
from xlfactor.workbook.formulas.workspace import Key, Rectangle, Workspace, clear, sheet_of
from xlfactor.workbook.results import Cell, Evaluation, FormulaResult, Note, PlainResult, Status

ROUNDS = 10
STATUS: dict[str, Status] = {"UNSUPPORTED": "unsupported", "CYCLE": "cycle", "UPSTREAM": "upstream"}


@dataclass(frozen=True)
class Job:
    """What all rounds share.

    `still`: what a formula reads where no name or spill can change it; `unsure`: formulas whose cached
    value may be out of date by itself; `circular`: catalogue formulas once found in a circle, which stay
    failed though their smaller spill may open the circle.
    """

    ws: Workspace
    entries: dict[Key, Entry]
    changed: Sequence[Rectangle]
    still: dict[Key, list[Rectangle]]
    unsure: frozenset[Key]
    memo: Memo = field(default_factory=Memo)
    circular: dict[Key, FactorError] = field(default_factory=dict)


@dataclass(frozen=True)
class Round:
    """What one pass over the formulas found.

    `changed`: formulas whose cells differ from the file's; `stale`: those whose cached value no longer
    holds and that are not computed here; `failed`: those that rest on a failure, and on which.
    """

    reads: Edges
    results: dict[Key, FormulaResult] = field(default_factory=dict)
    plain: dict[Key, Cell] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set)
    stale: set[Key] = field(default_factory=set)
    failed: dict[Key, Key] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def evaluate(file: Workspace, changed: Sequence[Rectangle] = ()) -> Evaluation:
    """Every catalogue formula and every plain formula that reads one, or reads a `changed` input.

    Nothing is raised for a formula: each has its status. Sizes may change what a range covers, so passes
    repeat until no size changes, at most ten times.
    """
    ws = replace(file, grids={}, spills={})
    entries, notes = all_formulas(ws)
    ours = {key: entry for key, entry in entries.items() if entry.role == "ours"}
    ws.spills.update({key: entry.formula.area for key, entry in ours.items()})
    still = {key: rectangles_of(entry, ws) for key, entry in entries.items() if is_still(entry)}
    unsure = frozenset(key for key, entry in entries.items() if unknowable(entry))
    job = Job(ws, entries, changed, still, unsure)
    seconds = dict.fromkeys(ours, 0.0)  # later rounds mostly find their results in the memo
    for _ in range(ROUNDS):
        assumed = dict(ws.spills)
        with parsed_once():
            found = one_round(job)
        seconds = {key: seconds[key] + found.results[key].seconds for key in ours}
        if ws.spills == assumed:
            break
    else:
        for key in [key for key in ours if ws.spills[key] != assumed[key]]:
            error = FactorError("CYCLE", "its size does not settle in ten rounds", "let no input cover its spill")
            found.results[key] = failure(ours[key], error)
    place = {part.name: i for i, part in enumerate(ws.book.sheets)}

    def position(key: Key) -> tuple[int, Key]:
        return place[key[0]], key

    return Evaluation(
        tuple(replace(found.results[key], seconds=seconds[key]) for key in sorted(ours, key=position)),
        tuple(PlainResult(*key, found.plain[key]) for key in sorted(found.plain, key=position)),
        tuple(sorted(found.stale, key=position)),
        (*notes, *found.notes),
    )


def one_round(job: Job) -> Round:
    """Evaluate in the order that follows from the areas which the spills cover now."""
    ws, entries = job.ws, job.entries
    rectangles = job.still | {key: rectangles_of(entries[key], ws) for key in entries if key not in job.still}
    areas = {key: {entry.formula.area, ws.spills.get(key, entry.formula.area)} for key, entry in entries.items()}
    reads = edges({key: tuple(covered) for key, covered in areas.items()}, rectangles)
    dirty = {key for key, found in rectangles.items() if touched(found, job.changed)}
    relevant = downstream(reads, [*(key for key in entries if entries[key].role == "ours"), *dirty])
    now = Round(reads)
    now.stale.update(key for key in dirty if entries[key].role == "opaque")
    fresh_grids(ws, [entries[key] for key in relevant])
    sequence, circles = order({key: reads[key] & relevant for key in relevant})
    for circle in circles:
        break_circle(circle, job, now)
    for key, error in job.circular.items():
        keep(entries[key], failure(entries[key], error), now, ws)
    blind = {key for key in entries if key not in relevant and not entries[key].formula.cached} | job.unsure
    for key in sequence:
        if key in now.results or key in now.stale:
            continue
        if entries[key].role == "ours":
            evaluate_ours(entries[key], job, now, blind)
        else:
            evaluate_other(entries[key], ws, now, blind)
    if now.changed or dirty:
        now.stale.update(key for key in job.unsure if reaches_anywhere(entries[key]))
    else:
        now.stale.clear()  # the user's own circles: nothing reached them
    return now


def touched(rectangles: Sequence[Rectangle], changed: Sequence[Rectangle]) -> bool:
    return any(a.sheet == b.sheet and meet(a.area, b.area) for a in rectangles for b in changed)


def fresh_grids(ws: Workspace, entries: Sequence[Entry]) -> None:
    """The file's values again, with the cells blank that catalogue formulas are about to fill."""
    for name in {entry.key[0] for entry in entries}:
        ws.grids[name] = [row[:] for row in sheet_of(ws, name).values]
    for entry in entries:
        if entry.role == "ours":
            clear(ws.grids[entry.key[0]], entry.formula.area)


def break_circle(circle: list[Key], job: Job, now: Round) -> None:
    """Catalogue formulas in a circle fail; a circle of the user's own formulas is left to Excel."""
    ours = [key for key in circle if job.entries[key].role == "ours"]
    others = [key for key in circle if job.entries[key].role != "ours"]
    now.stale.update(others)
    way = " → ".join(address(*key) for key in [*circle, circle[0]])
    for key in ours:
        error = FactorError("CYCLE", f"these cells need each other: {way}", "move one out of what it reads")
        job.circular.setdefault(key, error)
    now.failed.update({key: ours[0] for key in others if ours})


def evaluate_ours(entry: Entry, job: Job, now: Round, blind: set[Key]) -> None:
    ws = job.ws
    origin = failed_source(entry, now)
    if origin:
        now.failed[entry.key] = origin
        keep(entry, failure(entry, FactorError("UPSTREAM", f"{address(*origin)} failed", "")), now, ws)
        return
    began = time.perf_counter()
    try:
        refuse_inputs(entry, now, job.entries, blind)
        rows, said = result_rows(entry, ws, job.memo)
    except FactorError as error:
        keep(entry, failure(entry, error), now, ws)
    except RecursionError:
        deep = FactorError("UNSUPPORTED", "this formula is nested too deeply", "split it")
        keep(entry, failure(entry, deep), now, ws)
    else:
        seconds = time.perf_counter() - began
        keep(entry, replace(failure(entry, None), rows=rows, seconds=seconds), now, ws)
        if said:
            now.notes.append(said)


def failed_source(entry: Entry, now: Round) -> Key | None:
    """The catalogue formula whose failure this formula rests on, directly or not."""
    return min((now.failed[source] for source in now.reads[entry.key] if source in now.failed), default=None)


def refuse_inputs(entry: Entry, now: Round, entries: dict[Key, Entry], blind: set[Key]) -> None:
    """Refuse an input cell with a formula whose value is absent or out of date."""
    for source in sorted(now.reads[entry.key]):
        if source in blind and not entries[source].formula.cached:
            raise FactorError(
                "CELL_FORMULA_NO_VALUE",
                f"its formula ={entries[source].formula.text[:60]} has no value in the file",
                "open the book in Excel and save it",
                where=address(*source),
            )
        if source in blind or source in now.stale:
            raise FactorError(
                "STALE_INPUT",
                f"={entries[source].formula.text[:60]} may no longer hold and is not evaluated here",
                "use plain formulas there",
                where=address(*source),
            )


def evaluate_other(entry: Entry, ws: Workspace, now: Round, blind: set[Key]) -> None:
    """A plain formula gets its value; one that cannot is stale if anything it reads changed."""
    sources = now.reads[entry.key]
    origin = failed_source(entry, now)
    if origin:
        now.failed[entry.key] = origin
    if entry.role == "plain" and not sources & (now.stale | blind):
        try:
            value = plain_value(entry.tree, entry.place, ws)
        except (FactorError, RecursionError):
            pass  # outside the closed set after all: a range where one cell is needed, a missing name
        else:
            now.plain[entry.key] = value
            if not put(entry, [[value]], ws):
                now.changed.add(entry.key)
            return
    if sources & (now.changed | now.stale) or not entry.formula.cached:
        now.stale.add(entry.key)


def failure(entry: Entry, error: FactorError | None) -> FormulaResult:
    """The result of a catalogue formula without rows; with no error, to be completed."""
    sheet, cell = entry.key
    name = getattr(entry.tree, "name", "")
    dynamic = entry.formula.kind == "dynamic"
    status: Status = "ok" if error is None else STATUS.get(error.code, "error")
    return FormulaResult(sheet, cell, name, None, entry.formula.area, dynamic, status, error)


def keep(entry: Entry, result: FormulaResult, now: Round, ws: Workspace) -> None:
    """Put a result where later formulas read it; a failed one shows its message in its first cell."""
    now.results[entry.key] = result
    rows: Rows = result.rows or [[f"#XLF! {result.error.line}" if result.error else ""]]
    r, c = entry.key[1]
    height, width = filled(rows) if entry.formula.kind == "array" else (len(rows), len(rows[0]))
    ws.spills[entry.key] = (r, c, r + height - 1, c + width - 1)
    unchanged = put(entry, rows, ws)
    if result.error is not None:
        now.failed.setdefault(entry.key, entry.key)
    if not unchanged:
        now.changed.add(entry.key)


def filled(rows: Rows) -> tuple[int, int]:
    """Rows and columns of a fixed array that its result fills: the #N/A beyond are no part of what A1# gives."""
    height = max((i for i, row in enumerate(rows, start=1) if any(v is not None for v in row)), default=1)
    width = max((j for row in rows for j, v in enumerate(row, start=1) if v is not None), default=1)
    return height, width
