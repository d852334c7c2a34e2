"""A workbook with all that users put into one: a growing refresh changes the listed parts, and in them only its own."""

import re
import zipfile

import openpyxl
import pytest

from tests.workbook.rich_books import members, new_day
from tests.workbook.richest_book import ADDED, MACROS, richest_book
from xlfactor.workbook.refresh import refresh

RETURNS, MODEL, NOTES = (f"xl/worksheets/sheet{number}.xml" for number in (1, 3, 4))
TABLE = "xl/tables/table1.xml"
CHAIN = {"xl/calcChain.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"}
FOLLOWING = {"xl/charts/chart1.xml", "xl/charts/chart3.xml", "xl/charts/chartEx1.xml", "xl/workbook.xml", NOTES}
NEW_TO_OLD = {
    "Model!$A$4:$A$16": "Model!$A$4:$A$15",
    "Model!$B$4:$B$16": "Model!$B$4:$B$15",
    "Model!$C$4:$C$16": "Model!$C$4:$C$15",
    "Model!B4:B16": "Model!B4:B15",
    "Model!C4:C16": "Model!C4:C15",
    "Returns!$B$2:$B$14": "Returns!$B$2:$B$13",
    "Returns!B2:B14": "Returns!B2:B13",
    "<formula1>$A$4:$A$16": "<formula1>$A$4:$A$15",
    "B4:C16": "B4:C15",
    ">C4:C16": ">C4:C15",
    '"C4:C16': '"C4:C15',
    "B2:I14": "B2:I13",
    "A1:I14": "A1:I13",
}
CACHE = re.compile(r"<c:(num|str)Cache>.*?</c:\1Cache>|<cx:lvl .*?</cx:lvl>", re.DOTALL)


@pytest.fixture(params=[".xlsx", ".xlsm"])
def days(request, tmp_path):
    """The members before and after the refresh with a new day, the book and what refresh said."""
    book = richest_book(tmp_path / f"risk{request.param}")
    assert refresh(book).ok
    before = members(book)
    result = refresh(book, returns=new_day(tmp_path)[0])
    assert result.ok
    return before, members(book), book, result


def test_the_fixture_holds_every_kind_of_thing(days):
    before = days[0]
    text = b"".join(before.values())
    for mark in [
        b"x14:sparkline>", b"x14:dataBar", b"iconSet", b"<legacyDrawing ", b"<legacyDrawingHF", b"<picture ",
        b"threadedComment ", b"<xdr:pic>", b"<xdr:sp ", b"x:ClientData ObjectType=\"Button\"", b"<is><r>", b"<si><r>",
        b"XLDAPR", b"XLRICHVALUE", b"dataValidation ", b"cx:chartSpace", b"chartsheet", b"veryHidden", b"mergeCell ",
        b"sheetProtection", b"webextension", b"trendline", b"hyperlink ", b'localSheetId="3"', b"calcChain",
        b"connection ", b"property fmtid",
    ]:  # fmt: skip
        assert mark in text, mark
    assert len(before) >= 62
    assert before.keys() >= ADDED.keys()
    assert (before.get("xl/vbaProject.bin") == MACROS) == (days[2].suffix == ".xlsm")


def test_the_parts_that_change_are_these_and_no_other(days):
    before, after, _, result = days
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {RETURNS, MODEL, TABLE} | FOLLOWING | CHAIN
    assert set(result.changed_parts) == changed
    assert before.keys() - after.keys() == {"xl/calcChain.xml"}


def test_kept_members_keep_their_place_time_and_packed_bytes(days):
    _, _, book, result = days
    with zipfile.ZipFile(result.backup) as old, zipfile.ZipFile(book) as new:
        kept = [info for info in old.infolist() if info.filename != "xl/calcChain.xml"]
        assert [info.filename for info in new.infolist()] == [info.filename for info in kept]
        for a, b in zip(kept, new.infolist(), strict=True):
            assert (a.date_time, a.external_attr) == (b.date_time, b.external_attr)
            if a.filename not in result.changed_parts:
                assert (a.compress_type, a.CRC, a.compress_size) == (b.compress_type, b.CRC, b.compress_size)


@pytest.mark.parametrize("part", sorted(FOLLOWING | {MODEL, RETURNS, TABLE}))
def test_in_a_changed_part_only_the_cells_and_the_references_to_them_differ(days, part):
    """With the new references turned back and what a chart remembers left out, all behind the cells is as it was."""
    before, after, _, _ = days
    assert comparable(after[part], back=True) == comparable(before[part], back=False)


def comparable(data, *, back):
    text = data.decode().replace("'", '"').replace("\r\n", "\n").partition("?>")[2].strip()
    for new, old in NEW_TO_OLD.items() if back else ():
        text = text.replace(new.replace("'", '"'), old)
    return CACHE.sub("", text[text.rfind("</sheetData>") :] if "</sheetData>" in text else text)


def test_the_cells_that_nobody_owns_keep_their_bytes(days):
    before, after, _, _ = days
    for part, own in ((MODEL, range(3, 17)), (RETURNS, range(14, 15)), (NOTES, ())):
        old, new = rows(before[part]), rows(after[part])
        assert {n for n in old.keys() | new.keys() if old.get(n) != new.get(n)} <= set(own)


def rows(data):
    return {int(n): text for n, text in re.findall(rb'<row r="(\d+)"(.*?</row>|[^>]*/>)', data, re.DOTALL)}


def test_another_reader_opens_it(days):
    book = openpyxl.load_workbook(days[2])
    assert book["Model"]["A16"].value.day == 13
    assert book["Notes"]["B9"].value == "bold and plain"


def test_nothing_follows_where_it_is_told_not_to(tmp_path):
    book = richest_book(tmp_path / "risk.xlsx")
    refresh(book)
    result = refresh(book, returns=new_day(tmp_path)[0], follows=False)
    assert set(result.changed_parts) == {RETURNS, MODEL, TABLE} | CHAIN
