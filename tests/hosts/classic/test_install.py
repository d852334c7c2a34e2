"""Install, status and uninstall in the folders of a Windows user; the paths are simulated."""

import json
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from xlfactor.errors import FactorError
from xlfactor.hosts.classic import install as installing
from xlfactor.hosts.classic.install import install, uninstall
from xlfactor.hosts.classic.places import places
from xlfactor.hosts.classic.settings import read_settings, settings_text
from xlfactor.hosts.classic.status import status


@pytest.fixture
def where(tmp_path, made, monkeypatch):
    """A user's folders, a Python with pythonw.exe and xlwings' DLL, and an add-in that is built already."""
    monkeypatch.setattr(installing, "build", lambda folder: [made[0]])
    python = tmp_path / "Python" / "Scripts" / "python.exe"
    python.parent.mkdir(parents=True)
    python.with_name("pythonw.exe").touch()
    (tmp_path / "Python" / f"xlwings64-{metadata.version('xlwings')}.dll").touch()
    return places("win32", {"USERPROFILE": str(tmp_path / "Ana"), "APPDATA": str(tmp_path / "Roaming")}, str(python))


def found(where):
    return {f.what: f.status for f in status(where)}


def test_excel_loads_add_ins_from_the_users_xlstart_and_xlwings_reads_its_settings_from_the_users_folder():
    where = places("win32", {"USERPROFILE": "/u/Ana", "APPDATA": "/u/Ana/Roaming"}, "/py/python.exe")
    assert where.addin == Path("/u/Ana/Roaming/Microsoft/Excel/XLSTART/xlfactor.xlam")
    assert where.settings == Path("/u/Ana/.xlfactor/xlfactor.conf")
    assert where.interpreter == Path("/py/pythonw.exe")


@pytest.mark.parametrize(
    ("platform", "instead"), [("darwin", "xlfactor serve"), ("linux", "addin libreoffice"), ("emscripten", "README")]
)
def test_other_systems_are_told_what_to_use_instead(platform, instead):
    with pytest.raises(FactorError, match=f"WINDOWS_ONLY: the xlwings add-in is for Excel on Windows: .*{instead}"):
        places(platform, {}, "python")


def test_a_windows_without_a_users_folder_is_refused():
    with pytest.raises(FactorError, match="FOLDER_MISSING: the variable USERPROFILE is not set"):
        places("win32", {}, "python.exe")


def test_install_writes_the_add_in_and_the_interpreter_and_status_is_satisfied(where, made):
    assert found(where) == {"add-in": "WARN"}
    assert install(where) == [where.addin, where.settings]
    assert where.addin.read_bytes() == made[0].read_bytes()
    assert where.settings.read_bytes() == f'"INTERPRETER_WIN","{where.interpreter}"\r\n'.encode()
    assert set(found(where).values()) == {"PASS"}
    assert len(found(where)) == 5


def test_uninstall_leaves_nothing_behind(where, tmp_path):
    install(where)
    assert list(uninstall(where)) == [(where.addin, True), (where.settings, True)]
    assert not where.addin.exists()
    assert not where.settings.parent.exists()
    with pytest.raises(FactorError, match="NOT_INSTALLED"):
        list(uninstall(where))


def test_other_settings_and_the_interpreter_before_come_back(where):
    where.settings.parent.mkdir(parents=True)
    where.settings.write_text('"SHOW CONSOLE","False"\n"Interpreter_Win","D:\\old\\pythonw.exe"\n')
    install(where)
    install(where)  # twice: what was before the first counts
    assert read_settings(where.settings) == {"SHOW CONSOLE": "False", "INTERPRETER_WIN": str(where.interpreter)}
    list(uninstall(where))
    assert read_settings(where.settings) == {"SHOW CONSOLE": "False", "INTERPRETER_WIN": r"D:\old\pythonw.exe"}


def test_files_that_were_changed_since_are_left(where):
    install(where)
    where.addin.write_bytes(b"mine now")
    where.settings.write_text('"INTERPRETER_WIN","E:\\other\\pythonw.exe"\n')
    assert list(uninstall(where)) == [(where.addin, False), (where.settings, False)]
    assert where.addin.read_bytes() == b"mine now"
    assert not where.record.exists()


