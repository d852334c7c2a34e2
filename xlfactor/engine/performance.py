"""How each factor has performed: returns, risk, significance and the shape of the distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from xlfactor.engine.arrays import Array

Dates = npt.NDArray[np.datetime64]
WEEK = 5  # rows


def factor_performance(F: Array, dates: Dates, periods_per_year: float) -> dict[str, Array]:
    """The columns of FACTOR_PERFORMANCE by label, (K,) each.

    annual_return = mean p, annual_volatility = sd sqrt(p) with ddof 1, sharpe = their ratio, t_stat =
    mean sqrt(n)/sd; the rest as the functions below say.
    F : (T, K) factor returns, decimals per period, NaN where missing; dates : (T,) ascending.
    last_week: the last 5 rows compounded; month_to_date, year_to_date: by the last date; last_day: its own.
    Missing: each factor is judged on its own n returns; lagged products take dates that both have one. NaN
    with too few returns (sd 2, skew 3, kurtosis 4) or none that differ (ratios, skew, kurtosis).
    Source: methodology 9.
    """
    month, year = (dates.astype(f"datetime64[{unit}]") for unit in "MY")
    mean, sd, n = _each(_mean, F), _each(_deviation, F), (~np.isnan(F)).sum(axis=0)
    ratio = np.divide(mean, sd, out=np.full(len(mean), np.nan), where=sd > 0)
    return {
        "annual_return": mean * periods_per_year,
        "annual_volatility": sd * np.sqrt(periods_per_year),
        "sharpe": ratio * np.sqrt(periods_per_year),
        "t_stat": ratio * np.sqrt(n),
        "newey_west_t": _each(newey_west_t, F),
        "max_drawdown": _each(max_drawdown, F),
        "hit_rate": _each(hit_rate, F),
        "skew": _each(skew, F),
        "kurtosis": _each(kurtosis, F),
        "autocorrelation": _each(autocorrelation, F),
        "last_day": F[-1],
        "last_week": _each(compound, F[-WEEK:]),
        "month_to_date": _each(compound, F[month == month[-1]]),
        "year_to_date": _each(compound, F[year == year[-1]]),
    }


def cumulative_returns(F: Array) -> Array:
    """prod_{s≤t}(1 + f_s) − 1, (T, K).

    A missing return is NaN at its own date and leaves the curve where it was. Source: functions.md 9.
    """
    missing = np.isnan(F)
    curve: Array = np.cumprod(1 + np.where(missing, 0.0, F), axis=0) - 1
    return np.where(missing, np.nan, curve)


def compound(f: Array) -> float:
    """prod(1 + f_t) − 1 of the returns present; NaN if there is none."""
    r = _present(f)
    return float(np.prod(1 + r) - 1) if len(r) else np.nan


def newey_west_t(f: Array) -> float:
    """mean/sqrt(V/n), V = γ_0 + 2 sum_{l≤L} (1 − l/(L+1)) γ_l, γ_l = sum e_t e_{t−l}/n.

    L = floor(4 (n/100)^{2/9}); e_t = f_t − mean, 0 where f (T,) is missing; n returns present, at least 2
    that differ, else NaN. Equals statsmodels' HAC t of a constant with use_correction=False.
    Source: Newey and West 1987; methodology 9.
    """
    n = len(_present(f))
    if not _varies(f):
        return np.nan
    mean = _mean(f)
    e = np.where(np.isnan(f), 0.0, f - mean)
    L = int(4 * (n / 100) ** (2 / 9))
    lags = range(1, min(L, len(e) - 1) + 1)
    V = e @ e + 2 * sum((1 - lag / (L + 1)) * (e[lag:] @ e[:-lag]) for lag in lags)
    return float(mean * n / np.sqrt(V)) if V > 0 else np.nan


def max_drawdown(f: Array) -> float:
    """min_t V_t/max_{s≤t} V_s − 1 (≤ 0), V the compounded curve of f (T,), V_0 = 1; NaN without a return."""
    r = _present(f)
    curve = np.cumprod(np.concatenate([[1.0], 1 + r]))
    return float((curve / np.maximum.accumulate(curve) - 1).min()) if len(r) else np.nan


def hit_rate(f: Array) -> float:
    """Share of the returns present that are above 0."""
    r = _present(f)
    return float((r > 0).mean()) if len(r) else np.nan


def skew(f: Array) -> float:
    """n/((n−1)(n−2)) sum z³, z = (f − mean)/sd: Excel's SKEW. Fewer than 3 or no different returns: NaN."""
    r = _present(f)
    n = len(r)
    if n < 3 or not _varies(r):
        return np.nan
    z = (r - r.mean()) / r.std(ddof=1)
    return float(n / ((n - 1) * (n - 2)) * (z**3).sum())


def kurtosis(f: Array) -> float:
    """n(n+1)/((n−1)(n−2)(n−3)) sum z⁴ − 3(n−1)²/((n−2)(n−3)): Excel's KURT. Fewer than 4: NaN."""
    r = _present(f)
    n = len(r)
    if n < 4 or not _varies(r):
        return np.nan
    z = (r - r.mean()) / r.std(ddof=1)
    fourth = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * (z**4).sum()
    return float(fourth - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))


def autocorrelation(f: Array) -> float:
    """Correlation of f_t and f_{t−1} over the dates that have both (Excel's CORREL of the shifted column)."""
    both = ~np.isnan(f[1:]) & ~np.isnan(f[:-1])
    now, before = f[1:][both], f[:-1][both]
    if not (_varies(now) and _varies(before)):
        return np.nan
    a, b = now - now.mean(), before - before.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def _each(statistic: Callable[[Array], float], F: Array) -> Array:
    return np.array([statistic(f) for f in F.T], dtype=float)


def _present(f: Array) -> Array:
    return f[~np.isnan(f)]


def _varies(f: Array) -> bool:
    """Two returns that differ: rounding gives a constant series a tiny, meaningless standard deviation."""
    r = _present(f)
    return len(r) > 1 and bool(r.max() > r.min())


def _mean(f: Array) -> float:
    r = _present(f)
    return float(r.mean()) if len(r) else np.nan


def _deviation(f: Array) -> float:
    r = _present(f)
    if len(r) < 2:
        return np.nan
    return float(r.std(ddof=1)) if _varies(r) else 0.0
