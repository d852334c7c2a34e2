"""Pyodide itself, without numpy: our sources compile, the package imports, and a blank cell is JsNull and is levelled.

npm's package `pyodide` is the interpreter only; numpy, pandas and scipy for it are in no registry (test_lite_wasm.py
runs the catalogue in another WebAssembly Python).
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import xlfactor
from tests.needs import require

GUEST = Path(__file__).with_name("pyodide_guest.mjs")
PYODIDE = "314.0.7"  # with Python 3.14
pytestmark = pytest.mark.skipif(
    None in (shutil.which("node"), shutil.which("npm")), reason="Node.js and npm bring Pyodide"
)


def test_pyodide_compiles_the_package_and_levels_its_blank_cells(tmp_path):
    got = subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", f"pyodide@{PYODIDE}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    require(got.returncode == 0, f"npm cannot bring pyodide {PYODIDE}: {got.stderr.strip()[-200:]}")
    command = ["node", str(GUEST), str(tmp_path / "node_modules" / "pyodide"), str(Path(xlfactor.__file__).parents[1])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "platform": "emscripten",
        "python": [3, 14],
        "version": xlfactor.__version__,
        "blank": "JsNull",
        "levelled": [[1, None, "a", True], ["", None, 2.5, "x"]],
        "files": ["main.py", "requirements.txt"],
        "scientific": [],
    }
