"""The table of findings on Checks: refresh writes its rows, one a finding, worst first."""

from __future__ import annotations

from xlfactor.workbook.checks_table import LABELS, check_rows, target
from xlfactor.workbook.template.cells import Draft
from xlfactor.workbook.template.record import Record
from xlfactor.workbook.template.styles import BAD, GOOD, WARN, change
from xlfactor.workbook.text import write_text

COLOURS = {"error": BAD, "warn": WARN, "ok": GOOD}
GROWTH = 250  # rows whose severity is coloured


def write_findings(draft: Draft, record: Record, row: int, column: int) -> None:
    """tblChecks with its header at (row, column from 1) and a title above; it grows down, nothing may stand below."""
    sheet, style = draft.sheets["Checks"], draft.style
    rows = check_rows(record.notes)
    top, left = row - 1, column - 1
    for j in range(len(LABELS)):
        sheet.write_string(top - 2, left + j, "Findings in the data" if j == 0 else "", style("section"))
    sheet.write_string(top - 1, left, "Written by xlfactor refresh, the worst first.", style("note"))
    columns = [{"header": label, "header_format": style("head")} for label in LABELS]
    area = (top, left, top + len(rows), left + len(LABELS) - 1)
    sheet.add_table(*area, {"name": "tblChecks", "style": None, "columns": columns})
    for i, line in enumerate(rows):
        linked = i < len(record.notes) and line["where"] is not None
        for j, label in enumerate(LABELS):
            text, at = str(line[label] or ""), (top + 1 + i, left + j)
            if label == "where" and linked:
                sheet.write_url(*at, f"internal:{target(record.notes[i])}", style("link"), text)
            elif text:
                write_text(sheet, *at, text, style("row_text"))
            else:
                sheet.write_blank(*at, None, style("link" if label == "where" else "row_text"))
    for word, colours in COLOURS.items():
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": change(draft.book, *colours)}
        sheet.conditional_format(top + 1, left + 1, top + GROWTH, left + 1, rule)
