"""Risk as data, the later pages: factor returns and their z, hedge, model health, factor page, names of assets."""

from __future__ import annotations

from xlfactor.workbook.addresses import column_letters
from xlfactor.workbook.template.layout_risk import FACTOR_PAGE, RISK_ASSETS, RISK_EXPOSURES, RISK_HEALTH, RISK_HEDGE
from xlfactor.workbook.template.layout_scatter import FIRST, RANKED, SCATTER_DATES
from xlfactor.workbook.template.layout_settings import LARGEST_HOLDING
from xlfactor.workbook.template.schema import FACTOR_ROWS, Plain, at, beside, column_of, last

HORIZONS = (  # column of FACTOR_PERFORMANCE, heading, its days so far
    ("last_day", "1d", "MIN(1,ROWS(tblReturns[Date]))"),
    ("last_week", "5d", "MIN(5,ROWS(tblReturns[Date]))"),
    ("month_to_date", "MTD", 'COUNTIF(tblReturns[Date],">="&xlf_month_start)'),
    ("year_to_date", "YTD", 'COUNTIF(tblReturns[Date],">="&xlf_year_start)'),
)

HEDGE_ROWS = 6  # instruments that the sheet shows; xlf_hedge has all
TRADES = RISK_HEDGE + 3  # first row
HEDGE_COLUMNS = (("Instrument", 2, 2), ("Name", 3, 5), ("Weight", 6, 6), ("Trade", 7, 7), ("After", 8, 8))
_ANNUAL = "SQRT(xlf_periods_per_year)"
_AFTER = at("xlf_hedge", '"risk_after"', '"trade"')
_BEFORE = at("xlf_hedge", '"risk_before"', '"trade"')
HEDGED = (  # beside the trades: label, formula, number format
    ("Volatility before, a year", f"{_BEFORE}*{_ANNUAL}", "contribution"),
    ("Volatility after, a year", f"{_AFTER}*{_ANNUAL}", "contribution"),
    ("Change", f"({_AFTER}-{_BEFORE})*{_ANNUAL}", "contribution"),
    ("Change of risk, relative", f"{_AFTER}/{_BEFORE}-1", "share"),
    ("Exposure brought to zero", 'IF(xlf_neutralize="","none: least risk",xlf_neutralize)', "text"),
)  # fmt: skip

DIAGNOSED = RISK_HEALTH + 2  # first row
DIAGNOSED_ROWS = 14
DIAGNOSED_COLUMNS = (  # heading, column of DIAGNOSE_MODEL, first column, last, role, number format
    ("Risk", "risk", 2, 2, "row", "text"),
    ("Test", "test", 3, 4, "row", "text"),
    ("Value", "value", 5, 5, "row_number", "decimal"),
    ("Threshold", "threshold", 6, 6, "row_number", "decimal"),
    ("Status", "status", 7, 8, "verdict", "text"),
    ("Meaning", "meaning", 10, 18, "beside_row", "text"),
)
_R2 = column_of("xlf_regression", "r_squared")
_IDIO = f'ROWS(xlf_idio_covariance)-1-COUNTIF({column_of("xlf_idio_covariance", "status")},"ok")'
HEALTH = (  # measure, formula, number format, meaning
    ("R² on the last date", last("xlf_regression", "r_squared"), "volatility",
     "Share of that day's cross-section that the factors explain."),
    ("R², mean of all dates", f"SUM({_R2})/COUNT({_R2})", "volatility", "The level to compare the last date with."),
    ("Assets used, last date", f'{last("xlf_regression", "n_assets")}&" of "&ROWS(tblLoadings[Asset])', "text",
     "With a return, complete loadings and a weight, of the assets given."),
    ("Condition number, last date", last("xlf_regression", "condition_number"), "z",
     "Above 30 the factors are hard to tell apart."),
    ("Idio variances not ok", _IDIO, "count", "Floored, collapsed or not identified."),
    ("Idio iterations", "ROWS(xlf_convergence)-1", "count", "Until the idio variances settled."),
)  # fmt: skip
HEALTH_ROW = DIAGNOSED + DIAGNOSED_ROWS  # first row

