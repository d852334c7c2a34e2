"""The template as data: tables of inputs and live blocks with their formula, place and formats.

Names and tables are the contract; rows and columns are this package's choice.
"""

from __future__ import annotations

from xlfactor.workbook.template.layout_checks import CHECK_RETURNS, CHECKS_ROW, DIAGNOSIS, checks_cells
from xlfactor.workbook.template.layout_model import DATA, LOADINGS, RETURNS, YEAR, model_blocks, model_cells
from xlfactor.workbook.template.layout_pages import later_cells
from xlfactor.workbook.template.layout_risk import (
    LIVE_ROW,
    RISK_ASSETS,
    RISK_EXPOSURES,
    RISK_TABLES,
    first_page_cells,
)
from xlfactor.workbook.template.layout_scatter import scatter_cells
from xlfactor.workbook.template.layout_settings import HEDGE, settings_cells
from xlfactor.workbook.template.schema import LAST_ROW, SPARE_ROWS, Block, Plain, Table

HOLDINGS = "tblPortfolio[[#All],[Asset]:[Benchmark]]"
PORTFOLIO = f"{HOLDINGS},{LOADINGS},xlf_factor_covariance,xlf_idio_covariance"

TABLES = (
    Table("tblReturns", "Returns", 1, 1, "returns.csv", {"Date": "date"}, "return", ("Date", "Asset 1")),
    Table("tblLoadings", "Loadings", 1, 1, "loadings.csv", {"Market": "loading"}, "loading", ("Asset", "Market")),
    Table("tblPortfolio", "Portfolio", 1, 1, "portfolio.csv", {}, "weight",
          ("Asset", "Portfolio", "Benchmark", "Name")),
    Table("tblCaps", "Portfolio", 1, 6, "caps.csv", {}, "count", ("Asset", "Cap")),
    Table("tblHedge", "Settings", *HEDGE, "hedge.csv", {}, "text", ("Instrument",)),
)  # fmt: skip

MEASURES = {
    "factor_share": "share", "idio_share": "share", "beta": "loading", "value_at_risk": "contribution",
    "expected_shortfall": "contribution", "effective_assets": "z", "n_assets": "count",
}  # fmt: skip
CONTRIBUTIONS = {"marginal": "contribution", "contribution": "contribution", "share": "share"}

BLOCKS = (
    Block("xlf_version", "=XLFACTOR_VERSION()", "", "", "About", 4, 3, 1, "text", spare_rows=0),
    *model_blocks(),
    Block("xlf_by_factor", f"=RISK_BY_FACTOR({PORTFOLIO},,{YEAR})", "Risk by factor",
          "Annual. Exposure × volatility × correlation; contributions sum to total volatility.",
          "Risk", RISK_TABLES, 2, 7, "loading", {"volatility": "volatility", **CONTRIBUTIONS}, spare_rows=SPARE_ROWS),
    Block("xlf_risk", f"=RISK_DECOMPOSITION({PORTFOLIO},{YEAR},xlf_confidence,xlf_horizon)", "Risk measures, live",
          "Behind the tiles and the table of measures.", "Risk", LIVE_ROW, 20, 4, "volatility", {}, MEASURES),
    Block("xlf_exposures", f"=EXPOSURES({HOLDINGS},{LOADINGS})", "Exposures",
          "Loadings × weights; active = portfolio − benchmark. Red above 0, blue below.",
          "Risk", RISK_EXPOSURES, 2, 4, "loading", {}, spare_rows=SPARE_ROWS),
    Block("xlf_hedge", f"=HEDGE({PORTFOLIO},tblHedge[#All],xlf_neutralize)", "Hedge, live",
          "All instruments; risk per period.", "Risk", LIVE_ROW, 25, 2, "contribution", {}),
    Block("xlf_by_asset", f"=RISK_BY_ASSET({PORTFOLIO},,{YEAR})", "Risk by asset",
          "Annual. Contributions sum to total volatility.", "Risk", RISK_ASSETS, 2, 7, "contribution",
          dict.fromkeys(("weight", "contribution", "share", "factor_contribution", "idio_contribution"), "weight")),
    Block("xlf_diagnosis", f"=DIAGNOSE_MODEL({DATA},xlf_idio_covariance,,tblCaps[#All],xlf_lag)", "Model diagnosis",
          "The four risks of a factor model, each with its tests.", "Checks", CHECKS_ROW, DIAGNOSIS, 6, "decimal"),
    Block("xlf_check_returns", f"=CHECK_RETURNS({RETURNS})", "Suspect returns",
          "What looks like a data error: correct the source, or leave it.", "Checks", CHECKS_ROW, CHECK_RETURNS, 5,
          "decimal"),
)  # fmt: skip


def block(name: str) -> Block:
    return next(b for b in BLOCKS if b.name == name)


def plain_cells() -> list[Plain]:
    """All plain formulas: the closed set that refresh evaluates too, and nothing else."""
    return [*settings_cells(), *model_cells(), *first_page_cells(), *later_cells(), *scatter_cells(), *checks_cells()]


def reserved(b: Block, rows: int, columns: int) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of the area that a block of this size keeps free."""
    last_row = min(b.row + rows - 1 + b.spare_rows, LAST_ROW)
    return b.row, b.column, last_row, b.column + columns - 1 + b.spare_columns
