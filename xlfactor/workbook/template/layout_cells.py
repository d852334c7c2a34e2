"""The template's plain formulas as data: the closed set that refresh evaluates too, and nothing else.

Every figure is found by its label (INDEX, MATCH), never by its place in a result.
"""

from __future__ import annotations

from dataclasses import dataclass

from xlfactor.workbook.template.layout import RISK_EXPOSURES, RISK_HEALTH, RISK_TABLES, SETTINGS

CHECKS_ROW = 5  # header of the live checks
FINDINGS_ROW = 16  # header of tblChecks
SETTINGS_ROW = 4  # header of the settings
FACTOR_ROWS = 40  # the table of factor returns is made for so many


@dataclass(frozen=True)
class Plain:
    """A plain formula at (row, column from 1), merged to column `to` if that is beyond; `name` names the cell."""

    sheet: str
    row: int
    column: int
    formula: str
    role: str = "row"
    number: str = "text"
    to: int = 0
    name: str = ""


def at(table: str, row: str, column: str) -> str:
    """The cell of a named block in the row and under the header of these labels (texts in quotes, or cells)."""
    return f"INDEX({table},MATCH({row},INDEX({table},0,1),0),MATCH({column},INDEX({table},1,0),0))"


def last(table: str, column: str) -> str:
    return f'INDEX({table},ROWS({table}),MATCH("{column}",INDEX({table},1,0),0))'


def column_of(table: str, column: str) -> str:
    return f'INDEX({table},0,MATCH("{column}",INDEX({table},1,0),0))'


def measure(label: str, of: str = "portfolio") -> str:
    return at("xlf_risk", f'"{label}"', f'"{of}"')


PERIOD = 'IF(xlf_periods_per_year=252,"day",IF(xlf_periods_per_year=52,"week","period"))'
LEVEL = f'xlf_confidence*100&" %, "&xlf_horizon&" "&{PERIOD}&IF(xlf_horizon=1,"","s")'

TILES = (  # heading, formula, number format, note; columns (from, to) of each are TILE_COLUMNS
    ("Total volatility", measure("annual_volatility"), "volatility", '"a year"'),
    ("Active volatility", measure("annual_volatility", "active"), "volatility", '"a year, to "&xlf_benchmark_name'),
    ("Factor share", measure("factor_share"), "share", '"of variance"'),
    ("Beta", measure("beta"), "loading", '"to "&xlf_benchmark_name'),
    ("Value at risk", measure("value_at_risk"), "contribution", LEVEL),
    ("Expected shortfall", measure("expected_shortfall"), "contribution", LEVEL),
    ("Effective assets", measure("effective_assets"), "z", f'"of "&{measure("n_assets")}&" held"'),
    ("Status", "xlf_status", "text", '"see Checks"'),
)
TILE_COLUMNS = ((2, 2), (3, 4), (5, 6), (7, 8), (10, 10), (11, 13), (14, 16), (17, 18))

FACTS = (  # the strip under the title
    ("As of", "xlf_as_of", "date"),
    ("Data since", "xlf_first_date", "date"),
    ("Dates", "ROWS(tblReturns[Date])", "count"),
    ("Assets", "ROWS(tblLoadings[Asset])", "count"),
    ("Benchmark", "xlf_benchmark_name", "text"),
    ("Model", '"xlfactor "&xlf_version', "text"),
    ("Factors", "ROWS(xlf_factor_covariance)-1", "count"),
    ("Status", "xlf_status", "text"),
)

HORIZONS = (  # column of FACTOR_PERFORMANCE, heading, its days so far
    ("last_day", "Last day", "MIN(1,ROWS(tblReturns[Date]))"),
    ("last_week", "Last week", "MIN(5,ROWS(tblReturns[Date]))"),
    ("month_to_date", "MTD", 'COUNTIF(tblReturns[Date],">="&xlf_month_start)'),
    ("year_to_date", "YTD", 'COUNTIF(tblReturns[Date],">="&xlf_year_start)'),
)

RECONCILED = (
    ("Risk measures", measure("annual_volatility")),
    ("Sum over factors", at("xlf_by_factor", '"total"', '"contribution"')),
    ("Sum over assets", at("xlf_by_asset", '"total"', '"contribution"')),
)

