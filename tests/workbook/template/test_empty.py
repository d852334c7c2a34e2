"""`xlfactor template OUT --empty`: what it says, and what it becomes once rows are pasted."""

import datetime as dt
import shutil
import warnings
import zipfile

import numpy as np
import openpyxl
import pytest

from tests.workbook.pasted import paste
from xlfactor.errors import FactorError
from xlfactor.workbook.check import check
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.report.data import named_rows
from xlfactor.workbook.template.build import build_empty, templates
from xlfactor.workbook.template.layout import BLOCKS

T, N = 80, 30
SECTORS = ("Tech", "Bank", "Oil")


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return build_empty(tmp_path_factory.mktemp("empty") / "mine.xlsx")


def own_tables():
    """A desk's own data: market, three sectors and one style, with noise."""
    rng = np.random.default_rng(5)
    names, value = [f"OWN{i:02d}" for i in range(N)], rng.normal(size=N)
    f = rng.normal(scale=0.01, size=(T, 2))
    R = f[:, :1] + f[:, 1:] * value + rng.normal(scale=0.015, size=(T, N))
    monday = (dt.date(2025, 1, 6) - dt.date(1899, 12, 30)).days
    dates = [monday + 7 * (t // 5) + t % 5 for t in range(T)]
    weights = np.where(np.arange(N) < 20, 1 / 20, 0.0)
    return {
        "tblReturns": [["Date", *names], *([dates[t], *R[t]] for t in range(T))],
        "tblLoadings": [["Asset", "Market", "Sector", "Value"],
                        *([names[i], 1, SECTORS[i % 3], value[i]] for i in range(N))],
        "tblPortfolio": [["Asset", "Portfolio", "Benchmark", "Name"],
                         *([names[i], weights[i], 1 / N, f"Own {i}"] for i in range(N))],
        "tblCaps": [["Asset", "Cap"], *([name, cap] for name, cap in zip(names, rng.uniform(1, 9, N), strict=True))],
    }  # fmt: skip


def test_every_block_but_the_version_says_that_there_are_no_rows(empty):
    book = openpyxl.load_workbook(empty, data_only=True)
    for block in BLOCKS:
        shown = book[block.sheet].cell(block.row, block.column).value
        assert block.name == "xlf_version" or shown.startswith("#XLF! NO_ROWS: "), block.name
    assert {name for sheet in book for name in sheet.tables} >= {
        "tblReturns",
        "tblLoadings",
        "tblPortfolio",
        "tblHedge",
    }
    for sheet, table in (("Returns", "tblReturns"), ("Loadings", "tblLoadings"), ("Portfolio", "tblCaps")):
        first, last = book[sheet].tables[table].ref.split(":")
        assert openpyxl.utils.cell.coordinate_to_tuple(last)[0] == 2
        assert book[sheet][first].value


def test_it_has_the_names_of_the_filled_template_and_none_of_its_numbers(empty):
    filled = openpyxl.load_workbook(templates() / "factor_risk.xlsx")
    mine = openpyxl.load_workbook(empty)
    assert set(mine.defined_names) == set(filled.defined_names)
    with zipfile.ZipFile(empty) as archive:
        text = "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml"))
    assert "SYN0" not in text
    assert "Synthetic" not in text


def test_a_refresh_names_what_is_missing_and_writes_nothing(empty, tmp_path):
    book = shutil.copy(empty, tmp_path / "book.xlsx")
    before = (tmp_path / "book.xlsx").read_bytes()
    result = refresh(tmp_path / "book.xlsx")
    assert not result.ok
    lines = {line.function: line.error.line for line in result.formulas if line.status == "error"}
    assert lines["IDIO_COVARIANCE"].startswith("NO_ROWS: returns have no rows of data under the header")
    assert lines["EXPOSURES"].startswith("NO_ROWS: portfolio has no rows")
    assert (tmp_path / "book.xlsx").read_bytes() == before
    assert book


