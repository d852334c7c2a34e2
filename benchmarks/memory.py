"""Peak memory of a call, in a process of its own: the peak of this one would hold every benchmark before it.

`python -m benchmarks.memory package.module:function argument …` prints the megabytes at which the call began and
its peak; `function(*arguments)` must return the call itself, so that what it prepares counts as the beginning.
"""

import ctypes
import importlib
import resource
import subprocess
import sys
from pathlib import Path


def peak_megabytes(function: str, *arguments: str) -> float:
    """Megabytes of the process at the peak of the call, without those of Python and its imports."""
    command = [sys.executable, "-m", "benchmarks.memory", function, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    return float(done.stdout.split()[-1])


def _peak() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # on Linux a child's ru_maxrss begins at its parent's
        return float(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _give_back() -> None:
    """Peak begins anew, where Linux lets it: what preparing took and gave back is no part of the call's."""
    marks = Path("/proc/self/clear_refs")
    if marks.exists():
        ctypes.CDLL(None).malloc_trim(0)
        marks.write_text("5")


if __name__ == "__main__":
    module, _, name = sys.argv[1].partition(":")
    prepare = getattr(importlib.import_module(module), name)
    imported = _peak()
    call = prepare(*sys.argv[2:])
    _give_back()
    call()
    print(_peak() - imported)
