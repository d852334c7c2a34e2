"""What refresh writes into the template, still empty: tblChecks, tblLog, and the block of what moved."""

from __future__ import annotations

from xlfactor.workbook.template.cells import Draft
from xlfactor.workbook.template.layout_checks import FINDINGS_ROW
from xlfactor.workbook.template.layout_risk import MOVED

FINDINGS = ("code", "severity", "where", "what", "fix")
LOG = {  # label: number format; a run's row takes the style of the row above
    "run": "count", "utc_time": "time", "version": "text", "input_hash": "text", "as_of": "date", "assets": "count",
    "factors": "count", "dates": "count", "seconds": "z", "status": "text", "annual_volatility": "volatility",
    "active_volatility": "volatility",
}  # fmt: skip
LOG_ROW = 1  # header of tblLog


def write_places(draft: Draft) -> None:
    _findings(draft)
    _log(draft)
    _moved(draft)


def _findings(draft: Draft) -> None:
    sheet, style = draft.sheets["Checks"], draft.style
    for column in range(1, 1 + len(FINDINGS)):
        sheet.write_string(FINDINGS_ROW - 3, column, "Findings in the data" if column == 1 else "", style("section"))
    sheet.write_string(FINDINGS_ROW - 2, 1, "Written by xlfactor refresh and check.", style("note"))
    columns = [{"header": label, "header_format": style("head")} for label in FINDINGS]
    sheet.add_table(FINDINGS_ROW - 1, 1, FINDINGS_ROW, len(FINDINGS), {
        "name": "tblChecks", "style": None, "columns": columns,
    })  # fmt: skip
    for column in range(1, 1 + len(FINDINGS)):
        sheet.write_blank(FINDINGS_ROW, column, None, style("row"))


def _log(draft: Draft) -> None:
    sheet, style = draft.sheets["Log"], draft.style
    sheet.set_column(0, len(LOG) - 1, 17, style())
    columns = [{"header": label, "header_format": style("head")} for label in LOG]
    sheet.add_table(LOG_ROW - 1, 0, LOG_ROW, len(LOG) - 1, {"name": "tblLog", "style": None, "columns": columns})
    for column, number in enumerate(LOG.values()):
        sheet.write_blank(LOG_ROW, column, None, style("calc", number))
    sheet.freeze_panes(LOG_ROW, 0)


def _moved(draft: Draft) -> None:
    (row, first), columns = MOVED, 9
    sheet, style = draft.sheets["Risk"], draft.style
    for column in range(first, first + columns):
        text = "What moved since the day before" if column == first else ""
        sheet.write_string(row - 1, column - 1, text, style("section"))
    sheet.write_string(row, first - 1, "Written by refresh once two dates are known.", style("note"))
