"""The work folder beside a model: the parts that are done, each a file that is whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xlfactor.engine.idio_moments import IdioMoments
from xlfactor.panel.map import Part

MOMENTS = ("moments", "weight", "count", "first", "last")


def key_of(facts: Mapping[str, Any]) -> str:
    """The name of a part: a hash of all that its numbers depend on."""
    return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()


def write_part(folder: Path, key: str, part: Part) -> None:
    """The part as KEY.npz, by one rename: a killed run leaves no half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file, dates=part.dates, F=part.F, diagnostics=part.diagnostics, assets=part.assets, caps=part.caps,
                T=np.array(part.idio.T), **{name: getattr(part.idio, name) for name in MOMENTS},
            )  # fmt: skip
        os.replace(name, _path(folder, key))
    except BaseException:
        os.unlink(name)
        raise


def read_part(folder: Path, key: str) -> Part | None:
    """The part that an earlier run left, or None where there is none that can be read."""
    try:
        with np.load(_path(folder, key), allow_pickle=False) as stored:
            idio = IdioMoments(int(stored["T"]), **{name: stored[name] for name in MOMENTS})
            return Part(stored["dates"], stored["F"], stored["diagnostics"], stored["assets"], idio, stored["caps"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key}.npz"


def prune(folder: Path, keys: Iterable[str]) -> None:
    """Remove the parts of earlier panels and options, and what killed runs left."""
    kept = {_path(folder, key) for key in keys}
    for path in folder.iterdir():
        if path not in kept:
            path.unlink(missing_ok=True)
