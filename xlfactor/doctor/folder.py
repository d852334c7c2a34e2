"""The folder that the user stands in, and how its files write numbers."""

from __future__ import annotations

import locale
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from xlfactor.doctor.machine import Machine
from xlfactor.finding import Finding


def replacing(machine: Machine) -> Iterator[Finding]:
    """Refresh relies on replacing a file as a whole: try it."""
    try:
        with tempfile.TemporaryDirectory(dir=machine.folder) as folder:
            old, new = Path(folder, "old"), Path(folder, "new")
            old.write_text("old")
            new.write_text("new")
            os.replace(new, old)
            good = old.read_text() == "new"
    except OSError as error:
        yield Finding("WARN", "this folder", f"{error.strerror}", "run refresh where you may write, or use --output")
    else:
        yield Finding("PASS" if good else "FAIL", "this folder", "files are replaced as a whole")


def decimal_separator(machine: Machine) -> Iterator[Finding]:
    """What CSV files from this machine's programs are likely to hold."""
    before = locale.setlocale(locale.LC_NUMERIC)
    try:
        locale.setlocale(locale.LC_NUMERIC, "")
        separator = str(locale.localeconv()["decimal_point"])
    except locale.Error:
        separator = "."
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)
    fix = "" if separator == "." else "CSV files written here: refresh with --decimal ,"
    yield Finding("PASS", "decimal separator", f"'{separator}'", fix)
