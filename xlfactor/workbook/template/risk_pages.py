"""The daily risk sheet, later pages: the words and rules around exposures, hedge, model health, factor page."""

from __future__ import annotations

from xlfactor.workbook.template.cells import Draft
from xlfactor.workbook.template.layout_pages import (
    DIAGNOSED,
    DIAGNOSED_COLUMNS,
    DIAGNOSED_ROWS,
    EXPLAINED,
    EXPLAINED_ROW,
    HEALTH,
    HEALTH_ROW,
    HEDGE_COLUMNS,
    HEDGE_ROWS,
    HEDGED,
    HORIZONS,
    PAGE_COLUMNS,
    SCREEN_ROW,
    SCREENED,
    TRADES,
)
from xlfactor.workbook.template.layout_risk import (
    FACTOR_PAGE,
    LIVE_ROW,
    RISK_ASSETS,
    RISK_EXPOSURES,
    RISK_HEALTH,
    RISK_HEDGE,
)
from xlfactor.workbook.template.layout_scatter import HEADS, RANKED, RANKED_HEADS, SCATTER
from xlfactor.workbook.template.model import colour_words, scale
from xlfactor.workbook.template.risk_rules import hidden_errors, lines, surprises
from xlfactor.workbook.template.schema import FACTOR_ROWS

READING = (
    "Each point is a day: the factor's return across, the asset's up; the line is the least-squares fit.",
    "A strong factor draws the points along its line; a weak one leaves a cloud.",
    "Explained: share of the asset's variance in time that all factors explain together.",
)


def write_later_pages(draft: Draft) -> None:
    _factor_returns(draft)
    _hedge(draft)
    _health(draft)
    _factor_page(draft)
    _behind_the_page(draft)
    draft.sheets["Risk"].write_string(RISK_ASSETS - 1, 9, "Name", draft.style("head"))


def merged(draft: Draft, row: int, first: int, to: int, text: str, role: str) -> None:
    """Text over columns first to `to`, all from 1."""
    sheet, style = draft.sheets["Risk"], draft.style(role)
    if to > first:
        sheet.merge_range(row - 1, first - 1, row - 1, to - 1, "", style)
    sheet.write_string(row - 1, first - 1, text, style)


def _factor_returns(draft: Draft) -> None:
    sheet, style, top = draft.sheets["Risk"], draft.style, RISK_EXPOSURES
    sheet.write_string(top - 2, 9, "periods so far", style("caption"))
    sheet.write_string(top - 1, 9, "Factor", style("head"))
    for k, (_, heading, _) in enumerate(HORIZONS):
        sheet.write_string(top - 1, 10 + 2 * k, heading, style("head_right"))
        sheet.write_string(top - 1, 11 + 2 * k, "z", style("head_right"))
        surprises(draft, (top, 11 + 2 * k, top + FACTOR_ROWS - 1, 11 + 2 * k))
    lines(draft, (top, 9, top + FACTOR_ROWS - 1, 17))
    sheet.conditional_format(top, 2, RISK_HEDGE - 3, 4, scale(-1, 0, 1))


def _hedge(draft: Draft) -> None:
    merged(draft, RISK_HEDGE + 1, 2, 18, "Trades in the instruments of Settings that leave the least risk; the rest of "
           "the portfolio stays as it is.", "note")  # fmt: skip
    for heading, first, to in HEDGE_COLUMNS:
        merged(draft, TRADES - 1, first, to, heading, "head_right" if first > 5 else "head")
    merged(draft, TRADES - 1, 10, 18, "Risk before and after", "head")
    for row, (label, _, _) in enumerate(HEDGED, start=TRADES):
        merged(draft, row, 10, 12, label, "row")
    lines(draft, (TRADES - 1, 1, TRADES + HEDGE_ROWS - 2, 7))
    hidden_errors(draft, (TRADES - 1, 9, TRADES + HEDGE_ROWS, 17))


def _health(draft: Draft) -> None:
    sheet = draft.sheets["Risk"]
    for heading, _, first, to, role, _ in DIAGNOSED_COLUMNS:
        look = {"row_number": "head_right", "verdict": "head_centre"}.get(role, "head")
        merged(draft, RISK_HEALTH + 1, first, to, heading, look)
    for row, (label, _, _, meaning) in enumerate(HEALTH, start=HEALTH_ROW):
        merged(draft, row, 2, 4, label, "row")
        merged(draft, row, 6, 8, "", "row")
        merged(draft, row, 10, 18, meaning, "beside_row")
    last = DIAGNOSED + DIAGNOSED_ROWS - 1
    colour_words(draft, sheet, (DIAGNOSED - 1, 6, last - 1, 6))
    hidden_errors(draft, (DIAGNOSED - 1, 1, HEALTH_ROW + len(HEALTH) - 2, 17))


def _factor_page(draft: Draft) -> None:
    merged(draft, FACTOR_PAGE + 1, 2, 8, "Of the factors that the screen does not call redundant.", "note")
    for _, first, to, _, _ in PAGE_COLUMNS:
        for row, label in enumerate(("Factor", *(words for words, _, _ in SCREENED)), start=SCREEN_ROW):
            merged(draft, row, first, to, label, "row")
    merged(draft, EXPLAINED_ROW, 2, 5, "Explained variance of assets", "head")
    for _, heading, column in EXPLAINED:
        merged(draft, EXPLAINED_ROW, column, column, heading, "head_right")
    for row, label in enumerate(("Mean of all assets", "Lowest", "Highest"), start=EXPLAINED_ROW + 2):
        merged(draft, row, 2, 5, label, "row")
    merged(draft, EXPLAINED_ROW, 10, 18, "How to read this page", "head")
    for row, text in enumerate(READING, start=EXPLAINED_ROW + 1):
        merged(draft, row, 10, 18, text, "beside")
    hidden_errors(draft, (SCREEN_ROW - 1, 1, EXPLAINED_ROW + 4, 17))


def _behind_the_page(draft: Draft) -> None:
    """Headers of the numbers right of the page."""
    sheet, style = draft.sheets["Risk"], draft.style
    for first, heads, title in ((SCATTER, HEADS, "Points of the factor page"), (RANKED, RANKED_HEADS, "Ranking")):
        for column, head in enumerate(heads, start=first - 1):
            sheet.write_string(LIVE_ROW - 3, column, title if column == first - 1 else "", style("section"))
            sheet.write_string(LIVE_ROW - 1, column, head, style("head_right" if head != "Factor" else "head"))
            sheet.set_column(column, column, 11, style())
