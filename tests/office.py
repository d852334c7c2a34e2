"""The fixture `libreoffice`: one headless soffice for the whole test run, with the add-in installed as a user has it.

    def test_...(libreoffice, tmp_path):
        sheets = libreoffice.recalculate(book)           # {"Model": {"A1": "Date", "B2": 0.1, …}, …}
        libreoffice.to_pdf(book, tmp_path / "book.pdf", only=["Risk"])

The workbook holds LibreOffice's names (tests/calc_copy.py makes such a copy). unopkg refuses root, so that root lends
itself to nobody for the installation; soffice then runs on nobody's profile.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils import get_column_letter

import xlfactor
from tests.needs import require
from xlfactor.hosts.libreoffice import addin

OFFICE_PYTHON = "/usr/bin/python3"  # the one that has `uno`
PROFILE = Path(".config", "libreoffice", "4")  # below a user's folder
NOBODY = 65534
INSTALL = ("--output", "xlfactor.oxt", "--install")  # nobody cannot read root's folder for temporary files
DRIVER = Path(addin.__file__).with_name("office.py")
Value = float | str
Cells = dict[str, Value]


class LibreOffice:
    """Speaks office.py's lines; `log` is what soffice and the add-in wrote on standard error."""

    def __init__(self, home: Path) -> None:
        began = time.perf_counter()
        self.log = home / "soffice.log"
        with self.log.open("wb") as log:
            self.driver = subprocess.Popen(
                [OFFICE_PYTHON, str(DRIVER), str(home / PROFILE)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
                env={**os.environ, "PYTHONPATH": ""}, start_new_session=True,
            )  # fmt: skip
        self.process_id = int(self._answer()["soffice"])
        self.start_seconds = time.perf_counter() - began

    def recalculate(self, book: Path, *targets: Path) -> dict[str, Cells]:
        """Every formula computed anew: the cells that are not blank, dates as serial numbers, errors as text."""
        return {name: by_address(rows) for name, rows in self._ask(book, targets, ()).items()}

    def to_pdf(self, book: Path, target: Path, only: Sequence[str] = ()) -> Path:
        """A recalculated book as PDF: the sheets in `only`, or all (a panel of 252 × 500 takes half a minute)."""
        self._ask(book, [target], only)
        return target

    def typed(self, *formulas: str) -> list[Value | None]:
        """What a cell shows for each formula typed by hand into a new book."""
        return self._request({"typed": formulas})["shown"]

    def wizard(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What the function wizard says of each."""
        return self._request({"wizard": list(names)})["wizard"]

    def _ask(self, book: Path, targets: Sequence[Path], only: Sequence[str]) -> dict[str, list[list[Value | None]]]:
        request = {"source": str(book), "targets": [str(t) for t in targets], "only": list(only)}
        return self._request(request)["sheets"]

    def _request(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.driver.stdin
        self.driver.stdin.write(json.dumps(request) + "\n")
        self.driver.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.driver.stdout
        line = self.driver.stdout.readline()  # office.py keeps the time
        answer = json.loads(line) if line else {"error": "the driver has ended"}
        if "error" in answer:
            raise RuntimeError(f"LibreOffice: {answer['error']}\n{self.log.read_text(errors='replace')[-3000:]}")
        return answer

    def close(self) -> None:
        assert self.driver.stdin
        self.driver.stdin.close()
        try:
            self.driver.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.driver.pid, signal.SIGKILL)  # its own session: the driver and its soffice


def by_address(rows: list[list[Value | None]]) -> Cells:
    return {
        f"{get_column_letter(j)}{i}": value
        for i, row in enumerate(rows, 1)
        for j, value in enumerate(row, 1)
        if value is not None
    }


def missing() -> str:
    """Why LibreOffice cannot be used here, or an empty text."""
    for program in ("soffice", "unopkg"):
        if shutil.which(program) is None:
            return f"LibreOffice ({program}) is not on the PATH"
    command = [OFFICE_PYTHON, "-c", "import uno, sys; print(*sys.version_info[:2])"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    except OSError:
        return f"there is no {OFFICE_PYTHON}"
    if found.returncode:
        return f"{OFFICE_PYTHON} has no module uno (python3-uno)"
    theirs, ours = ".".join(found.stdout.split()), f"{sys.version_info[0]}.{sys.version_info[1]}"
    return "" if theirs == ours else f"LibreOffice runs Python {theirs} and cannot load the numpy of {ours}"


def as_a_user(home: Path) -> dict[str, str]:
    """An environment whose `unopkg` works in `home`, as nobody where root asks for it."""
    root = os.geteuid() == 0
    lent = f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups " if root else ""
    (home / "bin").mkdir(exist_ok=True)
    wrapper = home / "bin" / "unopkg"
    wrapper.write_text(f'#!/bin/sh\nexec env -i HOME={home} PATH=/usr/bin:/bin LC_ALL=C.UTF-8 {lent}unopkg "$@"\n')
    wrapper.chmod(0o755)
    if root:
        os.chown(home, NOBODY, NOBODY)
    return {**os.environ, "PATH": os.pathsep.join([str(wrapper.parent), os.environ["PATH"]])}


def xlfactor_addin(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`xlfactor addin libreoffice …` for the user whose folder `home` is."""
    command = [sys.executable, "-m", "xlfactor.cli", "addin", "libreoffice", *arguments]
    root = {"PYTHONPATH": str(Path(xlfactor.__file__).parents[1]), "PYTHONUTF8": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=home, env=as_a_user(home) | root | environment, timeout=180
    )


@pytest.fixture(scope="session")
def libreoffice() -> Iterator[LibreOffice]:
    require(not missing(), missing())
    with tempfile.TemporaryDirectory(prefix="xlfactor-office-") as home:  # pytest's own folders are closed to nobody
        done = xlfactor_addin(Path(home), *INSTALL)
        assert done.returncode == 0, done.stderr
        office = LibreOffice(Path(home))
        yield office
        office.close()
