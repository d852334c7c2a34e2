"""What holds the structure: the direction of imports, cheap start-up, a catalogue that equals its contract."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import xlfactor

PACKAGE = Path(xlfactor.__file__).parent

MAY_IMPORT = {  # errors ← engine ← tables ← model ← functions ← {panel, hosts, workbook} ← commands ← cli
    "errors": set(),
    "engine": {"errors"},
    "tables": {"errors", "engine"},
    "model": {"errors", "engine", "tables"},
    "functions": {"errors", "engine", "tables", "model"},
    "hosts": {"errors", "engine", "tables", "model", "functions", "finding"},
    "finding": set(),
    "codes": set(),
    "workbook": {"errors", "codes", "engine", "tables", "model", "functions"},
    "console": {"errors"},
    "doctor": {"errors", "functions", "hosts", "finding"},
    "panel": {"errors", "engine", "tables", "model", "functions"},
    "commands": {
        "errors",
        "engine",
        "tables",
        "model",
        "functions",
        "hosts",
        "panel",
        "workbook",
        "console",
        "doctor",
        "demo",
        "finding",
    },
    "cli": {"commands", "console"},
    "demo": {"errors", "console", "workbook"},
}
WITHIN_WORKBOOK = {  # results ← addresses ← reading ← formulas ← writing ← newdata ← refresh
    "results": set(),
    "text": set(),
    "addresses": {"results"},
    "reading": {"results", "addresses"},
    "formulas": {"results", "addresses", "reading"},
    "checking": {"results", "addresses", "reading", "formulas"},
    "suspects": {"results", "checking"},
    "check": {"results", "addresses", "reading", "formulas", "checking", "suspects", "writing"},
    "writing": {"results", "addresses", "text", "reading", "formulas"},
    "newdata": {"results", "addresses", "text", "reading", "formulas", "checking", "suspects", "writing"},
    "log_row": {"results", "addresses", "reading", "newdata"},
    "refresh_result": {"results", "reading", "formulas", "writing"},
    "state": {"results", "formulas"},
    "state_cells": {"results", "addresses", "formulas", "writing", "state"},
    "moved": {"results", "state"},
    "checks_table": {"results", "addresses", "text"},
    "run_record": {
        "results",
        "reading",
        "formulas",
        "writing",
        "newdata",
        "check",
        "checks_table",
        "log_row",
        "moved",
        "state",
        "state_cells",
    },
    "refresh": {"results", "reading", "formulas", "writing", "newdata", "refresh_result", "run_record", "state"},
    "convert": {"reading", "writing", "refresh"},
    "template": {
        "addresses",
        "text",
        "results",
        "reading",
        "formulas",
        "writing",
        "newdata",
        "check",
        "checks_table",
        "log_row",
        "moved",
        "state",
        "state_cells",
    },
    "report": {"text", "reading", "formulas", "writing", "template"},
}
ONLY_IN = {
    "xlwings": {"hosts"}, "openpyxl": {"workbook"}, "xlsxwriter": {"workbook"}, "uno": {"hosts"},
    "dask": {"panel"}, "distributed": {"panel"}, "sqlalchemy": {"panel"},
}  # fmt: skip
SOURCES = sorted(PACKAGE.rglob("*.py"))


def layer(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: write imports from the package's root"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    if layer(path) == "__init__" or path.name == "__main__.py":
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "xlfactor" and len(parts) > 1:
            if not (PACKAGE / parts[1]).exists() and not (PACKAGE / f"{parts[1]}.py").exists():
                continue  # xlfactor.__version__
            assert parts[1] in MAY_IMPORT[layer(path)] | {layer(path)}, f"{path.name} imports {name}"
        else:
            assert layer(path) in ONLY_IN.get(parts[0], {layer(path)}), f"{path.name} imports {name}"


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "workbook").rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_go_one_way_inside_the_workbook_too(path):
    own = path.relative_to(PACKAGE / "workbook").parts[0].removesuffix(".py")
    for name in imports(path):
        parts = name.split(".")
        if parts[:2] == ["xlfactor", "workbook"] and len(parts) > 2:
            assert parts[2] in WITHIN_WORKBOOK[own] | {own}, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_has_at_most_about_250_lines(path):
    assert len(path.read_text().splitlines()) <= 260


def test_the_help_of_the_command_line_loads_no_pandas():
    code = "import sys, xlfactor.cli; print([m for m in ('pandas', 'numpy', 'scipy', 'xlwings') if m in sys.modules])"
    assert fresh(code) == "[]\n"


def fresh(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=PACKAGE.parent).stdout


def test_importing_xlfactor_loads_neither_pandas_nor_numpy():
    assert fresh("import sys, xlfactor; print([m for m in ('pandas', 'numpy', 'scipy') if m in sys.modules])") == "[]\n"


def test_the_top_level_has_the_functions_of_the_catalogue_and_the_error():
    from xlfactor.functions import catalogue

    for name, function in catalogue().items():
        assert getattr(xlfactor, name.lower()) is function.call
        assert name.lower() in dir(xlfactor)
    assert issubclass(xlfactor.FactorError, ValueError)
    with pytest.raises(AttributeError, match="no attribute 'factor_retruns'"):
        _ = xlfactor.factor_retruns


def test_the_stub_that_editors_read_lists_the_catalogue():
    from xlfactor.functions.stub import STUB, stub

    assert STUB.read_text() == stub(), "run: python -m xlfactor.functions.stub"


def test_every_row_of_to_change_this_open_that_names_one_file():
    root = PACKAGE.parent
    text = (root / "docs" / "architecture.md").read_text().partition("## To change this, open that")[2]
    files = [line.split("|")[2].strip() for line in text.splitlines() if line.startswith("| ")][1:]
    assert files
    assert [file for file in files if not (root / file).is_file()] == []
