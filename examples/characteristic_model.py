"""Characteristics from prices as loadings: momentum, beta and volatility of a month's end explain the next month."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from skfolio.datasets import load_sp500_dataset

import xlfactor

STYLES = ["momentum", "beta", "volatility"]
folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
warnings.simplefilter("ignore", xlfactor.FactorWarning)
returns = xlfactor.returns_from_prices(load_sp500_dataset().loc["2010":"2022"])
market = returns.mean(axis=1).to_frame("market")

month_ends = returns.groupby(returns.index.to_period("M")).tail(1).index[12:]
dated = {}
for date in month_ends:  # what was known at that close, and no more
    characteristics = xlfactor.price_loadings(returns.loc[:date].tail(252), market.loc[:date].tail(252), date)
    dated[date] = xlfactor.standardize_loadings(characteristics[STYLES]).assign(market=1.0)
loadings = pd.concat(dated, names=["Date", "Asset"])[["market", *STYLES]]

explained = returns.loc[month_ends[0] :].iloc[1:]
F = xlfactor.factor_returns(explained, loadings)  # dated loadings: those of the date before explain a return
t = xlfactor.factor_tstats(explained, loadings)
table = xlfactor.factor_performance(F)[["annual_return", "annual_volatility", "sharpe", "max_drawdown"]]
print(table.assign(days_t_above_2=(t.abs() > 2).mean()).round(3).to_string())
print(f"median R² of a day: {xlfactor.regression_summary(explained, loadings)['r_squared'].median():.3f}")

figure = Figure((8, 3.2), layout="constrained")
axes = figure.subplots()
for style, colour in zip(STYLES, ("#1f5f8b", "#c8553d", "#8a8a8a"), strict=True):
    axes.plot(xlfactor.cumulative_returns(F)[style] * 100, color=colour, lw=1, label=style)
axes.axhline(0, color="black", lw=0.6)
axes.set(ylabel="cumulative factor return, %")
axes.legend(frameon=False)
figure.savefig(folder / "characteristic_model.png", dpi=90)
