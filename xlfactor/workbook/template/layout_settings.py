"""Settings as data: the rows with their names, choices and limits; the calendar; the hedge instruments."""

from __future__ import annotations

from xlfactor.workbook.template.schema import Plain, Setting

SETTINGS_ROW = 4  # header of the settings
HEDGE = (SETTINGS_ROW, 7)  # where tblHedge stands

NAMES = (
    ("Portfolio", "portfolio_name", "Synthetic Quality Fund", "Title of the risk sheet and of the report."),
    ("Benchmark", "benchmark_name", "cap-weighted index", "What the benchmark weights stand for."),
    ("Asset of the factor page", "chosen_asset", "", "Blank = the largest holding."),
)

SETTINGS = (
    Setting("method", "Regression method", "FACTOR_RETURNS", "method", "", "How each day's cross-section is fitted."),
    Setting("lag", "Lag of dated loadings", "FACTOR_RETURNS", "lag", "dates",
            "Loadings known this many dates before a return explain it; ignored without dates.", (0, 60)),
    Setting("idio_method", "Idio covariance method", "IDIO_COVARIANCE", "method", "",
            "reml corrects for the noise that the factor returns themselves contain."),
    Setting("half_life_volatility", "Half-life, volatilities", "FACTOR_COVARIANCE", "half_life_volatility", "periods",
            "Weight of a return halves after so many periods; 0 = equal weights.", (0, 5000)),
    Setting("half_life_correlation", "Half-life, correlations", "FACTOR_COVARIANCE", "half_life_correlation", "periods",
            "Correlations move more slowly than volatilities: a longer half-life.", (0, 5000)),
    Setting("newey_west_volatility", "Newey-West lags, volatilities", "FACTOR_COVARIANCE", "newey_west_volatility",
            "periods", "Serial correlation that is taken into account; 0 = none.", (0, 60)),
    Setting("newey_west_correlation", "Newey-West lags, correlations", "FACTOR_COVARIANCE", "newey_west_correlation",
            "periods", "The same for correlations.", (0, 60)),
    Setting("eigen_adjustment", "Eigenfactor adjustment", "FACTOR_COVARIANCE", "eigen_adjustment", "scale",
            "Lifts the risk of portfolios that look too safe; 0 = off.", (0, 3)),
    Setting("regime_half_life", "Half-life, volatility regime", "FACTOR_COVARIANCE", "regime_half_life", "periods",
            "Scales all volatilities to recent surprises; 0 = off.", (0, 5000)),
    Setting("shrinkage", "Shrinkage of the factor covariance", "FACTOR_COVARIANCE", "shrinkage", "",
            "none, or towards a simple structure."),
    Setting("idio_half_life", "Half-life, idio variance", "IDIO_VARIANCE", "half_life", "periods",
            "Of xlf_idio_variance, the recent idio risk; 0 = equal weights.", (0, 5000)),
    Setting("idio_newey_west", "Newey-West lags, idio variance", "IDIO_VARIANCE", "newey_west", "periods",
            "Serial correlation in idio returns; 0 = none.", (0, 60)),
    Setting("idio_shrinkage", "Shrinkage of the idio variance", "IDIO_VARIANCE", "shrinkage", "share",
            "Towards assets of like size: 0 = none, 1 = all.", (0, 1)),
    Setting("periods_per_year", "Periods a year", "RISK_DECOMPOSITION", "periods_per_year", "periods",
            "252 daily, 52 weekly, 12 monthly: makes annual figures.", (1, 366)),
    Setting("confidence", "Confidence", "RISK_DECOMPOSITION", "confidence", "share",
            "Of value at risk and expected shortfall.", (0.5, 0.9999), "share"),
    Setting("horizon", "Horizon", "RISK_DECOMPOSITION", "horizon", "periods",
            "Of value at risk and expected shortfall.", (1, 366)),
)  # fmt: skip
NEUTRALIZE = ("Neutralize", "neutralize", "factor", "The hedge brings this exposure to zero; blank = least risk.")
NEUTRAL_SAMPLE = "Market"

CALENDAR = (
    ("As of", "Last date of Returns."),
    ("Data since", "First date of Returns."),
    ("Month begins", "For month to date."),
    ("Year begins", "For year to date."),
    ("Whole years since 1901", "Calendar by whole-number arithmetic, so that refresh can do it too."),
    ("Years since March 1900", ""),
    ("Day of that year", ""),
    ("Month of that year", ""),
)
# Reads a live block too, so that a refresh computes it after rows were pasted.
LARGEST_HOLDING = (
    "IF(ROWS(xlf_exposures)>0,"
    'INDEX(tblPortfolio[Asset],MATCH(MAX(tblPortfolio[Portfolio]),tblPortfolio[Portfolio],0)),"")'
)


def neutral_row() -> int:
    return SETTINGS_ROW + 1 + len(NAMES) + len(SETTINGS)


def calendar_row() -> int:
    """First row of the calculated dates on Settings."""
    return neutral_row() + 4


def settings_cells() -> list[Plain]:
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
    ] + [Plain("Settings", 2, 3, "=xlf_status", "verdict")]
