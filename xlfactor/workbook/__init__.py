"""The workbook: layout as data, template, reading, refresh, patch, report, checks."""
