"""The numbers behind the factor page, as data: the last year of its points, and the ranking of the factors.

They stand right of the printed page on Risk.
"""

from __future__ import annotations

from xlfactor.workbook.addresses import column_letters
from xlfactor.workbook.template.layout_risk import LIVE_ROW
from xlfactor.workbook.template.schema import FACTOR_ROWS, Plain, beside

SCATTER_DATES = 252
SCATTER = 28  # first column
HEADS = ("Row", "Date", "Return row", "asset", "strongest", "poorest")
ASSET, STRONG, POOR = SCATTER + 3, SCATTER + 4, SCATTER + 5
RANKED = SCATTER + len(HEADS) + 1
RANKED_HEADS = ("Factor", "adds")
FIRST, LAST = LIVE_ROW + 1, LIVE_ROW + SCATTER_DATES


def scatter_cells() -> list[Plain]:
    return [*_places(), *_points(), *_ranked()]


def _places() -> list[Plain]:
    """Over the header: #N/A for what is missing, and the columns of the asset and of the two factors."""
    row = LIVE_ROW - 1
    found = {
        SCATTER: 'MATCH("none",tblReturns[Date],0)',
        ASSET: "MATCH(xlf_page_asset,tblReturns[#Headers],0)",
        STRONG: "MATCH(xlf_strong_factor,INDEX(xlf_factor_returns,1,0),0)",
        POOR: "MATCH(xlf_poor_factor,INDEX(xlf_factor_returns,1,0),0)",
    }
    return [Plain("Risk", row, column, f"={formula}", "caption_right", "count") for column, formula in found.items()]


def _points() -> list[Plain]:
    """The last 252 dates; #N/A where a number is missing, for charts skip it and would draw a text as 0."""
    place, date, source, asset, strong, poor = (column_letters(SCATTER + k) for k in range(len(HEADS)))
    empty, missing = column_letters(SCATTER - 1), f"${place}${LIVE_ROW - 1}"
    cells = []
    for row in range(FIRST, LAST + 1):
        back, dates = f"ROWS({empty}{row}:{empty}${LAST})", "ROWS(xlf_factor_returns)"  # the so-many-th last date
        number = f"INDEX(tblReturns[#Data],${source}{row},{asset}${LIVE_ROW - 1})"
        factors = [
            f"IFERROR(INDEX(xlf_factor_returns,${place}{row},{c}${LIVE_ROW - 1})+0,{missing})" for c in (strong, poor)
        ]
        formulas = (
            (f"IF({back}<{dates},{dates}+1-{back},{missing})", "count"),
            (f"INDEX(xlf_factor_returns,${place}{row},1)", "date"),
            (f"MATCH(${date}{row},tblReturns[Date],0)", "count"),
            (f"IFERROR({number}/COUNT({number}),{missing})", "return"),
            *((formula, "return") for formula in factors),
        )
        for k, (formula, kind) in enumerate(formulas):
            cells.append(Plain("Risk", row, SCATTER + k, f"={formula}", "calc", kind))
    return cells


def _ranked() -> list[Plain]:
    """Each factor with what it adds to the others, blank if the screen calls it redundant.

    A value of a family is redundant by its zero sum: no sign of weakness.
    """
    cells, empty = [], column_letters(RANKED - 1)
    for row in range(FIRST, FIRST + FACTOR_ROWS):
        place = f"ROWS({empty}${LIVE_ROW}:{empty}{row})"
        adds = beside("xlf_screen", place, "incremental_r_squared")
        sound = f'IF({beside("xlf_screen", place, "verdict")}="redundant","",{adds})'
        cells.append(Plain("Risk", row, RANKED, f'=IFERROR(INDEX(xlf_screen,{place},1),"")', "calc"))
        cells.append(Plain("Risk", row, RANKED + 1, f'=IFERROR({sound},"")', "calc", "volatility"))
    return cells
