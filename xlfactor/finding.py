"""One line of `xlfactor doctor` or `xlfactor addin status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and the one command or step that mends it."""

    status: Literal["PASS", "WARN", "FAIL"]
    what: str
    detail: str
    fix: str = ""


def found(good: bool, what: str, detail: str, fix: str, otherwise: Literal["WARN", "FAIL"] = "WARN") -> Finding:
    """PASS without a fix where it is good, else what mends it."""
    return Finding("PASS" if good else otherwise, what, detail, "" if good else fix)
