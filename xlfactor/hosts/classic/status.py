"""Is the add-in installed, and will it find what it needs?"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from xlfactor import __version__
from xlfactor.finding import Finding, found
from xlfactor.hosts.classic.build import made_for
from xlfactor.hosts.classic.places import Places
from xlfactor.hosts.classic.settings import INTERPRETER, read_settings

INSTALL = "xlfactor addin install"


def status(where: Places) -> Iterator[Finding]:
    """Add-in, versions, settings, interpreter and the DLL beside it, each with what mends it."""
    there = where.addin.is_file()
    yield found(there, "add-in", str(where.addin) if there else f"not in {where.addin.parent}", INSTALL)
    if not there:
        return
    ours, theirs = made_for(where.addin)
    installed = metadata.version("xlwings")
    # its VBA loads a DLL that bears xlwings' version in its name
    detail = f"add-in for xlwings {theirs or 'unknown'}, installed {installed}"
    yield found(theirs == installed, "xlwings version", detail, INSTALL, "FAIL")
    detail = f"add-in of xlfactor {ours or 'unknown'}, installed {__version__}"
    yield found(ours == __version__, "xlfactor version", detail, INSTALL)
    interpreter = read_settings(where.settings).get(INTERPRETER, "")
    yield found(
        bool(interpreter) and Path(interpreter).is_file(), "interpreter",
        f"{interpreter or 'none'} in {where.settings}", INSTALL, "FAIL",
    )  # fmt: skip
    if interpreter and theirs:
        folders = (Path(interpreter).parent, Path(interpreter).parent.parent)  # the second: a virtual environment
        there = any((folder / f"xlwings{bits}-{theirs}.dll").is_file() for folder in folders for bits in (64, 32))
        yield found(
            there, "xlwings DLL", f"version {theirs}" if there else f"none of version {theirs} at {folders[0]}",
            f"python -m pip install --force-reinstall xlwings=={theirs}", "FAIL",
        )  # fmt: skip