def test_own_rows_pasted_into_three_sheets_become_a_full_risk_sheet(empty, tmp_path):
    tables = own_tables()
    book = paste(empty, tmp_path / "own.xlsx", tables)
    result = refresh(book)
    assert result.ok, [line.error for line in result.formulas if line.error]
    factors = ["Market", *SECTORS, "Value"]
    assert [row[0] for row in named_rows(book, "xlf_by_factor")[1:]] == [*factors, "idio", "Sector (total)", "total"]
    risk = {row[0]: row[1] for row in named_rows(book, "xlf_risk")[1:]}
    R, w = (
        np.array([row[1:] for row in tables["tblReturns"][1:]]),
        np.array([r[1] for r in tables["tblPortfolio"][1:]]),
    )
    assert risk["annual_volatility"] == pytest.approx((R @ w).std() * np.sqrt(252), rel=0.2)
    sheet = openpyxl.load_workbook(book, data_only=True)["Risk"]
    assert sheet["B6"].value == risk["annual_volatility"]  # the first tile
    assert named_rows(book, "xlf_hedge")[1][0] == "OWN00"  # the largest holding
    assert [sheet.cell(row, 10).value for row in range(110, 116)] == [*factors, None]


def csv(path, rows):
    day0 = dt.date(1899, 12, 30)
    dated = [[day0 + dt.timedelta(v) if j == 0 and isinstance(v, int) else v for j, v in enumerate(r)] for r in rows]
    path.write_text("\n".join(",".join(map(str, row)) for row in dated), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def filled(empty, tmp_path_factory):
    """An empty template that three files without caps have filled, and what was said."""
    folder = tmp_path_factory.mktemp("filled")
    tables, book = own_tables(), folder / "own.xlsx"
    shutil.copy(empty, book)
    files = {
        name: csv(folder / f"{name}.csv", tables[f"tbl{name.title()}"]) for name in ("returns", "loadings", "portfolio")
    }
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = refresh(book, **files)
    assert result.ok, [line.error for line in result.formulas if line.error]
    return book, tables, files, {str(warning.message).partition(":")[0] for warning in said}


def rows_of(book, sheet, table):
    found = openpyxl.load_workbook(book)[sheet]
    return [[cell.value for cell in row] for row in found[found.tables[table].ref]]


def test_three_files_fill_it_under_their_own_columns_without_a_placeholder_left(filled):
    book, tables, _, _ = filled
    found = openpyxl.load_workbook(book)
    for sheet, table in (("Returns", "tblReturns"), ("Loadings", "tblLoadings")):
        header = [cell.value for cell in found[sheet][1]]
        assert header == tables[table][0]
        assert [column.name for column in found[sheet].tables[table].tableColumns] == header
        assert found[sheet].max_row == len(tables[table])
    factors = ["Market", *SECTORS, "Value"]
    assert [row[0] for row in named_rows(book, "xlf_by_factor")[1:]] == [*factors, "idio", "Sector (total)", "total"]


def test_without_caps_it_computes_as_with_equal_ones_and_says_so(filled, tmp_path, empty):
    book, tables, files, said = filled
    assert "CAPS_MISSING" in said
    assert "CAPS_MISSING" in [row[0] for row in rows_of(book, "Checks", "tblChecks")]
    equal = shutil.copy(empty, tmp_path / "equal.xlsx")
    caps = [["Asset", "Cap"], *([row[0], 1.0] for row in tables["tblLoadings"][1:])]
    assert refresh(tmp_path / "equal.xlsx", caps=csv(tmp_path / "caps.csv", caps), **files).ok
    for name in ("xlf_risk", "xlf_idio_variance"):
        ours, theirs = named_rows(book, name), named_rows(equal, name)
        for a, b in zip(ours, theirs, strict=True):
            assert [v for v in a if not isinstance(v, float)] == [v for v in b if not isinstance(v, float)]
            assert [v for v in a if isinstance(v, float)] == pytest.approx(
                [v for v in b if isinstance(v, float)], rel=1e-9
            )


def test_its_titles_are_words_before_the_user_names_portfolio_and_benchmark(filled):
    sheet = openpyxl.load_workbook(filled[0], data_only=True)["Risk"]
    shown = [cell.value for row in sheet["A1:R8"] for cell in row]
    assert "Portfolio · factor risk" in shown
    assert "a year, to benchmark" in shown
    assert 0 not in shown


def test_check_takes_what_may_be_blank_for_no_error(filled):
    notes = check(filled[0]).notes
    assert [note.code for note in notes if note.severity == "error"] == []
    assert "CAPS_MISSING" in [note.code for note in notes]


def test_an_existing_file_is_kept(empty):
    with pytest.raises(FactorError, match=r"FILE_EXISTS: mine\.xlsx is there already"):
        build_empty(empty)
