"""Every recipe is followed as it stands, in a folder with the sample's files, and its output compared."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests import pages

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "docs" / "recipes"
SAMPLE = ROOT / "workbook_templates" / "sample"
FILES = ("returns.csv", "loadings.csv", "portfolio.csv", "caps.csv", "new_day.csv")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The reader's folder, the place of `>>>` and of `$`."""
    desk = tmp_path / "desk"
    desk.mkdir()
    for name in FILES:
        shutil.copyfile(SAMPLE / name, desk / name)
    monkeypatch.chdir(desk)
    return desk


@pytest.fixture
def terminal(tmp_path):
    """An environment in which `xlfactor` is this checkout."""
    programs = tmp_path / "bin"
    programs.mkdir()
    command = programs / "xlfactor"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xlfactor.cli "$@"\n')
    command.chmod(0o755)
    return pages.environment(PATH=f"{programs}{os.pathsep}{os.environ['PATH']}", PYTHONPATH=str(ROOT))


@pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning")
@pytest.mark.parametrize("recipe", sorted(p.stem for p in RECIPES.glob("*.md") if p.stem != "index"))
def test_the_recipe_does_what_it_says(recipe, folder, terminal):
    names: dict[str, object] = {}
    ran = 0
    for number, (language, block) in enumerate(pages.blocks((RECIPES / f"{recipe}.md").read_text(encoding="utf-8"))):
        if language == "python":
            pages.run_python(block, names, f"{recipe}.md block {number}")
        elif language == "console":
            pages.run(pages.commands(block), folder, terminal)
        ran += language in ("python", "console")
    assert ran > 1


def test_the_index_lists_every_recipe():
    index = (RECIPES / "index.md").read_text(encoding="utf-8")
    for recipe in RECIPES.glob("*.md"):
        assert recipe.stem == "index" or (f"({recipe.name})" in index and f"\n{recipe.stem}\n" in index)
