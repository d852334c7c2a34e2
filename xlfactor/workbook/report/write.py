"""The report of a refreshed workbook in each format, with a CSV and JSON twin of every table; Excel is not needed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xlfactor.errors import FactorError, FactorWarning, one_of
from xlfactor.workbook.report.compose import compose
from xlfactor.workbook.report.data import Findings, changed_since_run, named_rows, read_findings
from xlfactor.workbook.report.document import Document
from xlfactor.workbook.report.twins import INDEX, listed, twins

__all__ = ["Format", "Written", "named_rows", "write_report"]

Format = Literal["xlsx", "html", "pdf"]


@dataclass(frozen=True)
class Written:
    """The files of a report and the folder of its tables; as of and input hash of the book."""

    outputs: tuple[Path, ...]
    as_of: str
    input_hash: str


def write_report(
    book: Path, out: Path, formats: Sequence[str] = ("xlsx",), compare: Path | None = None, force: bool = False
) -> Written:
    """Write `out` with the suffix of each format, and the folder `<out>_tables`; says what was written.

    Everything is made before the first file is written; each file appears whole or not at all.
    FactorError: the book holds no risk or was never refreshed, FOLDER_MISSING, FILE_EXISTS unless `force`.
    """
    if not out.parent.is_dir():
        raise FactorError("FOLDER_MISSING", f"there is no folder {out.parent}", "make it first")
    names = list(dict.fromkeys(one_of(name, Format, "format") for name in formats))
    targets = {name: out.with_suffix(f".{name}") for name in names}
    folder = out.with_name(f"{out.stem}_tables")
    refuse_targets([*targets.values(), folder], [path for path in (book, compare) if path], force)
    found = read_findings(book)
    if changed_since_run(found):
        text = (
            "its inputs have changed since the last run of its log: unless Excel calculated it, xlfactor refresh first"
        )
        warnings.warn(FactorWarning(f"NOT_REFRESHED: {text}"), stacklevel=2)
    document = compose(found, read_earlier(compare) if compare else None)
    files = {targets[name]: maker(name)(document) for name in names}
    tables = {folder / name: data for name, data in twins(document).items()}
    stale = [folder / name for name in listed(folder / INDEX) if folder / name not in tables]
    for path, data in files.items():
        put_file(path, data)
    folder.mkdir(exist_ok=True)
    for path, data in tables.items():
        put_file(path, data)
    for path in stale:  # tables of the report that this one replaces
        path.unlink(missing_ok=True)
    return Written((*files, folder), f"{found.as_of:%Y-%m-%d}" if found.as_of else "", found.input_hash)


def read_earlier(book: Path) -> Findings:
    """The findings of the book that is compared with; what is wrong with it names it."""
    try:
        return read_findings(book)
    except FactorError as error:
        raise error if error.where else error.at(book.name) from None


def maker(name: str) -> Callable[[Document], bytes]:
    """What makes the bytes of a format; imported when it is wanted."""
    if name == "xlsx":
        from xlfactor.workbook.report.xlsx import xlsx

        return xlsx
    if name == "html":
        from xlfactor.workbook.report.html import html

        return html
    from xlfactor.workbook.report.pdf import pdf

    return pdf


def refuse_targets(targets: Sequence[Path], inputs: Sequence[Path], force: bool) -> None:
    """FILE_EXISTS for a file that is there, and with `force` too for one that the report is made of."""
    for target in targets:
        own = target.resolve() in [path.resolve() for path in inputs]
        if own or (target.exists() and not force):
            fix = "choose another name" if own else "choose another name or add --force"
            raise FactorError("FILE_EXISTS", f"{target.name} is there already", fix)


def put_file(path: Path, data: bytes) -> None:
    """A file as a whole, in one step."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise FactorError(
            "FILE_NOT_WRITTEN", f"{path.name}: {error.strerror}", "free the file or the space and run again"
        ) from None
    finally:
        part.unlink(missing_ok=True)
