"""A new workbook with the same time on every member: the same input gives the same bytes, or nothing at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

Edit = Callable[[str, bytes], bytes]  # a member's name and content → its content
Time = tuple[int, int, int, int, int, int]


def rewrite(draft: Path, out: Path, time: Time, edit: Edit) -> None:
    """The zip `draft` as `out`, each member edited; `out` appears whole, in one step."""
    part = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(draft) as source, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                member = zipfile.ZipInfo(name, time)
                member.external_attr = 0o600 << 16
                target.writestr(member, edit(name, source.read(name)), zipfile.ZIP_DEFLATED)
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)
