"""What a docstring of the catalogue says, in parts and in Markdown; the page of a function puts the parts in order.

A docstring has its meaning in the first line, then paragraphs: `Question: …`, indented formulas, prose, `name : …` of
an argument or of a column, `Returns …`, `Raises …`, `Source: …`, `Example: …`. The formulas are plain text in the code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xlfactor.codes import CODES

DOCS = Path(__file__).parent
SOURCES = "13"  # the section of the methodology that says what the short names of sources mean

PART = re.compile(r"(?<=[.\n])\s*(?=(?:Returns|Raises|Source:)\s)")
ITEM = re.compile(r"(?:^|\n|(?<=[.;]) )(?=(?:[a-z_]+, )*[a-z_]+ :\s)|\n(?=[a-z][a-z_ ,-]* :\s)")
NAMED = re.compile(r"([a-z][a-z_ ,-]*) :\s+", re.S)
TOKEN = re.compile(
    r"(?P<code>`[^`]*`)"
    r"|(?P<name>\b[A-Z]{2,}(?:_[A-Z0-9]+)*\b)"
    r"|(?P<base>(?<![A-Za-z_\d])[A-Za-zα-ωΑ-Ω]̄?|[)|⁺⁻])_(?P<sub>\{[^}]*\}|[A-Za-z0-9α-ω]{1,2})(?![A-Za-z0-9_])"
    r"|(?P<word>\b[a-z][a-z_]+)_(?P<index>i|k|jk)\b"
    r"|\^(?P<sup>\{[^}]*\}|\([^)]*\)|[-−]?\d+|\+)"
    r"|(?P<special>[*_<|])"
)
SECTION = re.compile(r"(?<=ethodology )\d+(?:\.\d+)?(?:, \d+(?:\.\d+)?)*")
SHORT = re.compile(r"\b(?:EQI|USE4|MAC3|seed [12])\b")


@dataclass(frozen=True)
class Told:
    """The parts of a docstring below its first line and its question, as Markdown."""

    computed: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    result: list[str] = field(default_factory=list)
    raises: str = ""
    source: str = ""
    example: str = ""


def told(docstring: str, arguments: Sequence[str], names: Sequence[str]) -> Told:
    """The parts; an item named after one of `arguments` is that argument's, one after `Returns` a column's.

    `names` are the functions that have a page to link to.
    """
    text = docstring.partition("\n")[2].partition(">>>")[0].strip("\n")
    single: dict[str, str] = {}
    lists: dict[str, list[str]] = {"computed": [], "arguments": [], "result": []}
    place = "computed"
    for block in PART.sub("\n\n", text).split("\n\n"):
        if block.startswith("    "):
            lists[place].append(_equations(block, names))
            continue
        for part in filter(None, map(str.strip, ITEM.split(block))):
            head = part.split(" ", 1)[0]
            if head in ("Question:", "Raises", "Source:", "Example:"):
                single[head] = part
                continue
            if head == "Returns":
                place, part = "result", _capital(part.removeprefix("Returns").lstrip(" ,"))
            term = NAMED.match(part)
            if term is None:
                lists[place].append(readable(part, names))
                continue
            item = f"- {_terms(term[1])}: {readable(part[term.end() :], names)}"
            lists["arguments" if term[1].split(", ")[0] in arguments else place].append(item)
    source, example = (single.get(f"{head}:", "").removeprefix(f"{head}: ") for head in ("Source", "Example"))
    return Told(
        **lists,
        raises=single.get("Raises", ""),
        source=_source(source),
        example=readable(example[:1].upper() + example[1:], names),
    )


def readable(text: str, names: Sequence[str] = ()) -> str:
    """Text with indices below and exponents above the line, functions and codes as links, and no accidental markup."""

    def shown(found: re.Match[str]) -> str:
        name = (found["name"] or found["code"] or "").strip("`")
        if name in names:
            return f"[`{name}`]({name}.md)"
        if found["code"] or "_" in name:
            return f"`{name}`"
        if found["name"]:
            return name
        if found["sub"]:
            base = f"\\{found['base']}" if found["base"] == "|" else found["base"]
            return f"{base}<sub>{_escaped(found['sub'].strip('{}'))}</sub>"
        if found["word"]:
            return f"{_escaped(found['word'])}<sub>{found['index']}</sub>"
        if found["sup"]:
            return f"<sup>{_escaped(found['sup'].strip('{}()').replace('-', '−'))}</sup>"
        return f"\\{found['special']}"

    return TOKEN.sub(shown, text.replace("\n", " "))


def codes(raises: str) -> list[str]:
    """The codes that a paragraph names, in its order."""
    return [name for name in dict.fromkeys(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", raises)) if name in CODES]


def _equations(block: str, names: Sequence[str]) -> str:
    lines = (readable(line.strip(), names) for line in block.split("\n") if line.strip())
    return ":::{container} equation\n" + "\\\n".join(lines) + "\n:::"


def _terms(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


def _source(text: str) -> str:
    """The sources with links into the methodology: its sections, and what its short names mean."""
    places = headings(DOCS / "methodology.md")
    text = re.sub(r"methodology, section ", "methodology ", readable(text))
    text = text[:1].upper() + text[1:]

    def link(shown: str, section: str) -> str:
        return f"[{shown}](../methodology.md#{places[section]})" if section in places else shown

    text = SECTION.sub(lambda m: re.sub(r"[\d.]*\d", lambda n: link(n[0], n[0]), m[0]), text)
    return SHORT.sub(lambda m: link(m[0], SOURCES), text)


def headings(page: Path) -> dict[str, str]:
    """The anchors of the numbered headings of a page, by number; as myst_heading_anchors makes them."""
    if not page.exists():
        return {}
    titles = re.findall(r"^##+ ((\d[\d.]*) .*)$", page.read_text("utf-8"), re.M)
    return {number: re.sub(r"[^\w\- ]", "", title.strip().lower().replace(" ", "-")) for title, number in titles}


def _capital(text: str) -> str:
    """A sentence begins with a capital letter, unless with a symbol."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]{2,}[ ,:;]|a ", text) else text


def _escaped(text: str) -> str:
    return re.sub(r"([*_<|])", r"\\\1", text)
