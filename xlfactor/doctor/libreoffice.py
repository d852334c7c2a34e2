"""LibreOffice on this machine, and our extension in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xlfactor.doctor.machine import Machine
from xlfactor.finding import Finding

EXTENSION = "uno_packages/cache/uno_packages/*/xlfactor.oxt"  # where unopkg unpacks what a user adds


def libreoffice(machine: Machine) -> Iterator[Finding]:
    program = machine.which("soffice") or next((str(p) for p in programs(machine) if p.exists()), None)
    if program is None:
        yield Finding("PASS", "LibreOffice", "not found", "optional: install LibreOffice Calc")
        return
    yield Finding("PASS", "LibreOffice", program)
    there = any(profile(machine).glob(EXTENSION))
    fix = "" if there else "optional: xlfactor addin libreoffice --install"
    yield Finding("PASS", "LibreOffice extension", "installed" if there else f"not in {profile(machine)}", fix)


def programs(machine: Machine) -> list[Path]:
    """Where LibreOffice's installer puts it without telling the PATH."""
    if machine.platform == "darwin":
        return [machine.applications / "LibreOffice.app/Contents/MacOS/soffice"]
    files = [machine.environ[name] for name in ("ProgramFiles", "ProgramFiles(x86)") if name in machine.environ]
    return [Path(folder) / "LibreOffice/program/soffice.exe" for folder in files]


def profile(machine: Machine) -> Path:
    """The user's own folder of LibreOffice 4 to 25: the number in it has not changed."""
    if machine.platform == "win32":
        folder = Path(machine.environ.get("APPDATA", machine.home))
    elif machine.platform == "darwin":
        folder = machine.home / "Library/Application Support"
    else:
        folder = Path(machine.environ.get("XDG_CONFIG_HOME", machine.home / ".config"))
    return folder / ("libreoffice" if machine.platform == "linux" else "LibreOffice") / "4" / "user"
