"""Risk as data, page one: the places of its eleven items, the facts, tiles, measures and the reconciliation."""

from __future__ import annotations

from xlfactor.workbook.template.schema import Plain, at

TILE_COLUMNS = ((2, 2), (3, 4), (5, 6), (7, 8), (10, 10), (11, 13), (14, 16), (17, 18))
LINKS_ROW, TILES_ROW = 4, 5
RISK_TOP = 9  # headings of item 3: the chart of contributions, the measures
RECONCILIATION = 24  # item 4: the row of numbers
MOVED = (26, 10)  # item 5: 14 rows of 9 columns, filled by refresh
RISK_TABLES = 28  # header of xlf_by_factor
VOLATILITY_CHART, VOLATILITY_ROWS = 41, 9
PAGE_ONE_END = 50
RISK_FACTORS = 90  # items 6 and 7: headings above the charts
RISK_EXPOSURES = 109  # header of xlf_exposures and of the factor returns
RISK_HEDGE = 168  # item 8
RISK_HEALTH = 178  # item 9
HEALTH_CHARTS, HEALTH_CHART_ROWS = 201, 11
FACTOR_PAGE = 228  # item 10
RISK_ASSETS = 272  # item 11: header of xlf_by_asset
LIVE_ROW = 12  # header of the live blocks right of the page: last in their columns

PERIOD = 'IF(xlf_periods_per_year=252,"day",IF(xlf_periods_per_year=52,"week","period"))'
LEVEL = f'xlf_confidence*100&" %, "&xlf_horizon&" "&{PERIOD}&IF(xlf_horizon=1,"","s")'


def quoted(text: str) -> str:
    return f'"{text}"'


def measure(label: str) -> str:
    return f'INDEX(xlf_risk,MATCH("{label}",INDEX(xlf_risk,0,1),0),2)'


def active(label: str) -> str:
    return at("xlf_risk", f'"{label}"', '"active"')


FACTS = (  # the strip under the title
    ("As of", "xlf_as_of", "date"),
    ("Benchmark", "xlf_benchmark_name", "text"),
    ("Data since", "xlf_first_date", "date"),
    ("Dates", "ROWS(tblReturns[Date])", "count"),
    ("Universe", 'ROWS(tblLoadings[Asset])&" assets, "&(ROWS(xlf_factor_covariance)-1)&" factors"', "text"),
    ("Version", '"xlfactor "&xlf_version', "text"),
    ("Input hash, last refresh", 'INDEX(tblLog[input_hash],ROWS(tblLog[input_hash]))&""', "text"),
    ("Status", "xlf_status", "text"),
)

TILES = (  # heading, formula, number format, note; columns (from, to) of each are TILE_COLUMNS
    ("Total volatility", measure("annual_volatility"), "volatility", '"a year"'),
    ("Active volatility", active("annual_volatility"), "volatility", '"a year, to "&xlf_benchmark_name'),
    ("Factor share", measure("factor_share"), "share", '"of variance"'),
    ("Beta", measure("beta"), "loading", '"to "&xlf_benchmark_name'),
    ("Value at risk", measure("value_at_risk"), "contribution", LEVEL),
    ("Expected shortfall", measure("expected_shortfall"), "contribution", LEVEL),
    ("Effective assets", measure("effective_assets"), "z", f'"of "&{measure("n_assets")}&" held"'),
    ("Status", "xlf_status", "text", '"see Checks"'),
)

MEASURES_SHOWN = (  # label of RISK_DECOMPOSITION, in words, number format, meaning
    ("annual_volatility", "Total volatility", "volatility", "of the return, a year"),
    ("annual_factor_volatility", "Factor volatility", "volatility", "what the factors explain"),
    ("annual_idio_volatility", "Idio volatility", "volatility", "what no factor explains"),
    ("factor_share", "Factor share", "share", "of variance"),
    ("idio_share", "Idio share", "share", "of variance"),
    ("beta", "Beta", "loading", "to the benchmark, by the model"),
    ("value_at_risk", "Value at risk", "contribution", "loss at the confidence and horizon of Settings"),
    ("expected_shortfall", "Expected shortfall", "contribution", "mean loss beyond value at risk"),
    ("effective_assets", "Effective assets", "z", "1 / sum of squared weights"),
    ("n_assets", "Assets held", "count", "with a weight other than 0"),
)
VIEWS = ("portfolio", "benchmark", "active")

RECONCILED = (  # heading, formula, first column, last
    ("RISK_DECOMPOSITION", measure("annual_volatility"), 11, 12),
    ("RISK_BY_FACTOR", at("xlf_by_factor", '"total"', '"contribution"'), 13, 14),
    ("RISK_BY_ASSET", at("xlf_by_asset", '"total"', '"contribution"'), 15, 16),
)


def first_page_cells() -> list[Plain]:
    cells = [Plain("Risk", 1, 2, '=xlf_portfolio_name&" · factor risk"', "title", to=9)]
    for (_, formula, number), (first, to) in zip(FACTS, TILE_COLUMNS, strict=True):
        name = "xlf_input_hash" if "hash" in formula else ""
        cells.append(Plain("Risk", 3, first, f"={formula}", "small_fact" if name else "fact", number, to, name))
    for (_, formula, number, note), (first, to) in zip(TILES, TILE_COLUMNS, strict=True):
        cells.append(Plain("Risk", TILES_ROW + 1, first, f"={formula}", "tile_value", number, to))
        cells.append(Plain("Risk", TILES_ROW + 2, first, f"={note}", "tile_note", "text", to))
    for row, (label, _, number, _) in enumerate(MEASURES_SHOWN, start=RISK_TOP + 2):
        for column, view in enumerate(VIEWS, start=11):
            cells.append(Plain("Risk", row, column, f"={at('xlf_risk', quoted(label), quoted(view))}", "row", number))
    return [*cells, *_reconciliation()]


def _reconciliation() -> list[Plain]:
    row = RECONCILIATION
    cells = [Plain("Risk", row, first, f"={formula}", "row", "exact", to) for _, formula, first, to in RECONCILED]
    values = f"K{row},M{row},O{row}"
    difference = Plain("Risk", row, 17, f"=MAX({values})-MIN({values})", "row", "exact")
    verdict = Plain("Risk", row, 18, f'=IFERROR(IF(Q{row}<0.000000000001,"OK","FAIL"),"FAIL")', "verdict")
    return [*cells, difference, verdict]
