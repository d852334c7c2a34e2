"""Checks of number options that several stages share."""

from __future__ import annotations

from xlfactor.errors import FactorError


def positive(value: float, argument: str) -> float:
    """`value` if it is above 0."""
    if value > 0:
        return value
    raise FactorError("VALUE_RANGE", f"{argument} is {value:g}", "type a number above 0", argument=argument)
