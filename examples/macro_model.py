"""Known factor returns, unknown loadings: twelve US industries on four factors, monthly since 1949."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from linearmodels.datasets import french
from matplotlib.figure import Figure

import xlfactor

FACTORS = ["MktRF", "SMB", "HML", "Mom"]
folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
data = french.load().set_index("dates").rename_axis("Date")
factors = data[FACTORS]
industries = data.loc[:, "NoDur":"Other"].sub(data["RF"], axis=0)  # in excess of the riskless rate, as MktRF is

print(xlfactor.screen_factors(industries, factors).round(4).to_string())
explained = xlfactor.explained_variance(industries, factors)
loadings = xlfactor.timeseries_loadings(industries, factors)
print(loadings.join(explained["out_of_sample"]).round(2).to_string())

recent = pd.DataFrame({
    year: xlfactor.timeseries_loadings(industries.loc[:f"{year}"], factors.loc[:f"{year}"], half_life=60)["HML"]
    for year in range(1959, 2017, 3)
})  # fmt: skip
figure = Figure((8, 3.2), layout="constrained")
axes = figure.subplots()
for industry, colour in (("BusEq", "#1f5f8b"), ("Money", "#c8553d"), ("Utils", "#8a8a8a")):
    axes.plot(recent.columns, recent.loc[industry], ".-", color=colour, label=industry)
axes.axhline(0, color="black", lw=0.6)
axes.set(
    xlabel="last year of the sample", ylabel="loading on value (HML)", title="Loadings move: half-life of five years"
)
axes.legend(frameon=False)
figure.savefig(folder / "macro_model.png", dpi=90)
