"""The template workbook: the committed file, a fresh build of it, and what a refresh makes of it."""

import datetime as dt
import re
import shutil
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from xlfactor.errors import FactorError
from xlfactor.workbook.check import check
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.report.data import named_rows
from xlfactor.workbook.template.build import build_template, copy_template, templates
from xlfactor.workbook.template.layout import BLOCKS, block
from xlfactor.workbook.template.schema import SHEETS

COMMITTED = templates() / "factor_risk.xlsx"
SAMPLE = templates() / "sample"
NUMBER = re.compile(r"(?<=>)-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=</(?:c:)?v>)")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    out = tmp_path_factory.mktemp("template") / "factor_risk.xlsx"
    build_template(out)
    return out


def frame(name):
    rows = named_rows(COMMITTED, name)
    return pd.DataFrame([r[1:] for r in rows[1:]], [r[0] for r in rows[1:]], rows[0][1:])


def test_the_committed_template_equals_a_fresh_build(fresh):
    with zipfile.ZipFile(COMMITTED) as old, zipfile.ZipFile(fresh) as new:
        assert old.namelist() == new.namelist()
        for member in old.namelist():
            before, after = old.read(member).decode(), new.read(member).decode()
            assert NUMBER.sub("#", before) == NUMBER.sub("#", after), member
            a, b = (np.array(NUMBER.findall(text), dtype=float) for text in (before, after))
            np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-15, err_msg=member)


def test_two_builds_are_the_same_bytes(fresh, tmp_path):
    build_template(tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == fresh.read_bytes()


def test_a_fresh_template_needs_no_refresh(fresh, tmp_path):
    book = tmp_path / "book.xlsx"
    shutil.copy(fresh, book)
    result = refresh(book)
    assert result.ok
    assert result.changed_parts == ()
    assert result.left_to_excel == ()
    assert book.read_bytes() == fresh.read_bytes()


def test_a_new_day_moves_the_as_of_date_and_the_charts(tmp_path):
    book = tmp_path / "book.xlsx"
    shutil.copy(COMMITTED, book)
    result = refresh(book, returns=SAMPLE / "new_day.csv")
    assert result.ok
    assert result.as_of == "2026-02-02"
    values = openpyxl.load_workbook(book, data_only=True)
    cell = values.defined_names["xlf_as_of"].attr_text.split("!")[1].replace("$", "")
    assert values["Settings"][cell].value == dt.datetime(2026, 2, 2)
    with zipfile.ZipFile(book) as archive:
        charts = "".join(archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/charts/chart"))
    assert "Model!$A$7:$A$510" not in charts
    assert charts.count("$511</c:f>") >= 2 * 16


def test_total_risk_is_the_quadratic_form_of_the_blocks_on_model():
    portfolio = pd.read_csv(SAMPLE / "portfolio.csv", index_col="Asset")["Portfolio"]
    loadings = pd.read_csv(SAMPLE / "loadings.csv", index_col="Asset")
    industries = pd.get_dummies(loadings.pop("Industry")).astype(float)
    covariance, idio = frame("xlf_factor_covariance"), frame("xlf_idio_covariance")["variance"].astype(float)
    B = loadings.join(industries)[covariance.columns]
    x = B.T @ portfolio
    variance = x @ covariance.loc[x.index].astype(float) @ x + (portfolio**2 * idio.loc[portfolio.index]).sum()
    risk = frame("xlf_risk")
    assert risk.loc["annual_volatility", "portfolio"] == pytest.approx(np.sqrt(252 * variance), rel=1e-12)


def test_the_sample_is_a_believable_desk():
    returns = pd.read_csv(SAMPLE / "returns.csv", index_col="Date")
    portfolio = pd.read_csv(SAMPLE / "portfolio.csv", index_col="Asset")
    assert returns.shape == (504, 200)
    assert returns.index[-1] == "2026-01-30"
    assert 0.008 < returns.isna().mean().mean() < 0.015
    assert portfolio["Portfolio"].sum() == pytest.approx(1, abs=1e-9)
    assert portfolio["Benchmark"].sum() == pytest.approx(1, abs=1e-9)
    assert (portfolio["Portfolio"] > 0).sum() == 60
    idio = frame("xlf_idio_covariance")["annual_volatility"].astype(float)
    assert idio.quantile(0.02) > 0.10
    assert idio.quantile(0.98) < 0.60
    assert frame("xlf_correlation").loc["Market", "annual_volatility"] == pytest.approx(0.16, abs=0.04)


def test_a_check_of_the_template_finds_no_error():
    assert [note for note in check(COMMITTED).notes if note.severity == "error"] == []


def test_every_figure_is_there_and_the_status_warns_of_the_outlier():
    values = openpyxl.load_workbook(COMMITTED, data_only=True)
    assert values.sheetnames == list(SHEETS)
    assert values["Checks"]["C3"].value == "WARN"  # the outlier of the sample
    for b in BLOCKS:
        assert values[b.sheet].cell(b.row, b.column).value not in (None, ""), b.name
    errors = {c.value for sheet in values for row in sheet.iter_rows() for c in row if c.data_type == "e"}
    assert errors == {"#N/A"}  # the exposure of idio and of the total


def test_tables_and_schema_are_the_contract():
    book = openpyxl.load_workbook(COMMITTED)
    tables = {name for sheet in book for name in sheet.tables}
    assert tables == {"tblReturns", "tblLoadings", "tblPortfolio", "tblCaps", "tblHedge", "tblChecks", "tblLog"}
    assert {p.name: p.value for p in book.custom_doc_props.props} == {"xlfactor_schema": 1}


def test_excel_is_not_asked_to_recalculate_at_load():
    with zipfile.ZipFile(COMMITTED) as archive:
        book = archive.read("xl/workbook.xml").decode()
    assert 'calcId="191029"' in book
    assert "fullCalcOnLoad" not in book
    assert "ANCHORARRAY" in book


def test_no_cell_formula_is_volatile():
    with zipfile.ZipFile(COMMITTED) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                formulas = re.findall(r"<f[^>]*>([^<]*)</f>", archive.read(name).decode())
                assert not [f for f in formulas if re.search(r"\b(TODAY|NOW|OFFSET|INDIRECT|RAND)\(", f)]


def test_spills_are_marked_dynamic_with_their_full_size():
    with zipfile.ZipFile(COMMITTED) as archive:
        model = archive.read("xl/worksheets/sheet6.xml").decode()
    found = dict(re.findall(r'<c r="([A-Z]+6)"[^>]* cm="1"[^>]*><f t="array" ref="([A-Z0-9:]+)">', model))
    assert len(found) == sum(b.sheet == "Model" for b in BLOCKS)
    assert found["A6"] == "A6:P510"
    assert len(named_rows(COMMITTED, "xlf_factor_returns")) == 505
    assert block("xlf_factor_returns").width == 16


def test_the_template_is_copied_and_never_over_another_file(tmp_path):
    out = copy_template(tmp_path / "mine.xlsx")
    assert out.read_bytes() == COMMITTED.read_bytes()
    with pytest.raises(FactorError, match=r"FILE_EXISTS: mine\.xlsx is there already"):
        copy_template(out)
    copy_template(out, force=True)
    assert copy_template(tmp_path) == tmp_path / "factor_risk.xlsx"
    with pytest.raises(FactorError, match="FOLDER_MISSING"):
        copy_template(tmp_path / "nowhere" / "book.xlsx")
