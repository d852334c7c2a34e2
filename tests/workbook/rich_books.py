"""Workbooks with all that a user may add: charts, formats, comments, sparklines, parts we know nothing of."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import numpy as np
import xlsxwriter

T, N = 12, 8
ASSETS = [f"A{i}" for i in range(1, N + 1)]
FACTORS = ["Value", "Size"]
DATES = [datetime.datetime(2026, 1, 1) + datetime.timedelta(days=i) for i in range(T)]
CUSTOM_XML = {
    "customXml/item1.xml": b"<note xmlns='urn:user'>kept &amp; never read</note>",
    "customXml/itemProps1.xml": b"<?xml version='1.0'?><props/>",
}


def random_returns(dates: int = T) -> np.ndarray:
    return np.random.default_rng(7).normal(0, 0.01, (dates, N))


def loadings() -> np.ndarray:
    return np.random.default_rng(8).normal(0, 1, (N, len(FACTORS)))


def rich_book(path: Path, *, formula: str = "FACTOR_RETURNS(tblReturns[#All],tblLoadings[#All])") -> Path:
    """A book whose Model!A3 has never been computed, and a chart, names and formats on what it should give.

    Model!A3 claims a size of T dates, so that a first refresh fills A3:C15; E3 and E4 are the user's own.
    """
    plain = path.with_suffix(".plain")
    book = xlsxwriter.Workbook(str(plain))
    date, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
    percent = book.add_format({"num_format": "0.00%", "bg_color": "#E2EFDA"})
    sheet = book.add_worksheet("Returns")
    body = [[day, *row] for day, row in zip(DATES, random_returns().tolist(), strict=True)]
    columns = [{"header": "Date", "format": date}] + [{"header": a, "format": percent} for a in ASSETS]
    sheet.add_table(0, 0, T, N, {"name": "tblReturns", "columns": columns, "data": body})
    sheet.write_comment("B2", "checked by hand")
    sheet = book.add_worksheet("Loadings")
    body = [[asset, *row] for asset, row in zip(ASSETS, loadings().tolist(), strict=True)]
    columns = [{"header": "Asset"}] + [{"header": f} for f in FACTORS]
    sheet.add_table(0, 0, N, 2, {"name": "tblLoadings", "columns": columns, "data": body})
    sheet = book.add_worksheet("Model")
    sheet.write("A1", "Factor returns & more", bold)
    sheet.write_dynamic_array_formula(2, 0, 2 + T, 2, f"={formula}", bold, "old")
    for row in range(3, 3 + T):
        sheet.write(row, 0, 0, date)
        sheet.write(row, 1, 0, percent)
        sheet.write(row, 2, 0, percent)
    sheet.write_formula("E3", "=SUM(B4:B15)", percent, 0)
    sheet.write_formula("E4", '=TEXT(E3,"0.0%")', None, "stale")
    sheet.write("E6", "a note")
    sheet.conditional_format("B4:C15", {"type": "3_color_scale"})
    sheet.data_validation("G1", {"validate": "list", "source": ["a", "b"]})
    sheet.add_sparkline("F3", {"range": "Model!B4:B15"})
    sheet.print_area("A1:C15")
    sheet.insert_textbox("H20", "a text box")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"name": "Value", "categories": "=Model!$A$4:$A$15", "values": "=Model!$B$4:$B$15"})
    sheet.insert_chart("H2", chart)
    book.define_name("value_returns", "=Model!$B$4:$B$15")
    book.define_name("elsewhere", "=Model!$B$4:$B$14")
    book.close()
    add_members(plain, path, CUSTOM_XML)
    plain.unlink()
    return path


def add_members(source: Path, target: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info), zipfile.ZIP_DEFLATED)
        for name, content in members.items():
            new.writestr(name, content, zipfile.ZIP_STORED)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
