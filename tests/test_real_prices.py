"""Real input: S&P 500 prices and factor ETFs that skfolio ships, through a workbook that refresh evaluates.

prices → returns → time-series loadings → factor returns → idio covariance → factor covariance → risk of an
equal-weighted portfolio, each step a formula of the sheet that reads the spill of the one before.
"""

import numpy as np
import openpyxl
import pytest
import xlsxwriter

from xlfactor.workbook.refresh import refresh

FORMULAS = {  # name on sheet Model: formula; each spills from row 1 of its own columns
    "stock_returns": "=RETURNS_FROM_PRICES(Prices!A1:{stocks})",
    "etf_returns": "=RETURNS_FROM_PRICES(Factors!A1:{etfs})",
    "loadings": "=TIMESERIES_LOADINGS(stock_returns,etf_returns)",
    "first_returns": "=FACTOR_RETURNS(stock_returns,loadings)",
    "idio": "=IDIO_COVARIANCE(stock_returns,loadings)",
    "factor_returns": "=FACTOR_RETURNS(stock_returns,loadings,idio)",
    "omega_f": "=FACTOR_COVARIANCE(factor_returns)",
    "risk": "=RISK_DECOMPOSITION(Portfolio!A1:B{last},loadings,omega_f,idio)",
    "by_factor": "=RISK_BY_FACTOR(Portfolio!A1:B{last},loadings,omega_f,idio)",
    "by_asset": "=RISK_BY_ASSET(Portfolio!A1:B{last},loadings,omega_f,idio)",
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    from skfolio.datasets import load_factors_dataset, load_sp500_dataset

    etfs = load_factors_dataset()
    stocks = load_sp500_dataset().loc[etfs.index[0] : etfs.index[-1]].tail(600)
    etfs = etfs.loc[stocks.index]
    path = tmp_path_factory.mktemp("real") / "sp500.xlsx"
    with xlsxwriter.Workbook(path, {"nan_inf_to_errors": True}) as out:
        for name, frame in (("Prices", stocks), ("Factors", etfs)):
            sheet = out.add_worksheet(name)
            sheet.write_row(0, 0, ["Date", *frame.columns])
            for k, (date, row) in enumerate(frame.iterrows(), 1):
                sheet.write_datetime(k, 0, date.to_pydatetime(), out.add_format({"num_format": "yyyy-mm-dd"}))
                sheet.write_row(k, 1, row.tolist())
        held = out.add_worksheet("Portfolio")
        held.write_row(0, 0, ["Asset", "Portfolio"])
        for k, asset in enumerate(stocks.columns, 1):
            held.write_row(k, 0, [asset, 1 / stocks.shape[1]])
        model = out.add_worksheet("Model")
        sizes = {"last": stocks.shape[1] + 1}
        for name, frame in (("stocks", stocks), ("etfs", etfs)):
            sizes[name] = xlsxwriter.utility.xl_rowcol_to_cell(len(frame), frame.shape[1])
        for k, (name, formula) in enumerate(FORMULAS.items()):
            column = 30 * k
            model.write_dynamic_array_formula(0, column, 0, column, formula.format(**sizes), None, 0)
            anchor = xlsxwriter.utility.xl_rowcol_to_cell(0, column, True, True)
            out.define_name(name, f"=_xlfn.ANCHORARRAY(Model!{anchor})")
    result = refresh(path)
    assert result.ok, [f.error for f in result.formulas if f.error]
    sheet = openpyxl.load_workbook(path, data_only=True)["Model"]
    grid = list(sheet.iter_rows(values_only=True))
    found = {}
    for k, name in enumerate(FORMULAS):
        width = next((j for j in range(30) if 30 * k + j + 1 >= len(grid[0]) or grid[0][30 * k + j + 1] is None), 0) + 1
        rows = [row[30 * k : 30 * k + width] for row in grid if row[30 * k] is not None or row[30 * k + 1] is not None]
        found[name] = rows
    return stocks, found


def body(rows, columns=slice(1, None)):
    return np.array([row[columns] for row in rows[1:]], dtype=float)


def column(rows, name):
    return np.array([row[rows[0].index(name)] for row in rows[1:]], dtype=float)


def test_the_returns_in_the_workbook_are_those_of_pandas(tables):
    stocks, found = tables
    np.testing.assert_allclose(body(found["stock_returns"]), stocks.pct_change().iloc[1:], rtol=1e-13)


def test_total_variance_is_the_models_quadratic_form_to_1e_12(tables):
    _, found = tables
    B, Omega_f, psi = body(found["loadings"]), body(found["omega_f"]), column(found["idio"], "variance")
    w = np.full(len(B), 1 / len(B))
    variance = w @ (B @ Omega_f @ B.T + np.diag(psi)) @ w
    measures = {row[0]: row[1] for row in found["risk"][1:]}
    np.testing.assert_allclose(measures["annual_volatility"] ** 2 / 252, variance, rtol=1e-12)


@pytest.mark.parametrize("name", ["by_factor", "by_asset"])
def test_contributions_sum_to_the_volatility(tables, name):
    _, found = tables
    rows = {row[0]: row[found[name][0].index("contribution")] for row in found[name][1:]}
    total = rows.pop("total")
    measures = {row[0]: row[1] for row in found["risk"][1:]}
    np.testing.assert_allclose(sum(rows.values()), total, rtol=1e-12)
    np.testing.assert_allclose(total * np.sqrt(252), measures["annual_volatility"], rtol=1e-12)


def test_real_idio_variances_are_estimated_not_collapsed(tables):
    _, found = tables
    status = [row[found["idio"][0].index("status")] for row in found["idio"][1:]]
    assert set(status) == {"ok"}
    assert column(found["idio"], "annual_volatility").min() > 0.05
