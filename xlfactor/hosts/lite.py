"""xlwings Lite: the two files that a user pastes into the add-in; the functions themselves are hosts/excel.py."""

from __future__ import annotations

from pathlib import Path

import xlfactor
from xlfactor.errors import FactorError

# numpy, pandas and scipy are Pyodide's own, of the version that it was built with: nothing of theirs is pinned here.
FILES = {
    "main.py": (
        "# Paste into the tab main.py of xlwings Lite, instead of its sample.\nfrom xlfactor.hosts.excel import *\n"
    ),
    "requirements.txt": (
        "# Paste into the tab requirements.txt of xlwings Lite; or the https address of this version's wheel.\n"
        f"xlfactor=={xlfactor.__version__}\n"
    ),
}


def write(folder: Path, force: bool) -> list[Path]:
    """Both files into `folder`, which is made; files that exist are replaced only by `force`."""
    paths = [folder / name for name in FILES]
    taken = [path for path in paths if path.exists() and path.read_text(encoding="utf-8") != FILES[path.name]]
    if taken and not force:
        raise FactorError("FILE_EXISTS", f"{taken[0]} exists", "choose another --output or use --force")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            path.write_text(FILES[path.name], encoding="utf-8", newline="\n")
    except OSError as error:
        raise FactorError("FILE_NOT_WRITTEN", f"{folder}: {error.strerror}", "choose another --output") from error
    return paths
