"""A newcomer's first hour: a fresh clone and environment, and the commands of docs/start.md as they stand there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests import office, pages
from tests.needs import need_libreoffice

ROOT = Path(__file__).parents[1]
PATHS = "## LibreOffice and Python"


@pytest.fixture
def folder():
    """A folder that everybody may enter: LibreOffice's installer runs as nobody where we are root."""
    with tempfile.TemporaryDirectory(prefix="xlfactor-newcomer-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.mark.slow
@need_libreoffice
def test_a_newcomer_who_follows_the_page_has_a_refreshed_book_a_report_and_the_add_in(folder):
    clone, home = folder / "clone", folder / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone)], check=True)
    page = pages.section((clone / "docs" / "start.md").read_text(encoding="utf-8"), PATHS)
    typed = [c for language, block in pages.blocks(page) if language == "console" for c in pages.commands(block)]
    assert len(typed) >= 9, "the page lost its commands"
    # The system's own Python, which is LibreOffice's, and nothing of the environment that runs the tests.
    path = os.pathsep.join([office.as_a_user(home)["PATH"].split(os.pathsep)[0], "/usr/bin", "/bin"])
    cache = os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache" / "pip")
    environment = pages.environment(HOME=str(home), PIP_CACHE_DIR=cache, PATH=path)
    environment.pop("VIRTUAL_ENV", None)
    pages.run(typed, clone, environment)
    assert list(home.rglob("*.oxt")), "LibreOffice has no extension"
    assert shutil.which("xlfactor", path=str(clone / "xlf" / "bin"))
    assert list(clone.glob("risk.bak-*.xlsx"))


def test_every_command_of_the_page_is_a_command_of_xlfactor():
    page = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    for language, block in pages.blocks(pages.section(page, PATHS)):
        assert language == "console"
        for command in pages.commands(block):
            assert command.text.split()[0] in {"python3", ".", "python", "xlfactor"}
