"""A page of the PDF: its head, tables, tiles and paragraphs, placed in points from the top left."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from xlfactor.workbook.report.document import (
    Document,
    Note,
    Table,
    Tiles,
    is_text,
    mark,
    number_of,
    role,
    shown,
    words,
)
from xlfactor.workbook.template.styles import BAD, GOOD, GREY, LINE, NAVY, PALE, WARN
from xlfactor.workbook.text import clean

WIDTH, HEIGHT = 841.9, 595.3  # A4 landscape
LEFT, RIGHT, TOP, BOTTOM = 36.0, WIDTH - 36.0, 92.0, HEIGHT - 40.0
PAGE_ROOM = BOTTOM - TOP
SMALL, LETTER = 7.0, 4.3  # size of a table's text, width of its letters
ROW, PADDING = 11.5, 5.0
WORDS = {"OK": GOOD, "ok": GOOD, "WARN": WARN, "warn": WARN, "FAIL": BAD, "error": BAD}


@dataclass
class Paper:
    """A figure with one axis over all of it; `y` is where the next band goes, `used` whether there is one."""

    figure: Figure
    axes: Axes
    y: float = TOP
    used: bool = False

    @property
    def room(self) -> float:
        return BOTTOM - self.y


def new_paper(document: Document, name: str) -> Paper:
    """A page with the title and the facts on top."""
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(HEIGHT, 0)
    axes.set_axis_off()
    paper = Paper(figure, axes)
    put_text(paper, LEFT, 46, f"{document.title} · {name}", 15, NAVY, bold=True)
    x = LEFT
    for label, value in document.facts:
        put_text(paper, x, 61, label, 6.5, GREY)
        if value in WORDS:
            put_word(paper, x, 72, value)
        else:
            put_text(paper, x, 72, value, 7.5, bold=True)
        x += max(len(label) * 4.2, len(value) * 5.3) + 16
    rule(paper, LEFT, RIGHT, 79, NAVY, 1.4)
    return paper


def finish(paper: Paper, number: int, count: int) -> None:
    put_text(paper, RIGHT, HEIGHT - 22, f"{number} of {count}", 6.5, GREY, right=True)


def put_text(
    paper: Paper, x: float, y: float, text: str, size: float = SMALL, colour: str = "000000", *,
    bold: bool = False, right: bool = False, centre: bool = False, italic: bool = False,
) -> None:  # fmt: skip
    paper.axes.text(
        x, y, clean(text).replace("\n", " "), fontsize=size, color=f"#{colour}", va="baseline",
        weight="bold" if bold else "normal", style="italic" if italic else "normal",
        ha="right" if right else "center" if centre else "left",
    )  # fmt: skip


def put_word(paper: Paper, x: float, y: float, text: str) -> None:
    """OK, WARN, FAIL in their colours."""
    background, letters = WORDS[text]
    box(paper, x - 2, y - 7, len(text) * 6.0 + 5, 10, background)
    put_text(paper, x, y, text, 7.5, letters, bold=True)


def box(paper: Paper, x: float, y: float, width: float, height: float, colour: str) -> None:
    paper.axes.add_patch(Rectangle((x, y), width, height, facecolor=f"#{colour}", edgecolor="none"))


def rule(paper: Paper, x1: float, x2: float, y: float, colour: str = LINE, width: float = 0.5) -> None:
    paper.axes.plot([x1, x2], [y, y], color=f"#{colour}", linewidth=width, solid_capstyle="butt")


def put_heading(paper: Paper, x: float, y: float, width: float, text: str, note: str = "") -> float:
    if text:
        put_text(paper, x, y + 9, text, 9, NAVY, bold=True)
        rule(paper, x, x + width, y + 13, NAVY, 1.0)
        y += 15
    if note:
        put_text(paper, x, y + 8, note, 6.5, GREY, italic=True)
        y += 11
    return y + 2


def put_note(paper: Paper, note: Note, x: float, y: float, width: float) -> float:
    y = put_heading(paper, x, y, width, note.title)
    for line in textwrap.wrap(note.text, int(width / 4.4)):
        put_text(paper, x, y + 9, line, 7.5)
        y += 11
    return y


def put_tiles(paper: Paper, tiles: Tiles, x: float, y: float, width: float) -> float:
    step = width / len(tiles.tiles)
    for k, tile in enumerate(tiles.tiles):
        left, middle = x + k * step, x + (k + 0.5) * step - 4
        box(paper, left, y, step - 8, 56, PALE)
        rule(paper, left, left + step - 8, y, NAVY, 1.6)
        put_text(paper, middle, y + 15, tile.label, 7.5, GREY, centre=True)
        put_text(paper, middle, y + 36, shown(tile.value, tile.number), 15, NAVY, bold=True, centre=True)
        put_text(
            paper, middle, y + 49, textwrap.shorten(tile.note, int(step / 3.6), placeholder="…"), 6, GREY, centre=True
        )
    return y + 58


def column_widths(table: Table, width: float) -> list[float]:
    """As wide as the longest content, then scaled to `width`: what is short is never cut for what is long."""
    wanted = []
    for j in range(len(table.rows[0])):
        lengths = [len(cell_text(table, i, j)) for i in range(len(table.rows))]
        wanted.append(max(lengths) * LETTER + 2 * PADDING)
    if sum(wanted) <= width:
        spare = (width - sum(wanted)) / len(wanted)
        return [w + spare for w in wanted]
    fair = width / len(wanted)
    long = [w > fair for w in wanted]
    left = width - sum(w for w, is_long in zip(wanted, long, strict=True) if not is_long)
    total = sum(w for w, is_long in zip(wanted, long, strict=True) if is_long)
    return [w * left / total if is_long else w for w, is_long in zip(wanted, long, strict=True)]


def cell_text(table: Table, i: int, j: int) -> str:
    value = table.rows[i][j]
    return words(value) if isinstance(value, str) else shown(value, number_of(table, i, j))


def wrapped(table: Table, widths: list[float]) -> list[list[list[str]]]:
    """The lines of every cell."""
    return [
        [textwrap.wrap(cell_text(table, i, j), max(3, int((widths[j] - 2 * PADDING) / LETTER * 1.12))) or [""]
         for j in range(len(row))]
        for i, row in enumerate(table.rows)
    ]  # fmt: skip


def row_height(lines: list[list[str]]) -> float:
    return ROW + (max(map(len, lines)) - 1) * 9.0


def table_height(table: Table, width: float) -> float:
    lines = wrapped(table, column_widths(table, width))
    return sum(map(row_height, lines)) + (17 if table.title else 2) + (11 if table.note else 0)


def put_table(paper: Paper, table: Table, x: float, y: float, width: float) -> tuple[float, Table | None]:
    """Rows as far as the page goes; what is left comes back as a table with the same header."""
    widths = column_widths(table, width)
    y = put_heading(paper, x, y, width, table.title, table.note)
    texts = [is_text(table, j) for j in range(len(widths))]
    for i, lines in enumerate(wrapped(table, widths)):
        height = row_height(lines)
        if i > 1 and y + height > BOTTOM:
            return y, replace(table, title=f"{table.title.removesuffix(' (continued)')} (continued)", note="",
                              rows=[table.rows[0], *table.rows[i:]])  # fmt: skip
        kind = role(table, i) if i else "head"
        if kind in ("head", "total"):
            box(paper, x, y, width, height, NAVY if kind == "head" else PALE)
        put_marks(paper, table, i, widths, x, y)
        put_row(paper, lines, texts, widths, x, y + 8.3, kind)
        y += height
        rule(paper, x, x + width, y)
    return y, None


def put_marks(paper: Paper, table: Table, i: int, widths: list[float], x: float, y: float) -> None:
    """The ground of figures that stand out."""
    for j, width in enumerate(widths):
        if i and (marked := mark(table, i, j)):
            box(paper, x + width - 24, y + 1, 22, ROW - 2, {"warn": WARN, "bad": BAD}[marked][0])
        x += width


def put_row(
    paper: Paper, lines: list[list[str]], texts: list[bool], widths: list[float], x: float, y: float, kind: str
) -> None:
    for cell, left, width in zip(lines, texts, widths, strict=True):
        for k, line in enumerate(cell):
            if kind != "head" and line in WORDS and left:
                put_word(paper, x + PADDING, y, line)
                continue
            put_text(
                paper, x + PADDING if left else x + width - PADDING, y + k * 9, line,
                colour="FFFFFF" if kind == "head" else "000000", bold=kind in ("head", "total"),
                italic=kind == "subtotal", right=not left,
            )  # fmt: skip
        x += width
