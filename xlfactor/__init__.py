"""xlfactor: the factor risk model in your workbook, and the same functions on pandas DataFrames."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The catalogue, the model and the errors, imported when first used: importing xlfactor costs milliseconds."""
    if name in {"FactorError", "FactorWarning"}:
        from xlfactor import errors

        return getattr(errors, name)
    if name == "RiskModel":
        from xlfactor.model import RiskModel

        return RiskModel
    if name.islower() and not name.startswith("_"):
        from xlfactor.functions import catalogue

        function = catalogue().get(name.upper())
        if function is not None:
            globals()[name] = function.call
            return function.call
    raise AttributeError(f"module 'xlfactor' has no attribute '{name}'")


def __dir__() -> list[str]:
    from xlfactor.functions import catalogue

    return [*globals(), "FactorError", "FactorWarning", "RiskModel", *map(str.lower, catalogue())]