PAGE_COLUMNS = (("xlf_strong_factor", 2, 4, 5, 8), ("xlf_poor_factor", 10, 12, 13, 18))  # name; label, value: from, to
SCREENED = (  # label, column of SCREEN_FACTORS, number format
    ("Verdict", "verdict", "text"),
    ("Adds to explained variance", "incremental_r_squared", "volatility"),
    ("Assets where it is significant", "share_significant", "share"),
    ("Out of sample", "out_of_sample", "volatility"),
    ("p-value, adjusted", "p_adjusted", "p"),
)
SCREEN_ROW = FACTOR_PAGE + 2  # the factor itself; the rows of SCREENED below
POINTS_ROW = FACTOR_PAGE + 9  # what the charts below show, in words
EXPLAINED_ROW = FACTOR_PAGE + 33  # header; the asset of the charts, mean, lowest and highest of all
EXPLAINED = (("explained_ratio", "explained", 6), ("adjusted", "adjusted", 7), ("out_of_sample", "out of sample", 8))
NAMES_ROWS = 250  # names beside xlf_by_asset


def later_cells() -> list[Plain]:
    return [*_factor_returns(), *_hedge(), *_health(), *_factor_page(), *_names()]


def _factor_returns() -> list[Plain]:
    """Columns J to R: the factor, then return and z of each horizon; empty beyond the last factor."""
    top, cells = RISK_EXPOSURES, []
    letters = [("K", "L"), ("M", "N"), ("O", "P"), ("Q", "R")]
    for k, (_, _, days) in enumerate(HORIZONS):
        cells.append(Plain("Risk", top - 1, 11 + 2 * k, f"={days}", "caption_right", "days"))
    for row in range(top + 1, top + 1 + FACTOR_ROWS):
        place = f"ROWS(I${top + 1}:I{row})+1"  # an empty column: a cell that reads itself is a circle
        cells.append(Plain("Risk", row, 10, f'=IFERROR(INDEX(xlf_performance,{place},1),"")', "calc"))
        volatility = at("xlf_correlation", f"$J{row}", '"annual_volatility"')
        for k, (label, _, _) in enumerate(HORIZONS):
            value, days = f"{letters[k][0]}{row}", f"{letters[k][0]}${top - 1}"
            found = at("xlf_performance", f"$J{row}", f'"{label}"')
            z = f"{value}/({volatility}*SQRT({days}/xlf_periods_per_year))"
            cells.append(Plain("Risk", row, 11 + 2 * k, f'=IFERROR({found},"")', "calc", "return"))
            cells.append(Plain("Risk", row, 12 + 2 * k, f'=IFERROR({z},"")', "calc", "z"))
    return cells


def _hedge() -> list[Plain]:
    cells = []
    for row in range(TRADES, TRADES + HEDGE_ROWS):
        place = f"ROWS(I${TRADES}:I{row})+1"
        known = f"{place}<ROWS(xlf_hedge)-1"  # its last two rows are the risks
        weight = f"INDEX(tblPortfolio[Portfolio],MATCH($B{row},tblPortfolio[Asset],0))"
        name = f"INDEX(tblPortfolio[Name],MATCH($B{row},tblPortfolio[Asset],0))"
        trade = beside("xlf_hedge", place, "trade")
        cells += [
            Plain("Risk", row, 2, f'=IFERROR(IF({known},INDEX(xlf_hedge,{place},1),""),"")', "calc"),
            Plain("Risk", row, 3, f'=IFERROR({name}&"","")', "calc", to=5),
            Plain("Risk", row, 6, f'=IF(B{row}="","",IFERROR({weight}+0,0))', "calc", "contribution"),
            Plain("Risk", row, 7, f'=IF(B{row}="","",IFERROR({trade},""))', "calc", "contribution"),
            Plain("Risk", row, 8, f'=IF(B{row}="","",IFERROR(F{row}+G{row},""))', "calc", "contribution"),
        ]
    more = f'=IFERROR(IF(ROWS(xlf_hedge)-3>{HEDGE_ROWS},(ROWS(xlf_hedge)-3-{HEDGE_ROWS})&" more in xlf_hedge",""),"")'
    cells.append(Plain("Risk", TRADES + HEDGE_ROWS, 2, more, "note"))
    for row, (_, formula, number) in enumerate(HEDGED, start=TRADES):
        cells.append(Plain("Risk", row, 13, f"={formula}", "row_number", number, 18))
    return cells


