"""The report as one HTML file: no script, nothing fetched, every text escaped."""

from __future__ import annotations

import datetime as dt

from xlfactor.tables.cells import Cell
from xlfactor.workbook.report.document import (
    Band,
    Chart,
    Document,
    Item,
    Note,
    Page,
    Table,
    Tiles,
    is_text,
    mark,
    number_of,
    role,
    shown,
    words,
)
from xlfactor.workbook.report.html_style import style
from xlfactor.workbook.report.svg import svg, text_of

WORDS = {"OK": "ok", "ok": "ok", "WARN": "warn", "warn": "warn", "FAIL": "bad", "error": "bad"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # a browser refuses whatever could be fetched or run
TEXT, NUMBER = "t", "n"  # classes of cells
LONG = 24  # rows of a band that may be cut by the paper


def html(document: Document) -> bytes:
    title = text_of(f"{document.title} · factor risk")
    links = "".join(f'<a href="#{anchor(page)}">{text_of(page.name)}</a>' for page in document.pages)
    sections = "".join(section(document, page, first=k == 0) for k, page in enumerate(document.pages))
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{title}</title><style>{style(document)}</style></head>\n"
        f"<body><main><nav>{links}</nav>\n{sections}</main></body></html>\n"
    )
    return text.encode()


def anchor(page: Page) -> str:
    return page.name.lower().replace(" ", "-")


def section(document: Document, page: Page, first: bool) -> str:
    level = "h1" if first else "h2"
    facts = "".join(f"<div><dt>{text_of(label)}</dt><dd>{word(value)}</dd></div>" for label, value in document.facts)
    bands = "".join(band_of(band) for band in page.bands)
    return (
        f'<section id="{anchor(page)}"><{level}>{text_of(document.title)} · {text_of(page.name)}</{level}>'
        f'<dl class="facts">{facts}</dl>{bands}</section>\n'
    )


def band_of(band: Band) -> str:
    long = any(isinstance(item, Table) and len(item.rows) > LONG for item in band)
    alone = " alone" if len(band) == 1 else ""
    items = "".join(f'<div class="item{alone}">{item_of(item)}</div>' for item in band)
    return f'<div class="band{" long" if long else ""}">{items}</div>'


def item_of(item: Item) -> str:
    if isinstance(item, Table):
        return table(item)
    if isinstance(item, Chart):
        return f"<figure><figcaption>{text_of(item.title)}</figcaption>{svg(item)}</figure>"
    if isinstance(item, Tiles):
        return tiles(item)
    return note(item)


def note(item: Note) -> str:
    heading = f"<h3>{text_of(item.title)}</h3>" if item.title else ""
    return f"{heading}<p>{text_of(item.text)}</p>"


def tiles(item: Tiles) -> str:
    made = "".join(
        f'<div class="tile"><p>{text_of(tile.label)}</p><p class="figure">{number(tile.value, tile.number)}</p>'
        f"<p>{text_of(tile.note)}</p></div>"
        for tile in item.tiles
    )
    return f'<div class="tiles">{made}</div>'


def table(item: Table) -> str:
    """Figures right, with their exact value in the element `data`."""
    texts = [is_text(item, j) for j in range(len(item.rows[0]))]
    head = "".join(
        f'<th scope="col" class="{TEXT if left else NUMBER}">{text_of(words(cell))}</th>'
        for cell, left in zip(item.rows[0], texts, strict=True)
    )
    body = "".join(row_of(item, i, texts) for i in range(1, len(item.rows)))
    about = f'<p class="note">{text_of(item.note)}</p>' if item.note else ""
    return (
        f'<h3>{text_of(item.title)}</h3>{about}<div class="scroll"><table id="{item.key}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def row_of(item: Table, i: int, texts: list[bool]) -> str:
    cells = item.rows[i]
    first = number(cells[0], number_of(item, i, 0))
    rest = "".join(
        f"<td>{number(value, '')}</td>" if texts[j] else f'<td class="{NUMBER}">{figure(item, i, j)}</td>'
        for j, value in enumerate(cells)
        if j
    )
    return f'<tr class="{role(item, i)}"><th scope="row">{first}</th>{rest}</tr>'


def figure(item: Table, i: int, j: int) -> str:
    text, marked = number(item.rows[i][j], number_of(item, i, j)), mark(item, i, j)
    return f'<span class="{marked}">{text}</span>' if marked else text


def number(value: Cell, number: str) -> str:
    """A cell's content: a number with its exact value, a date as one, a text as text."""
    if isinstance(value, dt.datetime):
        return f'<time datetime="{value.isoformat()}">{shown(value, "date")}</time>'
    if isinstance(value, str):
        return word(words(value))
    text = shown(value, number)
    return f'<data value="{value!r}">{text}</data>' if text else ""


def word(text: str) -> str:
    """A text; OK, WARN, FAIL in their colours."""
    kind = WORDS.get(text)
    return f'<span class="{kind}">{text_of(text)}</span>' if kind else text_of(text)
