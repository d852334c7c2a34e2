"""Rows written as text hold what lxml would have written."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.workbook.small_books import bare
from xlfactor.workbook.addresses import cell_text
from xlfactor.workbook.writing import patch
from xlfactor.workbook.writing.patch import Block, patch_sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLD = [
    "><v>1.5</v></c>", ' s="3"><v>2</v></c>', ' s="4" t="str"><v>ok</v></c>', ' t="e"><v>#N/A</v></c>',
    ' t="b"><v>1</v></c>', ' s="2"/>', "/>", "></c>", ' t="str"/>', ' t="str"><v>a &amp; b</v></c>',
    ' t="str"><v></v></c>', "><v>1,5</v></c>", ' t="s"><v>0</v></c>', "><f>1+1</f><v>2</v></c>",
]  # fmt: skip
NEW = st.sampled_from([1.5, 2.0, -0.0, 1e-7, None, "ok", "", "a & b", "_x0041_", " x ", "é", True, "#REF!"])
CELLS = st.dictionaries(st.integers(1, 6), st.sampled_from(OLD))
KINDS = st.sampled_from(["spill", "values", "constants", "copy", "forget"])


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return bare(tmp_path_factory.mktemp("rows") / "a.xlsx", "<sheetData/>", "<si><t>ok</t></si>")


def part(rows, spans):
    lines = []
    for number, cells in enumerate(rows, start=1):
        inner = "".join(f'<c r="{cell_text((number, j))}"{body}' for j, body in sorted(cells.items()))
        lines.append(f'<row r="{number}"{spans}>{inner}</row>')
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'.encode()


def elements(data):
    root = etree.fromstring(data)
    return [(e.tag, dict(e.attrib), e.text or "") for e in root.iter() if "spans" not in e.attrib]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(CELLS, min_size=1, max_size=3), st.lists(st.lists(NEW, min_size=3, max_size=3), min_size=1, max_size=3),
    KINDS, st.integers(1, 3), st.sampled_from(["", ' spans="1:6"']),
)  # fmt: skip
def test_text_and_lxml_write_the_same_cells(book, rows, values, kind, column, spans):
    data = part(rows, spans)
    blocks = [Block((1, column), values, (1, column, 2, column + 1), kind)]
    quick = patch_sheet(data, blocks, book)
    with pytest.MonkeyPatch.context() as forced:
        forced.setattr(patch, "plain_cells", lambda row, number: None)
        assert elements(quick) == elements(patch_sheet(data, blocks, book))


def test_a_row_of_plain_values_never_meets_lxml(book, monkeypatch):
    monkeypatch.setattr(patch, "read_row", lambda *_: pytest.fail("lxml"))
    data = part([{1: "><v>1.5</v></c>", 2: ' t="str"><v>ok</v></c>'}], ' spans="1:2"')
    new = patch_sheet(data, [Block((1, 1), [[2.5, "new", 7.0]], (1, 1, 1, 3), "values")], book)
    assert (
        b'<row r="1" spans="1:3"><c r="A1"><v>2.5</v></c><c r="B1" t="str"><v>new</v></c><c r="C1"><v>7</v></c>' in new
    )
