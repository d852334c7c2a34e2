"""The catalogue about itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pandas as pd

import xlfactor
from xlfactor.errors import FactorError, did_you_mean
from xlfactor.functions.kinds import Kind
from xlfactor.functions.registry import Argument, worksheet_function


@worksheet_function("Help")
def xlfactor_help(
    name: Annotated[str, Kind("text", "A function's name; blank lists all functions.")] = "",
) -> pd.DataFrame:
    """The catalogue, or the arguments of one function.

    Question: which function was it, and what does it want?

    Returns one row a function: stage, meaning, arguments; or, of one function, one row an argument: kind, default,
    meaning.
    Raises FUNCTION_UNKNOWN with the nearest name.

    >>> xlfactor.xlfactor_help("parameter_count")
                kind default                       meaning
    Argument
    n_assets   whole          A whole number of 0 or more.
    n_factors  whole          A whole number of 0 or more.
    """
    from xlfactor.functions import catalogue  # the package imports this module

    functions = catalogue()
    if not name:
        rows = {f.name: (f.stage, f.help, signature(f.arguments)) for f in functions.values()}
        return _frame(rows, "Function", ["stage", "meaning", "arguments"])
    wanted = name.strip().upper()
    if wanted not in functions:
        hint = did_you_mean(wanted, functions) or "XLFACTOR_HELP() lists them all"
        raise FactorError("FUNCTION_UNKNOWN", f"no function is called '{name}'", hint, argument="name")
    rows = {a.name: (a.kind, default_text(a), a.help) for a in functions[wanted].arguments}
    return _frame(rows, "Argument", ["kind", "default", "meaning"])


@worksheet_function("Help")
def xlfactor_version() -> str:
    """The version of xlfactor that computed this workbook's numbers.

    Question: which version made these numbers?

    Returns the version as a text, such as 0.1.0.

    >>> xlfactor.xlfactor_version() == xlfactor.__version__
    True
    """
    return xlfactor.__version__


def signature(arguments: tuple[Argument, ...]) -> str:
    """`returns, loadings, [method="wls"], [lag=1]`: optional arguments in brackets."""
    return ", ".join(a.name if a.required else f"[{a.name}{_equals(a)}]" for a in arguments)


def _equals(argument: Argument) -> str:
    text = default_text(argument)
    return f"={text}" if text else ""


def default_text(argument: Argument) -> str:
    """A default as one types it in a cell; nothing where there is none."""
    if argument.required or argument.default is None or argument.default == "":
        return ""
    if isinstance(argument.default, bool):
        return str(argument.default).upper()
    return f'"{argument.default}"' if isinstance(argument.default, str) else f"{argument.default:g}"


def _frame(rows: Mapping[str, tuple[str, ...]], corner: str, columns: list[str]) -> pd.DataFrame:
    index = pd.Index(list(rows), name=corner)
    return pd.DataFrame(list(rows.values()), index, columns)
