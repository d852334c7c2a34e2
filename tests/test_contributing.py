"""The function that CONTRIBUTING.md adds works: in a copy of the project, from the files as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests import pages

ROOT = Path(__file__).parents[1]
CHECKS = ("tests/functions/test_active_share.py", "tests/test_docstrings.py", "tests/test_contract.py")


def test_three_files_and_their_tests_make_a_function_of_the_catalogue(tmp_path):
    for name in ("xlfactor", "tests", "docs", "workbook_templates"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "_build"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    for language, block in pages.blocks((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        if language == "python":
            place, _, text = block.removeprefix("# ").partition("\n")
            (tmp_path / place).write_text(text, encoding="utf-8")
        elif language == "text":
            contract = tmp_path / "docs" / "functions.md"
            table = contract.read_text(encoding="utf-8")
            contract.write_text(re.sub(r"(?=^\| EXPOSURES )", block, table, flags=re.MULTILINE), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "NO_COLOR": "1"}

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, cwd=tmp_path, env=environment
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    python("-m", "xlfactor.functions.stub")
    assert "active_share as active_share" in (tmp_path / "xlfactor" / "__init__.pyi").read_text(encoding="utf-8")
    assert "ACTIVE_SHARE(portfolio)" in python("-m", "xlfactor.cli", "functions", "ACTIVE_SHARE")
    assert " passed" in python("-m", "pytest", "-q", "-k", "active_share or ACTIVE_SHARE", *CHECKS)