HEALTH = (  # measure, formula, number format, meaning
    ("R² on the last date", last("xlf_regression", "r_squared"), "volatility",
     "Share of that day's cross-section that the factors explain"),
    ("R², mean of all dates", f"SUM({column_of('xlf_regression', 'r_squared')})/"
     f"COUNT({column_of('xlf_regression', 'r_squared')})", "volatility", "The level to compare the last date with"),
    ("Assets used on the last date", last("xlf_regression", "n_assets"), "count",
     "With a return, complete loadings and a weight"),
    ("Assets given", "ROWS(tblLoadings[Asset])", "count", "Rows of Loadings"),
    ("Condition number, last date", last("xlf_regression", "condition_number"), "z",
     "Above 30 the factors are hard to tell apart"),
    ("Dates estimated", f"COUNT({column_of('xlf_regression', 'r_squared')})", "count", "With enough assets"),
    ("Idio iterations", "ROWS(xlf_convergence)-1", "count", "Until the idio variances settled"),
    ("Idio variances not ok", "ROWS(xlf_idio_covariance)-1-"
     f'COUNTIF({column_of("xlf_idio_covariance", "status")},"ok")', "count", "Floored, collapsed or not identified"),
    ("Largest leverage", f"MAX({column_of('xlf_idio_covariance', 'leverage')})", "loading",
     "1 = a factor return hangs on one asset"),
)  # fmt: skip

_SETTLED = f'IF((xlf_idio_method="reml")+(xlf_idio_method="em")>0,{last("xlf_convergence", "max_change")},0)'
_WEIGHTS = "tblPortfolio[Benchmark]"
CHECKS = (  # check, value, limit, its number format, condition on (value, limit), verdict otherwise, meaning
    ("Contributions add up", f"Risk!$R${RISK_TABLES + 3}", 1e-12, "variance", "{0}<{1}", "FAIL",
     "Largest difference between the three ways to the same annual volatility."),
    ("Portfolio weights", "SUM(tblPortfolio[Portfolio])", 0.01, "contribution", "ABS({0}-1)<={1}", "WARN",
     "Their sum should be 1; the rest is cash without risk."),
    ("Benchmark weights", f"IF(COUNT({_WEIGHTS})=0,1,SUM({_WEIGHTS}))", 0.01, "contribution", "ABS({0}-1)<={1}", "WARN",
     "Their sum should be 1; without a benchmark there is nothing to check."),
    ("Dates estimated", f"COUNT({column_of('xlf_regression', 'r_squared')})/ROWS(tblReturns[Date])", 1.0,
     "volatility", "{0}>={1}", "WARN", "A date with too few assets has no factor returns."),
    ("Coverage on the last date", f"{last('xlf_regression', 'n_assets')}/ROWS(tblLoadings[Asset])", 0.9,
     "volatility", "{0}>={1}", "WARN", "Assets used of the assets given."),
    ("Condition number", last("xlf_regression", "condition_number"), 30.0, "z", "{0}<{1}", "WARN",
     "Above the limit some factor is nearly a mix of others."),
    ("Idio covariance settled", _SETTLED, 1e-5, "variance", "{0}<={1}", "WARN",
     "Largest change in the last iteration (reml, em)."),
    ("Idio variances ok", f'COUNTIF({column_of("xlf_idio_covariance", "status")},"ok")/(ROWS(xlf_idio_covariance)-1)',
     0.95, "volatility", "{0}>={1}", "WARN", "The others were floored, collapsed or not identified."),
)  # fmt: skip


def plain_cells() -> list[Plain]:
    return [*_settings(), *_facts_and_tiles(), *_reconciliation(), *_factor_table(), *_health(), *_checks()]


def calendar_row() -> int:
    """First row of the calculated dates on Settings: after two names and the settings."""
    return SETTINGS_ROW + 2 + len(SETTINGS) + 4


