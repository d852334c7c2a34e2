"""A workbook on a model file: its cached values, what a refresh makes of it, and what cannot be built."""

import os
import warnings
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import xlfactor
from tests import samples
from tests.calc_copy import calc_copy
from tests.needs import need_libreoffice
from xlfactor.cli import app
from xlfactor.errors import FactorError
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.report.data import named_rows
from xlfactor.workbook.template.from_model import book_of_model

WEIGHTS = samples.TABLES["portfolio"].iloc[:10]
BLOCKS = ("loadings", "factor_covariance", "idio_variance", "risk", "by_factor", "exposures", "by_asset")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with a model file in eu/ that XLFACTOR_MODELS names, and a portfolio."""
    (tmp_path / "models/eu").mkdir(parents=True)
    samples.write_model(tmp_path / "models/eu")
    monkeypatch.setenv("XLFACTOR_MODELS", str(tmp_path / "models"))
    WEIGHTS.rename(columns=str.capitalize).to_csv(tmp_path / "p.csv")
    return tmp_path


def build(desk, name="book.xlsx", assets="p.csv"):
    book_of_model(desk / name, desk / "models/eu/sample.npz", desk / assets)
    return desk / name


def shown(book, name):
    rows = named_rows(book, f"xlf_{name}")
    return pd.DataFrame([row[1:] for row in rows[1:]], [row[0] for row in rows[1:]], rows[0][1:])


def in_python(weights, path="eu/sample.npz"):
    names = list(weights.index)
    B, C = xlfactor.model_loadings(path, names), xlfactor.model_factor_covariance(path, names)
    psi = xlfactor.model_idio_variance(path, names)
    return {
        "loadings": B, "factor_covariance": C, "idio_variance": psi,
        "risk": xlfactor.risk_decomposition(weights, B, C, psi, 252, 0.95, 1),
        "by_factor": xlfactor.risk_by_factor(weights, B, C, psi, periods_per_year=252),
        "exposures": xlfactor.exposures(weights, B),
        "by_asset": xlfactor.risk_by_asset(weights, B, C, psi, periods_per_year=252),
    }  # fmt: skip


def same(book, weights):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = in_python(weights)
    for name in BLOCKS:
        found = shown(book, name)
        assert list(found.index) == list(expected[name].index), name
        assert list(found.columns) == list(expected[name].columns)
        for column in found:
            assert cells(found[column]) == cells(expected[name][column]), (name, column)


def cells(column):
    return [None if v is None or v != v else v for v in column]


pytestmark = pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning")


def test_a_built_book_shows_what_python_gives_and_needs_no_refresh(desk):
    book = build(desk)
    before = book.read_bytes()
    same(book, WEIGHTS)
    result = refresh(book)
    assert (result.ok, result.changed_parts, result.left_to_excel) == (True, (), ())
    assert [line.function for line in result.formulas][:3] == [
        "MODEL_LOADINGS", "MODEL_FACTOR_COVARIANCE", "MODEL_IDIO_VARIANCE",
    ]  # fmt: skip
    assert book.read_bytes() == before


def test_two_builds_are_the_same_bytes(desk):
    assert build(desk).read_bytes() == build(desk, "again.xlsx").read_bytes()


def test_a_refresh_of_a_book_without_dates_says_none(desk):
    done = CliRunner().invoke(app, ["refresh", str(build(desk))])
    assert [line.split(" ·")[:2] for line in done.output.splitlines() if line.startswith("up to date")] == [
        ["up to date", f" inputs {refresh(desk / 'book.xlsx').input_hash[:12]}"]
    ]


def test_new_weights_and_further_assets_go_through_to_the_risk(desk):
    book = build(desk)
    weights = samples.TABLES["portfolio"].iloc[[3, 1, 20, 21, 22, 5, 6, 7, 8, 9, 10, 11, 12]]
    weights.rename(columns=str.capitalize).to_csv(desk / "new.csv")
    assert refresh(book, portfolio=desk / "new.csv").ok
    same(book, weights)


def test_a_new_model_file_under_the_same_name_is_a_new_model_in_the_book(desk):
    book = build(desk)
    old = shown(book, "risk")
    model = xlfactor.RiskModel.estimate(samples.TABLES["returns"] * 2, samples.TABLES["loadings"])
    model.save(desk / "models/eu/sample.npz")
    assert refresh(book).ok
    same(book, WEIGHTS)
    ratio = shown(book, "risk").loc["annual_volatility", "portfolio"] / old.loc["annual_volatility", "portfolio"]
    np.testing.assert_allclose(ratio, 2, rtol=1e-9)  # returns twice as large


def test_the_tiles_repeat_the_measures_and_the_options_are_read(desk):
    book = build(desk)
    sheet = openpyxl.load_workbook(book, data_only=True)["Risk"]
    tiles = {sheet.cell(3, k).value: sheet.cell(4, k).value for k in range(2, 8)}
    risk = shown(book, "risk")
    assert tiles["Total volatility"] == risk.loc["annual_volatility", "portfolio"]
    assert tiles["Active volatility"] == risk.loc["annual_volatility", "active"]
    assert tiles["Value at risk"] == risk.loc["value_at_risk", "portfolio"]
    changed = openpyxl.load_workbook(book)
    assert [changed["Model"][f"A{k}"].value for k in (3, 4, 5, 6)] == [
        "path", "periods_per_year", "confidence", "horizon",
    ]  # fmt: skip
    assert changed["Model"]["B3"].value == "eu/sample.npz"


@pytest.mark.parametrize(
    ("text", "portfolio", "benchmark"),
    [
        ("asset\nA03\nA01\nA04\nA00\n", [0.25] * 4, [np.nan] * 4),
        ("Asset,Portfolio,Name\nA03,0.5,x\nA01,0.5,y\n", [0.5, 0.5], [np.nan] * 2),
        ("Benchmark;Asset;Portfolio\n1;A03;0.5\n0;A01;0.5\n", [0.5, 0.5], [1, 0]),
    ],
)
def test_weights_and_benchmark_may_be_left_out(desk, text, portfolio, benchmark):
    (desk / "p.csv").write_text(text)
    book = build(desk)
    names = [name for name in ("A03", "A01", "A04", "A00") if name in text]
    same(book, pd.DataFrame({"portfolio": portfolio, "benchmark": benchmark}, names))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Asset\nA03\nZZZ\n", "ASSET_UNKNOWN: the model has no asset ZZZ"),
        ("Name\nA03\n", "COLUMN_UNKNOWN: no column is called Asset (p.csv)"),
        ("Asset,Portfolio\nA03,x\n", 'NUM_BAD: text "x" where a number is expected (p.csv, row 2, Portfolio)'),
        ("Asset\nA03\nA03\n", "DUP_ASSET"),
    ],
)
def test_a_portfolio_that_the_model_cannot_take_is_refused_and_nothing_is_written(desk, text, line):
    (desk / "p.csv").write_text(text)
    with pytest.raises(FactorError) as refused:
        build(desk)
    assert line in refused.value.line
    assert not (desk / "book.xlsx").exists()


def test_a_model_outside_the_folder_and_a_book_that_is_there_are_refused(desk):
    samples.write_model(desk)
    with pytest.raises(FactorError, match="PATH_OUTSIDE"):
        book_of_model(desk / "book.xlsx", desk / "sample.npz", desk / "p.csv")
    build(desk)
    with pytest.raises(FactorError, match="FILE_EXISTS"):
        build(desk)
    with pytest.raises(FactorError, match="FOLDER_MISSING"):
        build(desk, "nowhere/book.xlsx")


def test_the_command_without_a_folder_takes_the_models_own_and_says_which_to_set(desk, monkeypatch):
    monkeypatch.delenv("XLFACTOR_MODELS")
    command = ["template", str(desk / "b.xlsx"), "--model", str(desk / "models/eu/sample.npz")]
    found = CliRunner().invoke(app, [*command, "--assets", str(desk / "p.csv")])
    assert found.exit_code == 0, found.stderr
    assert f"XLFACTOR_MODELS={desk / 'models/eu'}" in found.stdout
    assert "XLFACTOR_MODELS" not in os.environ
    assert not refresh(desk / "b.xlsx").ok  # not set here: nothing is read
    monkeypatch.setenv("XLFACTOR_MODELS", str(desk / "models/eu"))
    assert refresh(desk / "b.xlsx").changed_parts == ()
    found = CliRunner().invoke(app, command)
    assert (found.exit_code, "ARGUMENT_MISSING" in found.stderr) == (3, True)


@need_libreoffice
@pytest.mark.libreoffice
def test_libreoffice_computes_the_same_numbers(libreoffice, tmp_path):
    WEIGHTS.rename(columns=str.capitalize).to_csv(tmp_path / "p.csv")
    model = Path(os.environ["XLFACTOR_MODELS"]) / "sample.npz"
    book_of_model(tmp_path / "book.xlsx", model, tmp_path / "p.csv")
    recalculated = libreoffice.recalculate(calc_copy(tmp_path / "book.xlsx", tmp_path / "copy.xlsx"))["Risk"]
    cached = openpyxl.load_workbook(tmp_path / "book.xlsx", data_only=True)["Risk"]
    numbers = [c for row in cached.iter_rows() for c in row if isinstance(c.value, float)]
    assert len(numbers) > 100
    for cell in numbers:
        np.testing.assert_allclose(recalculated[cell.coordinate], cell.value, rtol=1e-12, atol=1e-15)
