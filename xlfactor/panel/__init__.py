"""Panels too big for a sheet: rows (date, asset) in Parquet, read in blocks of dates."""
