"""The task pane: the catalogue with arguments and examples, as one page that needs no server to be read."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

import xlfactor
from xlfactor.functions import catalogue
from xlfactor.functions.help import default_text
from xlfactor.functions.registry import Argument, Function

PAGE = Path(__file__).with_name("site") / "templates" / "taskpane.html"
IN_TEMPLATE = {  # where the template (xlfactor template) keeps what an argument of this kind asks for
    "returns": "tblReturns[#All]",
    "loadings": "tblLoadings[#All]",
    "caps": "tblCaps[#All]",
    "portfolio": "tblPortfolio[[#All],[Asset]:[Benchmark]]",
    "factor_returns": "xlf_factor_returns",
    "factor_covariance": "xlf_factor_covariance",
    "idio_variance": "xlf_idio_covariance",
}


def pane(with_token: bool) -> str:
    """The page as a template of xlwings Server."""
    by_stage = groupby(catalogue().values(), lambda function: function.stage)
    body = "\n".join(_stage(stage, list(functions)) for stage, functions in by_stage)
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        functions=f"{{% raw %}}{body}{{% endraw %}}",
        version=xlfactor.__version__,
        token="" if with_token else "hidden",
    )


def _stage(stage: str, functions: list[Function]) -> str:
    return f"<section><h2>{escape(stage)}</h2>\n" + "\n".join(map(_function, functions)) + "\n</section>"


def _function(function: Function) -> str:
    rows = "".join(map(_argument, function.arguments))
    formula = escape(example(function))
    return (
        f"<details><summary><code>{function.name}</code> <span>{escape(function.help)}</span></summary>"
        f'<p class="example"><code>{formula}</code><button type="button" class="copy">Copy</button></p>'
        f"<dl>{rows}</dl></details>"
    )


def _argument(argument: Argument) -> str:
    default = default_text(argument)
    optional = "" if argument.required else f" <small>optional{', ' + escape(default) if default else ''}</small>"
    choices = f" One of {', '.join(argument.choices)}." if argument.choices else ""
    return f"<dt><code>{argument.name}</code>{optional}</dt><dd>{escape(argument.help + choices)}</dd>"


def example(function: Function) -> str:
    """A formula to paste: the template's tables where it has them, else the argument's name for your own range."""
    given = [IN_TEMPLATE.get(a.kind, a.name) for a in function.arguments if a.required]
    return f"={function.name}({', '.join(given)})"
