"""A refresh that is killed at any moment: the old book or the new one, and the next run needs no cleaning."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from tests.needs import need
from tests.workbook.killed import killed_at
from tests.workbook.rich_books import new_day, rich_book
from xlfactor.workbook.refresh import refresh

pytestmark = need(hasattr(os, "fork"), "killing a child at a chosen step needs os.fork")
KILLS = 200


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A refreshed book and a file with the next day; what the book becomes with it."""
    folder = tmp_path_factory.mktemp("two")
    book = rich_book(folder / "risk.xlsx")
    refresh(book)
    returns, _ = new_day(folder)
    refresh(book, returns=returns, output=folder / "new.xlsx")
    return book.read_bytes(), (folder / "new.xlsx").read_bytes(), returns


def alone(tmp_path, old, number):
    folder = tmp_path / f"{number}"
    folder.mkdir()
    (folder / "risk.xlsx").write_bytes(old)
    return folder / "risk.xlsx"


def must_be_whole(book, old, new):
    """The book is one of the two, and every file beside it that bears the name of a book is a whole one too."""
    content = book.read_bytes()
    assert content in (old, new)
    for path in book.parent.glob("*.xlsx"):
        assert path.read_bytes() in (old, new), path.name
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    return content == new


def must_go_on(book, returns, old, new):
    """The next run ends as if nothing had been, and sweeps up."""
    refresh(book, returns=returns)
    assert book.read_bytes() == new
    others = sorted(path.name for path in book.parent.iterdir() if path != book)
    assert all(name.startswith("risk.bak-") for name in others), others
    assert len(others) <= 2
    assert all((book.parent / name).read_bytes() == old for name in others)


@pytest.mark.parametrize("event", ["c_call", "c_return"], ids=["before", "after"])
def test_killed_before_and_after_every_step_on_the_file_system(tmp_path, two, event):
    old, new, returns = two
    outcomes = []
    for step in range(1, 200):
        book = alone(tmp_path, old, step)
        if not killed_at(step, event, lambda book=book: refresh(book, returns=returns)):
            break
        outcomes.append(must_be_whole(book, old, new))
        must_go_on(book, returns, old, new)
        shutil.rmtree(book.parent)
    assert len(outcomes) >= 20
    assert outcomes == sorted(outcomes)  # old until the replacement, new from there on
    assert {False, True} == set(outcomes)


def start(book, returns):
    command = [sys.executable, "-m", "xlfactor.cli", "refresh", str(book), "--returns", str(returns), "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def seen(path, process):
    """Wait until a file is there (the run has begun to hold its lock) or the run is over."""
    while not path.exists() and process.poll() is None:
        time.sleep(0.0005)


@pytest.mark.slow
def test_200_kills_of_the_command_at_random_moments(tmp_path, two):
    """Half of them over the whole run, start-up included; half while it holds its lock."""
    old, new, returns = two
    book = alone(tmp_path, old, "timed")
    began = time.perf_counter()
    process = start(book, returns)
    seen(book.with_name("risk.xlsx.lock"), process)
    locked = time.perf_counter()
    assert process.wait() == 0
    assert book.read_bytes() == new
    whole, writing = time.perf_counter() - began, time.perf_counter() - locked
    rng = random.Random(20260102)
    outcomes: list[bool] = []
    runs = 0
    while len(outcomes) < KILLS:
        runs += 1
        book = alone(tmp_path, old, runs)
        process = start(book, returns)
        if runs % 2:
            seen(book.with_name("risk.xlsx.lock"), process)
        time.sleep(rng.uniform(0, 0.7 * writing if runs % 2 else whole))
        process.send_signal(signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL  # else it had come to its end
        is_new = must_be_whole(book, old, new)
        if killed:
            outcomes.append(is_new)
        must_go_on(book, returns, old, new)
        shutil.rmtree(book.parent)
    print(f"{KILLS} kills in {runs} runs; {sum(outcomes)} books were the new one, the others the old one")
