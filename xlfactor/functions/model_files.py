"""Model files that a cell may name: inside one folder that this machine's owner has chosen, and nowhere else.

A workbook may come from a stranger and may be calculated on a server, so its paths are not trusted: no folder set,
no file read; and no path is looked at on disk before its text alone says that it stays inside.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from xlfactor.errors import FactorError
from xlfactor.model import RiskModel

FOLDER = "XLFACTOR_MODELS"  # environment variable
KEPT = 4  # models in memory


def model_at(path: str) -> RiskModel:
    """The model in a file of the folder; read once as long as the file stays as it is."""
    file = _resolved(path)
    try:
        state = file.stat()
    except OSError:
        raise _not_found(path) from None
    return _read(file, state.st_mtime_ns, state.st_size)


@lru_cache(KEPT)
def _read(file: Path, changed: int, size: int) -> RiskModel:
    return RiskModel.load(file)


def _resolved(path: str) -> Path:
    """The file of a path inside the folder; links are followed before that is decided."""
    named = os.environ.get(FOLDER, "").strip()
    if not named:
        raise FactorError(
            "MODEL_FOLDER", "no folder of model files is set", f"set {FOLDER} to the folder of your model files",
            argument="path",
        )  # fmt: skip
    folder = Path(os.path.abspath(named))
    if not folder.is_dir():
        raise FactorError("MODEL_FOLDER", f"{FOLDER} names no folder", "set it to a folder that exists")
    parts = path.replace("\\", "/").split("/")
    inside = Path(os.path.normpath(folder / path)) if "\0" not in path else folder.parent
    # the text comes first: on Windows, a mere look at \\server\share signs on to that server
    if ".." in parts or "://" in path or inside == folder or not inside.is_relative_to(folder):
        raise _outside(path)
    try:
        file = inside.resolve()
    except (OSError, RuntimeError):  # a loop of links
        raise _not_found(path) from None
    if not file.is_relative_to(folder.resolve()):
        raise _outside(path)
    if not file.is_file():
        raise _not_found(path)
    return file


def _outside(path: str) -> FactorError:
    return FactorError(
        "PATH_OUTSIDE", "the path leaves the folder of model files", f"name a file inside {FOLDER}",
        where=path, argument="path",
    )  # fmt: skip


def _not_found(path: str) -> FactorError:
    return FactorError(
        "FILE_NOT_FOUND", "the folder of model files has no such file", "check the name, such as model.npz",
        where=path, argument="path",
    )  # fmt: skip
