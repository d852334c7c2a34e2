"""The add-in for Excel on Windows: xlwings' own template with the catalogue in it, built on any system."""
