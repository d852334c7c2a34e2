"""Every code of an error, a warning or a note: what it means, its verdict and its cure; docs/checks.md in data.

`python -m xlfactor.codes` writes that page.
"""

# ruff: noqa: E501 (a row of the table is a line)

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[1] / "docs" / "checks.md"
HEAD = """# Codes

Every line that xlfactor says about an input begins with one of these codes; they do not change their meaning. *reject*: no result, exit 3
(data) or 4 (file), nothing written. *warn*: a result, and a line about it (exit 5 under `--strict`). *info*: counted. `xlfactor check BOOK`
names the sheet and the cell; `--json` gives the same as data.

This page is written by `python -m xlfactor.codes`.

| code | verdict | what it means | what to do |
|---|---|---|---|
"""


class Code(NamedTuple):
    """How a finding of this code ends, what it means, and what its reader should do."""

    verdict: str
    meaning: str
    fix: str


# fmt: off
CODES: dict[str, Code] = {
    "ADJUSTED_TWICE": Code("warn", "shrinkage and the eigen adjustment correct the same error", "set one of the two to none"),
    "ALL_ZERO": Code("reject", "every number of a table that is estimated from is 0", "paste the returns again"),
    "ARGUMENT_MISSING": Code("reject", "a formula lacks an argument it needs", "give it; XLFACTOR_HELP shows the order"),
    "ARGUMENT_TOO_MANY": Code("reject", "a formula has more arguments than its function", "see XLFACTOR_HELP"),
    "ASSET_NOT_IN_LOADINGS": Code("reject", "a held asset has no row in the loadings", "add the loadings, or set the weight to 0"),
    "ASSET_NOT_IN_RETURNS": Code("reject", "a held asset has no column in the returns", "add the returns, or set the weight to 0"),
    "ASSET_NO_DATA": Code("warn; reject if held", "an asset has no number, or too few", "fill or delete the column"),
    "ASSET_UNKNOWN": Code("reject", "no asset of one table stands in the other", "name the assets alike in both tables"),
    "ASSET_UNUSED": Code("warn", "an asset stands in one table only and is left out", "add it to the other table, or leave it"),
    "BENCHMARK_MISSING": Code("reject", "an active view is asked for without benchmark weights", "add them as a second column"),
    "CAPS_UNDATED": Code("warn", "caps without dates cannot be checked for jumps", "give them dates down, assets across"),
    "CAPS_UNUSED": Code("warn", "the model takes no caps, and some are given", "leave them out, or estimate the model anew"),
    "CAP_MISSING": Code("warn", "assets without a cap have no share in the families' sums", "add their caps"),
    "CELL_ERROR": Code("reject", "an Excel error stands where a number or label belongs", "mend or clear the cell"),
    "CELL_FORMULA_NO_VALUE": Code("reject", "a formula in an input has no stored value", "open the book in Excel and save it"),
    "CHANGED_DURING_RUN": Code("reject", "somebody saved the workbook while it was refreshed", "run again"),
    "COLUMNS_DIFFER": Code("reject", "the rows of a panel file do not have one set of columns", "give all rows one schema"),
    "COLUMN_KEPT": Code("warn", "a column that the new file lacks is kept as it was", "check the file"),
    "COLUMN_MISSING": Code("reject", "a file or query lacks a column that is needed", "add it"),
    "COLUMN_UNKNOWN": Code("reject", "a table has more columns than its kind, or ones nobody knows", "pass the columns that the kind has"),
    "CYCLE": Code("reject", "formulas read one another in a circle", "break the circle"),
    "DATES_MISSING": Code("warn", "dates lack weights, loadings or factor returns", "add them, or leave these dates out"),
    "DATES_SORTED": Code("warn", "dates were out of order and have been sorted", "sort the table by date"),
    "DATES_UNSORTED": Code("reject", "rows of a panel file are not in the order of their dates", "sort the rows by date"),
    "DATES_UNUSED": Code("warn", "dates stand in one table only and are left out", "add them to the other table, or leave them"),
    "DATE_AMBIGUOUS": Code("reject", "dates as text, and no date tells day from month", "turn the column into dates (Data, Text to Columns, Date)"),
    "DATE_BAD": Code("reject", "what stands in a date's place is no date", "type a date, or text such as 2026-01-30"),
    "DATE_FUTURE": Code("warn", "a date lies in the future", "check the year, or delete the row"),
    "DATE_GAP": Code("warn", "dates are missing for a long time", "add the dates that are missing"),
    "DATE_ORDER": Code("reject", "a new date is not after the model's last", "give a later date"),
    "DATE_SERIAL": Code("reject", "a number in a date's place is no day since 1950", "type a date, or text such as 2026-01-30"),
    "DATE_TEXT": Code("warn; reject", "dates are text: ISO is certain, another order is refused", "turn them into dates (Data, Text to Columns)"),
    "DATE_TIME": Code("info", "a date has a time of day, which is dropped", ""),
    "DATE_WEEKEND": Code("warn", "a date is a Saturday or Sunday", "check these dates"),
    "DESCRIPTOR_UNUSED": Code("warn", "a column has no weight or no number and is left out", "give it a weight, or delete it"),
    "DOCTOR": Code("reject", "the installation does not pass a check of xlfactor doctor", "what the line says"),
    "DRIVER_MISSING": Code("reject", "the driver of a database is not installed", "install it"),
    "DUP_ASSET": Code("reject", "an asset is listed twice, exactly or nearly", "rename or delete one"),
    "DUP_COLUMN": Code("reject", "a file has a column twice", "rename or delete one"),
    "DUP_DATE": Code("reject", "a date is listed twice", "delete one"),
    "DUP_FACTOR": Code("reject", "a factor is listed twice, exactly or nearly", "rename or delete one"),
    "DUP_LABEL": Code("reject", "a label is listed twice", "rename or delete one"),
    "DUP_SERIES": Code("warn", "two assets, or two dates, have the same returns", "delete one of the two if it is a copy"),
    "FACTOR_COLLINEAR": Code("reject", "a factor is a combination of others", "leave one of them out"),
    "FACTOR_ILL_COND": Code("warn", "a factor is nearly a combination of others", "drop one of them, or see COLLINEARITY"),
    "FACTOR_NO_DATA": Code("reject", "a factor has no number", "fill or delete the column"),
    "FACTOR_ONE_SIDED": Code("reject", "a factor is not above and below 0 on two dates each", "give more dates"),
    "FACTOR_UNKNOWN": Code("reject", "a table names a factor that the model does not have", "use tables of one model"),
    "FACTOR_UNUSED": Code("warn", "no asset has loadings on a factor of the covariance: exposure 0", "use tables of one model"),
    "FACTOR_ZERO": Code("reject", "every loading on a factor is 0", "fill or delete the column"),
    "FAMILY_CODES": Code("warn", "a family holds numbers and is read as a style", "write its values as text"),
    "FAMILY_THIN": Code("warn", "a family value has few assets in the universe", "join it with another"),
    "FEW_ASSETS": Code("reject", "fewer common assets than factors + 2", "add assets or drop factors"),
    "FEW_DATES": Code("warn; reject", "too few dates for what is estimated", "give more dates, better 250"),
    "FILE_BAD": Code("reject", "a data file cannot be read", "export it again"),
    "FILE_CORRUPT": Code("reject", "the zip or its XML is damaged", "open it in Excel and save it again, or take a backup"),
    "FILE_EMPTY": Code("reject", "the file holds 0 bytes", "fetch the file again"),
    "FILE_ENCRYPTED": Code("reject", "the workbook asks for a password to open", "save it without password to open (sheet protection may stay)"),
    "FILE_EXISTS": Code("reject", "the file to be written is there already", "choose another name or add --force"),
    "FILE_EXTENSION": Code("reject", "the content is of another type than the file's name says", "rename it"),
    "FILE_LOCKED": Code("reject", "another run of xlfactor writes this workbook", "wait for it"),
    "FILE_NOT_FOUND": Code("reject", "there is no such file", "check the path"),
    "FILE_NOT_UTF8": Code("reject", "a CSV file is not in UTF-8", "save it as CSV UTF-8"),
    "FILE_NOT_XLSX": Code("reject", "the file is no .xlsx workbook, whatever its name", "save it as Excel Workbook (.xlsx)"),
    "FILE_OPEN_IN_EXCEL": Code("warn; reject when written", "a program has the workbook open", "close it there first"),
    "FILE_READ_ONLY": Code("reject", "the file or its folder is write protected", "allow writing, or write to another file with --output"),
    "FILE_SHARED": Code("reject", "a legacy shared workbook would lose its log", "unshare it in Excel"),
    "FILE_SIGNED": Code("reject", "a change would break the digital signature", "remove it"),
    "FILE_WRITE_FAILED": Code("reject", "what was written could not be proved equal; the old file stays", "check the disk, and run again"),
    "FOLDER_MISSING": Code("reject", "the folder to write into is not there", "make it first"),
    "FUNCTION_UNKNOWN": Code("reject", "the catalogue has no such function", "see xlfactor functions"),
    "GROUP_MISSING": Code("warn", "assets have no group", "add it to the groups"),
    "HEADER_MISSING": Code("reject", "a list begins with a number where its header belongs", "put a header above it"),
    "HEADER_OFFSET": Code("reject", "titles stand above the header", "begin the range at the header, or delete the rows above"),
    "HEDGE_NOT_UNIQUE": Code("warn", "several hedges change the risk alike: the smallest is shown", "leave instruments out"),
    "HIDDEN_DATA": Code("warn", "hidden rows, columns or sheets are read", "show them, or delete what should not count"),
    "IDIO_MISSING": Code("reject", "a held asset has no idio variance", "add it, or set the weight to 0"),
    "LABEL_COLUMNS": Code("reject", "a DataFrame has too many index levels, or too few", "select a date, or drop a level"),
    "LOADINGS_FILLED": Code("warn", "missing loadings have been imputed", "look at them"),
    "LOADING_MISSING": Code("warn; reject if held", "an asset lacks a loading and is left out", "fill it, or set the weight to 0"),
    "LOOKS_LIKE_PRICES": Code("reject", "returns look like prices", "use RETURNS_FROM_PRICES"),
    "MERGED_CELLS": Code("warn", "cells of a table are merged", "unmerge them and fill every cell"),
    "MISSING": Code("info; reject in a covariance", "blank cells and texts such as N/A, counted", ""),
    "MODEL_FOLDER": Code("reject", "the folder of model files is not set", "set XLFACTOR_MODELS"),
    "MODEL_NEWER": Code("reject", "a model file was made by a newer version", "update xlfactor"),
    "NAME_BLANK": Code("reject", "data stand in a row or column without a label", "label the row or column, or clear it"),
    "NAME_DATE": Code("warn", "a label may have been a ticker that Excel made a date", "format the cell as Text and type the label again"),
    "NAME_ERROR": Code("reject", "an Excel error stands where a label belongs", "type a name"),
    "NAME_MISSING": Code("reject", "the workbook lacks a name of the template", "start from xlfactor template"),
    "NAME_NUMERIC": Code("warn; reject", "a label is a number among texts, or was rounded", "format the cell as Text and type the label again"),
    "NEUTRAL_IMPOSSIBLE": Code("reject", "the instruments cannot make the factors neutral", "add instruments, or name fewer factors"),
    "NOT_ASSETS": Code("reject", "a list names no asset of the table", "name assets"),
    "NOT_A_COVARIANCE": Code("reject", "a covariance gives some portfolio a negative variance", "pass a covariance, not edited by hand"),
    "NOT_A_LIST": Code("reject", "a list is a range of several rows and columns", "pass one column or row of names"),
    "NOT_A_TABLE": Code("reject", "a table is a single value or a plain range", "pass a range with labels; make it a Table (Ctrl+T)"),
    "NOT_CONVERGED": Code("warn", "an iteration was stopped by its limit", "raise max_iterations, or tolerance"),
    "NOT_ONE_CELL": Code("reject", "an option is a range", "pass one cell or value"),
    "NOT_OUTERMOST": Code("warn", "a function of the catalogue stands inside another formula", "give it cells of its own and refer to them"),
    "NOT_REFRESHED": Code("reject", "a block of the template has no value yet", "run xlfactor refresh first"),
    "NOT_SQUARE": Code("reject", "a matrix has a label on one side only", "label rows and columns alike"),
    "NOT_SYMMETRIC": Code("reject", "a matrix differs from its mirror image", "pass a covariance matrix"),
    "NO_COMMON_DATE": Code("reject", "two series have no date in common", "drop one"),
    "NO_FACTORS": Code("reject", "nothing stands out as a factor", "give the number of factors"),
    "NO_NUMBERS": Code("reject", "a table has no column of numbers", "pass at least one"),
    "NO_RESULT": Code("reject", "a formula gave nothing", "see the log"),
    "NO_ROWS": Code("reject", "a table has no data under its header", "pass labels and numbers"),
    "NUM_BAD": Code("reject", "text stands where a number belongs", "type a number or clear the cell"),
    "NUM_TEXT": Code("reject", "a number is stored as text", "turn it into a number (Data, Text to Columns)"),
    "OPTION_UNKNOWN": Code("reject", "an option has a value that is none of its choices", "write one of them"),
    "OUTLIER": Code("warn", "a return is more than ten times the asset's median in size", "clear it if it is an error"),
    "PANEL_CHANGED": Code("reject", "a panel changed while it was read", "run again"),
    "PANEL_NEWER": Code("reject", "a panel was written by a newer version", "update xlfactor"),
    "PARQUET_MISSING": Code("reject", "Parquet files need a package that is not installed", "install xlfactor[scale]"),
    "PATH_OUTSIDE": Code("reject", "a path leaves the folder of model files", "name a file inside it"),
    "RETURNS_BLANKED": Code("warn", "suspected errors have been made missing", "read which"),
    "RETURN_LT_MINUS_1": Code("reject", "a return of −100 % or less", "clear or mend it"),
    "RETURN_MISSING": Code("reject", "a held asset has no return on a date", "type the return, or set the weight to 0"),
    "RETURN_RANGE": Code("reject", "a portfolio loses everything: returns cannot be linked", "check the returns"),
    "SERIES_UNKNOWN": Code("reject", "two tables have no series in common", "name the series alike"),
    "SERIES_UNUSED": Code("warn", "a series stands in one table only", "name the series alike"),
    "SHEET_MISSING": Code("reject", "the book lacks returns or loadings", "name the sheets or tables as the line says"),
    "SHEET_TOO_LARGE": Code("reject", "a sheet or range beyond 20,000 rows, 6,000 columns or 20 million cells", "keep big panels in Parquet or CSV"),
    "SHOCK_IMPOSSIBLE": Code("reject", "no shock of the other factors fits the shocks given", "give fewer shocks"),
    "SINGLE_CELL": Code("warn", "only the first cell of a result is shown", "enter it as a dynamic array"),
    "SPILL_BLOCKED": Code("reject", "cells in the way of a result", "clear them, or move the formula"),
    "STALE_INPUT": Code("reject", "an input rests on a formula that is not evaluated here", "use plain formulas there"),
    "STRAY_CELLS": Code("warn; reject in files", "cells next to a table that are not read", "make the range larger, or a Table (Ctrl+T)"),
    "TABLE_AMBIGUOUS": Code("reject", "formulas take one argument from several tables", "name the one to be filled as the line says"),
    "TABLE_BLOCKED": Code("reject", "a formula stands in a table that is to be filled", "move it out"),
    "TABLE_MISSING": Code("reject", "there is no table for new data", "make one, as the line says: Ctrl+T"),
    "TRANSPOSED": Code("reject", "a table lies on its side", "turn it: copy, Paste Special, Transpose"),
    "UNITS_COLUMN": Code("reject", "volatilities stand where variances are expected", "pass the column variance"),
    "UNITS_PERCENT": Code("warn; reject", "returns look like percent", "divide them by 100"),
    "UNIVERSE_EMPTY": Code("warn", "no asset passes the filters", "see the column reason"),
    "UNSUPPORTED": Code("reject", "a formula uses what xlfactor does not evaluate", "use a reference, a name or a table"),
    "UPSTREAM": Code("reject", "an input is the error of another formula", "mend that formula first"),
    "VALUE_INF": Code("reject", "a number is infinite", "type a finite number or clear it"),
    "VALUE_RANGE": Code("reject", "a number lies outside what it may be", "what the line says"),
    "VENDOR_MISMATCH": Code("warn", "two vendors agree on less than half of an asset's dates", "check its identifier"),
    "VENDOR_OVERRIDES": Code("warn", "numbers were taken from the second vendor", "read which"),
    "WEIGHTS_TWICE": Code("reject", "idio variances and weights are both given", "leave one of them blank"),
    "WEIGHT_ALL_ZERO": Code("reject", "every weight is 0 or missing", "type the weights"),
    "WEIGHT_MISSING": Code("reject; warn in a regression", "a weight is blank", "type 0 if not held"),
    "WEIGHT_SUM": Code("warn", "weights do not sum to 1 or 0", "check the weights; cash needs a row of its own"),
    "WEIGHT_UNITS": Code("warn", "weights sum to 100: percent", "divide them by 100"),
    "XML_ENTITY": Code("reject", "a part declares a document type", "do not trust this file; ask its sender for a fresh one"),
    "ZERO_ROW": Code("warn", "every return of a date is 0", "delete the row if it was a holiday"),
    "ZIP_BOMB": Code("reject", "content out of proportion", "keep big panels in Parquet, or raise the limit"),
    "ZIP_DUPLICATE": Code("reject", "two members of one name", "do not trust this file; ask its sender for a fresh one"),
    "ZIP_PATH": Code("reject", "a member or relationship leaves the package", "do not trust this file; ask its sender for a fresh one"),
}
# fmt: on


def page() -> str:
    """The page of all codes, in their order."""
    rows = [f"| {name} | {code.verdict} | {code.meaning} | {code.fix} |" for name, code in sorted(CODES.items())]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
