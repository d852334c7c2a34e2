"""xlwings Lite: what is pasted, a pure wheel, and no more imported than Pyodide or a pure wheel can give."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import xlfactor
from tests.needs import need_licence, require
from xlfactor.hosts import lite

ROOT = Path(xlfactor.__file__).parents[1]
PYODIDE_BUILDS = {"numpy", "scipy", "pandas", "lxml", "pydantic-core"}  # so says pyodide-lock.json of Pyodide 314
LITE_BRINGS = {"xlwings"}  # its pure wheel; on Linux pip prefers the one with compiled code
IN_PYODIDE = {"platform_system": "Emscripten", "sys_platform": "emscripten", "os_name": "posix", "extra": ""}


def command(*arguments, cwd):
    line = [sys.executable, "-m", "xlfactor.cli", "addin", "lite", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, cwd=cwd, env={"PYTHONPATH": str(ROOT), "PATH": ""})
    assert "Traceback" not in done.stderr
    return done


def test_the_two_files_are_written_and_say_where_they_go(tmp_path):
    done = command(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    main, requirements = (tmp_path / "xlfactor_lite" / name for name in ("main.py", "requirements.txt"))
    comment, code = main.read_text().splitlines()
    assert comment == "# Paste into the tab main.py of xlwings Lite, instead of its sample."
    assert code == "from xlfactor.hosts.excel import *"
    comment, pinned = requirements.read_text().splitlines()
    assert comment.startswith("# Paste into the tab requirements.txt of xlwings Lite; ")
    assert pinned == f"xlfactor=={xlfactor.__version__}"


def test_a_file_of_the_user_is_replaced_only_by_force(tmp_path):
    (tmp_path / "main.py").write_text("print('mine')\n")
    done = command("--output", ".", cwd=tmp_path)
    assert done.returncode == 4
    assert done.stderr == "error FILE_EXISTS: main.py exists: choose another --output or use --force\n"
    assert (tmp_path / "main.py").read_text() == "print('mine')\n"
    assert not (tmp_path / "requirements.txt").exists()
    assert command("--output", ".", "--force", cwd=tmp_path).returncode == 0
    assert command("--output", ".", cwd=tmp_path).returncode == 0  # the same again is nobody's loss
    assert (tmp_path / "main.py").read_text() == lite.FILES["main.py"]


def test_the_wheel_is_pure_and_brings_the_host_but_no_compiled_code(tmp_path):
    line = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)]
    done = subprocess.run(line, capture_output=True, text=True)
    require(done.returncode == 0, f"the wheel could not be built here: {done.stderr.strip()[-200:]}")
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"xlfactor-{xlfactor.__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    assert "xlfactor/hosts/excel.py" in names
    assert [name for name in names if re.search(r"\.(so|pyd|dll|dylib|c|pyx)$", name)] == []


def needed() -> set[str]:
    """Every distribution that xlfactor's dependencies bring along in Pyodide, those that Pyodide builds apart."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting, seen = list(project["dependencies"]), set()
    while waiting:
        requirement = Requirement(waiting.pop())
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        wanted = requirement.marker is None or requirement.marker.evaluate(IN_PYODIDE)
        if wanted and name not in seen | PYODIDE_BUILDS:
            seen.add(name)
            waiting += metadata.requires(name) or []
    return seen


def test_every_dependency_is_built_by_pyodide_or_a_pure_wheel():
    names = needed()
    assert {"xlwings", "threadpoolctl"} <= names
    for name in sorted(names - LITE_BRINGS):
        tags = re.findall(r"^Tag: (.*)$", metadata.distribution(name).read_text("WHEEL") or "", re.M)
        assert any(tag.endswith("-none-any") for tag in tags), f"{name} is no pure wheel: {tags}"


STAND_IN = """
import os, sys
os.environ["XLWINGS_ON_SERVER"] = "true"
class Absent:
    "Only what computing needs can be imported, and nothing that a browser's sandbox forbids."
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"openpyxl", "xlsxwriter", "lxml", "defusedxml", "filelock", "typer", "rich",
                                 "matplotlib", "pyarrow", "dask", "distributed", "sqlalchemy"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import xlwings.server
sys.platform = "emscripten"
import socket, subprocess, threading
def forbidden(*arguments, **options):
    raise RuntimeError("not in a browser")
socket.socket = socket.socketpair = threading.Thread.start = subprocess.Popen = os.fork = forbidden
from xlfactor.functions import catalogue
from xlfactor.hosts import excel
print(len(catalogue()), len(excel.__all__), excel.THREADS)
"""


@need_licence
@pytest.mark.pro
def test_the_host_is_imported_without_threads_sockets_or_packages_for_files():
    done = subprocess.run([sys.executable, "-c", STAND_IN], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    from xlfactor.functions import catalogue

    assert done.stdout == f"{len(catalogue())} {len(catalogue())} False\n"
