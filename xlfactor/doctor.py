"""What is installed, what is missing, and the one thing that mends it."""

from __future__ import annotations

import locale
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import xlfactor
from xlfactor.finding import Finding

CORE = ("numpy", "scipy", "pandas", "openpyxl", "xlsxwriter", "lxml", "xlwings")
OPTIONAL = {"python-calamine": "fast", "matplotlib": "reports", "xlwings-server": "server"}


def examine() -> Iterator[Finding]:
    """Python, packages, file system, hosts, and a small model whose answer is known."""
    for look in (_python, _packages, _extras, _replace, _locale, _hosts, _self_test):
        yield from look()


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Finding("PASS" if good else "FAIL", "Python", version, "" if good else "install Python 3.11 or newer")


def _packages() -> Iterator[Finding]:
    yield Finding("PASS", "xlfactor", xlfactor.__version__)
    for name in CORE:
        found = _version(name)
        fix = "" if found else f"python -m pip install {name}"
        yield Finding("PASS" if found else "FAIL", name, found or "missing", fix)


def _extras() -> Iterator[Finding]:
    for name, extra in OPTIONAL.items():
        found = _version(name)
        fix = "" if found else f'optional: python -m pip install "xlfactor[{extra}]"'
        yield Finding("PASS", name, found or "not installed", fix)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _replace() -> Iterator[Finding]:
    """Refresh relies on replacing a file as a whole: try it where the user stands."""
    try:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            old, new = Path(folder, "old"), Path(folder, "new")
            old.write_text("old")
            new.write_text("new")
            os.replace(new, old)
            good = old.read_text() == "new"
    except OSError as error:
        yield Finding("WARN", "this folder", f"{error.strerror}", "run refresh where you may write, or use --output")
    else:
        yield Finding("PASS" if good else "FAIL", "this folder", "files are replaced as a whole")


def _locale() -> Iterator[Finding]:
    separator = str(locale.localeconv()["decimal_point"])
    yield Finding(
        "PASS", "decimal separator", f"'{separator}'", "" if separator == "." else "CSV files: use --decimal ,"
    )


def _hosts() -> Iterator[Finding]:
    office = shutil.which("soffice")
    yield Finding(
        "PASS", "LibreOffice", office or "not on the PATH", "" if office else "optional: install LibreOffice Calc"
    )
    if sys.platform == "win32":
        yield Finding("WARN", "Excel", "not examined by this version", "see README, Excel")
    elif sys.platform == "darwin":
        yield Finding("PASS", "Excel", "on a Mac through xlwings Server or Lite, see README")
    else:
        yield Finding("PASS", "Excel", f"not on {sys.platform}: xlfactor refresh computes without it")


def _self_test() -> Iterator[Finding]:
    """3 dates, 4 assets, 2 factors: returns made from known factor returns must give them back."""
    try:
        import numpy as np
        import pandas as pd

        F = np.array([[0.01, 0.02], [-0.03, 0.005], [0.0, -0.01]])
        B = pd.DataFrame({"Market": 1.0, "Style": [-1.5, -0.5, 0.5, 1.5]}, index=list("ABCD"))
        dates = pd.date_range("2026-01-28", periods=3)
        got = xlfactor.factor_returns(pd.DataFrame(F @ B.to_numpy().T, dates, B.index), B)
        error = float(np.abs(got.to_numpy() - F).max())
    except Exception as caught:  # whatever is broken in the installation is what doctor is asked to find
        yield Finding(
            "FAIL",
            "self-test",
            f"{type(caught).__name__}: {caught}",
            "python -m pip install --force-reinstall xlfactor",
        )
    else:
        yield Finding("PASS" if error < 1e-15 else "FAIL", "self-test", f"largest error {error:.0e}")
