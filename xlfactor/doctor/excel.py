"""Excel on this machine, and the add-in in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xlfactor.doctor.machine import Machine
from xlfactor.errors import FactorError
from xlfactor.finding import Finding, found
from xlfactor.hosts.classic.places import places
from xlfactor.hosts.classic.status import status

APP_PATH = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
CLICK_TO_RUN = r"SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
SECURITY = r"Software\Microsoft\Office\16.0\Excel\Security"
WITHOUT = "xlfactor refresh computes without it"


def excel(machine: Machine) -> Iterator[Finding]:
    """Windows: Excel, its settings and the add-in. Elsewhere: what serves instead."""
    if machine.platform == "win32":
        yield from on_windows(machine)
    elif machine.platform == "darwin":
        there = (machine.applications / "Microsoft Excel.app").exists()
        detail = "installed" if there else f"not in {machine.applications}; {WITHOUT}"
        yield Finding("PASS", "Excel", detail, "its functions: xlfactor serve, or xlfactor addin lite" if there else "")
    else:
        yield Finding("PASS", "Excel", f"not on {machine.platform}: {WITHOUT}")


def on_windows(machine: Machine) -> Iterator[Finding]:
    program = machine.registry("HKLM", APP_PATH, "")
    if not program:
        yield Finding("PASS", "Excel", f"not installed: {WITHOUT}")
        return
    kind = machine.registry("HKLM", CLICK_TO_RUN, "Platform")
    yield Finding("PASS", "Excel", f"{program}{f', {kind}' if kind else ''}")
    try:
        where = places(machine.platform, machine.environ, machine.python)
    except FactorError as error:
        yield Finding("FAIL", "add-in", error.message, error.fix)
        return
    start = where.addin.parent
    yield Finding("PASS", "XLSTART", str(start) if start.is_dir() else f"{start}, made by xlfactor addin install")
    good = Path(where.interpreter).is_file()
    yield found(good, "pythonw", str(where.interpreter), "use a Python from python.org: it brings pythonw.exe")
    yield from macros(machine)
    yield from status(where)


def macros(machine: Machine) -> Iterator[Finding]:
    """What Excel's Trust Center lets an add-in do; 1 allows all macros … 4 none and asks nobody."""
    level = machine.registry("HKCU", SECURITY, "VBAWarnings")
    fix = "Excel, Options, Trust Center, Macro Settings: disable with notification; or trust the folder XLSTART"
    yield found(level != 4, "macros", "allowed or asked for" if level != 4 else "disabled without notification", fix)
    trusted = machine.registry("HKCU", SECURITY, "AccessVBOM") == 1
    detail = "on" if trusted else "off; only xlfactor addin install --official needs it"
    yield Finding("PASS", "access to the VBA project", detail)
