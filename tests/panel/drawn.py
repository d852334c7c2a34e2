"""A panel with a changing universe, gaps, a family and dated everything, drawn date by date."""

import numpy as np
import pandas as pd

STYLES = ["value", "size"]
INDUSTRIES = ["Bank", "Tech", "Oil"]


def draw(T=60, N=40, seed=0, missing=0.05):
    """Long rows, date by date: market, an industry and two styles explain the return of the next date."""
    rng = np.random.default_rng(seed)
    assets = np.array([f"A{i:03d}" for i in range(N)])
    industry = np.array(INDUSTRIES)[rng.integers(0, 3, N)]
    styles, cap = rng.normal(size=(N, 2)), np.exp(rng.normal(size=N) + 10)
    frames, before = [], None
    for date in pd.bdate_range("2024-01-01", periods=T):
        noise = rng.normal(scale=0.02, size=N)
        r = noise if before is None else before @ rng.normal(scale=0.01, size=6) + noise
        r[rng.random(N) < missing] = np.nan
        here = rng.random(N) > 0.1
        frame = pd.DataFrame(
            {"date": date, "asset": assets, "return": r, "cap": cap, "market": 1.0, "industry": industry}
        )
        frames.append(frame.assign(value=styles[:, 0], size=styles[:, 1])[here])
        before = np.column_stack([np.ones(N), *(industry == name for name in INDUSTRIES), styles])
        styles = 0.98 * styles + 0.2 * rng.normal(size=(N, 2))
        cap = cap * np.exp(rng.normal(scale=0.01, size=N))
    return frames


def tables(frames):
    """The same rows as returns (dates × assets), dated loadings and dated caps."""
    rows = pd.concat(frames)
    returns = rows.pivot(index="date", columns="asset", values="return")
    loadings = rows.set_index(["date", "asset"])[["market", "industry", *STYLES]].rename_axis(["Date", "Asset"])
    return returns, loadings, rows.pivot(index="date", columns="asset", values="cap")
