"""What doctor asks a machine; a test describes another one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Registry = Callable[[str, str, str], object]


@dataclass(frozen=True)
class Machine:
    """A system as `sys.platform` calls it; `which` finds a program or gives None.

    `registry(hive, key, name)` reads Windows' registry, hive HKCU or HKLM; None where there is no such value.
    """

    platform: str
    environ: Mapping[str, str]
    python: str
    home: Path
    folder: Path
    applications: Path
    which: Callable[[str], str | None]
    registry: Registry


def this_machine() -> Machine:
    return Machine(
        sys.platform, os.environ, sys.executable, Path.home(), Path.cwd(), Path("/Applications"), shutil.which, registry
    )


def registry(hive: str, key: str, name: str) -> object:
    """A value of Windows' registry, or None."""
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey({"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE}[hive], key) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except OSError:
        return None
