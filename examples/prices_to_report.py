"""From prices to a report: a model of 20 S&P 500 stocks, a workbook on it, the report, and the risk as a picture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from skfolio.datasets import load_sp500_dataset

import xlfactor

GROUPS = {"Growth": "AAPL AMD BBY HD MSFT", "Cyclical": "BAC CVX GE JPM RRC XOM"}  # the others are Defensive
folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
group = {asset: name for name, assets in GROUPS.items() for asset in assets.split()}

prices = load_sp500_dataset().loc["2020":"2022"]
returns = xlfactor.returns_from_prices(prices)
known, explained = returns.loc[:"2020"], returns.loc["2021":]  # loadings from the year before what they explain
market = known.mean(axis=1).to_frame("market")
styles = xlfactor.standardize_loadings(xlfactor.price_loadings(known, market)[["momentum", "volatility"]])
assets = pd.Index(returns.columns, name="Asset")
loadings = pd.DataFrame({"Market": 1.0, "Group": [group.get(a, "Defensive") for a in assets]}, assets).join(styles)
portfolio = pd.DataFrame({"Portfolio": 0.0, "Benchmark": 1 / len(assets), "Name": assets}, assets)
portfolio.loc[["AAPL", "MSFT", "JPM", "XOM", "KO", "UNH"], "Portfolio"] = 1 / 6

xlfactor.RiskModel.estimate(explained, loadings).save(folder / "model.npz")
portfolio.to_csv(folder / "portfolio.csv")


def run(*arguments: str) -> None:
    """An xlfactor command, as typed in a terminal: its formulas may read the models of this folder."""
    models = os.environ | {"XLFACTOR_MODELS": str(folder.resolve())}
    command = [sys.executable, "-m", "xlfactor.cli", *arguments, "--quiet", "--force"]
    subprocess.run(command, cwd=folder, env=models, check=True)


run("template", "risk.xlsx", "--model", "model.npz", "--assets", "portfolio.csv")
run("report", "risk.xlsx")

# What the report says, and what the page of the portfolio does not: the active side by factor.
print(pd.read_csv(folder / "risk_report_tables" / "risk.csv", index_col="Measure").round(4).to_string())
model = xlfactor.RiskModel.load(folder / "model.npz")
known = (model.loadings, model.factor_covariance, model.idio_variance)
by_factor = xlfactor.risk_by_factor(portfolio[["Portfolio", "Benchmark"]], *known, view="active", periods_per_year=252)
shown = by_factor["contribution"].drop(["total", "Group (total)"]).sort_values()
figure = Figure((8, 3), layout="constrained")
axes = figure.subplots()
axes.barh(shown.index, shown * 100, color="#1f5f8b")
axes.axvline(0, color="black", lw=0.6)
axes.set(xlabel="contribution to active volatility, % a year")
figure.savefig(folder / "prices_to_report.png", dpi=90)
