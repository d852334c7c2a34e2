"""xlfactor.oxt: the same bytes from the same source, and one line for whatever may be wrong with an installation."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from lxml import etree

import xlfactor
from tests.needs import require
from tests.office import INSTALL, as_a_user, missing, xlfactor_addin
from xlfactor.errors import FactorError
from xlfactor.hosts.libreoffice import component, extension, packages
from xlfactor.hosts.libreoffice.packages import Packages
from xlfactor.tables import cells

PACKAGE = Path(xlfactor.__file__).parent
RECORDED = Packages("3.11", ("/home/ada/venv/lib/python3.11/site-packages", r"C:\Users\Zoë\site-packages"))


@pytest.fixture
def oxt(tmp_path):
    extension.write_oxt(tmp_path / "xlfactor.oxt", RECORDED)
    return zipfile.ZipFile(tmp_path / "xlfactor.oxt")


def test_the_same_source_gives_the_same_bytes(oxt, tmp_path):
    extension.write_oxt(tmp_path / "again.oxt", RECORDED)
    assert (tmp_path / "again.oxt").read_bytes() == Path(oxt.filename).read_bytes()
    assert {info.date_time for info in oxt.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert oxt.namelist() == sorted(oxt.namelist())


def test_the_extension_holds_every_file_that_it_names_and_the_package(oxt):
    manifest = etree.fromstring(oxt.read("META-INF/manifest.xml"))
    listed = manifest.xpath("//@*[local-name()='full-path']")
    assert sorted(listed) == ["CalcAddIns.xcu", "xlfactor.idl", "xlfactor_calc.py"]
    description = etree.fromstring(oxt.read("description.xml"))
    assert description.xpath("//*[local-name()='version']/@value") == [xlfactor.__version__]
    (licence,) = description.xpath("//*[local-name()='license-text']/@*[local-name()='href']")
    assert oxt.read(licence).startswith(b"BSD 3-Clause License")
    assert set(listed) <= set(oxt.namelist())
    carried = {name.removeprefix("pythonpath/xlfactor/") for name in oxt.namelist() if name.startswith("pythonpath/")}
    assert carried == {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}


def test_the_component_records_the_packages_in_any_spelling_of_a_path(oxt):
    names = {}
    for node in ast.parse(oxt.read("xlfactor_calc.py").decode()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "PACKAGES":
            names["PACKAGES"] = [ast.literal_eval(value) for value in node.value.args]
    assert names["PACKAGES"] == [RECORDED.python, RECORDED.folders]


def test_what_is_recorded_lets_another_python_of_this_version_compute():
    recorded = packages.of_this_python()
    code = (
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
        "from xlfactor.hosts.libreoffice.packages import Packages\n"
        f"print(Packages({recorded.python!r}, {recorded.folders!r}).problem() or 'none')\n"
    )
    # -S -I: no site-packages, as for LibreOffice's own Python
    done = subprocess.run([sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "none\n"


def test_a_python_without_numpy_says_in_one_line_what_to_do():
    code = (
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
        "from xlfactor.hosts.libreoffice.packages import Packages\n"
        "print(Packages('2.7', ('/absent',)).problem())\n"
    )
    done = subprocess.run([sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True, check=True)
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"PACKAGES_MISSING: LibreOffice's Python {running} cannot load ")
    assert line.endswith(
        f": run `xlfactor addin libreoffice --install` with a Python {running}, then restart LibreOffice"
    )
    assert len(line) <= 200


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ImportError("Error importing numpy", name="numpy"), "numpy"),
        (ImportError("No module named 'pandas' (or 'pandas.api' is unknown)"), "pandas"),  # raised by module uno
        (ImportError("DLL load failed"), "a package"),
    ],
)
def test_the_package_that_cannot_be_loaded_is_named(monkeypatch, error, name):
    def refuse(module):
        raise error

    monkeypatch.setattr(packages.importlib, "import_module", refuse)
    assert f" cannot load {name}: run `xlfactor addin" in Packages("2.7", ()).problem()


def test_an_old_python_of_libreoffice_is_named(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    assert RECORDED.problem() == (
        "PYTHON_OLD: LibreOffice runs Python 3.9, and xlfactor needs 3.11 or newer: install a newer LibreOffice"
    )


@pytest.mark.parametrize(
    "module", ["__init__.py", "errors.py", "hosts/__init__.py",
               *(f"hosts/libreoffice/{name}.py" for name in ("__init__", "component", "packages"))],
)  # fmt: skip
def test_what_says_so_can_be_read_by_an_old_python(module):
    ast.parse((PACKAGE / module).read_text(), feature_version=(3, 8))


def test_registering_the_extension_loads_no_package():
    code = "import sys, xlfactor.hosts.libreoffice.component; print({'numpy', 'pandas', 'typer'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert done.stdout == "set()\n"


def test_the_line_in_a_cell_begins_as_everywhere():
    assert component.OUR_ERROR == cells.OUR_ERROR


def fake_unopkg(folder, *, says="", code=0):
    folder.mkdir(exist_ok=True)
    program = folder / "unopkg"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\necho "{says}" >&2\nexit {code}\n')
    program.chmod(0o755)


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands in for unopkg")
@pytest.mark.parametrize(
    ("says", "line"),
    [
        ("\n\nERROR: Exception occurred: There is no such extension deployed: com.xlfactor.calc at ./x/dp.cxx:973\n",
         "UNOPKG_FAILED: unopkg: There is no such extension deployed: com.xlfactor.calc: nothing is to be uninstalled"),
        ("ERROR: unopkg cannot be started. The lock file indicates it as already running.",
         "UNOPKG_FAILED: unopkg: unopkg cannot be started. The lock file indicates it as already running: "
         "close LibreOffice and try again"),
        ("", "UNOPKG_FAILED: unopkg: no reason given: close LibreOffice and try again"),
    ],
)  # fmt: skip
def test_what_unopkg_refuses_is_one_line(monkeypatch, tmp_path, says, line):
    fake_unopkg(tmp_path, says=says, code=1)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(FactorError) as raised:
        extension.uninstall()
    assert raised.value.line == line


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands in for unopkg")
def test_root_is_told_whose_extensions_they_are(monkeypatch, tmp_path):
    fake_unopkg(tmp_path, says="ERROR: Cannot run unopkg as root without --shared or --bundled option.", code=1)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(FactorError) as raised:
        extension.uninstall()
    assert raised.value.line == (
        "UNOPKG_FAILED: unopkg: Cannot run unopkg as root without --shared or --bundled option: "
        "run this as the user who works with LibreOffice, without sudo"
    )


def test_unopkg_that_hangs_is_ended(monkeypatch, tmp_path):
    (tmp_path / "unopkg").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "unopkg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(extension, "SECONDS", 0.2)
    with pytest.raises(FactorError, match=r"did not end within 0\.2 s: close LibreOffice"):
        extension.uninstall()


def test_without_libreoffice_the_command_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FactorError, match="LIBREOFFICE_ABSENT: LibreOffice's unopkg is not on the PATH: install"):
        extension.uninstall()


def test_an_extension_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(FactorError, match=r"FILE_NOT_WRITTEN: .*absent.*: choose another --output"):
        extension.write_oxt(tmp_path / "absent" / "xlfactor.oxt", RECORDED)


def command(*arguments, cwd):
    line = [sys.executable, "-m", "xlfactor.cli", "addin", "libreoffice", *arguments]
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": f"{cwd / 'bin'}:/usr/bin:/bin", "PYTHONUTF8": "1"}
    done = subprocess.run(line, capture_output=True, text=True, cwd=cwd, env=environment)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_the_command_writes_the_file_here_or_installs_it_and_leaves_none(tmp_path):
    fake_unopkg(tmp_path / "bin")
    done = command(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "written: xlfactor.oxt\n")
    (tmp_path / "xlfactor.oxt").unlink()
    done = command("--install", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["python"] == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert command("--uninstall", cwd=tmp_path).returncode == 0
    added, removed = (tmp_path / "bin" / "asked").read_text().splitlines()
    assert added.startswith("add --force --suppress-license ")
    assert removed == "remove com.xlfactor.calc"
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_the_command_refuses_to_install_and_take_out_at_once(tmp_path):
    done = command("--install", "--uninstall", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr == "error OPTION_CONFLICT: --uninstall stands with another option: give it alone\n"


@pytest.mark.libreoffice
def test_a_user_installs_the_add_in_twice_and_takes_it_out_by_the_real_unopkg():
    require(not missing(), missing())
    with tempfile.TemporaryDirectory(prefix="xlfactor-office-") as folder:  # pytest's own are closed to nobody
        home = Path(folder)
        for _ in range(2):
            assert xlfactor_addin(home, *INSTALL).returncode == 0
        listed = subprocess.run(["unopkg", "list"], env=as_a_user(home), capture_output=True, text=True)
        assert listed.stdout.count("Identifier: com.xlfactor.calc") == 1
        done = xlfactor_addin(home, "--uninstall")
        assert (done.returncode, done.stdout) == (0, "taken out of your LibreOffice; restart it\n")
        again = xlfactor_addin(home, "--uninstall")
        assert again.returncode == 3
        assert again.stderr.endswith(
            "There is no such extension deployed: com.xlfactor.calc: nothing is to be uninstalled\n"
        )


@pytest.mark.libreoffice
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root is refused")
def test_root_is_refused_in_one_line(tmp_path):
    require(not missing(), missing())
    done = command("--install", cwd=tmp_path)
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("error UNOPKG_FAILED: unopkg: ")
    assert line.endswith(": run this as the user who works with LibreOffice, without sudo")