def test_an_add_in_of_somebody_else_is_replaced_only_by_force(where, made):
    where.addin.parent.mkdir(parents=True)
    where.addin.write_bytes(b"a colleague's")
    with pytest.raises(FactorError, match=r"FILE_EXISTS: .*xlfactor.xlam was not written by install.*--force"):
        install(where)
    assert where.addin.read_bytes() == b"a colleague's"
    install(where, force=True)
    assert where.addin.read_bytes() == made[0].read_bytes()


def test_a_python_without_pythonw_is_refused_before_anything_is_written(where):
    where.interpreter.unlink()
    with pytest.raises(FactorError, match="INTERPRETER_MISSING"):
        install(where)
    assert not where.addin.exists()


@pytest.mark.parametrize("act", [install, lambda where: list(uninstall(where))], ids=["install", "uninstall"])
def test_an_add_in_that_excel_holds_is_one_line(where, monkeypatch, act):
    install(where)

    def held(*args, **options):
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr("os.replace", held)
    monkeypatch.setattr(Path, "unlink", lambda path, **options: held() if path == where.addin else None)
    with pytest.raises(FactorError, match=r"FILE_OPEN_IN_EXCEL: xlfactor.xlam is in use: close Excel"):
        act(where)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda where: where.interpreter.unlink(), "interpreter"),
        (lambda where: where.settings.unlink(), "interpreter"),
        (lambda where: next(where.interpreter.parents[1].glob("*.dll")).unlink(), "xlwings DLL"),
        (lambda where: where.addin.write_bytes(b"no zip"), "xlwings version"),
    ],
)
def test_what_has_gone_since_is_a_failure_with_its_cure(where, change, what):
    install(where)
    change(where)
    failed = {f.what: f.fix for f in status(where) if f.status == "FAIL"}
    assert what in failed
    assert all(failed.values())


def test_an_add_in_for_another_xlwings_fails(where, monkeypatch):
    install(where)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.99.1")
    finding = next(f for f in status(where) if f.what == "xlwings version")
    assert (finding.status, finding.fix) == ("FAIL", "xlfactor addin install")
    assert "installed 0.99.1" in finding.detail


def test_the_official_import_runs_in_an_excel_of_its_own_on_the_new_add_in(where, made, monkeypatch):
    done = []
    book = SimpleNamespace(api="api", save=lambda: done.append("save"), close=lambda: done.append("close"))

    class App:
        def __init__(self, **options):
            done.append(options)
            self.books = SimpleNamespace(open=lambda path: done.append(path.name) or book)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            done.append("quit")

    monkeypatch.setattr("xlwings.App", App)
    monkeypatch.setattr("xlwings.import_udfs", lambda *given: done.append(given), raising=False)
    install(where, official=True)
    options = {"visible": False, "add_book": False}
    assert done == [options, "xlfactor.xlam", ("xlfactor.hosts.excel", "api"), "save", "close", "quit"]


def test_without_an_excel_the_official_import_is_one_line_and_writes_nothing(where):
    with pytest.raises(FactorError, match="EXCEL_FAILED: Excel did not import the functions"):
        install(where, official=True)
    assert not where.addin.exists()


def test_an_install_that_is_broken_off_leaves_nothing_that_excel_would_open(where, monkeypatch):
    def full(*args):
        raise OSError(28, "no space left")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space"):
        install(where)
    assert list(where.addin.parent.iterdir()) == []


def test_settings_are_text_in_quotes_that_read_back():
    settings = {"A": r"C:\Program Files\x,y", "B": 'say "so"'}
    assert settings_text(settings) == '"A","C:\\Program Files\\x,y"\r\n"B","say ""so"""\r\n'


def test_a_note_that_is_no_json_is_no_note(where):
    install(where)
    json.loads(where.record.read_text())
    where.record.write_text("{")
    with pytest.raises(FactorError, match="NOT_INSTALLED"):
        list(uninstall(where))
