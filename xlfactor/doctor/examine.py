"""Every look of doctor, in the order in which it is shown."""

from __future__ import annotations

from collections.abc import Iterator

from xlfactor.doctor.excel import excel
from xlfactor.doctor.folder import decimal_separator, replacing
from xlfactor.doctor.libreoffice import libreoffice
from xlfactor.doctor.machine import Machine, this_machine
from xlfactor.doctor.packages import blas, extras, python, required
from xlfactor.doctor.self_test import self_test
from xlfactor.doctor.server import server
from xlfactor.finding import Finding


def examine(machine: Machine | None = None) -> Iterator[Finding]:
    """Python, packages, this folder, the hosts, and a small model whose answer is known."""
    machine = machine or this_machine()
    for look in (python, required, extras, replacing, decimal_separator, blas, excel, libreoffice, server, self_test):
        yield from look(machine)
