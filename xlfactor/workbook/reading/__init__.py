"""A workbook read: is it safe, what is in it, the cells and formulas of a sheet."""
