"""xlfactor: the factor risk model in your workbook, and the same functions on pandas DataFrames."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The catalogue's functions and FactorError, imported when first used: importing xlfactor costs milliseconds."""
    if name == "FactorError":
        from xlfactor.errors import FactorError

        return FactorError
    if not name.startswith("_"):
        from xlfactor.functions import catalogue

        functions = catalogue()
        if name.upper() in functions and name.islower():
            return functions[name.upper()].call
    raise AttributeError(f"module 'xlfactor' has no attribute '{name}'")


def __dir__() -> list[str]:
    from xlfactor.functions import catalogue

    return [*globals(), "FactorError", *map(str.lower, catalogue())]
