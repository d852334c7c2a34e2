"""xlfactor: the factor risk model in your workbook, and the same functions on pandas DataFrames."""

__version__ = "0.1.0"
