"""A small book with our mark, a risk figure, and all places where refresh keeps its record."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import numpy as np
import openpyxl
import xlsxwriter

from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, block
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.template.cells import Draft
from xlfactor.workbook.template.checks import write_findings
from xlfactor.workbook.template.log import write_log
from xlfactor.workbook.template.moved import write_moved
from xlfactor.workbook.template.record import Record
from xlfactor.workbook.template.styles import stylist
from xlfactor.workbook.writing.names import named_area

T = 30
ASSETS = [f"A{i}" for i in range(1, 11)]
FACTORS = ["Value", "Size", "Growth"]
FIRST = np.datetime64("2026-01-01")
MODEL = {  # name: anchor on Model, formula
    "xlf_idio": ("A3", "IDIO_COVARIANCE(tblReturns[#All],tblLoadings[#All])"),
    "xlf_returns": ("I3", "FACTOR_RETURNS(tblReturns[#All],tblLoadings[#All])"),
    "xlf_covariance": ("T3", "FACTOR_COVARIANCE(xlf_returns)"),
}
RISK = "RISK_DECOMPOSITION(tblPortfolio[#All],tblLoadings[#All],xlf_covariance,xlf_idio)"


def day(k: int) -> datetime.datetime:
    """The k-th business day of 2026."""
    return datetime.datetime.fromisoformat(str(np.busday_offset(FIRST, k)))


def random_returns(dates: int, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.01, (dates, len(ASSETS))).round(6)


def recorded_book(path: Path, benchmark: bool = True, risk: str = RISK) -> Path:
    """Risk!A4# is the risk; H1, H2 and H3 read what refresh writes: the status, the last run, the change."""
    rng = np.random.default_rng(6)
    with xlsxwriter.Workbook(str(path)) as book:
        sheets = {name: book.add_worksheet(name) for name in ("Returns", "Loadings", "Portfolio", "Model", "Risk",
                                                              "Checks", "Log")}  # fmt: skip
        body = [[day(k), *row] for k, row in enumerate(random_returns(T).tolist())]
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        table(sheets["Returns"], "tblReturns", ["Date", *ASSETS], body, date)
        loadings = rng.normal(0, 1, (len(ASSETS), len(FACTORS))).round(4).tolist()
        table(sheets["Loadings"], "tblLoadings", ["Asset", *FACTORS], with_labels(loadings))
        weights = np.column_stack([rng.dirichlet(np.ones(len(ASSETS))), np.full(len(ASSETS), 0.1)])
        columns = ["Asset", "Portfolio", "Benchmark"][: 3 if benchmark else 2]
        table(sheets["Portfolio"], "tblPortfolio", columns, with_labels(weights[:, : len(columns) - 1].tolist()))
        for name, (cell, formula) in MODEL.items():
            sheets["Model"].write_dynamic_array_formula(f"{cell}:{cell}", f"={formula}", None, "old")
            column = cell.rstrip("3")
            book.define_name(name, f"=_xlfn.ANCHORARRAY(Model!${column}$3)")
        sheets["Risk"].write_dynamic_array_formula("A4:A4", f"={risk}", None, "old")
        book.define_name("xlf_status", "=Risk!$H$1")
        severity = "tblChecks[severity]"
        status = f'IF(COUNTIF({severity},"error")>0,"FAIL",IF(COUNTIF({severity},"warn")>0,"WARN","OK"))'
        sheets["Risk"].write_formula("H1", f"={status}", None, "old")
        sheets["Risk"].write_formula("H2", "=MAX(tblLog[run])", None, 0)
        sheets["Risk"].write_formula("H3", "=IFERROR(INDEX(xlf_moved,2,4),0)", None, 0)
        sheets["Risk"].write_formula("H4", '=TEXT(xlf_last_as_of,"yyyy")', None, "old")
        draft = Draft(book, sheets, stylist(book), {})
        write_findings(draft, Record(), 3, 2)
        write_moved(draft, Record().report, 20, 2)
        write_log(draft, Record())
        book.set_custom_property("xlfactor_schema", 1)
    return path


def table(sheet, name, columns, body, date=None):
    headers = [{"header": label, "format": date if label == "Date" else None} for label in columns]
    sheet.add_table(0, 0, len(body), len(columns) - 1, {"name": name, "columns": headers, "data": body})


def with_labels(rows):
    return [[asset, *row] for asset, row in zip(ASSETS, rows, strict=True)]


def csv_file(path: Path, header, rows) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def new_returns(path: Path, *days: int, assets=ASSETS) -> Path:
    """A file with returns of these days, counted from the book's first."""
    R = np.random.default_rng(days[0]).normal(0, 0.02, (len(days), len(assets))).round(6).tolist()
    return csv_file(path, ["Date", *assets], [[day(k).date(), *row] for k, row in zip(days, R, strict=True)])


def new_portfolio(path: Path, weights: dict[str, float]) -> Path:
    return csv_file(path, ["Asset", "Portfolio", "Benchmark"], [[a, w, 0.1] for a, w in weights.items()])


def new_loadings(path: Path, assets=ASSETS, seed: int = 7) -> Path:
    B = np.random.default_rng(seed).normal(0, 1, (len(assets), len(FACTORS))).round(4).tolist()
    return csv_file(path, ["Asset", *FACTORS], [[a, *row] for a, row in zip(assets, B, strict=True)])


def area(path: Path, place: Rectangle):
    """The cells of an area, by our own reader."""
    return block(Workspace(open_book(path), {}), place)


def named(path: Path, name: str):
    """The cells under a defined name."""
    return area(path, Rectangle(*named_area(open_book(path), name)))


def rows_of(path: Path, name: str) -> list[dict]:
    """The rows of a table by its labels."""
    found = open_book(path).tables[name.casefold()]
    header, *body = area(path, Rectangle(found.sheet, found.area))
    return [dict(zip(header, row, strict=True)) for row in body]


def cell(path: Path, sheet: str, address: str):
    """One cell as openpyxl reads it."""
    return openpyxl.load_workbook(path, data_only=True)[sheet][address].value
