"""`python -m benchmarks [name …]`: run the named benchmarks, or all but the heavy ones, and print one table each.

A benchmark with `HEAVY = True` takes minutes, or needs a machine that does nothing else: it runs when it is named.
"""

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.limits import machine
from benchmarks.report import Report

PARTS = {"__main__", "limits", "memory", "panels", "report", "timing"}  # what benchmarks are made of


def names() -> list[str]:
    """Every file of the package that is a benchmark."""
    return sorted({found.name for found in pkgutil.iter_modules(benchmarks.__path__)} - PARTS)


def light() -> list[str]:
    """The benchmarks that run unasked."""
    return [name for name in names() if not getattr(importlib.import_module(f"benchmarks.{name}"), "HEAVY", False)]


def main(arguments: list[str]) -> int:
    unknown = sorted(set(arguments) - set(names()))
    if unknown:
        print(f"no benchmark named {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    limits = machine()
    print(f"{limits}\nCPU time of one process, one BLAS thread; ratios are the median of interleaved pairs\n")
    for name in arguments or light():
        importlib.import_module(f"benchmarks.{name}").run(Report(name, limits))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
