"""The daily risk sheet of the template: headings, tiles, sections, colours, print set-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlfactor.tables.cells import Rows
from xlfactor.workbook.template.cells import Draft, write_block
from xlfactor.workbook.template.charts import CHART_ROWS, RISK_CHARTS, insert_risk_charts
from xlfactor.workbook.template.layout import RISK_ASSETS, RISK_EXPOSURES, RISK_HEALTH, RISK_TABLES, Block, block
from xlfactor.workbook.template.layout_cells import (
    FACTOR_ROWS,
    FACTS,
    HEALTH,
    HORIZONS,
    RECONCILED,
    TILE_COLUMNS,
    TILES,
)
from xlfactor.workbook.template.model import colour_words, scale
from xlfactor.workbook.template.styles import BAD, BLUE, LINE, NAVY, PALE, WARN, change

WIDTHS = (1.5, 25, *[10.5] * 4, 13.5, 13.5, 2, 25, *[9.3] * 8)
LAST_COLUMN = len(WIDTHS) - 1
PAGE_ONE = 52  # rows of the first printed page


def write_risk(draft: Draft) -> None:
    sheet, style = draft.sheets["Risk"], draft.style
    sheet.hide_gridlines(2)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, style())
    heights = {0: 30, 2: 16, 3: 20, 4: 16, 5: 30, 6: 15}
    for row, height in (heights | dict.fromkeys([row - 1 for row, *_ in _section_titles()], 17)).items():
        sheet.set_row(row, height)
    _headings(draft)
    spills = {name: write_block(draft, block(name)) for name in ("xlf_by_factor", "xlf_risk", "xlf_exposures",
                                                                 "xlf_by_asset")}  # fmt: skip
    for name in spills:
        _title(draft, block(name))
    for row, first, to, text in _section_titles():
        _heading(draft, row, first, to, text)
    _labels(draft)
    _rules(draft, spills)
    insert_risk_charts(draft, spills)
    _print(draft, spills["xlf_by_asset"])
    sheet.freeze_panes(4, 0)


def _headings(draft: Draft) -> None:
    sheet, style = draft.sheets["Risk"], draft.style
    for (label, _, _), (first, to) in zip(FACTS, TILE_COLUMNS, strict=True):
        _merged(sheet, 1, first, to, label, style("caption"))
    for (label, _, _, _), (first, to) in zip(TILES, TILE_COLUMNS, strict=True):
        _merged(sheet, 4, first, to, label, style("tile_label"))
    targets = (("Risk by factor", RISK_TABLES), ("Exposures", RISK_EXPOSURES), ("Model health", RISK_HEALTH),
               ("Risk by asset", RISK_ASSETS))  # fmt: skip
    for (text, row), column in zip(targets, (1, 2, 4, 6), strict=True):
        sheet.write_url(3, column, f"internal:Risk!B{row - 2}", style("link"), f"↓ {text}")


def _merged(sheet: Any, row: int, first: int, to: int, text: str, style: Any) -> None:
    """Text over columns first to `to` (from 1) of a row (from 0)."""
    if to > first:
        sheet.merge_range(row, first - 1, row, to - 1, "", style)
    sheet.write_string(row, first - 1, text, style)


def _section_titles() -> list[tuple[int, int, int, str]]:
    return [
        (RISK_CHARTS["contributions"] - 1, 2, 8, "What drives the risk"),
        (RISK_CHARTS["exposures"] - 1, 10, 18, "Where the portfolio differs from its benchmark"),
        (RISK_TABLES - 2, 15, 18, "Reconciliation"),
        (RISK_CHARTS["cumulative"] - 1, 2, 18, "Factor returns through time"),
        (RISK_EXPOSURES - 2, 10, 18, "Factor returns, and z: how many standard deviations of that horizon"),
        (RISK_HEALTH - 2, 2, 8, "Model health"),
        (RISK_HEALTH - 2, 10, 18, "Explained each day"),
    ]


def _heading(draft: Draft, row: int, first: int, to: int, text: str) -> None:
    for column in range(first, to + 1):
        content = text if column == first else ""
        draft.sheets["Risk"].write_string(row - 1, column - 1, content, draft.style("section"))


def _title(draft: Draft, b: Block) -> None:
    """Title and meaning in the two rows above a block."""
    _heading(draft, b.row - 2, b.column, b.column + b.width - 1, b.title)
    draft.sheets["Risk"].write_string(b.row - 2, b.column - 1, b.meaning, draft.style("note"))


def _labels(draft: Draft) -> None:
    """The words beside the plain formulas."""
    sheet, style = draft.sheets["Risk"], draft.style
    words = [label for label, _ in RECONCILED] + ["Largest difference", "Verdict"]
    for k, word in enumerate(words, start=RISK_TABLES - 1):
        sheet.merge_range(k, 14, k, 16, word, style("row"))
    sheet.write_string(RISK_TABLES - 2, 14, "Annual volatility, three ways.", style("note"))
    sheet.write_string(RISK_EXPOSURES - 2, 9, "periods so far", style("caption"))
    sheet.write_string(RISK_EXPOSURES - 1, 9, "Factor", style("head"))
    for k, (_, heading, _) in enumerate(HORIZONS):
        sheet.write_string(RISK_EXPOSURES - 1, 10 + 2 * k, heading, style("head_right"))
        sheet.write_string(RISK_EXPOSURES - 1, 11 + 2 * k, "z", style("head_right"))
    for column, text in ((1, "Measure"), (2, "Value"), (3, " Meaning"), *((k, "") for k in range(4, 8))):
        sheet.write_string(RISK_HEALTH - 1, column, text, style("head_right" if column == 2 else "head"))
    for k, (label, _, _, meaning) in enumerate(HEALTH, start=RISK_HEALTH):
        sheet.write_string(k, 1, label, style("row"))
        _merged(sheet, k, 4, 8, meaning, style("beside"))


def _rules(draft: Draft, spills: Mapping[str, Rows]) -> None:
    """Conditional formats; each covers the rows that a block may grow into."""
    sheet, book = draft.sheets["Risk"], draft.book
    sheet.conditional_format(*_body(block("xlf_exposures"), spills, 1), scale(-1, 0, 1))
    _bars(sheet, _body(block("xlf_by_factor"), spills, 6))
    for name in spills:
        _row_rules(draft, block(name), _body(block(name), spills, 0))
    top = RISK_EXPOSURES + 1
    for column in "LNPR":
        area = f"{column}{top}:{column}{top + FACTOR_ROWS - 1}"
        for limit, colours in ((3, BAD), (2, WARN)):
            formula = f"=AND(LEN({column}{top})>0,ABS({column}{top})>{limit})"
            rule = {"type": "formula", "criteria": formula, "format": change(book, *colours), "stop_if_true": True}
            sheet.conditional_format(area, rule)
    line = draft.book.add_format({"bottom": 1, "bottom_color": f"#{LINE}"})
    filled = {"type": "formula", "criteria": f"=LEN($J{top})>0", "format": line}
    sheet.conditional_format(top - 1, 9, top + FACTOR_ROWS - 2, 17, filled)
    for words in ((2, 16, 2, 17), (5, 16, 5, 17), (RISK_TABLES + 3, 17, RISK_TABLES + 3, 17)):
        colour_words(draft, sheet, words)
    absent = {"type": "formula", "criteria": "=ISNA(B6)", "format": change(book, font=PALE)}  # no benchmark
    sheet.conditional_format(5, 1, 5, LAST_COLUMN, absent)
    old = {"type": "formula", "criteria": "=$B$3<WORKDAY(TODAY(),-1)", "format": change(book, *WARN)}
    sheet.conditional_format(2, 1, 2, 1, old)


def _body(b: Block, spills: Mapping[str, Rows], skip: int) -> tuple[int, int, int, int]:
    """The rows under a block's header and those it may grow into, without the first `skip` columns; from 0."""
    last = b.row + len(spills[b.name]) - 2 + min(b.spare_rows, 5000)
    return b.row, b.column - 1 + skip, last, b.column + b.width - 2


