"""`xlfactor addin …`, `convert` and `template --host` as their user meets them."""

import builtins
import json
import sys

import pytest
from typer.testing import CliRunner

from tests.workbook.rich_books import members, rich_book
from xlfactor.cli import app
from xlfactor.commands import addin
from xlfactor.errors import FactorError
from xlfactor.hosts.classic import install as installing
from xlfactor.hosts.classic import project
from xlfactor.hosts.classic.places import places

MADE = {"xlfactor.xlam", "xlfactor.xlsm", "xlwings_udfs.bas", "xlf_wizard.bas", "xlfactor_notices.txt"}


def run(*arguments):
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert "Traceback" not in done.output
    return done


def test_build_writes_the_add_in_and_what_goes_with_it(tmp_path):
    done = run("addin", "build", "--output", tmp_path, "--json")
    assert {path.name for path in tmp_path.iterdir()} == MADE
    assert len(json.loads(done.stdout)["outputs"]) == len(MADE)


def test_build_into_a_folder_that_is_not_there_is_one_line(tmp_path):
    done = run("addin", "build", "--output", tmp_path / "none")
    assert (done.exit_code, done.stderr.split(":")[0]) == (3, "error FOLDER_MISSING")


def test_without_the_extra_build_says_how_to_get_it(monkeypatch):
    true_import = builtins.__import__

    def without(name, *rest):
        if name in ("olefile", "oletools.olevba"):
            raise ImportError(name)
        return true_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    for act in (project.reader, project.decompressed):
        with pytest.raises(FactorError, match=r'EXTRA_MISSING: .*pip install "xlfactor\[excel\]"'):
            act(b"")


@pytest.mark.skipif(sys.platform == "win32", reason="installs for real on Windows")
@pytest.mark.parametrize("command", ["install", "status", "uninstall"])
def test_what_is_for_windows_only_says_what_to_use_here(command):
    done = run("addin", command)
    assert (done.exit_code, done.stderr.split(":")[0]) == (3, "error WINDOWS_ONLY")
    assert len(done.stderr.splitlines()) == 1


def test_install_status_and_uninstall_on_a_described_windows(tmp_path, made, monkeypatch):
    python = tmp_path / "python.exe"
    python.with_name("pythonw.exe").touch()
    where = places("win32", {"USERPROFILE": str(tmp_path / "u"), "APPDATA": str(tmp_path / "a")}, str(python))
    monkeypatch.setattr(addin, "here", lambda: where)
    monkeypatch.setattr(installing, "build", lambda folder: made)
    assert run("addin", "install").exit_code == 0
    failed = run("addin", "status", "--json")
    assert failed.exit_code == 3  # there is no DLL beside this interpreter
    assert [c["code"] for c in json.loads(failed.stdout)["checks"]] == ["ADDIN"]
    where.addin.write_bytes(b"changed")
    done = run("addin", "uninstall")
    assert "FILE_CHANGED" in done.stderr
    assert f"removed: {where.settings}" in done.stdout


def test_convert_says_what_it_renamed_and_a_second_time_that_it_need_not(tmp_path):
    book = rich_book(tmp_path / "book.xlsx")
    first = json.loads(run("convert", book, "--host", "server", "--json").stdout)
    assert (first["renamed"], first["changed_parts"]) == (1, ["xl/worksheets/sheet3.xml"])
    assert "already" in run("convert", book, "--host", "Server").stdout
    assert b"_xldudf_FACTOR_RETURNS(" in members(book)["xl/worksheets/sheet3.xml"]


def test_a_host_that_is_not_known_is_one_line(tmp_path):
    done = run("convert", rich_book(tmp_path / "book.xlsx"), "--host", "libre")
    assert (done.exit_code, done.stderr.startswith("error OPTION_UNKNOWN")) == (3, True)


@pytest.mark.parametrize(
    ("host", "stored"), [("excel", b">FACTOR_RETURNS("), ("libreoffice", b">XLFACTOR.FACTOR_RETURNS(")]
)
def test_a_template_has_the_names_of_its_host(tmp_path, host, stored):
    assert run("template", tmp_path / "risk.xlsx", "--host", host).exit_code == 0
    assert any(stored in data for data in members(tmp_path / "risk.xlsx").values())
    assert [path.name for path in tmp_path.iterdir()] == ["risk.xlsx"]
