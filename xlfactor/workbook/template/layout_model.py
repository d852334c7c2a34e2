"""Model as data: the live blocks side by side, and the plain numbers behind the scatter charts."""

from __future__ import annotations

from xlfactor.workbook.addresses import column_letters
from xlfactor.workbook.template.schema import FACTOR_ROWS, SPARE_COLUMNS, Block, Plain, beside, column_of

FACTORS = 15  # of the sample
MODEL_ROW = 6  # anchors of all blocks: one frozen row shows every header
SCATTER_DATES = 252

RETURNS, LOADINGS, CAPS = "tblReturns[#All]", "tblLoadings[#All]", "tblCaps[#All]"
DATA = f"{RETURNS},{LOADINGS}"
REGRESSED = f"{DATA},xlf_idio_covariance,,{CAPS},xlf_method,xlf_lag"
YEAR = "xlf_periods_per_year"

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
    ("idio_variance", f"IDIO_VARIANCE(IDIO_RETURNS({REGRESSED}),xlf_idio_half_life,xlf_idio_newey_west,{CAPS},"
     f"xlf_idio_shrinkage,,{YEAR})", 4, "Idio variance of lately",
     "For comparison: exponential weights. Risk uses the idio covariance, which knows leverage.", "variance",
     {**_ANNUAL, "status": "text"}),
    ("performance", f"FACTOR_PERFORMANCE(xlf_factor_returns,{YEAR})", 15, "Factor performance",
     "Return, risk and significance of each factor over the whole sample.", "loading", _STATISTICS),
    ("cumulative", "CUMULATIVE_RETURNS(xlf_factor_returns)", FACTORS + 1, "Cumulative factor returns",
     "Compounded from the first date.", "return", {}),
    ("screen", f"SCREEN_FACTORS({RETURNS},xlf_factor_returns)", 7, "Factor screen",
     "What each factor adds to the others, asset by asset in time, and the verdict.", "loading",
     {"incremental_r_squared": "volatility", "share_significant": "share", "out_of_sample": "volatility",
      "p_value": "p", "p_adjusted": "p"}),
    ("explained", f"EXPLAINED_VARIANCE({RETURNS},xlf_factor_returns)", 4, "Explained variance",
     "Share of each asset's variance that the factor returns explain, in time.", "share", {}),
)  # fmt: skip


def model_blocks() -> tuple[Block, ...]:
    """One row of anchors, spare columns after each, nothing below."""
    blocks, column = [], 1
    for name, formula, width, title, meaning, default, formats in _MODEL:
        blocks.append(
            Block(f"xlf_{name}", f"={formula}", title, meaning, "Model", MODEL_ROW, column, width, default,
                  formats, spare_columns=SPARE_COLUMNS)
        )  # fmt: skip
        column += width + SPARE_COLUMNS
    return tuple(blocks)


_LAST = model_blocks()[-1]
SCATTER = _LAST.column + _LAST.width + SPARE_COLUMNS  # column of the dates of the scatter charts' numbers
RANKED = SCATTER + 4 + 2  # column of the factors that are not redundant
SCATTER_HEADS = ("Date", "asset", "strongest", "poorest")
RANKED_HEADS = ("Factor", "adds")


def model_cells() -> list[Plain]:
    return [
        Plain("Model", 2, 5, "=xlf_status", "verdict"),
        Plain("Model", 2, 2, "=xlf_as_of", "fact", "date"),
        *_ranked(),
        *_scatter(),
    ]


def _ranked() -> list[Plain]:
    """Each factor that the screen does not call redundant with what it adds.

    A value of a family is redundant by its zero sum: no sign of weakness.
    """
    cells, head = [], column_letters(RANKED)
    for row in range(MODEL_ROW + 1, MODEL_ROW + 1 + FACTOR_ROWS):
        place = f"ROWS({head}${MODEL_ROW}:{head}{row - 1})+1"
        adds = beside("xlf_screen", place, "incremental_r_squared")
        sound = f'IF({beside("xlf_screen", place, "verdict")}="redundant","",{adds})'
        cells.append(Plain("Model", row, RANKED, f'=IFERROR(INDEX(xlf_screen,{place},1),"")', "calc"))
        cells.append(Plain("Model", row, RANKED + 1, f'=IFERROR({sound},"")', "calc", "volatility"))
    return cells


def _scatter() -> list[Plain]:
    """The last 252 dates: asset return, strongest and poorest factor; #N/A where missing, which charts skip."""
    date, asset = (column_letters(SCATTER + k) for k in (0, 1))
    missing = f'MATCH("",{date}${MODEL_ROW},0)'  # #N/A
    cells = []
    for k in range(SCATTER_DATES):
        row = MODEL_ROW + 1 + k
        back = f"ROWS({date}{row}:{date}${MODEL_ROW + SCATTER_DATES})"  # this date is the so-many-th last
        place = f"IF({back}<ROWS(xlf_factor_returns),ROWS(xlf_factor_returns)+1-{back},0)"
        found = f"INDEX(tblReturns[#Data],MATCH({date}{row},tblReturns[Date],0),MATCH(xlf_page_asset,tblReturns[#Headers],0))"
        cells.append(
            Plain("Model", row, SCATTER, f"=IFERROR(IF({place}=0,{missing},INDEX(xlf_factor_returns,{place},1)),{missing})", "calc", "date")
        )
        cells.append(
            Plain("Model", row, SCATTER + 1, f"=IFERROR(IF(COUNT({found})=1,{found},{missing}),{missing})", "calc", "return")
        )
        for j, name in ((2, "xlf_strong_factor"), (3, "xlf_poor_factor")):
            value = f"INDEX(xlf_factor_returns,{place},MATCH({name},INDEX(xlf_factor_returns,1,0),0))"
            cells.append(
                Plain("Model", row, SCATTER + j, f"=IFERROR(IF(COUNT({value})=1,{value},{missing}),{missing})", "calc", "return")
            )
    return cells
