"""Valid arguments for every function of the catalogue: one small simulated panel, chosen by the kind of argument.

A new function needs nothing here; a new kind of table needs one entry in TABLES, a required option one in OPTIONS.
"""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xlfactor.errors import FactorWarning
from xlfactor.functions import Function, catalogue
from xlfactor.model import RiskModel

N, T = 24, 40
INDUSTRIES = ["Tech", "Energy", "Banks"]
FACTORS = ["market", *INDUSTRIES, "value", "size"]


def _panel() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(20240102)
    assets = pd.Index([f"A{n:02d}" for n in range(N)], name="Asset")
    dates = pd.bdate_range("2024-01-02", periods=T, name="Date")
    industry = np.array(INDUSTRIES)[np.arange(N) % 3]
    styles = rng.normal(size=(N, 2)).round(3)
    B = np.column_stack([np.ones(N), *(industry == name for name in INDUSTRIES), styles])
    F = rng.normal(size=(T, len(FACTORS))) * [0.01, 0.004, 0.004, 0.004, 0.003, 0.003]
    psi = rng.uniform(1e-4, 4e-4, N)
    E = rng.normal(size=(T, N)) * np.sqrt(psi)
    R = F @ B.T + E
    caps = rng.lognormal(8, 1, N).round(2)
    held, held_by_benchmark = rng.dirichlet(np.ones(N)), caps / caps.sum()
    observed = F[:, [0, 4, 5]] + rng.normal(scale=0.002, size=(T, 3))
    missing = rng.random((T, N)) < 0.01
    returns = pd.DataFrame(np.where(missing, np.nan, R), dates, assets.rename(None))
    history = rng.dirichlet(np.ones(N), T)
    history[:-1][missing[1:]] = 0  # what it holds over a date has a return on that date
    covariance = np.diag([1e-4, 1.6e-5, 1.6e-5, 1.6e-5, 9e-6, 9e-6]) + 2e-6
    factors = pd.Index(FACTORS, name="Factor")
    return {
        "returns": returns,
        "values": returns,
        "vendor": returns,
        "idio_returns": pd.DataFrame(np.where(missing, np.nan, E), dates, list(assets)),
        "prices": pd.DataFrame(100 * np.cumprod(1 + R, axis=0), dates, list(assets)),
        "loadings": pd.DataFrame(
            {"market": 1.0, "Industry": industry, "value": styles[:, 0], "size": styles[:, 1]}, assets
        ),
        "factor_returns": pd.DataFrame(F, dates, FACTORS),
        "factors": pd.DataFrame(observed, dates, ["MKT", "VAL", "SIZ"]),
        "market": pd.DataFrame({"MKT": observed[:, 0]}, dates),
        "descriptor_weights": pd.DataFrame({"weight": [0.5, 0.3, 0.2]}, ["value", "size", "market"]),
        "weights": pd.DataFrame({"weight": np.sqrt(caps)}, assets),
        "caps": pd.DataFrame({"cap": caps}, assets),
        "characteristics": pd.DataFrame({"cap": caps, "Industry": industry}, assets),
        "groups": pd.DataFrame({"group": industry}, assets),
        "realised": pd.DataFrame(np.where(missing, np.nan, E), dates, list(assets)),
        "forecast_volatility": pd.DataFrame(np.tile(np.sqrt(psi), (T, 1)), dates, list(assets)),
        "alpha": pd.DataFrame({"alpha": 5e-4 * styles[:, 0] + psi}, assets),
        "portfolio": pd.DataFrame({"portfolio": held, "benchmark": held_by_benchmark}, assets),
        "portfolio_history": pd.DataFrame(history, dates, assets.rename(None)),
        "shocks": pd.DataFrame({"shock": [-0.02, 0.01]}, pd.Index(["market", "value"], name="Factor")),
        "factor_covariance": pd.DataFrame(covariance, factors, FACTORS),
        "noise": pd.DataFrame(covariance / 50, factors, FACTORS),
        "idio_variance": pd.DataFrame(
            {"variance": psi, "annual_volatility": np.sqrt(252 * psi), "leverage": 0.25, "status": "ok"}, assets
        ),
    }


def _storable(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers of 15 digits: writers of workbooks keep 16, so a cell then holds what Python has, to the last bit."""
    return table.map(lambda v: float(f"{v:.15g}") if isinstance(v, float) else v)


TABLES = {kind: _storable(table) for kind, table in _panel().items()}
OPTIONS: dict[str, object] = {
    "n_assets": 1000.0,
    "n_factors": 10.0,
    "instruments": [["Instrument"], ["A01"], ["A02"], ["A03"]],
    "path": "sample.npz",
}  # required arguments that are no tables
TAKEN = {"caps", "noise", "descriptor_weights"}  # optional tables that are passed too; others exclude one another


def write_model(folder: Path) -> None:
    """The sample of `path`: what tests/conftest.py puts into the folder of XLFACTOR_MODELS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FactorWarning)
        RiskModel.estimate(TABLES["returns"], TABLES["loadings"]).save(folder / str(OPTIONS["path"]))


def arguments(function: Function) -> dict[str, Any]:
    """Argument name -> DataFrame or single value, valid together."""
    given: dict[str, Any] = {}
    for argument in function.arguments:
        if argument.required or argument.kind in TAKEN:
            found = TABLES.get(argument.kind, OPTIONS.get(argument.name))
            assert found is not None, f"tests/samples.py has no {argument.kind} for {argument.name}"
            given[argument.name] = found
    return given


def rows(value: Any) -> Any:
    """A DataFrame as rows of plain cells: text, float, datetime and None; a single value stays as it is."""
    if not isinstance(value, pd.DataFrame):
        return value
    header = [*(name or "" for name in value.index.names), *value.columns]
    labels = value.index.to_frame().to_numpy(object)
    return [header, *map(_cells, np.hstack([labels, value.to_numpy(object)]))]


def _cells(row: Any) -> list[float | str | bool | dt.datetime | None]:
    return [
        v.to_pydatetime() if isinstance(v, pd.Timestamp)
        else None if v is None or v is pd.NA or v != v
        else v if isinstance(v, str | bool)
        else float(v)
        for v in row
    ]  # fmt: skip


def positional(function: Function, given: dict[str, Any]) -> list[Any]:
    """`given` as cells in the order of the arguments, None where one is left out."""
    return [rows(given.get(argument.name)) for argument in function.arguments]


def sample(name: str) -> tuple[list[Any], list[list[Any]]]:
    """The arguments of a function as cells, and Python's result on the same DataFrames as rows (None: missing)."""
    function = catalogue()[name]
    given = arguments(function)
    result = rows(function.call(**given))
    table = result if isinstance(result, list) else [[result]]
    return positional(function, given), [[None if v == "" else v for v in row] for row in table]
