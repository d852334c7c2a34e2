"""A process of its own for each runtime of xlwings, because it chooses its decorators when it is imported."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from xlfactor.functions.registry import Argument, Function

LOG: list[str] = []  # of the child


class _Keep(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        LOG.append(self.format(record))


@contextmanager
def process(start: Callable[..., None], *args: object) -> Iterator[Callable[..., Any]]:
    """`ask(function, *arguments)`: run a function of an importable module in a new process begun by `start`."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=start, initargs=args) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()


def keep_log() -> None:
    logging.getLogger().addHandler(_Keep())


def take_log() -> str:
    text = "\n".join(LOG)
    LOG.clear()
    return text


def probe(call: Callable[..., Any], n_arguments: int) -> Function:
    """A function beside the catalogue that sees the levelled values themselves."""
    arguments = tuple(Argument(f"value_{k}", "values", "A value.", None) for k in range(n_arguments))
    return Function("XLF_PROBE", "Help", "A probe.", arguments, call)
