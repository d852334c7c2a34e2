"""The maths: NumPy in, NumPy out. Knows no labels, no files, no Excel."""
