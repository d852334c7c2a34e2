"""The scripts of examples/ and the cells of their notebook run on real data, print a table and save a picture."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SAYS = {  # what a reader should find in the table
    "statistical_model": ["3 components of 20", "PC1"],
    "macro_model": ["MktRF", "keep", "Utils"],
    "characteristic_model": ["momentum", "median R² of a day"],
    "prices_to_report": ["annual_volatility", "active"],
}


def run(code: list[str], folder: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "NO_COLOR": "1", "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, *code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_example_is_run_and_listed():
    assert {p.stem for p in EXAMPLES.glob("*.py")} == set(SAYS)
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in listed for path in EXAMPLES.glob("*.[pi]*"))


@pytest.mark.parametrize("name", SAYS)
def test_an_example_prints_its_table_and_saves_its_picture(name, tmp_path):
    said = run([str(EXAMPLES / f"{name}.py")], tmp_path)
    assert all(words in said for words in SAYS[name]), said
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    if name == "prices_to_report":
        assert (tmp_path / "risk_report.xlsx").is_file()
        by_factor = (tmp_path / "risk_report_tables" / "by_factor.csv").read_text(encoding="utf-8")
        assert all(f"\n{factor}," in by_factor for factor in ("Market", "Growth", "momentum", "volatility", "idio"))


def test_the_notebook_runs_from_top_to_bottom_and_keeps_no_output(tmp_path):
    cells = json.loads((EXAMPLES / "first_steps.ipynb").read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    script = tmp_path / "cells.py"
    script.write_text("\n".join("".join(cell["source"]) for cell in code), encoding="utf-8")
    run([str(script)], tmp_path)
