"""The daily risk sheet, page one: headings, tiles, measures, contributions; widths and print set-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlfactor.tables.cells import Rows
from xlfactor.workbook.template.cells import Draft, write_block
from xlfactor.workbook.template.charts import insert_charts
from xlfactor.workbook.template.layout import block
from xlfactor.workbook.template.layout_risk import (
    FACTOR_PAGE,
    FACTS,
    HEALTH_CHART_ROWS,
    HEALTH_CHARTS,
    LINKS_ROW,
    MEASURES_SHOWN,
    PAGE_ONE_END,
    RECONCILED,
    RECONCILIATION,
    RISK_ASSETS,
    RISK_EXPOSURES,
    RISK_FACTORS,
    RISK_HEALTH,
    RISK_HEDGE,
    RISK_TABLES,
    RISK_TOP,
    TILE_COLUMNS,
    TILES,
    TILES_ROW,
    VIEWS,
    VOLATILITY_CHART,
)
from xlfactor.workbook.template.model import colour_words
from xlfactor.workbook.template.risk_pages import merged, write_later_pages
from xlfactor.workbook.template.risk_rules import bars, body, hidden_errors, rows_look
from xlfactor.workbook.template.schema import Block
from xlfactor.workbook.template.styles import PALE, WARN, change

WIDTHS = (1.5, 25, *[10.5] * 4, 13.5, 13.5, 2, 25, *[9.3] * 8, 3, 24, *[10.5] * 3, 3, 16, 12)
LEFT, RIGHT, WHOLE = (2, 8), (10, 18), (2, 18)  # columns
LINKS = (
    ("Factors", RISK_TABLES - 2, 2), ("Exposures", RISK_FACTORS, 3), ("Hedge", RISK_HEDGE, 5),
    ("Model health", RISK_HEALTH, 7), ("Factor page", FACTOR_PAGE, 10), ("By asset", RISK_ASSETS - 2, 11),
)  # fmt: skip


def write_risk(draft: Draft) -> None:
    sheet, style = draft.sheets["Risk"], draft.style
    sheet.hide_gridlines(2)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, style())
    heights = {0: 30, 2: 16, 3: 20, TILES_ROW - 1: 16, TILES_ROW: 30, TILES_ROW + 1: 15}
    tall = [row for row, *_ in TITLES if row not in (RECONCILIATION - 2, VOLATILITY_CHART)]  # not beside a table
    for row, height in (heights | {row - 1: 17 for row in tall}).items():
        sheet.set_row(row, height)
    _headings(draft)
    spills = {name: write_block(draft, block(name)) for name in (
        "xlf_by_factor", "xlf_risk", "xlf_exposures", "xlf_hedge", "xlf_by_asset")}  # fmt: skip
    for name in spills:
        _title(draft, block(name))
    for row, (first, to), text in TITLES:
        _heading(draft, row, first, to, text)
    _measures(draft)
    _reconciliation(draft)
    write_later_pages(draft)
    _rules(draft, spills)
    insert_charts(draft, spills)
    _print(draft, spills)
    sheet.freeze_panes(LINKS_ROW, 0)


TITLES = (
    (RISK_TOP, LEFT, "Contributions: what drives the risk"),
    (RISK_TOP, RIGHT, "Risk measures"),
    (RECONCILIATION - 2, RIGHT, "Reconciliation of annual volatility"),
    (VOLATILITY_CHART, RIGHT, "Volatility through time"),
    (RISK_FACTORS, LEFT, "Where the portfolio differs from its benchmark"),
    (RISK_FACTORS, RIGHT, "Factor returns through time"),
    (RISK_EXPOSURES - 2, RIGHT, "Factor returns; z in standard deviations of the horizon, 2 amber, 3 red"),
    (RISK_HEDGE, WHOLE, "Hedge suggestions"),
    (RISK_HEALTH, WHOLE, "Model health"),
    (HEALTH_CHARTS, LEFT, "What the factors explain each day"),
    (HEALTH_CHARTS, RIGHT, "Families through time"),
    (FACTOR_PAGE, LEFT, "Factor page: the factor that explains most"),
    (FACTOR_PAGE, RIGHT, "The factor that explains least"),
)


def _headings(draft: Draft) -> None:
    sheet, style = draft.sheets["Risk"], draft.style
    for (label, _, _), (first, to) in zip(FACTS, TILE_COLUMNS, strict=True):
        merged(draft, 2, first, to, label, "caption")
    for (label, _, _, _), (first, to) in zip(TILES, TILE_COLUMNS, strict=True):
        merged(draft, TILES_ROW, first, to, label, "tile_label")
    for text, row, column in LINKS:
        sheet.write_url(LINKS_ROW - 1, column - 1, f"internal:Risk!B{row}", style("link"), f"↓ {text}")


def _heading(draft: Draft, row: int, first: int, to: int, text: str) -> None:
    for column in range(first, to + 1):
        content = text if column == first else ""
        draft.sheets["Risk"].write_string(row - 1, column - 1, content, draft.style("section"))


def _title(draft: Draft, b: Block) -> None:
    """Title and meaning in the two rows above a block."""
    _heading(draft, b.row - 2, b.column, b.column + b.width - 1, b.title)
    draft.sheets["Risk"].write_string(b.row - 2, b.column - 1, b.meaning, draft.style("note"))


def _measures(draft: Draft) -> None:
    sheet, style = draft.sheets["Risk"], draft.style
    row = RISK_TOP + 1
    for column, text in enumerate(("Measure", *VIEWS), start=9):
        sheet.write_string(row - 1, column, text, style("head_right" if column > 9 else "head"))
    merged(draft, row, 14, 18, " Meaning", "head")
    for k, (_, words, _, meaning) in enumerate(MEASURES_SHOWN, start=row + 1):
        sheet.write_string(k - 1, 9, words, style("row"))
        merged(draft, k, 14, 18, meaning, "beside_row")


def _reconciliation(draft: Draft) -> None:
    sheet, style, row = draft.sheets["Risk"], draft.style, RECONCILIATION
    sheet.write_string(row - 2, 9, "Three ways", style("head"))
    for heading, _, first, to in RECONCILED:
        merged(draft, row - 1, first, to, heading, "head_right")
    sheet.write_string(row - 2, 16, "Difference", style("head_right"))
    sheet.write_string(row - 2, 17, "Verdict", style("head_centre"))
    sheet.write_string(row - 1, 9, "All of them total volatility", style("row"))


def _rules(draft: Draft, spills: Mapping[str, Rows]) -> None:
    """Conditional formats; each covers the rows that a block may grow into."""
    sheet, book = draft.sheets["Risk"], draft.book
    bars(sheet, body(block("xlf_by_factor"), spills, 6))
    for name in spills:
        rows_look(draft, block(name), body(block(name), spills, 0))
    for words in ((2, 16, 2, 17), (5, 16, 5, 17), (RECONCILIATION - 1, 17, RECONCILIATION - 1, 17)):
        colour_words(draft, sheet, words)
    absent = {"type": "formula", "criteria": f"=ISERROR(B{TILES_ROW + 1})", "format": change(book, font=PALE)}
    sheet.conditional_format(TILES_ROW, 1, TILES_ROW + 1, 17, absent)  # no benchmark
    hidden_errors(draft, (RISK_TOP, 9, RECONCILIATION - 1, 17))
    old = {"type": "formula", "criteria": "=$B$3<WORKDAY(TODAY(),-1)", "format": change(book, *WARN)}
    sheet.conditional_format(2, 1, 2, 1, old)


def _print(draft: Draft, spills: Mapping[str, Rows]) -> None:
    """A4 landscape, one page wide; one range a page, because a break cannot skip the rows kept free."""
    sheet: Any = draft.sheets["Risk"]
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.5)
    sheet.repeat_rows(0, 2)
    sheet.set_footer("&L&8&F&C&8Factor risk&R&8Page &P of &N")
    sheet.set_h_pagebreaks([RISK_FACTORS - 2, FACTOR_PAGE - 2, RISK_ASSETS - 4])
    assets = RISK_ASSETS + max(len(spills["xlf_by_asset"]), 2) - 1
    exposures = RISK_EXPOSURES + max(len(spills["xlf_exposures"]), 2) + 4
    pages = ((1, PAGE_ONE_END), (RISK_FACTORS - 1, exposures), (RISK_HEDGE - 1, HEALTH_CHARTS + HEALTH_CHART_ROWS),
             (FACTOR_PAGE - 1, RISK_ASSETS - 4), (RISK_ASSETS - 3, assets))  # fmt: skip
    ranges = ",".join(f"Risk!$A${first}:$R${end}" for first, end in pages)
    draft.book.define_name("Risk!_xlnm.Print_Area", f"={ranges}")
