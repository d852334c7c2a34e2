"""What a command costs before it does anything."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Any

RUNS = 5
CASES = (
    ("xlfactor --help", ("-m", "xlfactor.cli", "--help"), "≤ 0.3 s"),
    ("import xlfactor", ("-c", "import xlfactor"), ""),
    ("the catalogue with all its imports", ("-c", "from xlfactor.functions import catalogue; catalogue()"), ""),
    ("import pandas alone", ("-c", "import pandas"), ""),
)


def run(report: Any) -> None:
    for case, arguments, target in CASES:
        report.row(case, min(cpu_seconds(arguments) for _ in range(RUNS)), target=target)


def cpu_seconds(arguments: tuple[str, ...]) -> float:
    """CPU time of a Python process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
