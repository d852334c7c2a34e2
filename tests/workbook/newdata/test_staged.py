"""After new data only the rows that differ are read again, and the cells are those of a full reading."""

import random
import re

import pytest

from tests.workbook.small_books import bare
from xlfactor.workbook.formulas.workspace import Workspace, sheet_of
from xlfactor.workbook.newdata import staged as module
from xlfactor.workbook.newdata.staged import staged
from xlfactor.workbook.reading.package import read_part
from xlfactor.workbook.reading.sheet import read_sheet
from xlfactor.workbook.writing.sheet_bytes import cut, row_bytes

TAIL = '<mergeCells count="1"><mergeCell ref="A9:B9"/></mergeCells>'
CELLS = ["<v>1.5</v>", "<f>A1+1</f><v>2</v>", "<v>3</v>", "<v>1,5</v>", ""]


def row(number, rng):
    chosen = sorted(rng.sample(range(5), rng.randint(0, 4)))
    return (
        f'<row r="{number}">'
        + "".join(f'<c r="{"ABCDE"[j]}{number}">{rng.choice(CELLS)}</c>' for j in chosen)
        + "</row>"
    )


def book_with(path, rows, tail=""):
    return bare(path, f"<sheetData>{''.join(rows)}</sheetData>{tail}")


def row_of(book, number):
    return row_bytes(cut(read_part(book, book.sheets[0].part)), number)


def both(tmp_path, old, new, tail=""):
    """The changed sheet read in part and read in full."""
    before, after = book_with(tmp_path / "a.xlsx", old), book_with(tmp_path / "b.xlsx", new, tail)
    ws = Workspace(before, {})
    sheet_of(ws, before.sheets[0].name)
    part = before.sheets[0].part
    rows = {n for n in range(1, 20) if row_of(before, n) != row_of(after, n)}
    now = staged(tmp_path / "a.xlsx", ws, {part: read_part(after, part)}, {part: frozenset(rows)})
    return now.sheets[before.sheets[0].name], read_sheet(after, after.sheets[0])


def trimmed(grid):
    lines = [line[: max((i + 1 for i, v in enumerate(line) if v is not None), default=0)] for line in grid]
    while lines and not lines[-1]:
        lines.pop()
    return lines


@pytest.mark.parametrize("seed", range(25))
def test_rows_read_again_give_the_cells_of_a_full_reading(tmp_path, seed):
    rng = random.Random(seed)
    old = {number: row(number, rng) for number in range(1, 13) if rng.random() < 0.8}
    new = {number: text for number, text in old.items() if rng.random() < 0.8}
    new |= {number: row(number, rng) for number in range(1, 16) if rng.random() < 0.3}
    part, full = both(tmp_path, old.values(), [new[number] for number in sorted(new)], TAIL)
    assert trimmed(part.values) == trimmed(full.values)
    assert (part.formulas, part.merged, part.faults.keys()) == (full.formulas, full.merged, full.faults.keys())
    assert list(part.formulas) == list(full.formulas)


def test_only_the_new_row_is_read(tmp_path, monkeypatch):
    seen = []

    def watched(book, part, data=None):
        seen.append(re.findall(rb'<row r="(\d+)"', data))
        return read_sheet(book, part, data)

    monkeypatch.setattr(module, "read_sheet", watched)
    rows = [f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 9)]
    both(tmp_path, rows[:7], rows)
    assert seen == [[b"8"]]


@pytest.mark.parametrize(
    "odd",
    ['<row><c r="A2"><v>7</v></c></row>', '<row r="2"><c r="A2"><f t="shared" ref="A2:A3" si="0">B2</f></c></row>'],
)
def test_rows_that_rest_on_others_are_read_with_them(tmp_path, odd):
    first = '<row r="1"><c r="A1"><v>1</v></c></row>'
    third = '<row r="3"><c r="A3"><f t="shared" si="0"/><v>{}</v></c></row>'
    part, full = both(tmp_path, [first, odd, third.format(1)], [first, odd, third.format(2)])
    assert trimmed(part.values) == trimmed(full.values)
    assert part.formulas == full.formulas


def test_other_sheets_and_their_formulas_stay_as_they_were(tmp_path):
    book = book_with(tmp_path / "a.xlsx", [])
    ws = Workspace(book, {})
    sheet = sheet_of(ws, book.sheets[0].name)
    assert staged(tmp_path / "a.xlsx", ws, {}, {}).sheets[book.sheets[0].name] is sheet
