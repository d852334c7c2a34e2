"""Cells to numbers: parsing a table of returns, and a formula's whole way through xlwings Server, in process."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

N = 500
INDUSTRIES = ("Banks", "Technology", "Health Care", "Industrials", "Consumer", "Energy", "Materials", "Utilities")
RUNS = 7


def run(report: Any) -> None:
    """Server's part needs a process of its own, since xlwings chooses its runtime when it is imported."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=on_server) as server:
        seconds = server.submit(parsing, 1260).result()
        report.row("parse 1260 × 500 cells, 1 % blank", seconds, target="≤ 0.1 s")
        for T in (252, 1260):
            whole, request, inner = server.submit(formula, T).result()
            note = (
                f"of it the regression {inner:.3f} s, cells in and out {whole - inner:.3f} s; peer: JSON of the request"
            )
            report.row(
                f"FACTOR_RETURNS {T} × 500 on Server", whole, request, ratio=whole / request, target="≤ 2", note=note
            )


def on_server() -> None:
    os.environ["XLWINGS_ON_SERVER"] = "true"
    os.environ.setdefault("XLWINGS_LICENSE_KEY", "noncommercial")


def tables(T: int) -> tuple[list[list[Any]], list[list[Any]]]:
    """Returns and loadings as Office.js sends them: a blank cell is an empty text, a date a whole number."""
    rng = np.random.default_rng(3)
    R = rng.normal(0, 0.01, (T, N))
    R[rng.random((T, N)) < 0.01] = np.nan
    assets = [f"SYN{i:04d}" for i in range(N)]
    body = [[40000 + t, *("" if x != x else x for x in row)] for t, row in enumerate(R.tolist())]
    styles = rng.normal(size=(N, 6)).tolist()
    loadings = [[asset, 1, INDUSTRIES[i % 8], *styles[i]] for i, asset in enumerate(assets)]
    head = ["Asset", "Market", "Industry", "Size", "Value", "Momentum", "Quality", "Volatility", "Liquidity"]
    return [["Date", *assets], *body], [head, *loadings]


def parsing(T: int) -> float:
    from xlfactor.tables.parse import read

    rows = tables(T)[0]
    return fastest(lambda: read("returns", rows, "returns"))


def formula(T: int) -> tuple[float, float, float]:
    """CPU seconds of the whole call from the parsed request on, of parsing the request, of the function's body."""
    import xlwings
    from xlwings.server import custom_functions_call

    from xlfactor.functions import catalogue
    from xlfactor.hosts import excel

    text = json.dumps({
        "client": "Office.js", "func_name": "FACTOR_RETURNS", "args": tables(T), "caller_address": "[Book1]Sheet1!A1",
        "version": xlwings.__version__, "runtime": "1.4", "culture_info_name": "en-US", "date_format": "m/d/yyyy",
    })  # fmt: skip
    function = catalogue()["FACTOR_RETURNS"]
    given = [argument.read(rows) for argument, rows in zip(function.arguments, tables(T), strict=False)]
    body: Callable[..., Any] = function.call.__wrapped__  # type: ignore[attr-defined]

    def whole() -> None:
        json.dumps(asyncio.run(custom_functions_call(json.loads(text), excel)), allow_nan=False)

    request = fastest(lambda: json.loads(text))
    return fastest(whole) - request, request, fastest(lambda: body(*given))


def fastest(call: Callable[[], Any]) -> float:
    """The least CPU time of some calls."""
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return min(times)
