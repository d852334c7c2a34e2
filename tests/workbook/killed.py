"""A refresh that is killed (SIGKILL, in a child process) or refused by the system at its k-th step on the file system.

A step is a call of C code in STEPS from a module that writes.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from io import BytesIO
from types import FrameType
from typing import Any, Literal

STEPS = frozenset(
    ["open", "write", "close", "fsync", "replace", "rename", "unlink", "remove", "chmod", "utime", "flock",
     "sendfile", "copy_file_range", "readinto", "truncate", "ftruncate"]
)  # fmt: skip
WRITING = frozenset(["safe_write.py", "shutil.py", "tempfile.py", "pathlib.py", "_unix.py", "_api.py"])
NEEDING_NO_ROOM = {"close", "unlink", "remove", "flock", "readinto"}, {"pathlib.py"}  # steps; modules: it reads
Event = Literal["c_call", "c_return"]


def killed_at(step: int, event: Event, work: Callable[[], object]) -> bool:
    """Run `work` in a child that dies before (c_call) or after (c_return) a step; False: it got to its end."""
    child = os.fork()
    if child == 0:
        try:
            at_step(step, event, STEPS, WRITING, lambda: os.kill(os.getpid(), signal.SIGKILL))
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def failing_at(step: int, work: Callable[[], object]) -> bool:
    """Run `work`, in which this step finds the disk full; False: it got to its end without that step."""
    failed = []

    def fail() -> None:
        failed.append(step)
        raise OSError(errno.ENOSPC, "No space left on device")

    at_step(step, "c_call", STEPS - NEEDING_NO_ROOM[0], WRITING - NEEDING_NO_ROOM[1], fail)
    try:
        work()
    finally:
        sys.setprofile(None)
    return bool(failed)


def at_step(step: int, event: Event, steps: frozenset[str], modules: frozenset[str], act: Callable[[], object]) -> None:
    left = [step]

    def profile(frame: FrameType, happens: str, function: Any) -> None:
        if happens == event and getattr(function, "__name__", "") in steps and writes(frame, modules):
            left[0] -= 1
            if left[0] == 0:
                act()

    sys.setprofile(profile)


def writes(frame: FrameType, modules: frozenset[str]) -> bool:
    """Not every write of a part: those go into a buffer; `pack` writes the last of them, if not to memory."""
    code = frame.f_code
    packs = code.co_name == "pack" and not isinstance(frame.f_locals["new"], BytesIO)
    return packs or os.path.basename(code.co_filename) in modules
