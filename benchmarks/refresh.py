"""`xlfactor refresh` with one new date, as a whole process, on a workbook with 2520 × 500 returns.

The workbook is like the template: a table each of returns, loadings (market, Industry, six styles), portfolio and
caps, and thirteen formulas of its sheets Model and Risk. What the functions themselves compute is measured apart.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from xlfactor.workbook.addresses import column_letters

T, N = 2520, 500
INDUSTRIES = ("Banks", "Technology", "Health Care", "Industrials", "Consumer", "Energy", "Materials", "Utilities")
STYLES = ("Size", "Value", "Momentum", "Quality", "Volatility", "Liquidity")
RETURNS, LOADINGS, CAPS = "tblReturns[#All]", "tblLoadings[#All]", "tblCaps[#All]"
IMPORTS = "import xlfactor.cli, xlfactor.workbook.refresh, xlfactor.functions; xlfactor.functions.catalogue()"
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


def run(report: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book, day = Path(folder) / "big.xlsx", Path(folder) / "day.csv"
        build(book, day)
        refreshed(book)
        again = Path(folder) / "again.xlsx"
        shutil.copyfile(book, again)
        seconds, megabytes, computing = refreshed(again, "--returns", str(day))
        note = f"of it the functions {computing:.1f} s of wall time, thirteen formulas"
        report.row("refresh 2520 × 500, one new date: CPU", seconds, target="≤ 6 s", note=note)
        report.row("refresh 2520 × 500, one new date: peak", megabytes, target="≤ 600 MB", unit="MB")
        template = Path(folder) / "template.xlsx"
        xlfactor("template", str(template))
        whole, imports = refreshed(template, "--force")[0], cpu_of("-c", IMPORTS)[1]
        note = f"without {imports:.1f} s of Python's start and imports"
        report.row("refresh of the template: CPU after imports", whole - imports, target="< 2 s", note=note)


def refreshed(book: Path, *options: str) -> tuple[float, float, float]:
    """CPU seconds and peak megabytes of one `xlfactor refresh`, and the seconds that its functions took."""
    said, seconds = cpu_of("-m", "xlfactor.cli", "refresh", str(book), *options, "--json")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # the largest child's: start with small ones
    return seconds, peak, sum(formula["seconds"] for formula in json.loads(said)["formulas"])


def xlfactor(*arguments: str) -> str:
    return cpu_of("-m", "xlfactor.cli", *arguments)[0]


def cpu_of(*arguments: str) -> tuple[str, float]:
    """What a Python process says, and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, *arguments]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return said, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
