"""The panels of every benchmark: one market, 20 industries (a family), 10 styles, 5 % of the returns missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from xlfactor.engine.sections import Loadings, Sections

SIZES = {"tiny": (12, 60), "a": (252, 500), "b": (504, 1500), "c": (1260, 3000)}
STYLES, INDUSTRIES, MISSING = 10, 20, 0.05


@dataclass(frozen=True)
class Arrays:
    """A panel as the engine takes it: weights sqrt(cap), loadings of every date, ragged."""

    R: np.ndarray  # (T, N)
    sections: Sections
    W: np.ndarray  # (T, N)
    caps: np.ndarray  # (T, N)

    @property
    def megabytes(self) -> float:
        held = (self.R, self.W, self.caps, self.sections.B.S, self.sections.B.codes, self.sections.columns)
        return float(sum(array.nbytes for array in held)) / 2**20


def arrays(name: str) -> Arrays:
    """Panel tiny, a, b or c with dated loadings; the same numbers every time."""
    T, N = SIZES[name]
    rng = np.random.default_rng(T)
    S = np.empty((T * N, 1 + STYLES))
    S[:, 0] = 1.0
    rng.standard_normal(out=(styles := np.empty(STYLES * N)))
    for t in range(T):  # styles move slowly, as real ones do
        styles = 0.98 * styles + 0.2 * rng.standard_normal(STYLES * N)
        S[t * N : (t + 1) * N, 1:] = styles.reshape(N, STYLES)
    industry = np.concatenate([np.arange(INDUSTRIES), rng.integers(0, INDUSTRIES, N - INDUSTRIES)])
    caps = np.exp(rng.normal(8, 1.5, N) + 0.01 * rng.standard_normal((T, N)).cumsum(axis=0))
    f = 0.01 * rng.standard_normal((T, 1 + STYLES + INDUSTRIES))
    R = 0.02 * rng.standard_normal((T, N)) + f[:, 1 + STYLES :][:, industry]
    for t in range(T):
        R[t] += S[t * N : (t + 1) * N] @ f[t, : 1 + STYLES]
    R[rng.random((T, N)) < MISSING] = np.nan
    B = Loadings(S, np.tile(industry, T)[:, None], (INDUSTRIES,), np.arange(1 + STYLES + INDUSTRIES))
    sections = Sections(B, np.tile(np.arange(N), T), N * np.arange(T + 1), np.arange(T), constant=0)
    return Arrays(R, sections, np.sqrt(caps), caps)


@dataclass(frozen=True)
class Tables:
    """The same panel as DataFrames, for the labelled functions (with lag 0)."""

    returns: pd.DataFrame
    loadings: pd.DataFrame
    weights: pd.DataFrame
    caps: pd.DataFrame


def tables(panel: Arrays) -> Tables:
    T, N = panel.R.shape
    dates = pd.bdate_range("2015-01-01", periods=T, name="Date")
    assets = pd.Index([f"A{i:05d}" for i in range(N)], name="Asset")
    rows = pd.MultiIndex.from_arrays([dates.repeat(N), assets[panel.sections.columns]])
    S, codes = panel.sections.B.S, panel.sections.B.codes[:, 0]
    loadings = pd.DataFrame(S, rows, ["Market", *(f"Style{k}" for k in range(1, STYLES + 1))])
    loadings["Industry"] = np.array([f"Industry{k:02d}" for k in range(INDUSTRIES)], dtype=object)[codes]
    frame = [pd.DataFrame(values, dates, assets) for values in (panel.R, panel.W, panel.caps)]
    return Tables(frame[0], loadings, frame[1], frame[2])
