"""Checks as data: the limits that the model is held to, and where the lists of findings stand."""

from __future__ import annotations

from xlfactor.tables.holdings import SUM_LIMIT
from xlfactor.workbook.template.layout_risk import RECONCILIATION
from xlfactor.workbook.template.schema import Plain, column_of, last

CHECKS_ROW = 5  # header of the limits and of the live blocks
DIAGNOSIS, CHECK_RETURNS = 8, 15  # columns of the live blocks: right of tblChecks, nothing below them

_SETTLED = f'IF((xlf_idio_method="reml")+(xlf_idio_method="em")>0,{last("xlf_convergence", "max_change")},0)'
_WEIGHTS = "tblPortfolio[Benchmark]"
_DIAGNOSED = f"COUNTIF({column_of('xlf_diagnosis', 'status')},"
LIMITS = (  # check, value, limit, its number format, condition on (value, limit), verdict otherwise, meaning
    ("Contributions add up", f"Risk!$Q${RECONCILIATION}", 1e-12, "variance", "{0}<{1}", "FAIL",
     "Largest difference between the three ways to the same annual volatility."),
    ("Portfolio weights", "SUM(tblPortfolio[Portfolio])", SUM_LIMIT, "contribution", "ABS({0}-1)<={1}", "WARN",
     "Their sum should be 1; the rest is cash without risk."),
    ("Benchmark weights", f"IF(COUNT({_WEIGHTS})=0,1,SUM({_WEIGHTS}))", SUM_LIMIT, "contribution",
     "ABS({0}-1)<={1}", "WARN",
     "Their sum should be 1; without a benchmark there is nothing to check."),
    ("Suspect returns, last date", f"COUNTIF({column_of('xlf_check_returns', 'Date')},xlf_as_of)", 0.0, "count",
     "{0}<={1}", "WARN", "Findings of the list to the right that bear the as-of date."),
    ("Dates estimated", f"COUNT({column_of('xlf_regression', 'r_squared')})/ROWS(tblReturns[Date])", 1.0,
     "volatility", "{0}>={1}", "WARN", "A date with too few assets has no factor returns."),
    ("Coverage on the last date", f"{last('xlf_regression', 'n_assets')}/ROWS(tblLoadings[Asset])", 0.9,
     "volatility", "{0}>={1}", "WARN", "Assets used of the assets given."),
    ("Condition number", last("xlf_regression", "condition_number"), 30.0, "z", "{0}<{1}", "WARN",
     "Above the limit some factor is nearly a mix of others."),
    ("Idio covariance settled", _SETTLED, 1e-5, "variance", "{0}<={1}", "WARN",
     "Largest change in the last iteration (reml, em)."),
    ("Idio variances ok", f'COUNTIF({column_of("xlf_idio_covariance", "status")},"ok")/(ROWS(xlf_idio_covariance)-1)',
     0.95, "volatility", "{0}>={1}", "WARN", "The others were floored, collapsed or not identified."),
    ("Model diagnosis, warnings", f'{_DIAGNOSED}"WARN")', 0.0, "count", "{0}<={1}", "WARN",
     "Tests of the four risks, to the right, that are beyond their threshold."),
    ("Model diagnosis, failures", f'{_DIAGNOSED}"FAIL")', 0.0, "count", "{0}<={1}", "FAIL",
     "Tests of the four risks, to the right, that are far beyond their threshold."),
)  # fmt: skip
LIMIT_COLUMNS = ("Check", "Status", "Value", "What it means", "Limit")
FINDINGS_ROW = CHECKS_ROW + len(LIMITS) + 4  # header of tblChecks; it grows down, nothing below


def checks_cells() -> list[Plain]:
    first, cells = CHECKS_ROW + 1, []
    for row, (_, value, _, number, condition, otherwise, _) in enumerate(LIMITS, start=first):
        test = condition.format(f"D{row}", f"F{row}")
        cells.append(Plain("Checks", row, 3, f'=IFERROR(IF({test},"OK","{otherwise}"),"FAIL")', "verdict"))
        cells.append(Plain("Checks", row, 4, f"={value}", "row", number))
    span = f"C{first}:C{first + len(LIMITS) - 1}"
    found = "tblChecks[severity]"
    worst = (
        f'IF(COUNTIF({span},"FAIL")+COUNTIF({found},"error")>0,"FAIL",'
        f'IF(COUNTIF({span},"WARN")+COUNTIF({found},"warn")>0,"WARN","OK"))'
    )
    return [*cells, Plain("Checks", 3, 3, f"={worst}", "verdict", name="xlf_status")]
