"""Values into a workbook: cells into a sheet's bytes, the zip, one atomic replacement."""
