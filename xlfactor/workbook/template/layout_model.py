"""Model as data: the live blocks side by side."""

from __future__ import annotations

from xlfactor.workbook.template.schema import SPARE_COLUMNS, Block, Plain

FACTORS = 15  # of the sample
MODEL_ROW = 6  # anchors of all blocks: one frozen row shows every header

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
     f"xlf_idio_shrinkage,,{YEAR})", 4, "Recent idio variance",
     "For comparison, by exponential weights; risk uses the idio covariance, which knows leverage.", "variance",
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


def model_cells() -> list[Plain]:
    return [Plain("Model", 2, 5, "=xlf_status", "verdict"), Plain("Model", 2, 2, "=xlf_as_of", "fact", "date")]
