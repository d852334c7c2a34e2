"""The add-in's twin in LibreOffice: its own reader of VBA projects lists the modules and finds every procedure."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.needs import require
from tests.office import OFFICE_PYTHON, missing
from xlfactor.functions import catalogue

DRIVER = Path(__file__).with_name("basic_driver.py")
ABSENT = ["xlwings_udfs.NO_SUCH_FUNCTION", "xlf_wizard.NoSuchSub"]


def procedures():
    """Every procedure that we generate, each as module.name."""
    described = [f"XlfDescribe{k}" for k in range(1, len(catalogue()) + 1)]
    wizard = ["Auto_Open", "XlfDescribe", "XlfDescribeAll", *described]
    return [f"xlwings_udfs.{name}" for name in catalogue()] + [f"xlf_wizard.{name}" for name in wizard]


@pytest.fixture(scope="module")
def seen(tmp_path_factory, folder):
    require(not missing(), missing())
    names = " ".join([*procedures(), *ABSENT])
    command = [OFFICE_PYTHON, str(DRIVER), str(tmp_path_factory.mktemp("basic")), str(folder / "xlfactor.xlsm"), names]
    environment = {**os.environ, "PYTHONPATH": "", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_libreoffice_reads_the_project_under_its_name_and_lists_the_modules(seen):
    assert seen["library"] == "xlfactor"
    assert seen["modules"].keys() == {
        "ThisWorkbook", "Sheet2", "Dictionary", "xlwings", "Module1", "xlwings_udfs", "xlf_wizard",
    }  # fmt: skip


@pytest.mark.parametrize("module", ["xlwings_udfs", "xlf_wizard"])
def test_it_decompresses_our_source_to_the_last_line(seen, folder, module):
    written = (folder / f"{module}.bas").read_text().rstrip().splitlines()
    assert written[0] == f'Attribute VB_Name = "{module}"'
    read = seen["modules"][module].rstrip().splitlines()
    assert [line for line in read if not line.startswith(("Rem Attribute VBA_", "Option VBASupport"))] == written[1:]


def test_its_basic_finds_every_procedure_and_no_other(seen):
    assert seen["found"] == procedures()
