"""A function is one file of the catalogue: in a copy of the package with one more file, everything knows it.

No other file of the copy is edited; one command writes the stub anew.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import need_licence

ROOT = Path(__file__).parents[1]
OWN = """import json, xlfactor
from pathlib import Path
assert Path(xlfactor.__file__).is_relative_to(Path.cwd())"""
MEANING = "Twice a number, a toy."
TOY = f'''"""A toy."""

from typing import Annotated

from xlfactor.functions.kinds import Kind
from xlfactor.functions.registry import worksheet_function


@worksheet_function("Alpha", since="9.8.7")
def toy(number: Annotated[float, Kind("number", "What is doubled.")] = 21.0) -> float:
    """{MEANING}

    Raises NUMBER_BAD for text. Source: none.

    >>> xlfactor.toy(3.0)
    6.0
    """
    return 2 * number
'''


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """`ask(python)` runs lines in a process that has the copy's package, and gives what they call `found`."""
    copy = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("xlfactor", "workbook_templates"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    pages = [f"docs/function_{part}.py" for part in ("pages", "text", "links")]
    for file in (*pages, "LICENSE", "pyproject.toml"):
        (copy / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    (copy / "xlfactor" / "functions" / "toy.py").write_text(TOY, "utf-8")
    path = os.pathsep.join([str(copy), str(ROOT)])  # the copy's package, this folder's tests/hosts
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"}

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(lines: str):
        return json.loads(run("-c", f"{OWN}\n{lines}\nprint(json.dumps(found))").splitlines()[-1])

    run("-m", "xlfactor.functions.stub")
    return ask


def test_python_has_it_typed_and_lists_it(ask):
    lines = "stub = Path('xlfactor/__init__.pyi').read_text()\nfound = [xlfactor.toy(4), 'toy' in dir(xlfactor), stub]"
    doubled, listed, stub = ask(lines)
    assert (doubled, listed) == (8.0, True)
    assert "from xlfactor.functions.toy import toy as toy\n" in stub


def test_the_help_and_the_command_line_tell_of_it(ask):
    lines = "found = [xlfactor.xlfactor_help().loc['TOY'].tolist(), xlfactor.xlfactor_help('toy').values.tolist()]"
    assert ask(lines) == [["Alpha", MEANING, "[number=21]"], [["number", "21", "What is doubled."]]]


def test_a_workbook_computes_it(ask, tmp_path):
    path = str(tmp_path / "toy.xlsx")
    lines = f"""import openpyxl, xlsxwriter
from xlfactor.workbook.refresh import refresh
with xlsxwriter.Workbook({path!r}) as book:
    book.add_worksheet().write_dynamic_array_formula("A1", "=TOY(5)", None, 0)
assert refresh(Path({path!r})).ok
found = openpyxl.load_workbook({path!r}, data_only=True).active["A1"].value"""
    assert ask(lines) == 10


@pytest.mark.pro
@need_licence
def test_the_metadata_of_xlwings_server_name_it_and_a_formula_runs(ask):
    lines = """import os, sys
from tests.hosts import office
office.start(sys.platform)
found = [[f for f in office.metadata() if f["name"] == "TOY"], office.formula("TOY", 5.0)]"""
    (told,), reply = ask(lines)
    assert told["description"] == MEANING
    assert [(p["name"], p["description"]) for p in told["parameters"]] == [("number", "What is doubled.")]
    assert reply == [[10.0]]


def test_the_add_in_of_libreoffice_declares_it(ask):
    lines = """from xlfactor.hosts.libreoffice import addin, component
from xlfactor.hosts.libreoffice.packages import Packages
found = [addin.files(Packages("3.11", ())), component.answer("TOY", [5.0])]"""
    files, reply = ask(lines)
    assert "TOY([in] any number);" in files["xlfactor.idl"]
    assert f">{MEANING}<" in files["CalcAddIns.xcu"]
    assert '"TOY",' in files["xlfactor_calc.py"]
    assert reply == [[10.0]]


def test_the_add_in_of_excel_has_its_wrapper_and_its_wizard_text(ask):
    lines = """from xlfactor.functions import catalogue
from xlfactor.hosts.classic import wizard, wrappers
found = [wrappers.wrappers(), wizard.wizard(catalogue())]"""
    vba, texts = ask(lines)
    assert "Function TOY(" in vba
    assert MEANING in texts


def test_the_documentation_has_its_page_and_the_index_names_it(ask):
    lines = """from docs import function_pages
folder = Path("docs/functions")
function_pages.write_pages(folder)
found = [(folder / "TOY.md").read_text(), (folder / "index.md").read_text()]"""
    page, index = ask(lines)
    assert page.startswith(f"# TOY\n\n{MEANING}\n")
    assert "\n=TOY(3)\n" in page
    assert "| 6 |" in page
    assert "Raises `NUMBER_BAD` for text." in page
    assert "Since version 9.8.7. Code: `xlfactor/functions/toy.py`." in page
    assert f"| [TOY](TOY.md) | {MEANING} |" in index


def test_the_gallery_has_its_sheet(ask):
    lines = """import openpyxl
from xlfactor.workbook.template.gallery import build_gallery
book = openpyxl.load_workbook(build_gallery(Path("gallery.xlsx")), data_only=True)
sheet = [c.value for row in book["TOY"] for c in row if c.value is not None]
found = [sheet, [c.value for c in book["Functions"]["A"]]]"""
    sheet, index = ask(lines)
    assert sheet[:3] == ["TOY", MEANING, "=TOY([number=21])"]
    assert 6 in sheet
    assert "TOY" in index
