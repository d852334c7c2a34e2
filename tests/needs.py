"""What a test needs of the machine: absent, it skips with the reason; where CI=true it fails, so CI skips nothing.

    @need_libreoffice
    def test_...          # or: pytestmark = need_licence

`need(present, reason)` makes a further mark; `require(present, reason)` is the same inside a fixture or test.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI", "").casefold() == "true"


def need(present: bool, reason: str) -> pytest.MarkDecorator:
    return pytest.mark.need(present, reason)


def require(present: bool, reason: str) -> None:
    if not present and IN_CI:
        pytest.fail(f"CI has to run this test: {reason}", pytrace=False)
    if not present:
        pytest.skip(reason)


need_licence = need(
    bool(os.environ.get("XLWINGS_LICENSE_KEY")), "xlwings Server's code needs the variable XLWINGS_LICENSE_KEY"
)
need_libreoffice = need(shutil.which("soffice") is not None, "LibreOffice (soffice) is not on the PATH")

POSTGRESQL = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)  # as Debian has it
need_postgresql = need(
    POSTGRESQL is not None and hasattr(os, "geteuid"), "PostgreSQL's server (Debian: postgresql) is not installed"
)
