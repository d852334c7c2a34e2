"""Where the page of a function leads: what gives its arguments, what takes its result, what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from docs.function_text import DOCS
from xlfactor.functions import catalogue
from xlfactor.functions.registry import Function

MANY = 12  # functions that take a result: more are no news
RAW = ("Data ingestion", "Loadings")  # stages whose loadings come from outside
GUIDES = ("start.md", "model.md", "scale.md", "observed_families.md")  # pages that use functions, beside the recipes
MADE_BY = {  # kind of an argument: the functions that give one
    "returns": ("RETURNS_FROM_PRICES", "CLEAN_RETURNS"),
    "loadings": ("STANDARDIZE_LOADINGS", "TIMESERIES_LOADINGS", "PCA_LOADINGS", "MODEL_LOADINGS"),
    "factor_returns": ("FACTOR_RETURNS", "WALK_FORWARD"),
    "idio_returns": ("IDIO_RETURNS", "WALK_FORWARD"),
    "factor_covariance": ("FACTOR_COVARIANCE", "MODEL_FACTOR_COVARIANCE"),
    "idio_variance": ("IDIO_COVARIANCE", "IDIO_VARIANCE", "MODEL_IDIO_VARIANCE"),
    "noise": ("FACTOR_NOISE",),
    "forecast_volatility": ("WALK_FORWARD",),
}


def makers(function: Function, kind: str) -> list[str]:
    """The functions whose result may be an argument of this kind."""
    if kind == "loadings" and function.stage in RAW:
        return []
    return [name for name in MADE_BY.get(kind, ()) if name != function.name]


def see_also(function: Function) -> Iterator[str]:
    """Items: who takes its result, who stands in its stage, and the pages that use it."""
    functions = catalogue().values()
    takers = [f.name for f in functions if any(function.name in makers(f, a.kind) for a in f.arguments)]
    siblings = [f.name for f in functions if f.stage == function.stage and f.name != function.name]
    found = {
        "Takes its result": links(takers) if len(takers) <= MANY else "",
        function.stage: links(siblings),
        "Used in": ", ".join(_used_in(function)),
    }
    return (f"- {head}: {text}" for head, text in found.items() if text)


def links(names: Sequence[str]) -> str:
    return ", ".join(f"[{name}]({name}.md)" for name in names)


def _used_in(function: Function) -> Iterator[str]:
    used = re.compile(rf"\b{function.name}\b|\b{function.name.lower()}\(")
    recipes: list[Path] = [path for path in sorted(DOCS.glob("recipes/*.md")) if path.name != "index.md"]
    for path in [*(DOCS / name for name in GUIDES), *recipes]:
        text = path.read_text("utf-8") if path.exists() else ""
        if used.search(text):
            yield f"[{text.partition(chr(10))[0].lstrip('# ')}](../{path.relative_to(DOCS).as_posix()})"
