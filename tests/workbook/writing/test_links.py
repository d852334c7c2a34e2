"""Links inside a workbook, written into a sheet's own XML."""

import pytest

from xlfactor.workbook.writing.links import with_links
from xlfactor.workbook.writing.sheet_bytes import MAIN

NS = MAIN[1:-1]
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
AREA = (3, 4, 9, 4)


def sheet(tail=""):
    cells = '<sheetData><row r="3"><c r="D3"/></row></sheetData>'
    return f'<worksheet xmlns="{NS}" xmlns:r="{OFFICE}">{cells}{tail}</worksheet>'.encode()


@pytest.mark.parametrize(
    ("tail", "before"),
    [
        ("", b"</sheetData>"),
        ('<dataValidations count="1"/><pageMargins left="1"/>', b'<dataValidations count="1"/>'),
        ('<mergeCells/><conditionalFormatting sqref="A1"/><printOptions/>', b'<conditionalFormatting sqref="A1"/>'),
    ],
)
def test_links_stand_where_the_schema_wants_them(tail, before):
    new = with_links(sheet(tail), AREA, {(4, 4): "Returns!C5", (3, 4): "'My data'!A1"})
    expected = (
        before
        + b'<hyperlinks><hyperlink ref="D3" location="\'My data\'!A1" display="\'My data\'!A1"/>'
        + b'<hyperlink ref="D4" location="Returns!C5" display="Returns!C5"/></hyperlinks>'
    )
    assert expected in new
    assert b"Target" not in new


def test_the_same_links_leave_the_same_bytes():
    once = with_links(sheet("<pageMargins/>"), AREA, {(3, 4): "Returns!C5"})
    assert with_links(once, AREA, {(3, 4): "Returns!C5"}) == once
    assert with_links(sheet(), AREA, {}) == sheet()


def test_links_of_the_user_stay_and_old_ones_of_ours_go():
    mine = '<hyperlinks><hyperlink ref="A1" r:id="rId1"/><hyperlink ref="D5" location="Old!A1"/></hyperlinks>'
    new = with_links(sheet(mine), AREA, {(3, 4): "Returns!C5"})
    assert b'<hyperlink ref="A1" r:id="rId1"/>' in new
    assert b"Old!A1" not in new
    assert b"hyperlinks" not in with_links(with_links(sheet(), AREA, {(3, 4): "Returns!C5"}), AREA, {})


def test_an_address_cannot_break_out_of_its_attribute():
    new = with_links(sheet(), AREA, {(3, 4): "'a\"b<c>'!A1"})
    assert b"location=\"'a&quot;b&lt;c&gt;'!A1\"" in new
