"""The fast reading of rows of numbers gives what expat gives."""

import numpy as np
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workbook.rich_books import rich_book
from tests.workbook.small_books import bare
from xlfactor.workbook.addresses import cell_text
from xlfactor.workbook.reading.numeric_rows import take_numeric_rows
from xlfactor.workbook.reading.package import open_book, read_part
from xlfactor.workbook.reading.sheet import read_sheet
from xlfactor.workbook.template.build import NAME, templates

STRINGS = "<si><t>zero</t></si><si><t>one &amp; more</t></si>"
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr), st.sampled_from(["1", "-0", "1E5", "1e400"])
)
BODIES = st.one_of(
    NUMBERS.map(lambda x: f"><v>{x}</v></c>"),
    st.sampled_from([' t="s"><v>1</v></c>', ' t="s"><v>-1</v></c>', ' t="s"><v>9</v></c>', ' s="3"/>', "/>"]),
    st.sampled_from(
        [' t="b"><v>1</v></c>', "><f>1+1</f><v>2</v></c>", "></c>", "><v></v></c>", ' t="e"><v>#N/A</v></c>']
    ),
)


def worksheet(rows):
    lines = []
    for r, row in rows.items():
        cells = "".join(f'<c r="{cell_text((r, c))}"{body}' for c, body in sorted(row.items()))
        lines.append(f'<row r="{r}" spans="1:9">{cells}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def trimmed(grid):
    rows = [row[: max((i + 1 for i, v in enumerate(row) if v is not None), default=0)] for row in grid]
    while rows and not rows[-1]:
        rows.pop()
    return rows


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return bare(tmp_path_factory.mktemp("rows") / "a.xlsx", "<sheetData/>", STRINGS)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.integers(1, 30), st.dictionaries(st.integers(1, 40), BODIES, max_size=5), max_size=6))
def test_both_ways_of_reading_give_the_same_cells(book, rows):
    xml = worksheet(dict(sorted(rows.items())))
    fast = read_sheet(book, book.sheets[0], xml.encode())
    slow = read_sheet(book, book.sheets[0], xml.replace("<sheetData>", "<!-- slow --><sheetData>").encode())
    assert trimmed(fast.values) == trimmed(slow.values)
    assert fast.faults.keys() == slow.faults.keys()
    assert fast.formulas == slow.formulas


def test_rows_of_numbers_leave_the_xml(book):
    values = []
    rest = take_numeric_rows(worksheet({2: {1: "><v>1.5</v></c>", 3: ' t="s"><v>1</v></c>'}}).encode(), book, values)
    assert values == [[], [1.5, None, "one & more"]]
    assert b"1.5" not in rest
    assert b'<row r="2"/>' in rest


@pytest.mark.parametrize("hidden", ["<!-- {} -->", "<![CDATA[{}]]>"])
def test_what_only_looks_like_a_row_is_not_read(book, hidden):
    fake = hidden.format('<row r="1"><c r="A1"><v>1</v></c></row>')
    xml = worksheet({2: {1: "><v>2</v></c>"}}).replace("<sheetData>", f"<sheetData>{fake}")
    assert trimmed(read_sheet(book, book.sheets[0], xml.encode()).values) == [[], [2.0]]


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    small = panel_book(folder / "panel.xlsx")
    return [templates() / NAME, rich_book(folder / "rich.xlsx", log=True), small]


def panel_book(path):
    """What the array operations are for: numbers of every length, blanks, dates, shared texts, in 40 columns."""
    rng = np.random.default_rng(5)
    book = xlsxwriter.Workbook(path)
    sheet, date = book.add_worksheet("Returns"), book.add_format({"num_format": "yyyy-mm-dd"})
    for i in range(300):
        sheet.write_number(i, 0, 42000 + i, date)
        for j, x in enumerate(rng.normal(size=39) * 10.0 ** rng.integers(-12, 12, 39), start=1):
            if rng.random() < 0.1:
                sheet.write_blank(i, j, None, date)
            elif rng.random() < 0.9:
                sheet.write_number(i, j, x)
            elif rng.random() < 0.5:
                sheet.write_string(i, j, f"text {j}")
    book.close()
    return path


def test_both_ways_read_every_fixture_alike(fixtures):
    for path in fixtures:
        book = open_book(path)
        for part in book.sheets:
            data = read_part(book, part.part)
            fast = read_sheet(book, part, data)
            slow = read_sheet(book, part, data.replace(b"<sheetData>", b"<!-- slow --><sheetData>"))
            assert trimmed(fast.values) == trimmed(slow.values), (path.name, part.name)
            assert (fast.formulas, fast.merged, fast.faults.keys()) == (slow.formulas, slow.merged, slow.faults.keys())
            assert [list(map(type, line)) for line in trimmed(fast.values)] == [
                list(map(type, line)) for line in trimmed(slow.values)
            ]


@pytest.mark.parametrize(
    "odd",
    [
        '<c r="A3"><v>1</v></c>', '<c r="B2"><v>1-2</v></c>', '<c r="B2"><v>1 2</v></c>', '<c r="B2"> <v>1</v></c>',
        '<c r="B2" t="q"><v>1</v></c>', '<c r="B2" s="1x"><v>1</v></c>', '<c r="AAAA2"><v>1</v></c>',
        '<c r="b2"><v>1</v></c>',
        '<c r="B2" s="1" x="2"><v>1</v></c>', '<c r="B2"><v>1</v><v>2</v></c>', '<c s="1" r="B2"><v>1</v></c>',
        '<d r="B2"><v>1</v></d>', '<c r="B2"><v>.</v></c>', '<c r="B2" t="s"><v>1.0</v></c>', '<c r="A2"><v>5</v></c>',
    ],
)  # fmt: skip
def test_an_odd_cell_is_left_to_expat_with_its_row(book, odd):
    rows = ['<row r="1"><c r="A1"><v>1</v></c></row>', f'<row r="2"><c r="A2"><v>2</v></c>{odd}</row>']
    values = []
    data = f"<worksheet><sheetData>{''.join(rows)}</sheetData></worksheet>".encode()
    assert odd.encode() in take_numeric_rows(data, book, values)
    assert values == [[1.0], []]
