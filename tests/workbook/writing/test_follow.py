"""What covered exactly a block's old rows covers the new ones; everything else stays where it was."""

import pytest

from xlfactor.workbook.newdata.table_body import table_bytes
from xlfactor.workbook.writing.follow import Resize, follow_chart, follow_names, follow_sheet, follow_text

GROWN = [Resize("My model", (3, 1, 15, 3), (3, 1, 20, 4))]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'My model'!$B$4:$B$15", "'My model'!$B$4:$B$20"),
        ("'My model'!$A$3:$C$15", "'My model'!$A$3:$C$20"),
        ("'my MODEL'!A4:C15", "'my MODEL'!A4:C20"),
        ("'My model'!$A$4:$A$15,'My model'!$C$4:$C$15", "'My model'!$A$4:$A$20,'My model'!$C$4:$C$20"),
    ],
)
def test_references_to_all_rows_or_all_but_the_header_follow(old, new):
    assert follow_text(old, GROWN) == new


@pytest.mark.parametrize(
    "text",
    [
        "'My model'!$B$5:$B$15",
        "'My model'!$B$4:$B$14",
        "'My model'!$B$4:$B$16",
        "'My model'!$B$4:$D$15",
        "Other!$B$4:$B$15",
        "SUM('My model'!$B$4:$B$15)",
        "'My model'!$B$4:$B$15,TRUE",
        "'My model'!$B$4",
        "'My model'!$A:$C",
        "$B$4:$B$15",
        "",
    ],
)
def test_everything_else_stays(text):
    assert follow_text(text, GROWN) == text


def test_a_block_that_shrinks_to_its_header_leaves_one_row_to_what_followed_its_body():
    assert follow_text("S!A2:A9", [Resize("S", (1, 1, 9, 1), (1, 1, 1, 1))]) == "S!A2:A2"


CHART = (
    '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:ser><c:cat><c:numRef>'
    "<c:f>'My model'!$A$4:$A$15</c:f><c:numCache><c:ptCount val=\"12\"/></c:numCache></c:numRef></c:cat>"
    '<c:val><c:numRef><c:f>Other!$B$4:$B$15</c:f><c:numCache><c:ptCount val="12"/></c:numCache></c:numRef></c:val>'
    "</c:ser></c:chartSpace>"
)


def test_a_chart_series_follows_and_forgets_only_its_own_remembered_values():
    new = follow_chart(CHART.encode(), GROWN).decode()
    assert "<c:numRef><c:f>'My model'!$A$4:$A$20</c:f></c:numRef>" in new
    assert '<c:f>Other!$B$4:$B$15</c:f><c:numCache><c:ptCount val="12"/>' in new


def test_a_chart_that_follows_nothing_keeps_its_bytes():
    data = CHART.replace("My model", "Elsewhere").encode()
    assert follow_chart(data, GROWN) is data


def test_names_and_print_areas_follow_but_not_a_filters_hidden_name():
    names = "".join(
        f'<definedName name="{name}" localSheetId="0">\'My model\'!$A$3:$C$15</definedName>'
        for name in ("mine", "_xlnm.Print_Area", "_xlnm._FilterDatabase")
    )
    data = f'<workbook xmlns="{MAIN}"><definedNames>{names}</definedNames></workbook>'.encode()
    new = follow_names(data, GROWN).decode()
    assert new.count("$A$3:$C$20") == 2
    assert '_FilterDatabase" localSheetId="0">\'My model\'!$A$3:$C$15<' in new


SHEET = (
    f'<worksheet xmlns="{MAIN}" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
    'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><sheetData><row r="1"/></sheetData>'
    '<conditionalFormatting sqref="B4:C15 E4:E15"><cfRule/></conditionalFormatting>'
    '<dataValidations><dataValidation sqref="A4:A15"/><dataValidation sqref="A4:A99"/></dataValidations>'
    "<extLst><x14:conditionalFormatting><xm:sqref>C4:C15</xm:sqref></x14:conditionalFormatting></extLst></worksheet>"
)


def test_formats_and_validations_follow_those_of_the_extension_list_too():
    new = follow_sheet(SHEET.encode(), GROWN, "My model").decode()
    assert new == (
        SHEET.replace("B4:C15 E4", "B4:C20 E4").replace('"A4:A15"', '"A4:A20"').replace("C4:C15<", "C4:C20<")
    )


def test_a_tables_part_gets_its_new_area_and_its_filters():
    data = (
        f'<table xmlns="{MAIN}" name="t" ref="B3:D9"><autoFilter ref="B3:D9"/><sortState ref="B4:D9"/>'
        "<tableColumns/></table>"
    )
    new = table_bytes(data.encode(), Resize("S", (3, 2, 9, 4), (3, 2, 12, 4))).decode()
    assert 'ref="B3:D12"><autoFilter ref="B3:D12"/><sortState ref="B4:D12"/>' in new


X14 = (
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
    'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"'
)
READERS = (
    f'<worksheet xmlns="{MAIN}"><sheetData></sheetData><dataValidations><dataValidation type="list" sqref="Z1">'
    "<formula1>'My model'!$A$4:$A$15</formula1></dataValidation>"
    '<dataValidation type="list" sqref="Z2"><formula1>"yes,no"</formula1></dataValidation>'
    '<dataValidation type="whole" sqref="Z3"><formula1>MIN(\'My model\'!A4:A15)</formula1></dataValidation>'
    f"</dataValidations><extLst><ext {X14}><x14:dataValidation><x14:formula1><xm:f>'My model'!$B$4:$B$15</xm:f>"
    "</x14:formula1><xm:sqref>Z4</xm:sqref></x14:dataValidation><x14:sparklineGroup><x14:sparklines><x14:sparkline>"
    "<xm:f>'My model'!C4:C15</xm:f><xm:sqref>Z5</xm:sqref></x14:sparkline><x14:sparkline><xm:f>'My model'!C5:C15</xm:f>"
    "<xm:sqref>Z6</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup></ext></extLst></worksheet>"
)


def test_sparklines_and_lists_of_allowed_values_on_any_sheet_follow_what_they_read():
    new = follow_sheet(READERS.encode(), GROWN, "Another").decode()
    assert new == (
        READERS.replace("$A$4:$A$15<", "$A$4:$A$20<").replace("$B$4:$B$15", "$B$4:$B$20").replace("C4:C15", "C4:C20")
    )


def test_a_sheet_with_nothing_that_follows_keeps_its_bytes():
    data = READERS.replace("My model", "Elsewhere").encode()
    assert follow_sheet(data, GROWN, "Another") is data


def test_a_chart_of_the_extended_kind_follows_and_forgets_its_remembered_values():
    chart = (
        '<cx:chartSpace xmlns:cx="http://schemas.microsoft.com/office/drawing/2014/chartex"><cx:chartData><cx:data>'
        '<cx:strDim type="cat"><cx:f>_xlchart.v1.0</cx:f><cx:lvl ptCount="1"/></cx:strDim>'
        '<cx:numDim type="val"><cx:f dir="row">\'My model\'!$B$4:$B$15</cx:f><cx:lvl ptCount="12"/></cx:numDim>'
        "</cx:data></cx:chartData></cx:chartSpace>"
    )
    new = follow_chart(chart.encode(), GROWN).decode()
    assert '<cx:f>_xlchart.v1.0</cx:f><cx:lvl ptCount="1"/>' in new
    assert "<cx:f dir=\"row\">'My model'!$B$4:$B$20</cx:f></cx:numDim>" in new
