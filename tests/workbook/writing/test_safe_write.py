"""The old file or the new one, whatever happens in between, and nothing left over."""

import multiprocessing
import os
import stat

import pytest

from xlfactor.errors import FactorError
from xlfactor.workbook.writing import safe_write
from xlfactor.workbook.writing.safe_write import file_state, one_writer, refuse_unwritable, write_safely

OLD, NEW = b"the old book", b"the new book"


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "risk.xlsx"
    path.write_bytes(OLD)
    return path


def make(path):
    path.write_bytes(NEW)


def fine(path):
    assert path.read_bytes() == NEW


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_new_file_takes_the_old_ones_place_and_the_old_one_is_the_backup(book):
    backup = write_safely(book, make, fine, (book, file_state(book)))
    assert (book.read_bytes(), backup.read_bytes()) == (NEW, OLD)
    assert names(book.parent) == sorted([backup.name, "risk.xlsx"])


def test_a_new_output_has_no_backup_and_the_mode_of_a_new_file(tmp_path):
    umask = os.umask(0o027)
    try:
        assert write_safely(tmp_path / "new.xlsx", make, fine) is None
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new.xlsx").stat().st_mode) == 0o640


def test_the_mode_is_copied(book):
    book.chmod(0o604)
    write_safely(book, make, fine)
    assert stat.S_IMODE(book.stat().st_mode) == 0o604


def test_behind_a_symbolic_link_the_file_is_replaced_and_the_link_stays(book, tmp_path):
    link = tmp_path / "link.xlsx"
    link.symlink_to(book)
    write_safely(link, make, fine)
    assert link.is_symlink()
    assert book.read_bytes() == NEW


def test_five_backups_are_kept_and_they_are_the_newest(book):
    for i in range(8):
        book.write_bytes(b"%d" % i)
        write_safely(book, make, fine)
    backups = sorted(book.parent.glob("*.bak-*"))
    assert [path.read_bytes() for path in backups] == [b"3", b"4", b"5", b"6", b"7"]


def test_another_books_backups_are_left_alone(book, tmp_path):
    others = [tmp_path / f"risk2.bak-20200101-00000{i}.xlsx" for i in range(7)]
    for path in [*others, tmp_path / "risk.bak-mine.xlsx"]:
        path.write_bytes(b"")
    write_safely(book, make, fine)
    assert all(path.exists() for path in [*others, tmp_path / "risk.bak-mine.xlsx"])


STEPS = ["make", "flush", "prove", "copy_mode", "file_state", "keep_backup", "replace"]


FULL = OSError(28, "No space left on device")
FAILURES = {
    "full": (FULL, FactorError, r"FILE_DISK_FULL: there is no room to write it \(risk.xlsx\): make room"),
    "read only": (OSError(30, "Read-only file system"), FactorError, r"FILE_READ_ONLY: .*\(Read-only file system\)"),
    "broken": (OSError(5, "Input/output error"), FactorError, r"FILE_WRITE_FAILED: .*\(Input/output error\)"),
    "ctrl-c": (KeyboardInterrupt(), KeyboardInterrupt, ""),
}


