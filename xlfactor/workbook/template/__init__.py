"""The template workbook: layout as data, and the code that builds it."""
