"""xlwings Server: the package, and whether a licence is named; never which."""

from __future__ import annotations

from collections.abc import Iterator

from xlfactor.doctor.machine import Machine
from xlfactor.doctor.packages import version_of
from xlfactor.finding import Finding

KEY = "XLWINGS_LICENSE_KEY"


def server(machine: Machine) -> Iterator[Finding]:
    has = version_of("xlwings-server")
    fix = "" if has else 'optional: python -m pip install "xlfactor[server]"'
    yield Finding("PASS", "xlwings-server", has or "not installed", fix)
    if has:
        named = bool(machine.environ.get(KEY))
        fix = "" if named else f"to serve: set {KEY}; xlwings Server is free for noncommercial use"
        yield Finding("PASS", "xlwings licence", f"{KEY} is {'set' if named else 'not set'}", fix)
