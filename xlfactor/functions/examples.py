"""The example of a function's docstring as cells: what a documentation page shows and a gallery sheet holds.

The docstring is the only place where an example is written; it is run, and the first call of its function is kept.
The question that the function answers stands there too.
"""

from __future__ import annotations

import doctest
import inspect
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

import xlfactor
from xlfactor.errors import FactorWarning
from xlfactor.functions.registry import Argument, Function, registered
from xlfactor.tables.cells import Rows
from xlfactor.tables.spill import spill


@dataclass(frozen=True)
class Example:
    """One call: the Python lines with what they show, the arguments given as rows of cells, and the result's rows."""

    python: str
    arguments: dict[str, Rows]
    result: Rows


def example(function: Function) -> Example:
    """The first call of `function` in its docstring's example."""
    parsed = doctest.DocTestParser().get_examples(function.call.__doc__ or "")
    calls: list[dict[str, object]] = []

    def noted(own: Function) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            names = [a.name for a in own.arguments]
            if own.name == function.name:
                calls.append({**dict(zip(names, args, strict=False)), **kwargs})
            return own.call(*args, **kwargs)

        return call

    class StandIn:
        """xlfactor, with the calls of its functions noted."""

        def __getattr__(self, name: str) -> Any:
            own = registered().get(name.upper())
            return noted(own) if own else getattr(xlfactor, name)

    stand_in = StandIn()
    given: dict[str, Any] = {"pd": pd, "xlfactor": stand_in}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FactorWarning)  # few dates and assets are what makes an example short
        for line in parsed:
            exec(compile(line.source, function.name, "exec"), given)
            given["xlfactor"] = stand_in  # an example may import it
            if calls:
                break
        call = calls[0]
        values = {a.name: _cells(a, call[a.name]) for a in function.arguments if call.get(a.name) is not None}
        result = function.spill([values.get(a.name) for a in function.arguments])
    return Example("".join(map(_as_typed, parsed)), values, result)


def question(function: Function) -> str:
    """What a user asks who needs `function`: `Question: …` of its docstring; nothing where it has none."""
    found = re.search(r"^Question: (.+?)$", inspect.getdoc(function.call) or "", re.M)
    return found[1][:1].upper() + found[1][1:] if found else ""


def _as_typed(line: doctest.Example) -> str:
    """A line of the interpreter with its answer, without what only doctest reads."""
    source = re.sub(r" *# doctest:.*", "", line.source.rstrip()).replace("\n", "\n... ")
    return f">>> {source}\n{line.want}"


def _cells(argument: Argument, value: object) -> Rows:
    """A value as a user has it in cells: labels included, dates as dates."""
    read = argument.read(value)
    if isinstance(read, list):
        return [[item] for item in read]
    return spill(read)