def _health() -> list[Plain]:
    cells = []
    for row in range(DIAGNOSED, DIAGNOSED + DIAGNOSED_ROWS):
        place = f"ROWS(I${DIAGNOSED}:I{row})+1"
        for _, label, first, to, role, number in DIAGNOSED_COLUMNS:
            found = beside("xlf_diagnosis", place, label)
            cells.append(Plain("Risk", row, first, f'=IFERROR({found},"")', role, number, to))
    return cells + [
        Plain("Risk", row, 5, f"={formula}", "row_number", number)
        for row, (_, formula, number, _) in enumerate(HEALTH, start=HEALTH_ROW)
    ]


def _factor_page() -> list[Plain]:
    """The factor that adds most and the one that adds least, each with its screen; the asset of the charts."""
    last = FIRST + FACTOR_ROWS - 1
    names, added = (f"${c}${FIRST}:${c}${last}" for c in map(column_letters, (RANKED, RANKED + 1)))
    cells = []
    for (cell, _, _, first, to), best in zip(PAGE_COLUMNS, ("MAX", "MIN"), strict=True):
        words = f'=xlf_page_asset&" against "&{cell}&", daily returns of the last {SCATTER_DATES} dates"'
        cells.append(Plain("Risk", POINTS_ROW, 2 if best == "MAX" else 10, words, "strong"))
        found = f"=INDEX({names},MATCH({best}({added}),{added},0))"
        cells.append(Plain("Risk", SCREEN_ROW, first, found, "fact_right", "text", to, cell))
        for row, (_, label, number) in enumerate(SCREENED, start=SCREEN_ROW + 1):
            value = at("xlf_screen", cell, f'"{label}"')
            cells.append(Plain("Risk", row, first, f"={value}", "row_number", number, to))
    asset = f'=IF(xlf_chosen_asset="",{LARGEST_HOLDING},xlf_chosen_asset)'
    cells.append(Plain("Risk", EXPLAINED_ROW + 1, 2, asset, "row", name="xlf_page_asset"))
    name = "INDEX(tblPortfolio[Name],MATCH(xlf_page_asset,tblPortfolio[Asset],0))"
    cells.append(Plain("Risk", EXPLAINED_ROW + 1, 3, f'=IFERROR({name}&"","")', "row", to=5))
    for label, _, column in EXPLAINED:
        all_assets = column_of("xlf_explained", label)
        four = (at("xlf_explained", "xlf_page_asset", f'"{label}"'), f"SUM({all_assets})/COUNT({all_assets})",
                 f"MIN({all_assets})", f"MAX({all_assets})")  # fmt: skip
        for row, formula in enumerate(four, start=EXPLAINED_ROW + 1):
            cells.append(Plain("Risk", row, column, f"={formula}", "row_number", "share"))
    return cells


def _names() -> list[Plain]:
    return [
        Plain(
            "Risk", row, 10, f'=IFERROR(INDEX(tblPortfolio[Name],MATCH($B{row},tblPortfolio[Asset],0))&"","")', "calc"
        )
        for row in range(RISK_ASSETS + 1, RISK_ASSETS + 1 + NAMES_ROWS)
    ]
