"""A page for each function of the catalogue, made anew whenever the site is built: what the code says, said once."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from docs.function_links import links, makers, see_also
from docs.function_text import Told, codes, readable, told
from xlfactor.codes import CODES
from xlfactor.functions import STAGES, catalogue
from xlfactor.functions.examples import Example, example, question
from xlfactor.functions.help import default_text, signature
from xlfactor.functions.registry import Function
from xlfactor.tables.cells import EPOCH, Cell, Rows
from xlfactor.workbook.template.layout import BLOCKS

PASTEABLE = 3500  # characters: Excel takes 8192, a reader fewer
ROWS, COLUMNS = 15, 15  # of a result that a page shows
NOISE = 1e-12  # what rounding leaves of 0 differs between machines
ASKED = {  # what a portfolio manager asks about, and the stages that answer
    "Your portfolio": ("Risk", "Alpha"),
    "Your model": ("Performance", "Regression", "Idio covariance", "Covariance", "Model"),
    "Your data and loadings": ("Data ingestion", "Estimation universe", "Winsorization", "Loadings"),
    "Your workbook": ("Help",),
}


def write_pages(folder: Path) -> None:
    """An index by stage and a page a function; pages of functions that are gone go."""
    folder.mkdir(exist_ok=True)
    pages = {f"{name}.md": page(function) for name, function in catalogue().items()} | {"index.md": index()}
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def index() -> str:
    functions = catalogue().values()
    lines = ["# Functions", "", "One catalogue for the cell and for Python (`import pandas as pd, xlfactor`).", ""]
    for about, stages in ASKED.items():
        asked = [(question(f), f.name) for stage in stages for f in functions if f.stage == stage]
        lines += [f"## {about}", "", *(f"- {text} [{name}]({name}.md)" for text, name in asked if text), ""]
    lines += ["In the order of the model's making:", ""]
    for stage in STAGES:
        own = [f for f in functions if f.stage == stage]
        lines += [f"## {stage}", "", "| function | what it gives |", "|---|---|"]
        lines += [f"| [{f.name}]({f.name}.md) | {readable(f.help)} |" for f in own] + [""]
        lines += ["```{toctree}", ":hidden:", *(f.name for f in own), "```", ""]
    return "\n".join(lines)


def page(function: Function) -> str:
    asked, said, shown = question(function), _told(function), example(function)
    return "\n".join([
        f"# {function.name}", "", readable(function.help), "",
        *([f"*{asked}*", ""] if asked else []),
        *_formula(f"={function.name}({signature(function.arguments)})"),
        *_example(function, said, shown), *_template(function), *_arguments(function, said),
        *_section("What it computes", said.computed), *_section("Result", said.result), *_errors(function, said),
        *_section("Source", [said.source]), *_python(shown), *_section("See also", [*see_also(function)]),
        f"Stage: {function.stage}. Since version {function.since}. "
        f"Code: `{inspect.getmodule(function.call).__name__.replace('.', '/')}.py`.", "",
    ])  # fmt: skip


def _told(function: Function) -> Told:
    others = sorted(catalogue().keys() - {function.name})
    return told(inspect.getdoc(function.call) or "", [a.name for a in function.arguments], others)


def _formula(text: str) -> tuple[str, ...]:
    return "```{code-block} text", ":class: formula", text, "```", ""


def _section(title: str, parts: list[str]) -> Iterator[str]:
    """Paragraphs and items below a heading; nothing without any."""
    if any(parts):
        yield from (f"## {title}", "")
    for k, part in enumerate(parts):
        yield part
        if not (part.startswith("- ") and k + 1 < len(parts) and parts[k + 1].startswith("- ")):
            yield ""


def _arguments(function: Function, said: Told) -> Iterator[str]:
    if not function.arguments:
        return
    yield from ("## Arguments", "", ":::{container} arguments")
    yield from ("| argument | meaning | default | [kind](../functions.md#conventions) |", "|---|---|---|---|")
    for a in function.arguments:
        told_of = all(re.search(rf"\b{choice}\b", a.help) for choice in a.choices)
        choices = "" if told_of else f" One of {', '.join(a.choices)}."
        given = links(makers(function, a.kind))
        source = f" From {given}." if given else ""
        default = "required" if a.required else f"`{default_text(a)}`" if default_text(a) else "none"
        yield f"| {a.name} | {readable(a.help + choices)}{source} | {default} | {a.kind} |"
    yield from (":::", "", *said.arguments, *([""] if said.arguments else []))


def _errors(function: Function, said: Told) -> Iterator[str]:
    """What the docstring says it raises, and for each code, also of the functions it refers to, what to do."""
    yield from ("## Errors", "", readable(said.raises, list(catalogue())) or "None of its own.")
    if function.arguments:
        yield "A cell that is not of its argument's kind, or a label that stands twice, is refused with its address."
    yield ""
    if raised := _raised(function):
        yield from (
            "A cell shows `#XLF! CODE: what, where: what to do`.",
            "",
            "| code | it means | what to do |",
            "|---|---|---|",
        )
        yield from (f"| {code} | {_cell(CODES[code].meaning)} | {_cell(CODES[code].fix)} |" for code in raised)
        yield from ("", "[All codes](../checks.md)", "")


def _raised(function: Function) -> list[str]:
    raises = _told(function).raises
    referred = [other for name, other in catalogue().items() if re.search(rf"\bas {name}\b", raises)]
    return list(dict.fromkeys([*codes(raises), *(code for other in referred for code in _raised(other))]))


def _example(function: Function, said: Told, shown: Example) -> Iterator[str]:
    formula = cell_formula(function, shown.arguments)
    yield from ("## Example", "")
    if any(a.kind == "path" for a in function.arguments):
        yield from (
            "It reads the model file `world.npz`, which the lines [in Python](#in-python) write into the folder that "
            "the environment variable XLFACTOR_MODELS names. `xlfactor estimate` writes one of your own data "
            "([Scale](../scale.md)).", "",
        )  # fmt: skip
    if len(formula) <= PASTEABLE:
        yield from ("Paste into an empty cell:", "", *_formula(formula))
    else:
        yield from ("A live one: the sheet of its name in the book that `xlfactor template BOOK --gallery` writes.", "")
    yield from (*_table(shown.result), "", said.example, "")
    given = (value for table in shown.arguments.values() for row in table for value in row)
    if len(formula) <= PASTEABLE and any(isinstance(value, dt.datetime) for value in given):
        dated = any(isinstance(value, dt.datetime) for row in shown.result for value in row)
        more = "; give the cells of the result a date format" if dated else ""
        yield from (f"A date in a formula is Excel's number of it, 46027 for 2026-01-05{more}.", "")


def _python(shown: Example) -> tuple[str, ...]:
    return "## In Python", "", "```python", shown.python.rstrip(), "```", ""


def _template(function: Function) -> Iterator[str]:
    """The live formulas of the template that call it."""
    for block in BLOCKS:
        if re.search(rf"\b{function.name}\(", block.formula):
            title = f", {block.title}" if block.title else ""
            formula = re.sub(r",(?=[^,\[])", ", ", block.formula)
            yield from (f"In the template (sheet {block.sheet}{title}):", "", *_formula(formula))


def cell_formula(function: Function, arguments: dict[str, Rows]) -> str:
    """`=NAME({…},…)` with the tables as array constants."""
    given = [_constant(arguments[a.name]) if a.name in arguments else "" for a in function.arguments]
    while given and not given[-1]:
        given.pop()
    return f"={function.name}({','.join(given)})"


def _constant(rows: Rows) -> str:
    if len(rows) == len(rows[0]) == 1:
        return _literal(rows[0][0])
    return "{" + ";".join(",".join(map(_literal, row)) for row in rows) + "}"


def _literal(value: Cell) -> str:
    if value is None:
        return "#N/A"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        return str((value - EPOCH).days)
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else f"{value:.15g}"


def _table(rows: Rows) -> Iterator[str]:
    """The first rows and columns of a result; a number with five digits, a missing one blank.

    A heading may be broken after each underscore: a column is then as wide as its numbers.
    """
    if len(rows) == 1 and len(rows[0]) == 1:
        yield from ("gives", "", f"| {_shown(rows[0][0])} |", "|---|")
        return
    cut = len(rows) > ROWS or len(rows[0]) > COLUMNS
    size = f" {len(rows) - 1} rows × {len(rows[0]) - 1} columns, of which the first are" if cut else ""
    yield from (f"gives{size}", "")
    for i, row in enumerate(rows[:ROWS]):
        line = "| " + " | ".join(_shown(v) for v in row[:COLUMNS]) + " |"
        yield line if i else line.replace("_", "_<wbr>")
        if i == 0:
            kinds = [{type(row[j]) for row in rows[1:]} - {type(None)} for j in range(len(row[:COLUMNS]))]
            yield "|" + "|".join("---:" if kind == {float} else "---" for kind in kinds) + "|"


def _shown(value: Cell) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return "0" if abs(value) < NOISE else f"{value:.5g}"
    return "" if value is None else _cell(str(value))


def _cell(text: str) -> str:
    """Text of a table in which Markdown finds no markup; `…` stays code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if k % 2 else re.sub(r"([*_<|])", r"\\\1", part) for k, part in enumerate(parts))
