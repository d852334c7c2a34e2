"""The report: a new workbook of values and native charts."""
