"""Which file may be written anew: of the right type, in a folder that is there, and none that exists."""

from __future__ import annotations

from pathlib import Path

from xlfactor.errors import FactorError


def refuse_target(path: Path, suffix: str, force: bool) -> None:
    """FILE_EXISTS for a folder, and without `force` for a file; FILE_EXTENSION, FOLDER_MISSING."""
    if path.is_dir():
        raise FactorError("FILE_EXISTS", "this is a folder", "name a file in it", where=path.name)
    if path.suffix.lower() != suffix:
        fix = f"call it {path.with_suffix(suffix).name}"
        raise FactorError("FILE_EXTENSION", f"what would be written is a {suffix} file", fix, where=path.name)
    if not path.parent.is_dir():
        raise FactorError("FOLDER_MISSING", f"there is no folder {path.parent}", "make it first")
    if path.exists() and not force:
        raise FactorError("FILE_EXISTS", f"{path.name} is there already", "choose another name or add --force")
