"""Where the add-in's files lie on a machine; nothing here touches a disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xlfactor.errors import FactorError

NAME = "xlfactor"
INSTEAD = {
    "darwin": "on a Mac use xlwings Server (`xlfactor serve`) or Lite (`xlfactor addin lite`)",
    "linux": "use LibreOffice (`xlfactor addin libreoffice`) or `xlfactor refresh`",
}


@dataclass(frozen=True)
class Places:
    """The add-in, xlwings' settings for it, what install noted, and the interpreter that answers Excel."""

    addin: Path
    settings: Path
    record: Path
    interpreter: Path


def places(platform: str, environ: Mapping[str, str], python: str) -> Places:
    """Of this user on Windows; FactorError WINDOWS_ONLY elsewhere, FOLDER_MISSING where Windows names no folder."""
    if platform != "win32":
        raise FactorError(
            "WINDOWS_ONLY", "the xlwings add-in is for Excel on Windows", INSTEAD.get(platform, "see README")
        )
    own = folder(environ, "USERPROFILE") / f".{NAME}"
    start = folder(environ, "APPDATA") / "Microsoft" / "Excel" / "XLSTART"
    # pythonw opens no black window
    return Places(
        start / f"{NAME}.xlam", own / f"{NAME}.conf", own / "installed.json", Path(python).with_name("pythonw.exe")
    )


def folder(environ: Mapping[str, str], variable: str) -> Path:
    if not environ.get(variable):
        raise FactorError("FOLDER_MISSING", f"the variable {variable} is not set", "log on as the user who uses Excel")
    return Path(environ[variable])
