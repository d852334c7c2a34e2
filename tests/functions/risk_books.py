"""A labelled portfolio and risk model of any seed and size, and the same as dense matrices made from the labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

VALUES = {"Industry": ["Tech", "Energy", "Banks"], "Country": ["US", "JP"]}
FACTORS = ["Market", "Tech", "Energy", "Banks", "Size", "US", "JP"]


@dataclass(frozen=True)
class Book:
    """The tables of a risk report; `model` is them in the order of the arguments."""

    portfolio: pd.DataFrame
    loadings: pd.DataFrame
    Omega_f: pd.DataFrame
    psi: pd.DataFrame

    @property
    def model(self) -> tuple[pd.DataFrame, ...]:
        return self.portfolio, self.loadings, self.Omega_f, self.psi

    def weights(self, view: str = "portfolio") -> np.ndarray:
        w, w_b = self.portfolio.to_numpy().T
        return {"portfolio": w, "benchmark": w_b, "active": w - w_b}[view]

    def dense(self, assets: pd.Index | None = None) -> tuple[np.ndarray, np.ndarray]:
        """B in the order of FACTORS and B Ω_f B' + diag(ψ), of the portfolio's assets or others."""
        L = self.loadings.loc[self.portfolio.index if assets is None else assets]
        columns = {f: L[f] if f in L else (L[list(VALUES)].to_numpy() == f).any(axis=1) for f in FACTORS}
        B = pd.DataFrame(columns, L.index).to_numpy(float)
        M = self.Omega_f.loc[FACTORS, FACTORS].to_numpy()
        return B, B @ M @ B.T + np.diag(self.psi.loc[L.index, "variance"])

    def shuffled(self, seed: int) -> Book:
        """Every table with its rows and columns in another order, as far as labels say what they are."""
        order = np.random.default_rng(seed).permutation(FACTORS)
        return Book(
            self.portfolio.sample(frac=1, random_state=seed),
            self.loadings.sample(frac=1, axis=0, random_state=seed + 1).sample(frac=1, axis=1, random_state=seed + 2),
            self.Omega_f.loc[order[::-1], order],
            self.psi.sample(frac=1, random_state=seed + 3),
        )


def book(seed: int = 5, held: int = 10, spare: int = 4) -> Book:
    """`held` assets with weights of both signs, `spare` more that only the model knows; every factor has members."""
    rng = np.random.default_rng(seed)
    N = held + spare
    assets = [f"S{n}" for n in range(N)]
    loadings = pd.DataFrame(
        {
            "Market": rng.uniform(0.5, 1.5, N),
            "Industry": (VALUES["Industry"] * N)[:N],
            "Size": rng.normal(size=N),
            "Country": (["US", "US", "JP", "JP"] * N)[:N],
        },
        assets,
    )
    root = 0.01 * rng.normal(size=(7, 9))
    psi = pd.DataFrame({"variance": rng.uniform(1e-4, 4e-4, N), "status": "ok"}, assets)
    w, w_b = rng.normal(0.5, 1, held), rng.uniform(0.1, 1, held)
    portfolio = pd.DataFrame({"weight": w / abs(w).sum(), "benchmark": w_b / w_b.sum()}, assets[:held])
    return Book(portfolio, loadings, pd.DataFrame(root @ root.T, FACTORS, FACTORS), psi)
