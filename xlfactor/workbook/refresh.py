"""`xlfactor refresh`: a workbook's catalogue formulas evaluated and their values written back, all else kept."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from lxml import etree

from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.workbook.formulas.evaluate import evaluate
from xlfactor.workbook.formulas.inputs import Entries, as_of, input_hash
from xlfactor.workbook.formulas.scan import all_formulas
from xlfactor.workbook.formulas.workspace import Workspace, sheet_of
from xlfactor.workbook.log_row import log_table, run_facts, with_log_row
from xlfactor.workbook.newdata.apply import NewData, apply_new_data, current, part_of, put_rows
from xlfactor.workbook.reading.package import Book, corrupt, open_book
from xlfactor.workbook.reading.preflight import preflight
from xlfactor.workbook.refresh_result import RefreshResult, formula_lines
from xlfactor.workbook.results import Cell, Evaluation
from xlfactor.workbook.writing.archive import Change, prove_archive, staged_archive, write_archive
from xlfactor.workbook.writing.follow import follow, without_calc_chain
from xlfactor.workbook.writing.patch import patch_sheet
from xlfactor.workbook.writing.safe_write import FileState, file_state, one_writer, refuse_unwritable, write_safely
from xlfactor.workbook.writing.spill import Sheets, resizes, result_blocks, with_blocked
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
    refuse_existing([path for path in targets if path != source or targets.count(path) > 1], force)
    with ExitStack() as stack:
        if not dry_run:
            refuse_special(source)
            for path in targets:
                refuse_unwritable(path)
                stack.enter_context(one_writer(path))
        state = file_state(source)
        say("reading")
        ws, entries, new = with_new_data(source, files, decimal, revise, follows)
        sheet = partial(sheet_of, ws)
        say("evaluating")
        found = with_blocked(evaluate(ws, new.areas), sheet, ws.book)
        ok = all(result.status == "ok" for result in found.formulas)
        inputs = {"input_hash": input_hash(entries, ws), "as_of": as_of(entries, ws)}
        facts = run_facts(found, ws.book, **inputs, seconds=time.perf_counter() - began)
        go = ok or keep_going
        try:
            change = changes(source, ws.book, found, new, sheet, follows, facts) if go else Change({})
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
                write(target, targets[1], values_change(target, ws.book, found), file_state(target))
                outputs.append(values_copy)
        return RefreshResult(
            str(book), ok, (*new.notes, *found.notes), formula_lines(found, sheet, ws.book.dates_1904),
            found.left_to_excel, tuple(sorted(change.dropped.union(change.parts))),
            tuple(map(str, outputs)), str(backup) if backup else None,
            **inputs, seconds=time.perf_counter() - began,
        )  # fmt: skip


def with_new_data(
    source: Path, files: dict[str, Path], decimal: str, revise: bool, follows: bool
) -> tuple[Workspace, Entries, NewData]:
    """The workbook as it is with the new data in its tables, in memory, and its formulas."""
    ws = Workspace(open_book(source), catalogue())
    entries = all_formulas(ws)[0]
    new = apply_new_data(files, entries, ws, decimal=decimal, revise=revise, follows=follows)
    if new.parts:
        ws = Workspace(open_book(staged_archive(source, new.parts)), catalogue())
        entries = all_formulas(ws)[0]
    return ws, entries, new


def refuse_existing(paths: Iterable[Path], force: bool) -> None:
    for path in paths:
        if path.exists() and not force:
            raise FactorError("FILE_EXISTS", "this file exists", "use --force to replace it", where=path.name)


def refuse_special(source: Path) -> None:
    """What a change would break: a digital signature, the log of a legacy shared workbook."""
    with zipfile.ZipFile(source) as archive:
        names = archive.namelist()
    if any(name.startswith("_xmlsignatures/") for name in names):
        raise FactorError("FILE_SIGNED", "it is signed, and a change breaks that", "remove it", where=source.name)
    if any(name.startswith("xl/revisions/") for name in names):
        raise FactorError("FILE_SHARED", "it is a legacy shared workbook", "unshare it in Excel", where=source.name)


def changes(
    source: Path, book: Book, found: Evaluation, new: NewData, sheet: Sheets, follows: bool, facts: dict[str, Cell]
) -> Change:
    """Every part that an evaluation and new data change, and the log of our own template then."""
    all_new = NewData(dict(new.parts), resizes(found), [], [])
    parts, resized = all_new.parts, all_new.resized
    for name, blocks in result_blocks(found, sheet).items():
        part = part_of(book, name)
        parts[part] = patch_sheet(current(book, parts, part), blocks, book)
    log = log_table(book)
    with zipfile.ZipFile(source) as archive:
        if log and any(data != archive.read(part) for part, data in parts.items()):
            put_rows(*with_log_row(log, sheet(log.sheet), facts), sheet(log.sheet), book, all_new)
        if resized and follows:
            parts.update(follow(archive, parts, book, resized))
        links, dropped = without_calc_chain(archive, parts) if resized or new.resized else ({}, frozenset())
        parts.update(links)
        return Change({part: data for part, data in parts.items() if data != archive.read(part)}, dropped)


def write(source: Path, target: Path, change: Change, state: FileState) -> Path | None:
    return write_safely(
        target,
        lambda path: write_archive(source, path, change),
        lambda path: prove_archive(source, path, change),
        (source, state),
    )
