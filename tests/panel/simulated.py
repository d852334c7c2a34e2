"""A small panel of dated loadings with what a real one has: gaps, a late listing, a family value that comes later."""

import numpy as np
import pandas as pd


def tables(T=45, N=40, seed=1):
    """Returns, dated loadings, dated caps and dated weights, each with its own missing cells."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2025-12-15", periods=T, name="Date")
    assets = [f"A{i:03d}" for i in range(N)]
    gap = lambda share: rng.random((T, N)) < share  # noqa: E731
    returns = pd.DataFrame(np.where(gap(0.05), np.nan, rng.normal(0, 0.01, (T, N))), dates, assets)
    index = pd.MultiIndex.from_product([dates, assets], names=["Date", "Asset"])
    industry = np.array(["Banks", "Mines", "Ships"])[np.arange(N) % 3]
    loadings = pd.DataFrame(
        {
            "Market": 1.0,
            "Industry": np.tile(industry, T),
            "Value": rng.normal(size=T * N),
            "Country": np.tile(np.array(["AT", "DE"])[np.arange(N) // 2 % 2], T),
            "Size": np.where(rng.random(T * N) < 0.02, np.nan, rng.normal(size=T * N)),
        },
        index,
    )
    loadings.loc[(dates[30:], assets[4]), "Industry"] = "Robots"
    loadings.loc[(dates[30:], assets[5]), "Industry"] = "Robots"
    loadings = loadings[rng.random(T * N) > 0.03]  # rows that are not there at all
    returns.iloc[:20, -1] = np.nan
    caps = pd.DataFrame(np.where(gap(0.02), np.nan, rng.lognormal(size=(T, N))), dates, assets)
    weights = pd.DataFrame(np.where(gap(0.02), np.nan, rng.lognormal(size=(T, N))), dates, assets)
    return returns, loadings, caps, weights
