"""`xlfactor doctor` on this machine, and on a Windows, a Mac and a Linux that are described to it."""

import dataclasses
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xlfactor.cli import app
from xlfactor.doctor import packages, self_test
from xlfactor.doctor.examine import examine
from xlfactor.doctor.excel import APP_PATH, CLICK_TO_RUN, SECURITY
from xlfactor.doctor.machine import Machine, registry, this_machine
from xlfactor.hosts.classic.install import install
from xlfactor.hosts.classic.places import places

EXCEL = {
    ("HKLM", APP_PATH, ""): r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE",
    ("HKLM", CLICK_TO_RUN, "Platform"): "x64",
    ("HKCU", SECURITY, "AccessVBOM"): 1,
}


def described(tmp_path, platform, programs=(), values=None, **environ):
    python = tmp_path / "Python" / "python.exe"
    python.parent.mkdir(exist_ok=True)
    return Machine(
        platform, environ, str(python), tmp_path, tmp_path, tmp_path / "Applications",
        lambda name: f"/usr/bin/{name}" if name in programs else None,
        lambda *place: (values or {}).get(place),
    )  # fmt: skip


def windows(tmp_path, values, **more):
    where = {"USERPROFILE": str(tmp_path / "Ana"), "APPDATA": str(tmp_path / "Ana" / "Roaming")}
    return described(tmp_path, "win32", (), values, **where, **more)


def looked(machine):
    return {finding.what: finding for finding in examine(machine)}


def test_on_this_machine_nothing_fails_and_what_is_not_well_says_what_to_do():
    findings = list(examine())
    assert not [f for f in findings if f.status == "FAIL"]
    assert all(f.fix for f in findings if f.status == "WARN")
    assert len({f.what for f in findings}) == len(findings)


def test_linux_is_told_that_excel_is_not_there_and_what_computes(tmp_path):
    seen = looked(described(tmp_path, "linux", ["soffice"]))
    assert "refresh" in seen["Excel"].detail
    assert seen["LibreOffice"].detail == "/usr/bin/soffice"
    assert seen["LibreOffice extension"].fix == "optional: xlfactor addin libreoffice --install"
    assert "add-in" not in seen


def test_the_extension_is_found_in_the_users_profile(tmp_path):
    folder = tmp_path / "cfg/libreoffice/4/user/uno_packages/cache/uno_packages/lu123.tmp_/xlfactor.oxt"
    folder.mkdir(parents=True)
    seen = looked(described(tmp_path, "linux", ["soffice"], XDG_CONFIG_HOME=str(tmp_path / "cfg")))
    assert (seen["LibreOffice extension"].detail, seen["LibreOffice extension"].fix) == ("installed", "")


def test_a_mac_with_excel_and_libreoffice_is_told_its_two_hosts(tmp_path):
    program = tmp_path / "Applications/LibreOffice.app/Contents/MacOS/soffice"
    program.parent.mkdir(parents=True)
    program.touch()
    (tmp_path / "Applications/Microsoft Excel.app").mkdir()
    seen = looked(described(tmp_path, "darwin"))
    assert (seen["Excel"].detail, seen["LibreOffice"].detail) == ("installed", str(program))
    assert "xlfactor serve" in seen["Excel"].fix
    assert "xlfactor addin lite" in seen["Excel"].fix


def test_a_mac_without_excel_is_no_failure(tmp_path):
    assert looked(described(tmp_path, "darwin"))["Excel"].status == "PASS"


def test_a_windows_without_excel_is_not_asked_for_an_add_in(tmp_path):
    seen = looked(windows(tmp_path, {}))
    assert "not installed" in seen["Excel"].detail
    assert "add-in" not in seen


def test_a_windows_with_excel_but_no_add_in_is_told_the_one_command(tmp_path):
    seen = looked(windows(tmp_path, EXCEL))
    assert seen["Excel"].detail.endswith("EXCEL.EXE, x64")
    assert (seen["add-in"].status, seen["add-in"].fix) == ("WARN", "xlfactor addin install")
    assert (seen["pythonw"].status, seen["access to the VBA project"].detail) == ("WARN", "on")


def test_a_windows_with_the_add_in_passes_in_every_line_of_it(tmp_path):
    machine = windows(tmp_path, EXCEL)
    where = places("win32", machine.environ, machine.python)
    where.interpreter.touch()
    (where.interpreter.parent / f"xlwings64-{packages.version_of('xlwings')}.dll").touch()
    install(where)
    seen = looked(machine)
    lines = [
        "add-in",
        "xlwings version",
        "xlfactor version",
        "interpreter",
        "xlwings DLL",
        "pythonw",
        "macros",
        "XLSTART",
    ]
    assert {seen[line].status for line in lines} == {"PASS"}


