"""What an estimation may choose, apart by what has to be computed again when it changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from xlfactor.engine.shrinkage import Shrinkage
from xlfactor.errors import FactorError, one_of

Weights = Literal["sqrt_cap", "weight", "equal"]


@dataclass(frozen=True)
class MapOptions:
    """What each block of dates depends on; defaults as those of the catalogue's functions.

    weights : of the regression, sqrt(cap), the panel's weights or equal ones. winsorize : the styles of each date
    by mad 3, drop 10; standardize : them to cap-weighted mean 0 and sd 1; the style that is constant stays.
    half_life_idio, newey_west_idio : those of IDIO_VARIANCE.
    """

    lag: int = 1
    weights: str = "sqrt_cap"
    winsorize: bool = False
    standardize: bool = False
    half_life_idio: float = 84
    newey_west_idio: int = 5

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", one_of(self.weights, Weights, "weights"))
        refuse_negative(self)


@dataclass(frozen=True)
class ReduceOptions:
    """What only the reduction depends on: the options of FACTOR_COVARIANCE, and IDIO_VARIANCE's shrinkage by size."""

    half_life_volatility: float = 84
    half_life_correlation: float = 504
    newey_west_volatility: int = 5
    newey_west_correlation: int = 2
    shrinkage: str = "none"
    shrinkage_idio: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "shrinkage", one_of(self.shrinkage, Shrinkage, "shrinkage")
        )  # not after hours of blocks
        refuse_negative(self)


def refuse_negative(options: MapOptions | ReduceOptions) -> None:
    numbers: dict[str, Any] = {k: v for k, v in asdict(options).items() if not isinstance(v, str)}
    for name, value in numbers.items():
        if not value >= 0:
            raise FactorError("VALUE_RANGE", f"{name} is {value:g}", "type 0 or more", argument=name)
