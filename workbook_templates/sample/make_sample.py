"""Makes the sample of the template: 200 synthetic stocks, 504 business days, 15 factors, one day more.

The CSV files beside this script are what the workbook is built from; they are committed because random generators
change between versions of NumPy. Nothing here is market data. Run: python workbook_templates/sample/make_sample.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
N, T = 200, 505  # the last day is new_day.csv
LAST = "2026-02-02"
SHARES = {  # industries: share of the names, annual volatility
    "Banks": (0.16, 0.085), "Technology": (0.20, 0.110), "Health Care": (0.13, 0.075), "Industrials": (0.15, 0.060),
    "Consumer": (0.14, 0.055), "Energy": (0.07, 0.160), "Materials": (0.08, 0.095), "Utilities": (0.07, 0.080),
}  # fmt: skip
NAMES = {"Banks": "Bank", "Technology": "Software", "Health Care": "Pharma", "Industrials": "Machinery",
         "Consumer": "Retail", "Energy": "Oil", "Materials": "Mining", "Utilities": "Power"}  # fmt: skip
STYLES = {  # annual volatility, annual return
    "Size": (0.025, -0.004), "Value": (0.028, 0.012), "Momentum": (0.045, 0.028),
    "Quality": (0.018, 0.014), "Volatility": (0.050, -0.008), "Liquidity": (0.014, 0.003),
}  # fmt: skip
MARKET = (0.16, 0.075)
YEAR = 252
LATE, LATE_FROM = "SYN150", 260  # listed on that day
OUTLIER, OUTLIER_ON, OUTLIER_RETURN = "SYN087", 377, 0.874  # a vendor's error for Checks to find


def main() -> None:
    rng = np.random.default_rng(7)
    assets = [f"SYN{i + 1:03d}" for i in range(N)]
    dates = business_days()
    industry = industries(rng)
    caps = np.round(np.exp(rng.normal(9.2, 1.0, N)), 0)
    benchmark = caps / caps.sum()
    S = styles(rng, caps, benchmark)
    f_market, F_industry, F_style = factor_returns(rng, industry, benchmark)
    E = idio_returns(rng, S)
    R = f_market[:, None] + F_industry[:, industry] + F_style @ S.T + E
    R = with_gaps(rng, np.round(R, 6), assets)

    table = pd.DataFrame(R, pd.Index(dates, name="Date"), assets)
    table.iloc[:-1].to_csv(HERE / "returns.csv", float_format="%.6f", lineterminator="\n")
    table.iloc[-1:].to_csv(HERE / "new_day.csv", float_format="%.6f", lineterminator="\n")

    loadings = pd.DataFrame({"Market": 1, "Industry": np.array(list(SHARES))[industry]}, pd.Index(assets, name="Asset"))
    loadings[list(STYLES)] = S
    loadings.to_csv(HERE / "loadings.csv", float_format="%.6f", lineterminator="\n")
    held = portfolio(rng, S, benchmark)
    names = numbered(industry)
    pd.DataFrame({"Portfolio": held, "Benchmark": to_one(benchmark), "Name": names}, loadings.index).to_csv(
        HERE / "portfolio.csv", float_format="%.6f", lineterminator="\n"
    )
    pd.DataFrame({"Cap": caps}, loadings.index).to_csv(HERE / "caps.csv", float_format="%.0f", lineterminator="\n")


def business_days() -> pd.DatetimeIndex:
    days = pd.bdate_range(end=LAST, periods=T + 8)
    closed = ((days.month == 12) & (days.day == 25)) | ((days.month == 1) & (days.day == 1))
    return days[~closed][-T:]


def industries(rng: np.random.Generator) -> np.ndarray:
    counts = [round(share * N) for share, _ in SHARES.values()]
    counts[0] += N - sum(counts)
    return rng.permutation(np.repeat(np.arange(len(SHARES)), counts))


def numbered(industry: np.ndarray) -> list[str]:
    seen = dict.fromkeys(SHARES, 0)
    names = []
    for value in np.array(list(SHARES))[industry]:
        seen[value] += 1
        names.append(f"Synthetic {NAMES[value]} {seen[value]:02d}")
    return names


def styles(rng: np.random.Generator, caps: np.ndarray, benchmark: np.ndarray) -> np.ndarray:
    """(N, 6): cap-weighted mean 0, equal-weighted standard deviation 1, a few of them correlated, clipped at 3."""
    S = rng.normal(size=(N, len(STYLES)))
    S[:, 0] = np.log(caps)
    S[:, 4] = -0.4 * S[:, 3] + 0.9 * S[:, 4]  # volatile companies are of low quality
    S[:, 5] = 0.5 * (S[:, 0] - S[:, 0].mean()) / S[:, 0].std() + 0.85 * S[:, 5]
    S = np.clip((S - S.mean(axis=0)) / S.std(axis=0, ddof=1), -3, 3)
    S = S - benchmark @ S
    return np.round(S / S.std(axis=0, ddof=1), 6)


def factor_returns(rng: np.random.Generator, industry: np.ndarray, benchmark: np.ndarray):
    """Market with calm and nervous spells; industries with a cap-weighted sum of zero; styles with a small drift."""
    spell = np.ones(T)
    for t in range(1, T):
        spell[t] = 0.94 * spell[t - 1] + 0.06 * (0.35 + 0.65 * rng.chisquare(1))
    spell = np.sqrt(spell / spell.mean())
    f_market = MARKET[1] / YEAR + MARKET[0] / np.sqrt(YEAR) * spell * fat(rng, T)
    volatility = np.array([v for _, v in SHARES.values()])
    F_industry = volatility / np.sqrt(YEAR) * spell[:, None] ** 0.5 * fat(rng, (T, len(SHARES)))
    share = np.bincount(industry, benchmark)
    F_industry -= (F_industry @ share)[:, None]
    volatility, drift = np.array(list(STYLES.values())).T
    F_style = drift / YEAR + volatility / np.sqrt(YEAR) * fat(rng, (T, len(STYLES)))
    F_style[:, 4] += 0.12 * f_market  # the volatility style moves with the market
    return f_market, F_industry, F_style


def fat(rng: np.random.Generator, size: int | tuple[int, int]) -> np.ndarray:
    """Student t with 6 degrees of freedom, standard deviation 1, cut at 4: the one outlier is planted."""
    return np.clip(rng.standard_t(6, size) * np.sqrt(4 / 6), -4, 4)


def idio_returns(rng: np.random.Generator, S: np.ndarray) -> np.ndarray:
    """15 % to 45 % a year, more for small and for volatile companies."""
    rank = np.argsort(np.argsort(-0.5 * S[:, 0] + 0.8 * S[:, 4] + rng.normal(size=N)))
    volatility = 0.15 * (0.45 / 0.15) ** (rank / (N - 1))
    return volatility / np.sqrt(YEAR) * fat(rng, (T, N))


def with_gaps(rng: np.random.Generator, R: np.ndarray, assets: list[str]) -> np.ndarray:
    """About 1 % missing in short runs, a late listing, an outlier."""
    for _ in range(330):
        i, t, days = rng.integers(N), rng.integers(T - 8), rng.integers(1, 6)
        R[t : t + days, i] = np.nan
    R[:LATE_FROM, assets.index(LATE)] = np.nan
    R[OUTLIER_ON, assets.index(OUTLIER)] = OUTLIER_RETURN
    return R


def portfolio(rng: np.random.Generator, S: np.ndarray, benchmark: np.ndarray) -> np.ndarray:
    """About 60 names, tilted to momentum, quality and value, between index weights and equal weights."""
    score = 0.5 * S[:, 2] + 0.5 * S[:, 3] + 0.25 * S[:, 1] + 0.55 * np.log(benchmark) + rng.normal(0, 0.6, N)
    held = np.argsort(-score)[:60]
    w = np.zeros(N)
    w[held] = np.sqrt(benchmark[held]) * np.exp(rng.normal(0, 0.25, 60))
    return to_one(w / w.sum())


def to_one(w: np.ndarray) -> np.ndarray:
    """Rounded to 6 decimals; the largest weight takes what rounding left, so that the sum is 1."""
    w = np.round(w, 6)
    w[np.argmax(w)] += 1 - w.sum()
    return np.round(w, 6)


if __name__ == "__main__":
    main()
