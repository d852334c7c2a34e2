"""Files with new data put into a workbook's tables."""
