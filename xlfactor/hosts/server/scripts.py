"""What the buttons of the task pane do to the workbook, through xlwings Server's custom scripts."""

from __future__ import annotations

import xlwings as xw
from xlwings.server import script


@script(include="Risk")  # no sheet's cells leave the workbook but this one's
def refresh_risk_sheet(book: xw.Book) -> None:
    """Calculate every formula of the workbook again, and show the sheet Risk if there is one."""
    book.app.calculate()
    if "Risk" in [sheet.name for sheet in book.sheets]:
        book.sheets["Risk"].activate()


__all__ = ["refresh_risk_sheet"]
