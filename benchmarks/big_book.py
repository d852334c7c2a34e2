"""A workbook like the template, with 2520 × 500 returns and the formulas of its Model and Risk sheets."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from xlfactor.workbook.addresses import column_letters

T, N = 2520, 500
INDUSTRIES = ("Banks", "Technology", "Health Care", "Industrials", "Consumer", "Energy", "Materials", "Utilities")
STYLES = ("Size", "Value", "Momentum", "Quality", "Volatility", "Liquidity")
RETURNS, LOADINGS, CAPS = "tblReturns[#All]", "tblLoadings[#All]", "tblCaps[#All]"
REGRESSED = f"{RETURNS},{LOADINGS},xlf_idio_covariance,,{CAPS}"
PORTFOLIO = f"tblPortfolio[#All],{LOADINGS},xlf_factor_covariance,xlf_idio_covariance"
FORMULAS = {
    "factor_returns": f"FACTOR_RETURNS({REGRESSED})",
    "regression": f"REGRESSION_SUMMARY({REGRESSED})",
    "idio_covariance": f"IDIO_COVARIANCE({RETURNS},{LOADINGS},,{CAPS})",
    "convergence": f"IDIO_CONVERGENCE({RETURNS},{LOADINGS},,{CAPS})",
    "factor_covariance": "FACTOR_COVARIANCE(xlf_factor_returns)",
    "correlation": "COVARIANCE_SUMMARY(xlf_factor_covariance)",
    "noise": f"FACTOR_NOISE({REGRESSED})",
    "performance": "FACTOR_PERFORMANCE(xlf_factor_returns)",
    "cumulative": "CUMULATIVE_RETURNS(xlf_factor_returns)",
    "explained": f"EXPLAINED_VARIANCE({RETURNS},xlf_factor_returns)",
    "exposures": f"EXPOSURES(tblPortfolio[#All],{LOADINGS})",
    "risk": f"RISK_DECOMPOSITION({PORTFOLIO})",
    "by_factor": f"RISK_BY_FACTOR({PORTFOLIO})",
}


def build(book: Path, new_day: Path) -> None:
    """The workbook without values, and a CSV file with the date after its last."""
    rng = np.random.default_rng(4)
    assets = [f"SYN{i + 1:04d}" for i in range(N)]
    industry = rng.integers(len(INDUSTRIES), size=N)
    S = rng.normal(size=(N, len(STYLES)))
    B = np.column_stack([np.ones(N), np.eye(len(INDUSTRIES))[industry], S])
    F = rng.normal(0, 0.006, (T + 1, B.shape[1]))
    R = np.round(F @ B.T + rng.normal(0, 0.015, (T + 1, N)), 6)
    R[:T][rng.random((T, N)) < 0.01] = np.nan
    caps = np.round(np.exp(rng.normal(9, 1, N)))
    w, benchmark = rng.dirichlet(np.ones(N)), caps / caps.sum()
    dates = [dt.date(2016, 1, 4) + dt.timedelta(i // 5 * 7 + i % 5) for i in range(T + 1)]
    serials = [(day - dt.date(1899, 12, 30)).days for day in dates]

    out = xlsxwriter.Workbook(book, {"constant_memory": False})
    date, number = out.add_format({"num_format": "yyyy-mm-dd"}), out.add_format({"num_format": "0.00%"})
    _table(
        out, "Returns", "tblReturns", ["Date", *assets], zip(serials[:T], *R[:T].T.tolist(), strict=True), date, number
    )
    loadings = zip(assets, [1] * N, [INDUSTRIES[i] for i in industry], *S.T.tolist(), strict=True)
    _table(out, "Loadings", "tblLoadings", ["Asset", "Market", "Industry", *STYLES], loadings)
    held = zip(assets, w.tolist(), benchmark.tolist(), strict=True)
    _table(out, "Portfolio", "tblPortfolio", ["Asset", "Portfolio", "Benchmark"], held)
    _table(out, "Caps", "tblCaps", ["Asset", "Cap"], zip(assets, caps.tolist(), strict=True))
    model = out.add_worksheet("Model")
    for k, (name, formula) in enumerate(FORMULAS.items()):
        place = f"{column_letters(30 * k + 1)}6"
        model.write_dynamic_array_formula(f"{place}:{place}", f"={formula}", None, 0)
        anchor = "$".join(("", column_letters(30 * k + 1), "6"))
        out.define_name(f"xlf_{name}", f"=_xlfn.ANCHORARRAY(Model!{anchor})")
    out.close()
    cells = [dates[T].isoformat(), *map(repr, R[T].tolist())]
    new_day.write_text(f"Date,{','.join(assets)}\n{','.join(cells)}\n", encoding="utf-8")


def _table(out: Any, sheet: str, name: str, labels: list[str], rows: Any, first: Any = None, other: Any = None) -> None:
    cells = out.add_worksheet(sheet)
    body = list(rows)
    columns = [{"header": label} for label in labels]
    cells.add_table(0, 0, len(body), len(labels) - 1, {"name": name, "columns": columns, "style": None})
    for i, row in enumerate(body, start=1):
        for j, value in enumerate(row):
            if isinstance(value, str):
                cells.write_string(i, j, value)
            elif value == value:
                cells.write_number(i, j, value, other if j else first)
            else:
                cells.write_blank(i, j, None, other)