def _settings() -> list[Plain]:
    """The as-of date and where its month and year begin, by whole-number arithmetic: refresh knows no MONTH.

    e days since 1901-01-01: year floor((4e + 3)/1461). d days since 1900-03-01: March-year floor((4d + 3)/1461),
    in it month floor((5 day + 2)/153). floor(a/b) is ROUND((a − (b − 1)/2)/b, 0) for odd b, ROUND((2a − 3)/8, 0)
    for b = 4. Right from 1901 to 2099.
    """
    row = calendar_row()
    years, march, day, month = (f"$C${row + k}" for k in range(4, 8))
    formulas = (
        ("MAX(tblReturns[Date])", "as_of"),
        ("MIN(tblReturns[Date])", "first_date"),
        (f"xlf_as_of-({day}-ROUND(153*{month}/5,0))", "month_start"),
        (f"367+365*{years}+ROUND((2*{years}-3)/8,0)", "year_start"),
        ("ROUND((4*(xlf_as_of-367)-727)/1461,0)", ""),
        ("ROUND((4*(xlf_as_of-61)-727)/1461,0)", ""),
        (f"xlf_as_of-61-365*{march}-ROUND((2*{march}-3)/8,0)", ""),
        (f"ROUND((5*{day}-74)/153,0)", ""),
    )
    return [
        Plain("Settings", row + k, 3, f"={formula}", "row", "date" if name else "count", name=name and f"xlf_{name}")
        for k, (formula, name) in enumerate(formulas)
    ] + [Plain("Settings", 2, 3, "=xlf_status", "verdict"), Plain("Model", 2, 5, "=xlf_status", "verdict"),
         Plain("Model", 2, 2, "=xlf_as_of", "fact", "date")]  # fmt: skip


def _facts_and_tiles() -> list[Plain]:
    cells = [Plain("Risk", 1, 2, '=xlf_portfolio_name&" · factor risk"', "title", to=9)]
    for (_, formula, number), (first, to) in zip(FACTS, TILE_COLUMNS, strict=True):
        cells.append(Plain("Risk", 3, first, f"={formula}", "fact", number, to))
    for (_, formula, number, note), (first, to) in zip(TILES, TILE_COLUMNS, strict=True):
        cells.append(Plain("Risk", 6, first, f"={formula}", "tile_value", number, to))
        cells.append(Plain("Risk", 7, first, f"={note}", "tile_note", "text", to))
    return cells


def _reconciliation() -> list[Plain]:
    top = RISK_TABLES
    cells = [Plain("Risk", row, 18, f"={f}", "row", "contribution") for row, (_, f) in enumerate(RECONCILED, top)]
    span = f"R{top}:R{top + 2}"
    difference = Plain("Risk", top + 3, 18, f"=MAX({span})-MIN({span})", "row", "variance")
    verdict = Plain("Risk", top + 4, 18, f'=IFERROR(IF(R{top + 3}<0.000000000001,"OK","FAIL"),"FAIL")', "verdict")
    return [*cells, difference, verdict]


def _factor_table() -> list[Plain]:
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


def _health() -> list[Plain]:
    return [
        Plain("Risk", RISK_HEALTH + k, 3, f"={formula}", "row", number)
        for k, (_, formula, number, _) in enumerate(HEALTH, start=1)
    ]


def _checks() -> list[Plain]:
    first, cells = CHECKS_ROW + 1, []
    for row, (_, value, _, number, condition, otherwise, _) in enumerate(CHECKS, start=first):
        test = condition.format(f"C{row}", f"D{row}")
        cells.append(Plain("Checks", row, 3, f"={value}", "row", number))
        cells.append(Plain("Checks", row, 5, f'=IFERROR(IF({test},"OK","{otherwise}"),"FAIL")', "verdict"))
    span = f"E{first}:E{first + len(CHECKS) - 1}"
    severity = "tblChecks[severity]"
    worst = (
        f'IF(COUNTIF({span},"FAIL")+COUNTIF({severity},"error")>0,"FAIL",'
        f'IF(COUNTIF({span},"WARN")+COUNTIF({severity},"warn")>0,"WARN","OK"))'
    )
    return [*cells, Plain("Checks", 3, 3, f"={worst}", "verdict", name="xlf_status")]
