"""How each host stores a catalogue function's name in a workbook file, and back."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Literal

Host = Literal["excel", "server", "libreoffice"]

PREFIXES: dict[str, str] = {"excel": "", "server": "_XLDUDF_", "libreoffice": "XLFACTOR."}
# What may stand before a name: an add-in's file (`[1]!`, `'C:\…\xlfactor.xlam'!`), an XLL mark, Office.js
# with or without a namespace, LibreOffice's service.
ADD_IN = re.compile(r"(?:\[\d+\]|'(?:[^']|'')*xlfactor[^'\\/]*\.xla[m]?'|xlfactor[\w.]*\.xla[m]?)!", re.IGNORECASE)
STORED = ("_XLL.", "_XLDUDF_XLFACTOR_", "_XLDUDF_", "XLFACTOR.", "_XLFN.")


def catalogue_name(stored: str, names: Container[str]) -> str | None:
    """The catalogue's name of a function as a file stores it, or None if it is not one of `names`.

    Any case; `_xldudf_NAME`, `_xldudf_XLFACTOR_NAME`, `XLFACTOR.NAME`, `_xll.NAME`, `[1]!NAME` and
    `'…xlfactor.xlam'!NAME` are NAME.
    """
    bare = ADD_IN.sub("", stored, count=1).upper()
    if bare in names:
        return bare
    for prefix in STORED:
        if bare.startswith(prefix) and bare.removeprefix(prefix) in names:
            return bare.removeprefix(prefix)
    return None


def stored_name(name: str, host: Host) -> str:
    """A catalogue function's name as `host` stores it: NAME, `_xldudf_NAME` or `XLFACTOR.NAME`."""
    return PREFIXES[host].replace("_XLDUDF_", "_xldudf_") + name
