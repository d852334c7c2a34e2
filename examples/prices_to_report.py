"""From prices to a report: an empty template, 20 S&P 500 stocks, refresh, report, and the risk as a picture."""

from __future__ import annotations

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

caps = pd.DataFrame({"Cap": 1.0}, assets)  # the data set has none: all alike

tables = {"returns": explained, "loadings": loadings, "portfolio": portfolio, "caps": caps}
for name, table in tables.items():
    table.to_csv(folder / f"{name}.csv", date_format="%Y-%m-%d")


def run(*arguments: str) -> None:
    """An xlfactor command, as typed in a terminal."""
    subprocess.run([sys.executable, "-m", "xlfactor.cli", *arguments, "--quiet"], cwd=folder, check=True)


run("template", "risk.xlsx", "--empty", "--force")
run("refresh", "risk.xlsx", "--new-assets", *(part for name in tables for part in (f"--{name}", f"{name}.csv")))
run("report", "risk.xlsx", "--force")

# What the workbook holds now, by the functions of its cells.
psi = xlfactor.idio_covariance(explained, loadings)
Omega_f = xlfactor.factor_covariance(xlfactor.factor_returns(explained, loadings, psi))
weights = portfolio[["Portfolio", "Benchmark"]]
print(xlfactor.risk_decomposition(weights, loadings, Omega_f, psi).round(4).to_string())
by_factor = xlfactor.risk_by_factor(weights, loadings, Omega_f, psi, view="active", periods_per_year=252)
shown = by_factor["contribution"].drop(["total", "Group (total)"]).sort_values()
figure = Figure((8, 3), layout="constrained")
axes = figure.subplots()
axes.barh(shown.index, shown * 100, color="#1f5f8b")
axes.axvline(0, color="black", lw=0.6)
axes.set(xlabel="contribution to active volatility, % a year")
figure.savefig(folder / "prices_to_report.png", dpi=90)