@pytest.mark.parametrize(("error", "shown", "message"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_before_the_replacement_leaves_the_old_file_alone(book, monkeypatch, step, error, shown, message):
    def fail(*_):
        raise error

    state = (book, file_state(book))
    if step in ("make", "prove"):
        functions = {"make": make, "prove": fine} | {step: fail}
    else:
        functions = {"make": make, "prove": fine}
        monkeypatch.setattr(safe_write, step, fail)
    with pytest.raises(shown, match=message):
        write_safely(book, functions["make"], functions["prove"], state)
    assert book.read_bytes() == OLD
    assert names(book.parent) == ["risk.xlsx"]


@pytest.mark.parametrize("step", ["flush_folder", "forget_backups"])
def test_a_failure_after_the_replacement_leaves_the_new_file_and_its_backup(book, monkeypatch, step):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(safe_write, step, fail)
    with pytest.raises(KeyboardInterrupt):
        write_safely(book, make, fine)
    assert book.read_bytes() == NEW
    assert [path.read_bytes() for path in book.parent.glob("*.bak-*")] == [OLD]
    assert len(names(book.parent)) == 2


def test_ctrl_c_in_the_very_moment_of_the_replacement_keeps_the_backup(book, monkeypatch):
    true_replace = os.replace

    def replace_and_stop(source, target):
        true_replace(source, target)
        if os.fspath(target) == os.fspath(book):
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", replace_and_stop)
    with pytest.raises(KeyboardInterrupt):
        write_safely(book, make, fine)
    assert book.read_bytes() == NEW
    assert [path.read_bytes() for path in book.parent.glob("*.bak-*")] == [OLD]


def test_half_a_backup_is_never_seen(book, monkeypatch):
    def half(source, target):
        target.write_bytes(b"the o")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safe_write.shutil, "copy2", half)
    with pytest.raises(FactorError, match="FILE_DISK_FULL"):
        write_safely(book, make, fine)
    assert names(book.parent) == ["risk.xlsx"]


def test_a_book_that_changed_during_the_run_is_not_replaced(book):
    state = file_state(book)
    book.write_bytes(b"saved by a colleague")
    with pytest.raises(FactorError, match=r"CHANGED_DURING_RUN: .*risk.xlsx"):
        write_safely(book, make, fine, (book, state))
    assert book.read_bytes() == b"saved by a colleague"
    assert names(book.parent) == ["risk.xlsx"]


def held(book, monkeypatch, times):
    """os.replace onto the book is refused so many times, as Windows does while somebody has it open."""
    true_replace, left, waits = os.replace, [times], []

    def refused(source, target):
        if os.fspath(target) == os.fspath(book) and left[0]:
            left[0] -= 1
            raise PermissionError(13, "Access is denied")
        true_replace(source, target)

    monkeypatch.setattr(os, "replace", refused)
    monkeypatch.setattr(safe_write.time, "sleep", waits.append)
    return waits


def test_a_short_lock_is_waited_for(book, monkeypatch):
    waits = held(book, monkeypatch, 3)
    write_safely(book, make, fine)
    assert book.read_bytes() == NEW
    assert len(waits) == 3
    assert min(waits) >= 0.05
    assert max(waits) <= 0.5


def test_a_book_that_stays_held_leaves_the_result_beside_it(book, monkeypatch):
    held(book, monkeypatch, 99)
    with pytest.raises(FactorError, match=r"FILE_OPEN_IN_EXCEL: .*the result is in risk.new.xlsx"):
        write_safely(book, make, fine)
    assert (book.read_bytes(), (book.parent / "risk.new.xlsx").read_bytes()) == (OLD, NEW)
    assert names(book.parent) == ["risk.new.xlsx", "risk.xlsx"]


@pytest.mark.parametrize(("mark", "program"), [("~$risk.xlsx", "Excel"), (".~lock.risk.xlsx#", "LibreOffice")])
def test_a_book_open_elsewhere_is_not_written(book, mark, program):
    book.with_name(mark).write_bytes(b"")
    with pytest.raises(FactorError, match=f"FILE_OPEN_IN_EXCEL: it is open in {program} .*--output"):
        refuse_unwritable(book)


def test_a_read_only_book_is_not_written(book):
    book.chmod(0o444)
    with pytest.raises(FactorError, match="FILE_READ_ONLY: the file is read-only"):
        refuse_unwritable(book)


def hold(path, locked, done):
    with one_writer(path):
        locked.set()
        done.wait(20)


def test_a_second_run_is_refused_while_the_first_writes_and_goes_ahead_after_it(book):
    context = multiprocessing.get_context("spawn")
    locked, done = context.Event(), context.Event()
    first = context.Process(target=hold, args=(book, locked, done))
    first.start()
    assert locked.wait(20)
    with pytest.raises(FactorError, match=r"FILE_LOCKED: another xlfactor run .*risk.xlsx"), one_writer(book):
        pass
    done.set()
    first.join(20)
    with one_writer(book):
        pass
    assert names(book.parent) == ["risk.xlsx"]


def test_the_next_run_removes_what_a_killed_one_left(book):
    book.with_name(".risk.xlsx.xlfactor-abc").write_bytes(b"half")
    book.with_name(".other.xlsx.xlfactor-abc").write_bytes(b"not ours")
    with one_writer(book):
        pass
    assert names(book.parent) == [".other.xlsx.xlfactor-abc", "risk.xlsx"]
