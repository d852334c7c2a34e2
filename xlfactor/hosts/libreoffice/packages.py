"""Where LibreOffice's Python finds numpy, scipy and pandas: the folders of the Python that made the add-in.

Compiled packages serve one minor version of Python only, so the folders are used where LibreOffice runs that version,
and a cell says what to do where it runs another. This module and component.py load in Python 3.8 too, to say so.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from xlfactor.errors import FactorError

NEEDED = ("numpy", "scipy", "pandas", "dateutil", "threadpoolctl")
OLDEST = (3, 11)


@dataclass(frozen=True)
class Packages:
    """A version of Python, such as 3.11, and the folders that hold its packages."""

    python: str
    folders: tuple[str, ...]

    def problem(self) -> str:
        """What keeps the catalogue from running here, as one line; "" if nothing does."""
        if sys.version_info[:2] < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            what = f"LibreOffice runs Python {running()}, and xlfactor needs {oldest} or newer"
            return FactorError("PYTHON_OLD", what, "install a newer LibreOffice").line
        if self.python == running():
            # First, or an older numpy of the system would meet the pandas that stands here.
            sys.path[:0] = [folder for folder in self.folders if folder not in sys.path]
        try:
            importlib.import_module("xlfactor.functions").catalogue()
        except ImportError as error:
            what = f"LibreOffice's Python {running()} cannot load {_named(error)}"
            fix = f"run `xlfactor addin libreoffice --install` with a Python {running()}, then restart LibreOffice"
            return FactorError("PACKAGES_MISSING", what, fix).line
        return ""


def _named(error: ImportError) -> str:
    """The package; LibreOffice's own import, of module uno, keeps its name in the text only."""
    quoted = re.search(r"'([\w.]+)'", str(error))
    return error.name or (quoted[1] if quoted else "a package")


def running() -> str:
    """`3.11`: what compiled packages must agree with."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def of_this_python() -> Packages:
    """The packages of the Python that runs this."""
    found = (importlib.util.find_spec(name) for name in NEEDED)
    folders = (str(Path(spec.origin).parents[1]) for spec in found if spec and spec.origin)
    return Packages(running(), tuple(dict.fromkeys(folders)))
