"""Checks of number options that several stages share."""

from __future__ import annotations

from xlfactor.errors import FactorError


def positive(value: float, argument: str) -> float:
    """`value` if it is above 0."""
    if value > 0:
        return value
    raise FactorError("VALUE_RANGE", f"{argument} is {value:g}", "type a number above 0", argument=argument)


def refuse_later(value: float, argument: str) -> None:
    """An option of the contract that this version does not have yet must not be ignored silently."""
    if value != 0:
        raise FactorError(
            "OPTION_LATER", f"{argument} other than 0 comes with a later version", "use 0", argument=argument
        )
