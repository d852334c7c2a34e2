"""Wrong input for every function of the catalogue, as far as its argument kinds allow: for each host to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests import samples
from xlfactor.functions import Function, catalogue

ACROSS = {  # labelled columns
    "returns", "prices", "idio_returns", "factor_returns", "factors", "values", "loadings", "portfolio_history",
}  # fmt: skip
NUMBERS = {"number", "whole", "flag"}


@dataclass(frozen=True)
class Refusal:
    """What is wrong with `values` (cells by position), the code that says so and a text that names the place."""

    function: str
    what: str
    code: str
    place: str
    values: list[Any]

    def __str__(self) -> str:
        return f"{self.function}: {self.what}"


def refusals() -> list[Refusal]:
    return [refusal for function in catalogue().values() for refusal in _of(function)]


def _of(function: Function) -> Iterator[Refusal]:
    given = samples.arguments(function)

    def wrong(what: str, code: str, place: str, **changed: Any) -> Refusal:
        return Refusal(function.name, what, code, place, samples.positional(function, given | changed))

    kinds = {a.kind: a.name for a in reversed(function.arguments) if a.name in given}
    for argument in function.arguments:
        name, kind = argument.name, argument.kind
        if argument.choices:
            yield wrong(f"unknown {name}", "OPTION_UNKNOWN", name, **{name: "nonesuch"})
        if kind in NUMBERS:
            yield wrong(f"text as {name}", "NUM_BAD", name, **{name: "O.02"})
        if kind == "date":
            yield wrong(f"text as {name}", "DATE_BAD", name, **{name: "soon"})
        if kind == "path":
            yield wrong("a path that leaves the folder", "PATH_OUTSIDE", "../sample.npz", **{name: "../sample.npz"})
            yield wrong("a file that is not there", "FILE_NOT_FOUND", "none.npz", **{name: "none.npz"})
        if kind == "assets" and not argument.required:
            yield wrong("an asset unknown to the model", "ASSET_UNKNOWN", "ZZZ", **{name: "ZZZ"})
        if argument.required:
            yield wrong(f"no {name}", "ARGUMENT_MISSING", name, **{name: None})
        if name in given and kind in samples.TABLES:
            yield from _tables(name, kind, given[name], wrong)
    if {"portfolio", "loadings"} <= kinds.keys():
        table = given[kinds["portfolio"]].rename({"A05": "ZZZ"})
        yield wrong("a held asset without loadings", "ASSET_NOT_IN_LOADINGS", "ZZZ", **{kinds["portfolio"]: table})
    if {"portfolio", "idio_variance"} <= kinds.keys():
        table = given[kinds["idio_variance"]].drop("A05")
        yield wrong("a held asset without variance", "IDIO_MISSING", "A05", **{kinds["idio_variance"]: table})
    if {"loadings", "factor_covariance"} <= kinds.keys():
        table = given[kinds["factor_covariance"]].drop("value").drop(columns="value")
        yield wrong("a factor without covariance", "FACTOR_UNKNOWN", "value", **{kinds["factor_covariance"]: table})
    if "noise" in kinds:
        table = given[kinds["noise"]].rename(index={"value": "growth"}, columns={"value": "growth"})
        yield wrong("noise of another factor", "FACTOR_UNKNOWN", "value", **{kinds["noise"]: table})
    if {"caps", "loadings"} <= kinds.keys():
        table = given[kinds["caps"]].rename("Z{}".format)
        yield wrong("caps of other assets", "WEIGHT_ALL_ZERO", "caps", **{kinds["caps"]: table})
    if {"returns", "factors"} <= kinds.keys():
        few = given[kinds["factors"]].iloc[:4]
        yield wrong("fewer dates than factors need", "FEW_DATES", "4 dates", **{kinds["factors"]: few})
    if "portfolio_history" in kinds:
        table = given[kinds["portfolio_history"]].rename(columns={"A05": "ZZZ"})
        yield wrong(
            "a held asset without returns", "ASSET_NOT_IN_RETURNS", "ZZZ", **{kinds["portfolio_history"]: table}
        )
    elif {"returns", "loadings"} <= kinds.keys():
        few = given[kinds["loadings"]].iloc[:4]
        yield wrong("fewer assets than factors", "FEW_ASSETS", "4 assets", **{kinds["loadings"]: few})


def _tables(name: str, kind: str, frame: Any, wrong: Any) -> Iterator[Refusal]:
    table = samples.rows(frame)
    yield wrong(f"empty {name}", "NO_ROWS", name, **{name: table[:1]})
    yield wrong(f"{name} with a row twice", "DUP_", _named(table[1][0]), **{name: _with(table, 2, 0, table[1][0])})
    if kind in ACROSS:
        yield wrong(f"{name} with a column twice", "DUP_", table[0][1], **{name: _with(table, 0, 2, table[0][1])})
    if kind != "groups":
        yield wrong(f"text in {name}", "NUM_BAD", "row 3, column 2", **{name: _with(table, 2, 1, "O.02")})


def _named(label: Any) -> str:
    return label if isinstance(label, str) else label.date().isoformat()


def _with(table: list[list[Any]], i: int, j: int, value: Any) -> list[list[Any]]:
    return [[value if (k, m) == (i, j) else v for m, v in enumerate(row)] for k, row in enumerate(table)]
