"""The fast reading of rows of numbers gives what expat gives."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workbook.small_books import bare
from xlfactor.workbook.addresses import cell_text
from xlfactor.workbook.reading.numeric_rows import take_numeric_rows
from xlfactor.workbook.reading.sheet import read_sheet

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
