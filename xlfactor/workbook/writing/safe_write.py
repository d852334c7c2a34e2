"""Replacing a workbook as a whole or not at all: one writer, a proof, a backup, one atomic step."""

from __future__ import annotations

import datetime
import errno
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from xlfactor.errors import FactorError

BACKUPS = 5
STAMP = "%Y%m%d-%H%M%S"
TRIES = 10  # a virus scanner or a sync client holds a file for a moment
TEMPORARY = ".xlfactor-"
WINDOWS = os.name == "nt"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class FileState:
    """What tells that a file is still the one that was read."""

    size: int
    modified: int
    digest: bytes


def file_state(path: Path) -> FileState:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "blake2b").digest()
    status = path.stat()
    return FileState(status.st_size, status.st_mtime_ns, digest)


@contextmanager
def one_writer(target: Path) -> Iterator[None]:
    """Hold `target`'s lock file; a second run is refused with FILE_LOCKED. Ends with its process."""
    path = target.with_name(f"{target.name}.lock")
    lock = FileLock(str(path), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise FactorError(
            "FILE_LOCKED", "another xlfactor run is writing it", "wait for that run to end", where=target.name
        ) from None
    except OSError as error:
        raise not_written(target.parent, error) from error
    try:
        for leftover in target.parent.glob(f".{glob_text(target.name)}{TEMPORARY}*"):
            leftover.unlink(missing_ok=True)
        yield
    finally:
        if not WINDOWS:  # there the lock itself removes its file
            path.unlink(missing_ok=True)
        lock.release()


def glob_text(name: str) -> str:
    """A file name in which `[`, `*` and `?` stand for themselves."""
    return "".join(f"[{c}]" if c in "[*?" else c for c in name)


def refuse_unwritable(target: Path) -> None:
    """FILE_OPEN_IN_EXCEL where a program has it open, FILE_READ_ONLY where it is write protected."""
    if target.exists() and not (target.stat().st_mode & stat.S_IWUSR and os.access(target, os.W_OK)):
        raise read_only(target, "the file is read-only")
    program = open_in(target)
    if program:
        raise FactorError(
            "FILE_OPEN_IN_EXCEL",
            f"it is open in {program}",
            "close it there first, or write to another file with --output",
            where=target.name,
        )


def read_only(path: Path, what: str) -> FactorError:
    return FactorError("FILE_READ_ONLY", what, "allow writing, or write to another file with --output", where=path.name)


def not_written(path: Path, error: OSError) -> FactorError:
    """What the system's refusal means for who reads it."""
    if error.errno in FULL:
        return FactorError("FILE_DISK_FULL", "there is no room to write it", "make room and run again", where=path.name)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return read_only(path, f"nothing can be written there ({error.strerror})")
    what = f"it could not be written ({error.strerror or error})"
    return FactorError("FILE_WRITE_FAILED", what, "check the disk and run again", where=path.name)


def open_in(book: Path) -> str:
    """The program that has left its mark beside an open workbook, or an empty text."""
    if book.with_name(f"~${book.name}").exists() and not (WINDOWS and opens_exclusively(book)):
        return "Excel"
    return "LibreOffice" if book.with_name(f".~lock.{book.name}#").exists() else ""


def opens_exclusively(book: Path) -> bool:
    """On Windows an open workbook cannot be opened for writing; a mark without that is left from a crash."""
    try:
        with book.open("r+b"):
            return True
    except OSError:
        return False


def write_safely(
    target: Path,
    make: Callable[[Path], None],
    prove: Callable[[Path], None],
    read: tuple[Path, FileState] | None = None,
) -> Path | None:
    """Replace `target` by what `make(path)` writes, and return the backup of the old file, if there was one.

    In this order: a temporary file in the same folder, fsync, `prove(path)`, the file that was `read` is
    still the same (else CHANGED_DURING_RUN), backup, os.replace, fsync of the folder. Whatever happens, Ctrl-C
    included, `target` is the old file or the new one and nothing else is left; what the system refuses is
    FILE_DISK_FULL, FILE_READ_ONLY or FILE_WRITE_FAILED. The caller holds `one_writer`. Links are followed.
    """
    target = target.resolve()
    temporary = new_file(target)
    backup: Path | None = None
    new_node = temporary.stat().st_ino
    try:
        make(temporary)
        flush(temporary)
        prove(temporary)
        copy_mode(target, temporary)
        if read is not None and file_state(read[0]) != read[1]:
            raise FactorError(
                "CHANGED_DURING_RUN",
                "it changed while it was being worked on",
                "run again",
                where=read[0].name,
            )
        backup = keep_backup(target) if target.exists() else None
        replace(temporary, target)
    except BaseException as error:
        if backup is not None and target.stat().st_ino != new_node:  # not replaced: nothing to go back from
            backup.unlink()
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise not_written(target, error) from error
        raise
    flush_folder(target.parent)
    forget_backups(target)
    return backup


def new_file(target: Path) -> Path:
    """An empty temporary file beside `target`: os.replace is atomic only within one file system."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}{TEMPORARY}", dir=target.parent)
    except OSError as error:
        raise not_written(target.parent, error) from error
    os.close(handle)
    return Path(name)


def flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make the rename itself durable; Windows and some network drives cannot, and need not."""
    if WINDOWS:
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def copy_mode(target: Path, temporary: Path) -> None:
    """The old file's mode; a new file gets what the user's umask leaves (mkstemp gives 0600)."""
    if target.exists():
        shutil.copymode(target, temporary)
    else:
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)


def keep_backup(target: Path) -> Path:
    """A copy named with the second it was made, or the next one free; it appears only when it is complete."""
    moment = datetime.datetime.now()
    if old := backups(target):
        moment = max(moment, moment_of(old[-1], target) + datetime.timedelta(seconds=1))
    backup = target.with_name(f"{target.stem}.bak-{moment:{STAMP}}{target.suffix}")
    temporary = new_file(target)
    try:
        shutil.copy2(target, temporary)
        flush(temporary)
        os.replace(temporary, backup)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return backup


def backups(target: Path) -> list[Path]:
    """The backups of a file, oldest first: their names sort by time."""
    pattern = f"{glob_text(target.stem)}.bak-{'[0-9]' * 8}-{'[0-9]' * 6}{target.suffix}"
    return sorted(target.parent.glob(pattern))


def moment_of(backup: Path, target: Path) -> datetime.datetime:
    stamp = backup.name.removeprefix(f"{target.stem}.bak-").removesuffix(target.suffix)
    try:
        return datetime.datetime.strptime(stamp, STAMP)
    except ValueError:  # digits that are no time, so no backup of ours
        return datetime.datetime.min


def forget_backups(target: Path) -> None:
    for backup in backups(target)[:-BACKUPS]:
        with suppress(OSError):
            backup.unlink()


def replace(temporary: Path, target: Path) -> None:
    """os.replace, tried for some seconds; then the result is kept beside the file that it cannot replace."""
    for attempt in range(TRIES):
        try:
            os.replace(temporary, target)
            return
        except PermissionError:
            time.sleep(0.05 * (attempt + 1))
    kept = target.with_name(f"{target.stem}.new{target.suffix}")
    os.replace(temporary, kept)
    raise FactorError(
        "FILE_OPEN_IN_EXCEL",
        f"it could not be replaced; the result is in {kept.name}",
        "close it where it is open, and run again",
        where=target.name,
    )