def test_macros_that_are_disabled_without_a_word_are_said(tmp_path):
    seen = looked(windows(tmp_path, {**EXCEL, ("HKCU", SECURITY, "VBAWarnings"): 4}))
    assert (seen["macros"].status, "Trust" in seen["macros"].fix or "Macro Settings" in seen["macros"].fix) == (
        "WARN",
        True,
    )


def test_a_windows_user_without_folders_fails_with_a_line(tmp_path):
    seen = looked(described(tmp_path, "win32", (), EXCEL))
    assert seen["add-in"].status == "FAIL"
    assert "USERPROFILE" in seen["add-in"].detail


def test_windows_needs_pywin32_too(tmp_path):
    seen = looked(windows(tmp_path, {}))
    if packages.version_of("pywin32"):
        pytest.skip("pywin32 is installed here")
    assert (seen["pywin32"].status, seen["pywin32"].detail) == ("FAIL", "missing")


def test_windows_libreoffice_is_found_in_program_files(tmp_path):
    program = tmp_path / "Programs/LibreOffice/program/soffice.exe"
    program.parent.mkdir(parents=True)
    program.touch()
    assert looked(windows(tmp_path, {}, ProgramFiles=str(tmp_path / "Programs")))["LibreOffice"].detail == str(program)


def test_a_package_that_is_missing_or_too_old_fails_with_the_command_that_mends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "at_least", lambda: {"numpy": "99.1"})
    monkeypatch.setattr(packages, "version_of", lambda name: "" if name == "scipy" else "2.4.0rc1")
    seen = looked(described(tmp_path, "linux"))
    assert (seen["numpy"].status, seen["numpy"].detail) == ("FAIL", "2.4.0rc1, needs 99.1")
    assert seen["numpy"].fix == 'python -m pip install -U "numpy>=99.1"'
    assert (seen["scipy"].status, seen["scipy"].detail) == ("FAIL", "missing")


@pytest.mark.parametrize(("version", "numbers"), [("2.4.0rc1", (2, 4, 0)), ("0.1+local", (0, 1)), ("3.1.1", (3, 1, 1))])
def test_a_version_is_compared_by_its_numbers(version, numbers):
    assert packages.numbers(version) == numbers


def test_the_licence_is_said_to_be_there_and_never_shown(tmp_path):
    text = str(looked(described(tmp_path, "linux", XLWINGS_LICENSE_KEY="s3cret-key")).values())
    assert "XLWINGS_LICENSE_KEY is set" in text
    assert "s3cret" not in text
    assert "XLWINGS_LICENSE_KEY is not set" in str(looked(described(tmp_path, "linux")).values())


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path):
    machine = dataclasses.replace(described(tmp_path, "linux"), folder=tmp_path / "gone")
    assert looked(machine)["this folder"].status == "WARN"


def test_a_broken_installation_is_found_by_the_self_test(tmp_path, monkeypatch):
    def broken():
        raise ImportError("DLL load failed")

    monkeypatch.setattr("xlfactor.functions.catalogue", broken)
    (finding,) = self_test.self_test(described(tmp_path, "linux"))
    assert (finding.status, finding.detail) == ("FAIL", "ImportError: DLL load failed")


def test_a_wrong_number_is_found_by_the_self_test(tmp_path, monkeypatch):
    wrong = [["Date", "Market", "Style"], *([0.0, 0.01, 0.02] for _ in range(3))]
    monkeypatch.setattr("xlfactor.functions.registry.Function.spill", lambda function, values: wrong)
    (finding,) = self_test.self_test(described(tmp_path, "linux"))
    assert (finding.status, finding.detail) == ("FAIL", "largest error 4e-02")


def test_the_command_prints_a_table_and_a_failure_is_an_exit_code(monkeypatch):
    runner = CliRunner()
    assert runner.invoke(app, ["doctor"]).exit_code == 0
    monkeypatch.setattr(packages, "at_least", lambda: {"numpy": "99.1"})
    failed = runner.invoke(app, ["doctor", "--json"])
    assert failed.exit_code == 3
    assert json.loads(failed.stdout)["findings"][2]["status"] == "FAIL"


def test_the_registry_of_another_system_is_empty():
    assert registry("HKLM", APP_PATH, "") is None or os.name == "nt"
    assert this_machine().folder == Path.cwd()
