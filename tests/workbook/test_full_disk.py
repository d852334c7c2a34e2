"""A disk that fills up, a folder or a file that must not be written: the old book or the new one, one line, exit 4."""

import errno
import os
import shutil
import subprocess
import tempfile
import zipfile

import pytest
from typer.testing import CliRunner

from tests.needs import need
from tests.workbook.killed import failing_at
from tests.workbook.rich_books import new_day, rich_book
from xlfactor.cli import app
from xlfactor.errors import FactorError
from xlfactor.workbook import refresh as refresh_module
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.writing import safe_write

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def day(tmp_path):
    """A refreshed book and the file with the next day."""
    book = rich_book(tmp_path / "risk.xlsx")
    refresh(book)
    for backup in tmp_path.glob("*.bak-*"):
        backup.unlink()
    return book, new_day(tmp_path)[0]


def run(*words):
    return CliRunner().invoke(app, ["refresh", *map(str, words)])


def names(folder):
    return sorted(path.name for path in folder.iterdir() if ".bak-" not in path.name)


def test_a_disk_that_is_full_at_any_step_leaves_the_old_book_or_the_new_one(day):
    """Every step on the file system in turn fails once with ENOSPC; the next run does what this one could not."""
    book, returns = day
    old = book.read_bytes()
    refresh(book, returns=returns)
    new = book.read_bytes()
    errors = set()
    for step in range(1, 200):
        book.write_bytes(old)
        try:
            failed = failing_at(step, lambda: refresh(book, returns=returns))
        except FactorError as error:
            failed = True
            errors.add(error.code)
        assert book.read_bytes() in (old, new)
        for backup in book.parent.glob("*.bak-*"):
            assert zipfile.is_zipfile(backup)
        refresh(book, returns=returns)
        assert book.read_bytes() == new
        assert names(book.parent) == ["new.csv", "risk.xlsx"]
        if not failed:
            break
    assert step > 12
    assert errors == {"FILE_DISK_FULL"}


@pytest.mark.skipif(not ROOT, reason="a small disk of its own can only be mounted by root")
def test_on_a_small_disk_that_is_truly_full_the_book_stays_and_the_command_says_so(day, tmp_path):
    book, returns = day
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        for room in range(0, 49_152, 4096):
            (disk / "risk.xlsx").write_bytes(book.read_bytes())
            taken = os.statvfs(disk)
            (disk / "fill").write_bytes(bytes(max(0, taken.f_bavail * taken.f_frsize - room)))
            result = run(disk / "risk.xlsx", "--returns", returns)
            assert result.exit_code in (0, 4), result.output
            if result.exit_code:
                assert "error FILE_DISK_FULL" in result.stderr
                assert (disk / "risk.xlsx").read_bytes() == book.read_bytes()
                assert names(disk) == ["fill", "risk.xlsx"]
            for path in disk.iterdir():
                path.unlink()
        assert result.exit_code == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_must_not_be_written_is_refused_before_anything_is_read(day, monkeypatch):
    """Simulated: root may write into any folder."""
    book, returns = day
    old, true_open = book.read_bytes(), os.open

    def refused(path, flags, *rest, **others):
        if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR) and os.path.dirname(os.fspath(path)) == str(book.parent):
            raise PermissionError(errno.EACCES, "Permission denied")
        return true_open(path, flags, *rest, **others)

    monkeypatch.setattr(os, "open", refused)
    result = run(book, "--returns", returns)
    assert result.exit_code == 4
    assert "error FILE_READ_ONLY" in result.stderr
    assert book.read_bytes() == old


def test_a_read_only_book_an_open_one_and_one_being_written_exit_4(day):
    book, returns = day
    old = book.read_bytes()
    book.chmod(0o444)
    assert run(book, "--returns", returns).exit_code == 4
    book.chmod(0o644)
    for mark in ("~$risk.xlsx", ".~lock.risk.xlsx#"):
        book.with_name(mark).write_bytes(b"")
        result = run(book, "--returns", returns)
        assert (result.exit_code, "error FILE_OPEN_IN_EXCEL" in result.stderr) == (4, True)
        assert run(book, "--returns", returns, "--dry-run").exit_code == 0  # reading is allowed
        book.with_name(mark).unlink()
    with safe_write.one_writer(book):
        result = run(book, "--returns", returns)
    assert (result.exit_code, "error FILE_LOCKED" in result.stderr) == (4, True)
    assert book.read_bytes() == old


