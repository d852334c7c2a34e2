"""A page for each function of the catalogue, made anew whenever the site is built: what the code says, said once."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from xlfactor.functions import STAGES, catalogue
from xlfactor.functions.examples import example
from xlfactor.functions.help import default_text, signature
from xlfactor.functions.registry import Function
from xlfactor.tables.cells import EPOCH, Cell, Rows

PASTEABLE = 3000  # characters: Excel takes 8192, a reader fewer
CODE = r"\b[A-Z]+(?:_[A-Z]+)+\b"  # of an error, or a function
ROWS, COLUMNS = 12, 8  # of a result that a page shows
NOISE = 1e-12  # what rounding leaves of 0 differs between machines


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
    lines = ["# Functions", "", "One catalogue for the cell and for Python, in the order of the model's making.", ""]
    for stage in STAGES:
        own = [f for f in catalogue().values() if f.stage == stage]
        lines += [f"## {stage}", "", "| function | what it gives |", "|---|---|"]
        lines += [f"| [{f.name}]({f.name}.md) | {_cell(f.help)} |" for f in own] + [""]
        lines += ["```{toctree}", ":hidden:", *(f.name for f in own), "```", ""]
    return "\n".join(lines)


def page(function: Function) -> str:
    return "\n".join([
        f"# {function.name}", "", function.help, "",
        *_formula(f"={function.name}({signature(function.arguments)})"),
        *_arguments(function), *_text(function), *_example(function),
        f"Stage: {function.stage}. Since version {function.since}. "
        f"Code: `{inspect.getmodule(function.call).__name__.replace('.', '/')}.py`.", "",
    ])  # fmt: skip


def _formula(text: str) -> tuple[str, ...]:
    return "```{code-block} text", ":class: formula", text, "```", ""


def _arguments(function: Function) -> Iterator[str]:
    if not function.arguments:
        return
    yield from ("## Arguments", "", "| argument | kind | default | meaning |", "|---|---|---|---|")
    for a in function.arguments:
        choices = f" One of {', '.join(a.choices)}." if a.choices else ""
        default = "required" if a.required else f"`{default_text(a)}`" if default_text(a) else "none"
        yield f"| {a.name} | {a.kind} | {default} | {_cell(a.help + choices)} |"
    yield ""


def _text(function: Function) -> Iterator[str]:
    """The docstring between its first line and its example: what is computed, what is refused, where it is from."""
    text = (inspect.getdoc(function.call) or "").partition("\n")[2].partition(">>>")[0].strip()
    text = re.sub(r"(?<=[.\n])\s*(?=(Returns|Raises|Source:)\s)", "\n\n", text)
    text = re.sub(r"(?:^|\n|(?<=[.;]) )((?:[a-z_]+, )*[a-z_]+) :(?=\s)", _as_item, text)
    text = re.sub(rf"(?<!`){CODE}(?!`)", r"`\g<0>`", text)
    others = "|".join(sorted(catalogue().keys() - {function.name}, key=len, reverse=True))
    text = re.sub(rf"`?(?<!\w)({others})(?!\w)`?", r"[`\1`](\1.md)", text)
    text = "".join(part if k % 2 else _plain(part) for k, part in enumerate(re.split(r"(`[^`]*`)", text)))
    parts = [part.strip() for part in text.split("\n\n")]
    raises = [part for part in parts if part.startswith("Raises ")]
    source = [part for part in parts if part.startswith("Source: ")]
    computed = [part for part in parts if part and part not in raises + source]
    if computed:
        yield from ("## What it computes", "", "\n\n".join(computed), "")
    yield from ("## Errors", "", *(raises or ["None of its own."]))
    if function.arguments:
        yield "A cell that is not of its argument's kind, or a label that stands twice, is refused with its address."
    yield from ("", *source, "")


def _as_item(names: re.Match[str]) -> str:
    """`returns, caps : …` of a docstring as an item of a list."""
    return "\n- " + ", ".join(f"`{name}`" for name in names[1].split(", ")) + ":"


def _example(function: Function) -> Iterator[str]:
    shown = example(function)
    formula = cell_formula(function, shown.arguments)
    yield from ("## Example", "")
    if len(formula) <= PASTEABLE:
        yield from ("In a cell:", "", *_formula(formula))
    else:
        yield from (
            "In a cell: on the sheet of its name in the book that `xlfactor template BOOK --gallery` writes.",
            "",
        )
    yield from (*_table(shown.result), "", "In Python:", "", "```python", shown.python.rstrip(), "```", "")


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
    """The first rows and columns of a result; a number with six digits, a missing one blank."""
    if len(rows) == 1 and len(rows[0]) == 1:
        yield from ("gives", "", f"| {_shown(rows[0][0])} |", "|---|")
        return
    more = [f"{len(rows) - 1} rows × {len(rows[0]) - 1} columns"] if len(rows) > ROWS or len(rows[0]) > COLUMNS else []
    yield from (f"gives{f' {more[0]}, of which the first are' if more else ''}", "")
    for i, row in enumerate(rows[:ROWS]):
        yield "| " + " | ".join(_shown(v) for v in row[:COLUMNS]) + " |"
        if i == 0:
            right = [isinstance(v, float) for v in rows[-1][:COLUMNS]]
            yield "|" + "|".join("---:" if numeric else "---" for numeric in right) + "|"


def _shown(value: Cell) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return "0" if abs(value) < NOISE else f"{value:.6g}"
    return "" if value is None else _cell(str(value))


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """Text in which Markdown finds no markup."""
    return re.sub(r"([*_<])", r"\\\1", text)
