"""The sheet Checks: the verdict, the limits that the model is held to, and the two live lists."""

from __future__ import annotations

from xlfactor.workbook.template.cells import Draft, Exact, write_block
from xlfactor.workbook.template.layout import block
from xlfactor.workbook.template.layout_checks import CHECKS_ROW, FINDINGS_ROW, LIMIT_COLUMNS, LIMITS
from xlfactor.workbook.template.model import colour_words

WIDTHS = (1.5, 30, 12, 20, 72, 50, 3)
LIVE_WIDTHS = {"xlf_diagnosis": (20, 22, 11, 11, 10, 78, 3), "xlf_check_returns": (14, 14, 20, 10, 10)}


def write_checks(draft: Draft) -> None:
    sheet, style = draft.sheets["Checks"], draft.style
    sheet.hide_gridlines(2)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, style())
    sheet.set_row(0, 28)
    sheet.write_string("B1", "Checks", style("title"))
    sheet.write_string("B3", "Status", style("strong"))
    sheet.write_string("D3", "The worst of the limits and of the findings below.", style("beside"))
    for column, label in enumerate(LIMIT_COLUMNS, start=1):
        role = {"Value": "head_right", "Status": "head_centre", "What it means": "head_text"}.get(label, "head")
        sheet.write_string(CHECKS_ROW - 1, column, label, style(role))
    for row, (label, _, limit, number, _, _, meaning) in enumerate(LIMITS, start=CHECKS_ROW):
        sheet.write_string(row, 1, label, style("row"))
        sheet.write_string(row, 4, meaning, style("beside_row"))
        sheet.write_number(row, 5, Exact(limit), style("row_text", number))
    sheet.freeze_panes(CHECKS_ROW, 0)
    for name, widths in LIVE_WIDTHS.items():
        _live(draft, name, widths)
    for area in ((2, 2, 2, 2), (CHECKS_ROW, 2, FINDINGS_ROW + 2000, 2)):
        colour_words(draft, sheet, area)


def _live(draft: Draft, name: str, widths: tuple[float, ...]) -> None:
    b = block(name)
    sheet, style = draft.sheets["Checks"], draft.style
    for j, width in enumerate(widths):
        sheet.set_column(b.column - 1 + j, b.column - 1 + j, width, style())
    for j in range(b.width):
        sheet.write_string(b.row - 4, b.column - 1 + j, b.title if j == 0 else "", style("section"))
    sheet.write_string(b.row - 3, b.column - 1, b.meaning, style("note"))
    rows = write_block(draft, b)
    for j, label in enumerate(rows[0]):
        if label in ("status", "severity"):
            colour_words(draft, sheet, (b.row, b.column - 1 + j, b.row + 2000, b.column - 1 + j))
