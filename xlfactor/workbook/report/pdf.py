"""The report as a PDF, drawn with matplotlib; the same document gives the same bytes."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import Any

from xlfactor.errors import FactorError
from xlfactor.workbook.report.document import Band, Chart, Document, Item, Note, Table, Tiles
from xlfactor.workbook.text import clean

SETTINGS: Any = {"pdf.fonttype": 42, "font.family": "DejaVu Sans", "text.parse_math": False, "text.usetex": False}
GAP, BETWEEN = 16.0, 24.0  # points below a band, between its halves


def pdf(document: Document) -> bytes:
    """FactorError MATPLOTLIB_MISSING."""
    if find_spec("matplotlib") is None:
        raise FactorError(
            "MATPLOTLIB_MISSING", "a PDF is drawn with matplotlib", "pip install 'xlfactor[reports]' or use html"
        )
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    from xlfactor.workbook.report.pdf_paper import finish, new_paper

    content = io.BytesIO()
    facts = {"Title": clean(document.title), "Creator": "xlfactor", "Producer": "xlfactor",
             "CreationDate": document.day, "ModDate": document.day}  # fmt: skip
    with matplotlib.rc_context(SETTINGS), PdfPages(content, metadata=facts) as file:
        papers: list[Any] = []
        for page in document.pages:
            papers.append(new_paper(document, page.name))
            for band in page.bands:
                put_band(papers, document, page.name, band)
        for number, paper in enumerate(papers, start=1):
            finish(paper, number, len(papers))
            file.savefig(paper.figure)
    return content.getvalue()


def put_band(papers: list[Any], document: Document, name: str, band: Band) -> None:
    """A band at the cursor of the last paper, on a new one where it does not fit; a long table goes on there."""
    from xlfactor.workbook.report.pdf_paper import LEFT, RIGHT, new_paper

    width = (RIGHT - LEFT - BETWEEN * (len(band) - 1)) / len(band)
    paper = papers[-1]
    if paper.used and paper.room < max(least(item, width) for item in band):
        paper = new_paper(document, name)
        papers.append(paper)
    top, ends, rest = paper.y, [paper.y], []
    for k, item in enumerate(band):
        x = LEFT + k * (width + BETWEEN)
        end, left_over = put_item(paper, item, x, top, width)
        ends.append(end)
        rest += [left_over] if left_over else []
    paper.y, paper.used = max(ends) + GAP, True
    if rest:
        papers.append(new_paper(document, name))
        put_band(papers, document, name, tuple(rest))


def least(item: Item, width: float) -> float:
    """Height that an item needs where it begins: all of it, or of a long table as much as a page has."""
    from xlfactor.workbook.report.pdf_charts import chart_height
    from xlfactor.workbook.report.pdf_paper import PAGE_ROOM, table_height

    if isinstance(item, Table):
        return min(table_height(item, width), PAGE_ROOM)
    return chart_height(item, width) if isinstance(item, Chart) else 70.0 if isinstance(item, Tiles) else 40.0


def put_item(paper: Any, item: Item, x: float, y: float, width: float) -> tuple[float, Table | None]:
    """Where the item ends, and what of a table is left for the next page."""
    from xlfactor.workbook.report.pdf_charts import put_chart
    from xlfactor.workbook.report.pdf_paper import put_note, put_table, put_tiles

    if isinstance(item, Table):
        return put_table(paper, item, x, y, width)
    if isinstance(item, Chart):
        return put_chart(paper, item, x, y, width), None
    if isinstance(item, Note):
        return put_note(paper, item, x, y, width), None
    return put_tiles(paper, item, x, y, width), None