def test_a_mark_left_by_a_crash_is_seen_through_on_windows(day, monkeypatch):
    """There an open book cannot be opened for writing; `~$` beside one that can be is stale."""
    book, _ = day
    book.with_name("~$risk.xlsx").write_bytes(b"")
    monkeypatch.setattr(safe_write, "WINDOWS", True)
    safe_write.refuse_unwritable(book)
    monkeypatch.setattr(safe_write, "opens_exclusively", lambda path: False)
    with pytest.raises(FactorError, match="FILE_OPEN_IN_EXCEL"):
        safe_write.refuse_unwritable(book)


def test_a_book_that_stays_held_exits_4_and_the_result_lies_beside_it(day, monkeypatch):
    book, returns = day
    old, true_replace = book.read_bytes(), os.replace

    def refused(source, target):
        if os.fspath(target) == os.fspath(book):
            raise PermissionError(errno.EACCES, "Access is denied")
        true_replace(source, target)

    waits: list[float] = []
    monkeypatch.setattr(os, "replace", refused)
    monkeypatch.setattr(safe_write.time, "sleep", waits.append)
    result = run(book, "--returns", returns)
    assert (result.exit_code, len(waits)) == (4, 10)
    assert "the result is in risk.new.xlsx" in result.stderr
    assert book.read_bytes() == old
    assert zipfile.is_zipfile(book.with_name("risk.new.xlsx"))
    assert names(book.parent) == ["new.csv", "risk.new.xlsx", "risk.xlsx"]


@need(hasattr(os, "symlink"), "symbolic links")
def test_behind_a_link_the_true_book_is_refreshed_and_its_own_folder_holds_the_backup(day, tmp_path):
    book, returns = day
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "link.xlsx").symlink_to(book)
    assert refresh(desk / "link.xlsx", returns=returns).outputs
    assert (desk / "link.xlsx").is_symlink()
    assert names(desk) == ["link.xlsx"]
    assert len(list(tmp_path.glob("risk.bak-*"))) == 1


def test_the_system_s_folder_of_temporary_files_is_not_needed(day, monkeypatch):
    """os.replace is atomic within one file system only, so the new book is made beside the old one."""
    book, returns = day
    monkeypatch.setattr(tempfile, "tempdir", "/there/is/no/such/folder")
    assert refresh(book, returns=returns).outputs


def test_a_disk_that_fills_up_at_the_values_copy_says_that_the_book_itself_is_refreshed(day, tmp_path, monkeypatch):
    book, returns = day
    old, true_write = book.read_bytes(), refresh_module.write

    def full(source, target, change, state):
        if target.name == "values.xlsx":
            raise FactorError("FILE_DISK_FULL", "there is no room to write it", "make room and run again")
        return true_write(source, target, change, state)

    monkeypatch.setattr(refresh_module, "write", full)
    result = run(book, "--returns", returns, "--values-copy", tmp_path / "values.xlsx")
    assert result.exit_code == 4
    assert (
        "error FILE_DISK_FULL risk.xlsx values.xlsx: there is no room to write it; risk.xlsx itself is refreshed: "
        "make room and run again" in result.stderr
    )
    assert book.read_bytes() != old
    again = run(book, "--values-copy", tmp_path / "values.xlsx")
    assert again.exit_code == 4
    assert "itself" not in again.stderr  # nothing was to be refreshed


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "FILE_DISK_FULL"), (errno.EACCES, "FILE_READ_ONLY")])
def test_what_the_system_refuses_a_command_is_a_line_and_no_bug(tmp_path, monkeypatch, number, code):
    def refused(*paths):
        raise OSError(number, "refused", str(paths[1]))

    monkeypatch.setattr(shutil, "copyfile", refused)
    result = CliRunner().invoke(app, ["template", str(tmp_path / "risk.xlsx")])
    assert result.exit_code == 4
    assert result.stderr.startswith(f"error {code} risk.xlsx: ")
    assert len(result.stderr.splitlines()) == 1
