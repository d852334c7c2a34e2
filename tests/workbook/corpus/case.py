"""A case of the corpus: who makes the file, and what `check` must say of it; and the clean book all others spoil."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

Verdict = Literal["ok", "warn", "reject"]
Tables = dict[str, list[list[Any]]]

ASSETS = [f"A{n}" for n in range(8)]
FILE_CODES = ("FILE_", "ZIP_", "XML_", "SHEET_TOO_LARGE")
NAME = "book.xlsx"


@dataclass(frozen=True)
class Case:
    """`make` writes into a folder and gives the file; `cell` is `Returns!C5`, "" where no cell is to blame.

    `same`: a refresh gives the numbers of the clean book, bit for bit. `hostile`: run in a child with limits.
    """

    name: str
    group: str
    verdict: Verdict
    code: str
    make: Callable[[Path], Path]
    cell: str = ""
    same: bool = False
    hostile: bool = False

    @property
    def exit(self) -> int:
        return 0 if self.verdict != "reject" else 4 if self.code.startswith(FILE_CODES) else 3


def clean() -> Tables:
    """Thirty weekdays of eight assets, a market and a size loading, equal weights."""
    returns = [[45292.0 + 7 * (t // 5) + t % 5, *[a_return(t, n) for n in range(8)]] for t in range(30)]
    loadings = [[asset, 1.0, n - 3.5] for n, asset in enumerate(ASSETS)]
    portfolio = [[asset, 0.125] for asset in ASSETS]
    return {
        "Returns": [["Date", *ASSETS], *returns],
        "Loadings": [["Asset", "Market", "Size"], *loadings],
        "Portfolio": [["Asset", "Portfolio"], *portfolio],
    }


def a_return(t: int, n: int) -> float:
    return round(0.001 * ((t * 29 + n * 41 + t * t * n * 3 + t * n * n * 7) % 97 - 47.5), 7)


def area(name: str, rows: list[list[Any]]) -> str:
    return f"{name}!A1:{chr(64 + max(map(len, rows)))}{len(rows)}"


def write(path: Path, tables: Tables, more: Callable[[Any], None] | None = None, model: bool = True) -> Path:
    """Tables as sheets, and two formulas that read them; `more` adds what only XlsxWriter can."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name, rows in tables.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, str) and value.startswith("{="):
                        sheet.write_formula(r, c, value[1:-1], None, "")
                    elif value is not None:
                        (sheet.write_string if isinstance(value, str) else sheet.write)(r, c, value)
        if model:
            parts = {name.casefold().strip(): area(f"'{name}'", rows) for name, rows in tables.items()}
            sheet = book.add_worksheet("Model")
            if {"returns", "loadings"} <= parts.keys():
                formula = f"=FACTOR_RETURNS({parts['returns']},{parts['loadings']})"
                sheet.write_dynamic_array_formula("A1:A1", formula, None, 0)
            if {"portfolio", "loadings"} <= parts.keys():
                formula = f"=EXPOSURES({parts['portfolio']},{parts['loadings']})"
                sheet.write_dynamic_array_formula("K1:K1", formula, None, 0)
        if more:
            more(book)
    return path


class Corpus(list[Case]):
    """The cases of one file; its two decorators add to them and name a case after its function."""

    def spoils(self, group: str, verdict: Verdict, code: str = "", cell: str = "", **more: bool) -> Any:
        """A function that edits the clean tables in place, or gives others."""
        return self._adding(
            lambda edit: lambda folder: write(folder / NAME, edited(edit)), group, verdict, code, cell, more
        )

    def writes(self, group: str, verdict: Verdict, code: str = "", cell: str = "", **more: bool) -> Any:
        """A function that is given the path of a clean book and changes or replaces the file."""

        def making(change: Callable[[Path], Path | None]) -> Callable[[Path], Path]:
            return lambda folder: change(path := write(folder / NAME, clean())) or path

        return self._adding(making, group, verdict, code, cell, more)

    def _adding(self, making: Any, group: str, verdict: Verdict, code: str, cell: str, more: dict[str, bool]) -> Any:
        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            name = function.__name__.replace("_", " ")
            self.append(Case(name, group, verdict, code, making(function), cell, **more))
            return function

        return add


def edited(edit: Callable[[Tables], Tables | None]) -> Tables:
    tables = clean()
    return edit(tables) or tables


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def changed(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """One part rewritten; a change that changes nothing would be a case that tests nothing."""
    parts = members(path)
    new = change(parts[part])
    assert new != parts[part]
    return zipped(path, parts | {part: new})


def replaced(path: Path, part: str, old: str, new: str) -> Path:
    return changed(path, part, lambda data: data.replace(old.encode(), new.encode(), 1))


SHEET = "xl/worksheets/sheet{}.xml"
RETURNS, LOADINGS, PORTFOLIO, MODEL = (SHEET.format(n) for n in (1, 2, 3, 4))
BOOK, BOOK_RELS, STRINGS, TYPES = (
    "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "[Content_Types].xml",
)  # fmt: skip