def _row_rules(draft: Draft, b: Block, area: tuple[int, int, int, int]) -> None:
    """Total bold, family subtotals in italics, lines between rows; a missing number does not show.

    Each case has one rule that says all: LibreOffice applies the first that holds, Excel every one.
    """
    row, first = area[0] + 1, chr(65 + area[1])
    cell, label = f"{first}{row}", f"${first}{row}"
    total = {"bold": True, "top": 1, "top_color": f"#{NAVY}", "bg_color": f"#{PALE}"}
    line = {"bottom": 1, "bottom_color": f"#{LINE}"}
    rules = (
        (f'AND({label}="total",ISNA({cell}))', {**total, "font_color": f"#{PALE}"}),
        (f'{label}="total"', total),
        (f"ISNA({cell})", {**line, "font_color": "#FFFFFF"}),
        (f'RIGHT({label},7)="(total)"', {**line, "italic": True, "font_color": f"#{BLUE}"}),
        (f"LEN({label})>0", line),
    )
    for criteria, look in rules:
        rule = {"type": "formula", "criteria": f"={criteria}", "format": draft.book.add_format(look)}
        draft.sheets["Risk"].conditional_format(*area, {**rule, "stop_if_true": True})


def _bars(sheet: Any, area: tuple[int, int, int, int]) -> None:
    """Share as a bar between fixed ends."""
    sheet.conditional_format(*area, {
        "type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": "#BDD7EE", "min_type": "num",
        "min_value": 0, "max_type": "num", "max_value": 1, "bar_negative_color": "#F8CBAD", "bar_no_border": True,
    })  # fmt: skip


def _print(draft: Draft, by_asset: Rows) -> None:
    """A4 landscape, one page wide; one range a page, because a break cannot skip the rows kept free."""
    sheet = draft.sheets["Risk"]
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.6)
    sheet.repeat_rows(0, 2)
    sheet.set_footer("&L&8&F&C&8Factor risk&R&8Page &P of &N")
    last = max(RISK_ASSETS + len(by_asset) - 1, RISK_ASSETS + 1)
    pages = ((1, PAGE_ONE), (RISK_CHARTS["cumulative"] - 2, RISK_CHARTS["cumulative"] + CHART_ROWS + 26),
             (RISK_HEALTH - 3, last))  # fmt: skip
    ranges = ",".join(f"Risk!$A${first}:$R${end}" for first, end in pages)
    draft.book.define_name("Risk!_xlnm.Print_Area", f"={ranges}")
