"""Bad workbooks by class (the table of bad input in the specification of the workbook); all are made by code."""
