"""The catalogue: what a worksheet function is, and the one way every host calls it."""

from __future__ import annotations

import functools
import inspect
import typing
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar

from xlfactor.engine.threads import one_blas_thread
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.functions.kinds import Kind
from xlfactor.tables.cells import Cell, Rows, is_blank, is_unfilled
from xlfactor.tables.parse import read
from xlfactor.tables.spill import restore_order, spill

P = ParamSpec("P")
Result = TypeVar("Result")

FIRST = "0.1.0"  # the version of a function that names none
REQUIRED: Any = inspect.Parameter.empty
_CATALOGUE: dict[str, Function] = {}
_PARSED: ContextVar[dict[tuple[str, str, int], tuple[object, Any]] | None] = ContextVar("parsed", default=None)


@dataclass(frozen=True)
class Argument:
    """One argument, as every wizard, help page and error message describes it."""

    name: str
    kind: str
    help: str
    default: Any
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    def read(self, value: object) -> Any:
        """A cell block, scalar or DataFrame as what the function computes on; blank means the default."""
        if is_blank(value):
            if self.required:
                raise FactorError("ARGUMENT_MISSING", f"{self.name} is missing", "pass it", argument=self.name)
            return self.default
        if self.kind == "caps" and not self.required and is_unfilled(value):
            text = (
                "CAPS_MISSING: caps have no rows, so every asset counts alike in the families' sums and first weights"
            )
            warnings.warn(FactorWarning(text), stacklevel=2)
            return self.default
        parsed = _PARSED.get()
        if parsed is None or not isinstance(value, list):
            return read(self.kind, value, self.name)
        key = self.kind, self.name, id(value)
        if key not in parsed:
            parsed[key] = value, read(self.kind, value, self.name)  # holding the value keeps its id its own
        return parsed[key][1]


@dataclass(frozen=True)
class Function:
    """A function of the catalogue: `call` takes DataFrames, `spill` takes and gives rows of cells."""

    name: str
    stage: str
    help: str
    arguments: tuple[Argument, ...]
    call: Callable[..., Any]
    since: str = FIRST

    def spill(self, values: Sequence[object]) -> Rows:
        """Raw cell values by position in, rows of cells out; FactorError is the user's, all else a bug."""
        if len(values) > len(self.arguments):
            raise FactorError(
                "ARGUMENT_TOO_MANY",
                f"{self.name} takes {len(self.arguments)} arguments and got {len(values)}",
                f'see XLFACTOR_HELP("{self.name}")',
            )
        return spill(self.call(*values))


@contextmanager
def parsed_once() -> Iterator[None]:
    """Inside, rows of cells that several formulas take are parsed once; nobody may change them meanwhile.

    It holds because no function of the catalogue writes into its arguments, which a test sees to.
    """
    token = _PARSED.set({})
    try:
        yield
    finally:
        _PARSED.reset(token)


def worksheet_function(stage: str, since: str = FIRST) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Register a labelled function of this stage, in the catalogue since that version.

    Its signature and annotations are all that a host needs to know.
    """

    def register(function: Callable[P, Result]) -> Callable[P, Result]:
        signature = inspect.signature(function)
        hints = typing.get_type_hints(function, include_extras=True)
        arguments = _arguments(function.__name__, hints, signature)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> Result:
            given = signature.bind_partial(*args, **kwargs).arguments
            values = {a.name: a.read(given.get(a.name)) for a in arguments}
            with one_blas_thread():
                result = function(**values)  # type: ignore[call-arg]
            return restore_order(result, values)

        call.__signature__ = _readable(signature, hints)  # type: ignore[attr-defined]
        name = function.__name__.upper()
        first_line = (inspect.getdoc(function) or "").split("\n")[0]
        _CATALOGUE[name] = Function(name, stage, first_line, arguments, call, since)
        return call

    return register


def _readable(signature: inspect.Signature, hints: dict[str, Any]) -> inspect.Signature:
    """What help() and an editor show: types and choices in the place of our names for them."""
    parameters = [p.replace(annotation=typing.get_args(hints[name])[0]) for name, p in signature.parameters.items()]
    return signature.replace(parameters=parameters, return_annotation=hints["return"])


def _arguments(function: str, hints: dict[str, Any], signature: inspect.Signature) -> tuple[Argument, ...]:
    arguments = []
    for name, parameter in signature.parameters.items():
        base, kind = typing.get_args(hints[name])
        assert isinstance(kind, Kind), f"{function}({name}) needs Annotated[..., Kind(...)]"
        choices = typing.get_args(base) if typing.get_origin(base) is Literal else ()
        arguments.append(Argument(name, kind.name, kind.help, parameter.default, choices))
    return tuple(arguments)


def registered() -> dict[str, Function]:
    """The functions registered so far; `xlfactor.functions.catalogue` loads every stage first."""
    return _CATALOGUE


__all__ = ["Argument", "Cell", "Function", "parsed_once", "registered", "worksheet_function"]
