"""A stand-in for a workbook open in Excel: the part of xlwings' API that hosts/live.py uses, over a dict of cells."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace


class FakeRange:
    """A block of cells: `value` takes text after `'` as text, other text that begins with `=` as a formula."""

    def __init__(self, sheet, first, last):
        self.sheet, self.first, self.last = sheet, first, last
        self.row, self.column = first
        self.shape = (last[0] - first[0] + 1, last[1] - first[1] + 1)

    def each(self, read):
        (r1, c1), (r2, c2) = self.first, self.last
        return tuple(tuple(read((r, c)) for c in range(c1, c2 + 1)) for r in range(r1, r2 + 1))

    @property
    def formula2(self):
        texts = self.each(lambda at: self.sheet.formulas.get(at, as_text(self.sheet.cells.get(at))))
        return texts[0][0] if self.shape == (1, 1) else texts

    def options(self, *, ndim, err_to_str):
        assert (ndim, err_to_str) == (2, True)
        return SimpleNamespace(value=[list(row) for row in self.each(self.sheet.cells.get)])

    def set_value(self, rows):
        assert (len(rows), len(rows[0])) == self.shape
        assert self.sheet.book.app.calculation == "manual"
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                at = (self.row + i, self.column + j)
                if isinstance(value, str):
                    assert value.startswith("'"), "Excel would read a number, a date or a formula into it"
                    value = value[1:]
                self.sheet.cells[at] = value

    value = property(None, set_value)

    def clear_contents(self):
        self.each(lambda at: self.sheet.cells.pop(at, None))


class FakeTable:
    totals_row_range = None

    def __init__(self, name, area):
        self.name, self.range = name, area

    def resize(self, area):
        self.range = area


class FakeSheet:
    def __init__(self, book, name):
        self.book, self.name, self.cells, self.formulas, self.tables = book, name, {}, {}, []

    def range(self, first, last):
        return FakeRange(self, first, last)

    @property
    def used_range(self):
        used = [*self.cells, *self.formulas, (1, 1)]
        return self.range(tuple(map(min, zip(*used, strict=True))), tuple(map(max, zip(*used, strict=True))))

    def put(self, top, left, rows):
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is not None:
                    self.cells[top + i, left + j] = value

    def table(self, name, top, left, rows):
        self.put(top, left, rows)
        self.tables.append(FakeTable(name, self.range((top, left), (top + len(rows) - 1, left + len(rows[0]) - 1))))

    def spill(self, top, left, formula, rows):
        """A formula's cells: each says the formula, as in Excel."""
        for at in [at for at, text in self.formulas.items() if text == formula]:
            del self.formulas[at], self.cells[at]
        self.put(top, left, rows)
        self.formulas |= {(top + i, left + j): formula for i in range(len(rows)) for j in range(len(rows[0]))}


class FakeBook:
    """`calculate(book)` is what Excel would do."""

    def __init__(self, fullname, calculate: Callable[[FakeBook], None]):
        self.fullname, self.sheets = str(fullname), []
        self.app = SimpleNamespace(calculation="automatic", calculate=lambda: calculate(self), books=[self])

    def add(self, name):
        self.sheets.append(FakeSheet(self, name))
        return self.sheets[-1]


def as_text(value):
    return "" if value is None else str(value)
