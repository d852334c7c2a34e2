"""A workbook's formulas: parsed, resolved, put in order and evaluated."""
