"""Python and the packages that the catalogue and its hosts need."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Iterator
from importlib import metadata

import xlfactor
from xlfactor.doctor.machine import Machine
from xlfactor.finding import Finding, found

CORE = (
    "numpy", "scipy", "pandas", "openpyxl", "xlsxwriter", "lxml", "defusedxml", "filelock", "xlwings", "threadpoolctl",
    "typer", "rich",
)  # fmt: skip
EXTRAS = {
    "matplotlib": "reports", "pyarrow": "scale", "dask": "scale", "sqlalchemy": "scale", "olefile": "excel",
    "oletools": "excel",
}  # fmt: skip
OLDEST = (3, 11)
AT_LEAST = re.compile(r"([\w.-]+)>=([\d.]+)")  # a requirement without a marker, as pyproject.toml writes it


def python(machine: Machine) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    bits = 8 * struct.calcsize("P")
    detail = f"{version}, {bits} bits, {machine.python}"
    yield found(sys.version_info >= OLDEST, "Python", detail, "install Python 3.11 or newer", "FAIL")
    if bits == 32:
        yield Finding("WARN", "memory", "a 32-bit Python holds 2 GB at most", "install the 64-bit Python")


def required(machine: Machine) -> Iterator[Finding]:
    yield Finding("PASS", "xlfactor", xlfactor.__version__)
    least = at_least()
    names = [*CORE, "pywin32"] if machine.platform == "win32" else CORE
    for name in names:
        has, needs = version_of(name), least.get(name, "")
        good = bool(has) and numbers(has) >= numbers(needs)
        detail = has if good else f"{has or 'missing'}{f', needs {needs}' if needs else ''}"
        yield found(good, name, detail, f'python -m pip install -U "{name}{f">={needs}" if needs else ""}"', "FAIL")


def extras(machine: Machine) -> Iterator[Finding]:
    for name, extra in EXTRAS.items():
        has = version_of(name)
        fix = "" if has else f'optional: python -m pip install "xlfactor[{extra}]"'
        yield Finding("PASS", name, has or "not installed", fix)


def blas(machine: Machine) -> Iterator[Finding]:
    """What multiplies matrices; the catalogue holds it to one thread, which is the fastest for its small products."""
    try:
        import numpy  # noqa: F401  (loads it)
        from threadpoolctl import threadpool_info
    except ImportError:
        return  # said above
    libraries = [info for info in threadpool_info() if info.get("user_api") == "blas"]
    names = ", ".join(sorted({f"{info['internal_api']} {info['version']}" for info in libraries}))
    threads = max((info["num_threads"] for info in libraries), default=1)
    fix = "set OPENBLAS_NUM_THREADS=1 where several processes work side by side" if threads > 1 else ""
    yield Finding("PASS", "BLAS", f"{names or 'not told'}, {threads} threads, 1 of them used", fix)


def at_least() -> dict[str, str]:
    """The oldest versions that xlfactor was declared to need; none in a checkout that is not installed."""
    try:
        requirements = metadata.requires("xlfactor") or []
    except metadata.PackageNotFoundError:
        return {}
    return {match[1].lower(): match[2] for match in map(AT_LEAST.fullmatch, requirements) if match}


def version_of(name: str) -> str:
    """The installed version, or an empty text."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def numbers(version: str) -> tuple[int, ...]:
    """`2.4.0rc1` as (2, 4, 0): enough to compare with a plain version."""
    return tuple(map(int, re.findall(r"\d+", re.split(r"[a-z+]", version)[0])))
