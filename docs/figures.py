"""Draws the pictures of docs/model.md into docs/figures: `python docs/figures.py`.

The panels are simulated, so that the truth is known; every estimate is the catalogue's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import xlfactor

FOLDER = Path(__file__).with_name("figures")
OURS, OTHER, QUIET = "#1f5f8b", "#c8553d", "#8a8a8a"
STYLE = {"svg.hashsalt": "xlfactor", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
         "axes.spines.right": False, "axes.axisbelow": True}  # fmt: skip
STATUS = {"OK": 0, "WARN": 1, "FAIL": 2}


@dataclass(frozen=True)
class Panel:
    returns: pd.DataFrame
    loadings: pd.DataFrame
    psi: pd.Series  # the true idio variances
    factor_returns: pd.DataFrame


def simulated(seed: int, N: int = 30, T: int = 250) -> Panel:
    """Daily returns in percent of a market and four styles; idio volatilities around 1.5 % a day."""
    rng = np.random.default_rng(seed)
    assets, dates = [f"A{i:02d}" for i in range(N)], pd.bdate_range("2025-01-01", periods=T, name="Date")
    names = ["market", "value", "size", "momentum", "quality"]
    B = np.column_stack([np.ones(N), rng.normal(size=(N, 4))])
    psi = np.exp(rng.normal(np.log(2.25), 0.9, N))
    F = rng.normal(size=(T, 5)) * [1.0, 0.25, 0.25, 0.25, 0.25]
    R = F @ B.T + rng.normal(size=(T, N)) * np.sqrt(psi)
    return Panel(
        pd.DataFrame(R, dates, assets), pd.DataFrame(B, assets, names), pd.Series(psi, assets),
        pd.DataFrame(F, dates, names),
    )  # fmt: skip


def collapse() -> Figure:
    """Estimated against true idio variance by leverage, and the log-likelihood of each pass."""
    panel = simulated(30252)
    figure = Figure((8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for method, colour, name in (("iterated", OTHER, "classic iteration"), ("reml", OURS, "REML")):
        given = (panel.returns, panel.loadings, method)
        found = xlfactor.idio_covariance(*given, floor=1e-6)
        steps = xlfactor.idio_convergence(*given, floor=1e-6)
        true_leverage = leverage(panel)
        left.scatter(true_leverage, found["variance"] / panel.psi, 18, colour, label=name)
        right.plot(range(1, len(steps) + 1), steps["log_likelihood"], ".-", color=colour, label=name)
    left.axhline(1, color=QUIET, lw=0.8)
    left.axvline(0.25, color=QUIET, lw=0.8, ls=":")
    left.set(yscale="log", xlabel="true leverage of the asset", ylabel="estimated / true variance")
    right.set(xscale="log", xlabel="pass", ylabel="log-likelihood")
    left.legend(frameon=False, loc="lower left")
    right.xaxis.set_major_formatter("{x:g}")
    return figure


def leverage(panel: Panel) -> np.ndarray:
    """diag of B (B'WB)⁻¹ B'W at the true variances."""
    Q, _ = np.linalg.qr(panel.loadings.to_numpy() / np.sqrt(panel.psi.to_numpy())[:, None])
    return (Q * Q).sum(axis=1)


def factors() -> Figure:
    """One asset against a strong and against a poor factor, with the line, its R² and the verdict of SCREEN_FACTORS."""
    panel = simulated(7, N=20)
    rng = np.random.default_rng(8)
    known = pd.DataFrame({"market": panel.factor_returns["market"], "sunspots": rng.normal(size=len(panel.returns))})
    verdicts = xlfactor.screen_factors(panel.returns, known)["verdict"]
    asset = str(panel.psi.idxmin())
    figure = Figure((8, 3.2), layout="constrained")
    for axes, (factor, kind) in zip(
        figure.subplots(1, 2, sharey=True), (("market", "strong"), ("sunspots", "poor")), strict=True
    ):
        x = known[[factor]]
        fitted = xlfactor.timeseries_loadings(panel.returns[[asset]], x).loc[asset, factor]
        share = xlfactor.explained_variance(panel.returns[[asset]], x).loc[asset, "explained_ratio"]
        axes.scatter(x[factor], panel.returns[asset], 7, QUIET)
        middle = panel.returns[asset].mean() - fitted * x[factor].mean()
        ends = np.array([x[factor].min(), x[factor].max()])
        axes.plot(ends, middle + fitted * ends, color=OURS if kind == "strong" else OTHER, lw=2)
        axes.set(xlabel=f"{factor}, % a day", title=f"{kind}: explains {share:.0%}, verdict {verdicts[factor]}")
    figure.axes[0].set_ylabel("return of one asset, % a day")
    return figure


def explained() -> Figure:
    """Explained variance of each asset in the sample and out of it, with one, and with eleven factors."""
    panel = simulated(11, N=20, T=60)
    rng = np.random.default_rng(12)
    noise = pd.DataFrame(rng.normal(size=(60, 10)), panel.returns.index, [f"noise {i}" for i in range(10)])
    figure = Figure((8, 3), layout="constrained")
    few = panel.factor_returns[["market"]]
    order = xlfactor.explained_variance(panel.returns, few)["explained_ratio"].sort_values(ascending=False).index
    for axes, (given, title) in zip(
        figure.subplots(1, 2, sharey=True),
        ((few, "market"), (few.join(noise), "market and ten factors of pure noise")),
        strict=True,
    ):
        found = xlfactor.explained_variance(panel.returns, given).loc[order]
        place = np.arange(len(found))
        axes.bar(place - 0.2, found["explained_ratio"], 0.4, color=QUIET, label="in the sample")
        axes.bar(place + 0.2, found["out_of_sample"], 0.4, color=OURS, label="out of sample")
        axes.axhline(0, color="black", lw=0.6)
        axes.set(title=title, xticks=[], xlabel="20 assets")
    figure.axes[0].set_ylabel("explained variance")
    figure.axes[0].legend(frameon=False)
    return figure


def risks() -> Figure:
    """DIAGNOSE_MODEL on a healthy panel and on four that are ill: which test sees which illness."""
    found = {name: xlfactor.diagnose_model(*given) for name, given in patients().items()}
    tests = next(iter(found.values()))
    labels = [f"{row.Risk}: {row.test}" for row in tests.rename_axis("Risk").reset_index().itertuples()]
    grid = np.array([[STATUS[status] for status in table["status"]] for table in found.values()]).T
    figure = Figure((8, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(grid, matplotlib.colors.ListedColormap(["#e3ece2", "#f3d58a", OTHER]), vmin=0, vmax=2, aspect="auto")
    for (row, column), level in np.ndenumerate(grid):
        axes.text(column, row, list(STATUS)[level], ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(found)), list(found))
    axes.set_yticks(range(len(labels)), labels)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    return figure


def patients() -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Returns and loadings: healthy, a factor left out, too few assets, loadings that turned, two factors in one."""
    panel = simulated(3, N=120, T=500)
    R, B = panel.returns, panel.loadings
    rng = np.random.default_rng(4)
    hidden = R + np.outer(rng.normal(size=len(R)), rng.normal(size=B.shape[0]))
    turned = R.copy()
    turned.iloc[250:] += 3 * panel.factor_returns.iloc[250:, 1:].to_numpy() @ rng.normal(size=(4, B.shape[0]))
    few = B.index[:9]
    twin = B.assign(twin=B["value"] + 0.05 * rng.normal(size=len(B)))
    return {
        "healthy": (R, B), "a factor\nis missing": (hidden, B), "9 assets,\n5 factors": (R[few], B.loc[few]),
        "loadings\nturned": (turned, B), "two factors\nalike": (R, twin),
    }  # fmt: skip


DRAWN: dict[str, Callable[[], Figure]] = {
    "collapse": collapse, "factors": factors, "explained": explained, "risks": risks,
}  # fmt: skip


def draw(folder: Path) -> None:
    with matplotlib.rc_context(STYLE):
        for name, figure in DRAWN.items():
            figure().savefig(folder / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    draw(FOLDER)
