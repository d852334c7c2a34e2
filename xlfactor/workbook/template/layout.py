"""The template as data: sheets, tables, settings, and the live blocks with their formula, place and formats.

Names and tables are the contract; rows and columns are this file's choice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SCHEMA = 1
SHEETS = {  # name: tab colour
    "About": "A6A6A6",
    "Settings": "FFC000",
    "Returns": "FFC000",
    "Loadings": "FFC000",
    "Portfolio": "FFC000",
    "Model": "2F5597",
    "Risk": "548235",
    "Checks": "C00000",
    "Log": "A6A6A6",
}
PROTECTED = ("Model", "Risk", "Checks")
SPARE_ROWS, SPARE_COLUMNS = 40, 10
LAST_ROW = 1_048_576

FACTORS = 15  # of the sample
MODEL_ROW = 6  # anchors of all blocks on Model: one frozen row shows every header


@dataclass(frozen=True)
class Table:
    """An Excel table of inputs: where it stands (row, column from 1), the sample behind it, its formats by column."""

    name: str
    sheet: str
    row: int
    column: int
    source: str
    formats: dict[str, str]
    default: str = "number"


@dataclass(frozen=True)
class Setting:
    """One row of Settings: the cell is named xlf_<name>; the default is that of `argument` of `function`."""

    name: str
    label: str
    function: str
    argument: str
    unit: str
    meaning: str
    bounds: tuple[float, float] | None = None
    number: str = "number"


@dataclass(frozen=True)
class Block:
    """One live formula and the area its result may grow into; `row`, `column` from 1 are its anchor.

    `formats` by column label, `row_formats` by row label (they win), `default` for the rest.
    """

    name: str
    formula: str
    title: str
    meaning: str
    sheet: str
    row: int
    column: int
    width: int
    default: str
    formats: dict[str, str] = field(default_factory=dict)
    row_formats: dict[str, str] = field(default_factory=dict)
    spare_rows: int = LAST_ROW
    spare_columns: int = 0


RETURNS, LOADINGS, CAPS = "tblReturns[#All]", "tblLoadings[#All]", "tblCaps[#All]"
DATA = f"{RETURNS},{LOADINGS}"
REGRESSED = f"{DATA},xlf_idio_covariance,,{CAPS},xlf_method,xlf_lag"
PORTFOLIO = f"tblPortfolio[[#All],[Asset]:[Benchmark]],{LOADINGS},xlf_factor_covariance,xlf_idio_covariance"
YEAR = "xlf_periods_per_year"

TABLES = (
    Table("tblReturns", "Returns", 1, 1, "returns.csv", {"Date": "date"}, "return"),
    Table("tblLoadings", "Loadings", 1, 1, "loadings.csv", {"Market": "loading"}, "loading"),
    Table("tblPortfolio", "Portfolio", 1, 1, "portfolio.csv", {}, "weight"),
    Table("tblCaps", "Portfolio", 1, 6, "caps.csv", {}, "count"),
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
    Setting("periods_per_year", "Periods a year", "RISK_DECOMPOSITION", "periods_per_year", "periods",
            "252 daily, 52 weekly, 12 monthly: makes annual figures.", (1, 366)),
    Setting("confidence", "Confidence", "RISK_DECOMPOSITION", "confidence", "share",
            "Of value at risk and expected shortfall.", (0.5, 0.9999), "share"),
    Setting("horizon", "Horizon", "RISK_DECOMPOSITION", "horizon", "periods",
            "Of value at risk and expected shortfall.", (1, 366)),
)  # fmt: skip

_ANNUAL = {"annual_volatility": "volatility"}
_STATISTICS = {
    "annual_return": "volatility", "annual_volatility": "volatility", "max_drawdown": "volatility", "hit_rate": "share",
    "t_stat": "z", "newey_west_t": "z", "last_day": "return", "last_week": "return", "month_to_date": "return",
    "year_to_date": "return",
}  # fmt: skip

_MODEL: tuple[tuple[str, str, int, str, str, str, dict[str, str]], ...] = (
    # name, formula, width in the sample, title, meaning, default format, formats by column
    ("factor_returns", f"FACTOR_RETURNS({REGRESSED})", FACTORS + 1, "Factor returns",
     "What each factor returned on each date, by weighted regression of the assets' returns on their loadings.",
     "return", {}),
    ("regression", f"REGRESSION_SUMMARY({REGRESSED})", 6, "Regression quality",
     "How much of each day's returns the factors explain.", "count",
     {"r_squared": "volatility", "adjusted_r_squared": "volatility", "condition_number": "z"}),
    ("idio_covariance", f"IDIO_COVARIANCE({DATA},xlf_idio_method,{CAPS},,,,,xlf_lag,{YEAR})", 5, "Idio covariance",
     "Risk of each asset that no factor explains; also the regression's weights.", "variance",
     {**_ANNUAL, "leverage": "loading", "status": "text"}),
    ("convergence", f"IDIO_CONVERGENCE({DATA},xlf_idio_method,{CAPS},,,,,xlf_lag)", 3, "Convergence",
     "The idio covariance, iteration by iteration.", "count",
     {"log_likelihood": "decimal", "max_change": "variance"}),
    ("factor_covariance",
     "FACTOR_COVARIANCE(xlf_factor_returns,xlf_half_life_volatility,xlf_half_life_correlation,"
     "xlf_newey_west_volatility,xlf_newey_west_correlation,xlf_eigen_adjustment,xlf_regime_half_life,"
     "xlf_shrinkage,xlf_noise)", FACTORS + 1, "Factor covariance", "Per period, after the settings.", "variance", {}),
    ("correlation", f"COVARIANCE_SUMMARY(xlf_factor_covariance,{YEAR})", FACTORS + 2, "Factor risk and correlation",
     "Annual volatility of each factor and the correlations between them.", "loading", _ANNUAL),
    ("noise", f"FACTOR_NOISE({DATA},xlf_idio_covariance,,{CAPS},xlf_lag)", FACTORS + 1, "Factor noise",
     "Estimation noise in the factor returns; taken out of the factor covariance.", "variance", {}),
    ("performance", f"FACTOR_PERFORMANCE(xlf_factor_returns,{YEAR})", 15, "Factor performance",
     "Return, risk and significance of each factor over the whole sample.", "loading", _STATISTICS),
    ("cumulative", "CUMULATIVE_RETURNS(xlf_factor_returns)", FACTORS + 1, "Cumulative factor returns",
     "Compounded from the first date.", "return", {}),
    ("explained", f"EXPLAINED_VARIANCE({RETURNS},xlf_factor_returns)", 4, "Explained variance",
     "Share of each asset's variance that the factor returns explain, in time.", "share", {}),
)  # fmt: skip


def _side_by_side() -> tuple[Block, ...]:
    """The blocks of Model: one row of anchors, spare columns after each, nothing below."""
    blocks, column = [], 1
    for name, formula, width, title, meaning, default, formats in _MODEL:
        blocks.append(
            Block(f"xlf_{name}", f"={formula}", title, meaning, "Model", MODEL_ROW, column, width, default,
                  formats, spare_columns=SPARE_COLUMNS)
        )  # fmt: skip
        column += width + SPARE_COLUMNS
    return tuple(blocks)


MOVED = (149, 10)  # row and column of what moved
RISK_TABLES, RISK_EXPOSURES, RISK_HEALTH, RISK_ASSETS = 28, 107, 165, 185  # the header rows of the sections
MEASURES = {
    "factor_share": "share", "idio_share": "share", "beta": "loading", "value_at_risk": "contribution",
    "expected_shortfall": "contribution", "effective_assets": "z", "n_assets": "count",
}  # fmt: skip
_CONTRIBUTION = {"marginal": "contribution", "contribution": "contribution", "share": "share"}

BLOCKS = (
    Block("xlf_version", "=XLFACTOR_VERSION()", "", "", "About", 4, 3, 1, "text", spare_rows=0),
    *_side_by_side(),
    Block("xlf_by_factor", f"=RISK_BY_FACTOR({PORTFOLIO},,{YEAR})", "Risk by factor",
          "Annual. Exposure × volatility × correlation; contributions sum to total volatility.",
          "Risk", RISK_TABLES, 2, 7, "loading", {"volatility": "volatility", **_CONTRIBUTION}, spare_rows=SPARE_ROWS),
    Block("xlf_risk", f"=RISK_DECOMPOSITION({PORTFOLIO},{YEAR},xlf_confidence,xlf_horizon)", "Risk measures",
          "Annual, except value at risk and shortfall.", "Risk", RISK_TABLES, 10, 4, "volatility", {}, MEASURES,
          SPARE_ROWS),
    Block("xlf_exposures", f"=EXPOSURES(tblPortfolio[[#All],[Asset]:[Benchmark]],{LOADINGS})", "Exposures",
          "Loadings × weights; active = portfolio − benchmark.", "Risk", RISK_EXPOSURES, 2, 4, "loading", {},
          spare_rows=SPARE_ROWS),
    Block("xlf_by_asset", f"=RISK_BY_ASSET({PORTFOLIO},,{YEAR})", "Risk by asset",
          "Annual. Contributions sum to total volatility.", "Risk", RISK_ASSETS, 2, 7, "contribution",
          {"share": "contribution"}),
)  # fmt: skip


def block(name: str) -> Block:
    return next(b for b in BLOCKS if b.name == name)


def reserved(b: Block, rows: int, columns: int) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of the area that a block of this size keeps free."""
    last_row = min(b.row + rows - 1 + b.spare_rows, LAST_ROW)
    return b.row, b.column, last_row, b.column + columns - 1 + b.spare_columns
