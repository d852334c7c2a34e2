"""A refresh in a child process that kills itself (SIGKILL) at its k-th step on the file system."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

STEPS = frozenset(
    ["open", "write", "close", "fsync", "replace", "rename", "unlink", "remove", "chmod", "utime", "flock",
     "sendfile", "copy_file_range", "readinto", "truncate", "ftruncate"]
)  # fmt: skip
WRITING = frozenset(["safe_write.py", "shutil.py", "tempfile.py", "pathlib.py", "_unix.py", "_api.py"])


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Run `work` in a child that dies before its step number `step`, or after it where the number is negative.

    A step is a call of C code in STEPS from a module that writes. False: the child got to its end without it.
    """
    child = os.fork()
    if child == 0:
        left = [abs(step)]
        event_wanted = "c_call" if step > 0 else "c_return"

        def profile(frame: FrameType, event: str, function: Any) -> None:
            if event == event_wanted and getattr(function, "__name__", "") in STEPS and writes(frame):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(profile)
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def writes(frame: FrameType) -> bool:
    """Not every write of a part: those go into a buffer; `pack` writes the last of them."""
    code = frame.f_code
    return os.path.basename(code.co_filename) in WRITING or code.co_name == "pack"
