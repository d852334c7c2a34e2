"""`xlfactor refresh`: a workbook's catalogue formulas evaluated and their values written back, all else kept."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from lxml import etree

from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.tables import cells
from xlfactor.workbook.formulas.evaluate import evaluate
from xlfactor.workbook.formulas.inputs import Entries, as_of, input_hash
from xlfactor.workbook.formulas.scan import all_formulas
from xlfactor.workbook.formulas.workspace import Workspace, sheet_of
from xlfactor.workbook.newdata.apply import NewData, apply_new_data
from xlfactor.workbook.newdata.staged import staged
from xlfactor.workbook.reading.package import corrupt, open_book
from xlfactor.workbook.reading.preflight import preflight
from xlfactor.workbook.refresh_result import RefreshResult, formula_lines
from xlfactor.workbook.results import Evaluation
from xlfactor.workbook.run_record import Run, is_news, put_blocks, with_record
from xlfactor.workbook.state import state_now
from xlfactor.workbook.writing.archive import Change, differs, prove_archive, write_archive
from xlfactor.workbook.writing.follow import Resize, follow, without_calc_chain
from xlfactor.workbook.writing.safe_write import FileState, file_state, one_writer, refuse_unwritable, write_safely
from xlfactor.workbook.writing.spill import resizes, result_blocks, with_blocked
from xlfactor.workbook.writing.targets import refuse_target
from xlfactor.workbook.writing.values_copy import values_change

Progress = Callable[[str], None]


def refresh(
    book: Path,
    *,
    output: Path | None = None,
    returns: Path | None = None,
    loadings: Path | None = None,
    portfolio: Path | None = None,
    caps: Path | None = None,
    decimal: str = ".",
    revise: bool = False,
    new_assets: bool = False,
    follows: bool = True,
    dry_run: bool = False,
    keep_going: bool = False,
    values_copy: Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> RefreshResult:
    """Put new data into the book's tables, evaluate its catalogue formulas, and write their values back.

    Writes `book`, or `output` and leaves `book` alone; as a whole, after a backup, or not at all. Where a
    formula fails nothing is written (`ok` is False, its line says why), unless `keep_going` puts the message
    into its cell. `dry_run` does all but write. `values_copy` is a further file with values in the place of
    the formulas; it and `output` may exist only with `force`. `progress` is told each stage.
    FactorError: what preflight, new data and the files refuse; codes FILE_… and CHANGED_DURING_RUN are the
    file's, all others the data's.
    """
    began = time.perf_counter()
    say = progress or (lambda stage: None)
    source, target = book.resolve(), (output or book).resolve()
    given = {"returns": returns, "loadings": loadings, "portfolio": portfolio, "caps": caps}
    files = {argument: path for argument, path in given.items() if path is not None}
    targets = [target, values_copy.resolve()] if values_copy else [target]
    preflight(source)
    refuse_targets(source, targets, force)
    with ExitStack() as stack:
        if not dry_run:
            refuse_special(source)
            for path in targets:
                refuse_unwritable(path)
                stack.enter_context(one_writer(path))
        state = file_state(source)
        say("reading")
        ws, entries, new = with_new_data(
            source, files, decimal=decimal, revise=revise, new_assets=new_assets, follows=follows
        )
        sheet = partial(sheet_of, ws)
        say("evaluating")
        found = with_blocked(evaluate(ws, new.areas), sheet, ws.book)
        ok = all(result.status == "ok" for result in found.formulas)
        inputs = {"input_hash": input_hash(entries, ws), "as_of": as_of(entries, ws)}
        run = Run(ws, entries, found, new.notes, NewData(dict(new.parts), resizes(found), [], []), **inputs)
        go = ok or keep_going
        change = Change({})
        if go:
            try:
                change, found = changes(source, run, new.resized, follows, time.perf_counter() - began)
            except etree.XMLSyntaxError as error:  # a part that reading never looks at: styles, charts, content types
                raise corrupt(f"one of its parts is not XML ({error})") from error
        say("writing")
        outputs: list[Path] = []
        backup = None
        if go and not dry_run:
            if change.parts or target != source:
                backup = write(source, target, change, state)
                outputs.append(output or book)
            if values_copy is not None:
                write_values_copy(target, targets[1], values_change(target, ws.book, found), outputs)
                outputs.append(values_copy)
        return RefreshResult(
            str(book), ok, (*new.notes, *found.notes), formula_lines(found, sheet, ws.book.dates_1904),
            found.left_to_excel, tuple(sorted(change.dropped.union(change.parts))),
            tuple(map(str, outputs)), str(backup) if backup else None,
            **inputs, seconds=time.perf_counter() - began,
        )  # fmt: skip


def with_new_data(
    source: Path, files: dict[str, Path], *, decimal: str, revise: bool, new_assets: bool, follows: bool
) -> tuple[Workspace, Entries, NewData]:
    """The workbook as it is with the new data in its tables, in memory, and its formulas."""
    ws = Workspace(open_book(source), catalogue())
    entries = all_formulas(ws)[0]
    new = apply_new_data(files, entries, ws, decimal=decimal, revise=revise, new_assets=new_assets, follows=follows)
    if new.parts:
        ws = staged(source, ws, new.parts, new.rows)
        entries = all_formulas(ws)[0]
    return ws, entries, new


def refuse_targets(source: Path, targets: Sequence[Path], force: bool) -> None:
    """Each file to be written is another one; whichever is not `source` itself is a new one of its type."""
    if len(set(targets)) < len(targets):
        text = "the values copy and the refreshed book are one file"
        raise FactorError("OPTION_CONFLICT", text, "give --values-copy another name", where=targets[0].name)
    for path in targets:
        if path != source:
            refuse_target(path, source.suffix.lower(), force)


def refuse_special(source: Path) -> None:
    """What a change would break: a digital signature, the log of a legacy shared workbook."""
    with zipfile.ZipFile(source) as archive:
        names = archive.namelist()
    if any(name.startswith("_xmlsignatures/") for name in names):
        raise FactorError("FILE_SIGNED", "it is signed, and a change breaks that", "remove it", where=source.name)
    if any(name.startswith("xl/revisions/") for name in names):
        raise FactorError("FILE_SHARED", "it is a legacy shared workbook", "unshare it in Excel", where=source.name)


def changes(
    source: Path, run: Run, grown: Sequence[Resize], follows: bool, seconds: float
) -> tuple[Change, Evaluation]:
    """Every part that an evaluation and new data change, and the record of the run in our own template then.

    The evaluation comes back with the formulas that read the record.
    """
    book, parts, found = run.ws.book, run.new.parts, run.found
    for name, blocks in result_blocks(run.found, partial(sheet_of, run.ws)).items():
        put_blocks(run, name, blocks)
    with zipfile.ZipFile(source) as archive:
        if book.schema:
            state = state_now(cells.date(run.as_of), run.found, run.entries, run.ws)
            if any(differs(archive, part, data) for part, data in parts.items()) or is_news(run, state and state[0]):
                found = with_record(run, archive, state, seconds)
        if run.new.resized and follows:
            parts.update(follow(archive, parts, book, run.new.resized))
        links, dropped = without_calc_chain(archive, parts) if run.new.resized or grown else ({}, frozenset())
        parts.update(links)
        changed = {part: data for part, data in parts.items() if differs(archive, part, data)}
        return Change(changed, dropped), found


def write_values_copy(source: Path, target: Path, change: Change, written: Sequence[Path]) -> None:
    """The copy; where it fails, what was written before it stays, and the error says so."""
    try:
        write(source, target, change, file_state(source))
    except FactorError as error:
        kept = f"; {written[0].name} itself is refreshed" if written else ""
        raise FactorError(error.code, error.message + kept, error.fix, where=target.name) from error


def write(source: Path, target: Path, change: Change, state: FileState) -> Path | None:
    return write_safely(
        target,
        lambda path: write_archive(source, path, change),
        lambda path: prove_archive(source, path, change),
        (source, state),
    )
