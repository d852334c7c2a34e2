"""From a workbook's formulas to numbers with the real catalogue: the same bits as from Python."""

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.workbook.small_books import written
from xlfactor.functions import catalogue
from xlfactor.workbook.formulas.evaluate import evaluate
from xlfactor.workbook.formulas.workspace import Workspace

T, ASSETS = 12, [f"S{i}" for i in range(9)]
RNG = np.random.default_rng(5)
RETURNS = RNG.normal(0, 0.02, (T, len(ASSETS))).round(6)
STYLE = RNG.normal(size=len(ASSETS)).round(3)
INDUSTRY = ["Bank", "Energy", "Tech"] * 3
FIRST_DAY = 45000


def model(fill_more=None, bad=None):
    def fill(book):
        page = book.add_worksheet("Returns")
        page.add_table(
            0, 0, T, len(ASSETS), {"name": "tblReturns", "columns": [{"header": h} for h in ["Date", *ASSETS]]}
        )
        for t in range(T):
            page.write_number(t + 1, 0, FIRST_DAY + t)
            for i in range(len(ASSETS)):
                if (t, i) != (3, 4):
                    page.write(t + 1, i + 1, RETURNS[t, i] if bad != (t, i) else "abc")
        page = book.add_worksheet("Loadings")
        headers = ["Asset", "Market", "Industry", "Size"]
        page.add_table(0, 0, len(ASSETS), 3, {"name": "tblLoadings", "columns": [{"header": h} for h in headers]})
        for i, asset in enumerate(ASSETS):
            page.write_row(i + 1, 0, [asset, 1, INDUSTRY[i], STYLE[i]])
        page = book.add_worksheet("Model")
        formula = "=_xldudf_FACTOR_RETURNS(tblReturns[#All],tblLoadings[#All],,,,xlf_method,1)"
        page.write_dynamic_array_formula("A6", formula, None, "old")
        page.write_formula("Z1", "=INDEX(xlf_factor_returns,ROWS(xlf_factor_returns),2)", None, 0)
        book.define_name("xlf_factor_returns", "=_xlfn.ANCHORARRAY(Model!$A$6)")
        book.define_name("xlf_method", '="wls"')

    return fill


def expected():
    returns = pd.DataFrame(
        RETURNS, columns=ASSETS, index=pd.to_datetime("1899-12-30") + pd.to_timedelta(FIRST_DAY + np.arange(T), "D")
    )
    returns.iloc[3, 4] = np.nan
    loadings = pd.DataFrame({"Market": 1.0, "Industry": INDUSTRY, "Size": STYLE}, index=ASSETS)
    return xlfactor.factor_returns(returns, loadings)


def test_a_cell_shows_the_same_bits_as_python(tmp_path):
    found = evaluate(Workspace(written(tmp_path / "a.xlsx", model()), catalogue()))
    (result,) = found.formulas
    assert result.error is None
    assert result.function == "FACTOR_RETURNS"
    table = expected()
    assert result.rows[0] == ["Date", *table.columns]
    assert [row[0] for row in result.rows[1:]] == list(table.index.to_pydatetime())
    assert np.array_equal(np.array([row[1:] for row in result.rows[1:]], dtype=float), table.to_numpy(), equal_nan=True)
    assert found.plain[0].value == table.iloc[-1, 0]


def test_a_bad_return_is_refused_at_its_cell(tmp_path):
    found = evaluate(Workspace(written(tmp_path / "a.xlsx", model(bad=(5, 2))), catalogue()))
    (result,) = found.formulas
    assert result.status == "error"
    assert result.error.code in ("NUM_BAD", "NUM_TEXT")
    assert "Returns!D7" in result.error.line


def test_a_misspelt_option_gets_a_hint(tmp_path):
    def fill(book):
        model()(book)
        book.get_worksheet_by_name("Model").write_dynamic_array_formula(
            "AA1", '=FACTOR_RETURNS(tblReturns[#All],tblLoadings[#All],,,,"wsl")', None, 1
        )

    found = evaluate(Workspace(written(tmp_path / "a.xlsx", fill), catalogue()))
    assert "did you mean wls?" in next(f for f in found.formulas if f.cell == (1, 27)).error.line


@pytest.mark.parametrize(
    "text", ["XLFACTOR_VERSION()", "_xldudf_XLFACTOR_XLFACTOR_VERSION()", "XLFACTOR.XLFACTOR_VERSION()"]
)
def test_the_version_is_known_under_every_name(tmp_path, text):
    def fill(book):
        book.add_worksheet("A").write_dynamic_array_formula("A1", f"={text}", None, 1)

    (result,) = evaluate(Workspace(written(tmp_path / "a.xlsx", fill), catalogue())).formulas
    assert any(xlfactor.__version__ in map(str, row) for row in result.rows)
