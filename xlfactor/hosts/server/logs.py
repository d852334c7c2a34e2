"""What the server's log may hold: what was called, and where a bug is; never a cell, a label or a token."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType
from typing import Any


class Frames(logging.Formatter):
    """A bug's place without its text: `KeyError: 'AAPL'` is `KeyError`, because the text may be a cell's."""

    def formatException(  # the name is the base class's
        self, info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = info
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")


def configure() -> None:
    """For the web process and each worker, before xlwings Server configures its own."""
    handler = logging.StreamHandler()
    handler.setFormatter(Frames("%(asctime)s %(levelname)s %(message)s"))
    root: Any = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("xlfactor.server").setLevel(logging.INFO)
    for name in ("xlwings", "xlwings_server", "py.warnings", "asyncio"):  # they repeat an error's or a warning's text
        logging.getLogger(name).setLevel(logging.CRITICAL)
