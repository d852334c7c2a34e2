"""The add-in where Excel loads it, and the interpreter that answers it; what install wrote, uninstall removes."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from xlfactor.errors import FactorError
from xlfactor.hosts.classic.build import build
from xlfactor.hosts.classic.places import Places
from xlfactor.hosts.classic.settings import CODEPAGE, INTERPRETER, read_settings, settings_text

SERVED = "xlfactor.hosts.excel"


def install(where: Places, *, force: bool = False, official: bool = False) -> list[Path]:
    """Build the add-in into XLSTART, set the interpreter, and note both; returns the files written.

    `official` lets xlwings import the functions through a running Excel instead. FactorError: INTERPRETER_MISSING,
    FILE_EXISTS for an add-in that install did not write, FILE_OPEN_IN_EXCEL, and what build refuses.
    """
    if not where.interpreter.is_file():
        raise FactorError(
            "INTERPRETER_MISSING", f"there is no {where.interpreter}", "use a Python from python.org, with pythonw.exe"
        )
    if where.addin.exists() and not force and digest(where.addin) != noted(where).get("digest"):
        raise FactorError("FILE_EXISTS", f"{where.addin} was not written by install", "add --force to replace it")
    with tempfile.TemporaryDirectory() as folder:
        made = build(Path(folder))[0]
        if official:
            import_in_excel(made)
        put(where.addin, made.read_bytes())
    old = read_settings(where.settings)
    before = noted(where).get("interpreter_before", old.get(INTERPRETER, ""))
    settings = settings_text(old | {INTERPRETER: str(where.interpreter)})
    put(where.settings, settings.encode(CODEPAGE))
    note = {"digest": digest(where.addin), "interpreter": str(where.interpreter), "interpreter_before": before}
    put(where.record, json.dumps(note, indent=1).encode())
    return [where.addin, where.settings]


def uninstall(where: Places) -> Iterator[tuple[Path, bool]]:
    """(file, was it removed or set back) for what install wrote; a file that was changed since is left.

    FactorError NOT_INSTALLED where install noted nothing, FILE_OPEN_IN_EXCEL.
    """
    note = noted(where)
    if not note:
        raise FactorError("NOT_INSTALLED", f"install left no note in {where.record}", "there is nothing to remove")
    if where.addin.exists():
        ours = digest(where.addin) == note["digest"]
        if ours:
            remove(where.addin)
        yield where.addin, ours
    settings = read_settings(where.settings)
    if settings:
        ours = settings.get(INTERPRETER) == note["interpreter"]
        if ours:
            set_back(where.settings, settings, note["interpreter_before"])
        yield where.settings, ours
    remove(where.record)
    if where.record.parent.is_dir() and not any(where.record.parent.iterdir()):
        where.record.parent.rmdir()


def set_back(path: Path, settings: dict[str, str], before: str) -> None:
    """The interpreter as it was before install; the file goes when nothing else is in it."""
    kept = {key: value for key, value in settings.items() if key != INTERPRETER}
    if before:
        kept[INTERPRETER] = before
    if kept:
        put(path, settings_text(kept).encode(CODEPAGE))
    else:
        remove(path)


def noted(where: Places) -> dict[str, str]:
    """What install wrote down, or nothing."""
    try:
        note: dict[str, str] = json.loads(where.record.read_text())
    except (OSError, ValueError):
        return {}
    return note


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException as error:
        os.unlink(name)  # Excel would open what is left in XLSTART
        if isinstance(error, PermissionError):
            raise in_use(path) from None
        raise


def remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        raise in_use(path) from None


def in_use(path: Path) -> FactorError:
    return FactorError("FILE_OPEN_IN_EXCEL", f"{path.name} is in use", "close Excel and try again")


def import_in_excel(addin: Path) -> None:
    """xlwings' own Import Functions in an Excel of our own; it sets the wizard's texts as well."""
    try:
        import xlwings

        with xlwings.App(visible=False, add_book=False) as app:
            book = app.books.open(addin)
            xlwings.import_udfs(SERVED, book.api)  # type: ignore[call-arg]
            book.save()
            book.close()
    except Exception as error:  # COM says nothing that a user could be told to do, but for one setting
        raise FactorError(
            "EXCEL_FAILED",
            f"Excel did not import the functions: {type(error).__name__}",
            "tick Trust access to the VBA project object model in the Trust Center, or leave out --official",
        ) from error
