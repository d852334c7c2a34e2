"""A statistical model of 20 S&P 500 stocks: how many components stand above the noise, and what they are."""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.figure import Figure
from skfolio.datasets import load_sp500_dataset

import xlfactor

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
returns = xlfactor.returns_from_prices(load_sp500_dataset().loc["2019":"2022"])

summary = xlfactor.pca_summary(returns, scaling="correlation")
kept = int(summary["keep"].sum())
loadings = xlfactor.pca_loadings(returns, kept, scaling="correlation")
print(f"{kept} components of {returns.shape[1]} stand above the edge of pure noise")
print(summary.head(kept + 1).round(3).to_string())
print(loadings.round(4).to_string())

figure = Figure((8, 3.2), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(2, 3))
left.bar(range(1, len(summary) + 1), summary["eigenvalue"], color="#1f5f8b")
left.axhline(summary["edge"].iloc[0], color="#c8553d", ls=":", label="edge of noise")
left.set(xlabel="component", ylabel="eigenvalue of the correlations")
left.legend(frameon=False)
moves = loadings * 100  # of a component by one standard deviation
right.scatter(moves["PC1"], moves["PC2"], 12, "#1f5f8b")
for asset, row in moves.iterrows():
    neighbour = (moves["PC1"] - row["PC1"]).abs().drop(asset).idxmin()
    below = row["PC2"] < moves.loc[neighbour, "PC2"]  # of two points side by side, one name above and one below
    right.annotate(str(asset), (row["PC1"], row["PC2"]), (0, -9 if below else 4), fontsize=7, ha="center",
                   textcoords="offset points")  # fmt: skip
right.set(xlabel="loading on PC1, % a day", ylabel="loading on PC2, % a day")
figure.savefig(folder / "statistical_model.png", dpi=90)
