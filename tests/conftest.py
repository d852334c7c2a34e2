"""Hooks of the whole test run."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests import samples
from tests.browser import browser  # noqa: F401  (a fixture of the whole run)
from tests.needs import require
from tests.office import libreoffice  # noqa: F401  (a fixture of the whole run)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "need(present, reason): skips where absent, fails there in CI (tests/needs.py)")
    folder = tempfile.mkdtemp(prefix="xlfactor-models-")  # for every process that a test starts, LibreOffice too
    samples.write_model(Path(folder))
    os.environ["XLFACTOR_MODELS"] = folder


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ.pop("XLFACTOR_MODELS", ""), ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("need"):
        require(*mark.args)
