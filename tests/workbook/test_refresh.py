"""The whole refresh on a workbook full of the user's own things."""

import math
import os
import re
import shutil
import zipfile

import numpy as np
import openpyxl
import pytest

import xlfactor
from tests.workbook.rich_books import (
    ASSETS,
    DATES,
    FACTORS,
    cells,
    loadings,
    members,
    new_day,
    random_returns,
    rich_book,
)
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.workbook import refresh as refresh_module
from xlfactor.workbook.refresh import refresh

SHEET, TABLE, CHART, BOOK = (
    "xl/worksheets/sheet3.xml",
    "xl/tables/table1.xml",
    "xl/charts/chart1.xml",
    "xl/workbook.xml",
)
CHAIN = "xl/calcChain.xml"


@pytest.fixture
def book(tmp_path):
    return rich_book(tmp_path / "risk.xlsx")


def frames(returns):
    import pandas as pd

    dates = pd.DatetimeIndex(DATES[:1]).append(pd.date_range(DATES[1], periods=len(returns) - 1))
    R = pd.DataFrame(returns, pd.DatetimeIndex(dates, name="Date"), ASSETS)
    B = pd.DataFrame(loadings(), pd.Index(ASSETS, name="Asset"), FACTORS)
    return R, B


def changed_members(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def folder(book):
    return sorted(path.name for path in book.parent.iterdir())


def without_backups(book):
    return [name for name in folder(book) if ".bak-" not in name]


def test_the_cells_hold_the_numbers_that_python_returns_to_the_last_bit(book):
    R, B = frames(np.array([[float(f"{x:.16g}") for x in row] for row in random_returns()]))
    B = B.map(lambda x: float(f"{x:.16g}"))  # as XlsxWriter wrote them
    assert refresh(book).ok
    found = cells(book)[2:15]
    expected = xlfactor.factor_returns(R, B)
    assert found[0][:3] == ["Date", *FACTORS]
    assert [row[0] for row in found[1:]] == DATES
    assert [[x.hex() for x in row[1:3]] for row in found[1:]] == [[x.hex() for x in row] for row in expected.to_numpy()]


def test_only_the_sheet_with_the_formula_changes_and_all_else_stays_byte_for_byte(book):
    before = members(book)
    result = refresh(book)
    assert result.changed_parts == (SHEET,)
    assert changed_members(before, members(book)) == {SHEET}
    sheet = members(book)[SHEET].decode()
    assert (
        sheet[sheet.index("</sheetData>") :] == before[SHEET].decode()[before[SHEET].decode().index("</sheetData>") :]
    )


def test_plain_formulas_are_computed_and_other_readers_of_a_new_value_lose_their_old_one(book):
    result = refresh(book)
    rows = cells(book)
    assert rows[2][4] == pytest.approx(math.fsum(row[1] for row in rows[3:15]), rel=1e-13)
    assert rows[3][4] is None
    assert rows[5][4] == "a note"
    assert result.left_to_excel == (("Model", (4, 5)),)
    assert '<f>TEXT(E3,"0.0%")</f></c>' in members(book)[SHEET].decode()


def test_the_old_book_is_the_backup_and_nothing_else_is_left(book):
    old = book.read_bytes()
    result = refresh(book)
    assert [name for name in folder(book) if ".bak-" in name] == [os.path.basename(result.backup)]
    assert without_backups(book) == ["risk.xlsx"]
    with open(result.backup, "rb") as file:
        assert file.read() == old


def test_a_second_refresh_writes_nothing(book):
    refresh(book)
    bytes_, status, names = book.read_bytes(), book.stat().st_mtime_ns, folder(book)
    result = refresh(book)
    assert (result.ok, result.outputs, result.changed_parts, result.backup) == (True, (), (), None)
    assert [line.status for line in result.formulas] == ["unchanged"]
    assert (book.read_bytes(), book.stat().st_mtime_ns, folder(book)) == (bytes_, status, names)


def test_the_same_book_gives_the_same_file(book, tmp_path):
    refresh(book, output=tmp_path / "one.xlsx")
    refresh(book, output=tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_new_day_grows_the_table_the_spill_and_what_follows_them(book, tmp_path):
    refresh(book)
    before = members(book)
    path, returns = new_day(tmp_path)
    result = refresh(book, returns=path)
    after = members(book)
    assert changed_members(before, after) == {SHEET, TABLE, CHART, BOOK, "xl/worksheets/sheet1.xml"}
    (line,) = result.formulas
    assert (line.rows, line.columns, line.previous_rows, line.previous_columns) == (14, 3, 13, 3)
    assert result.as_of == "2026-01-13"
    assert re.findall(r' ref="([^"]+)"', after[TABLE].decode()) == ["A1:I14", "A1:I14"]  # the table's, its filter's
    assert "<c:f>Model!$A$4:$A$16</c:f></c:numRef>" in after[CHART].decode()
    names = dict(re.findall(r'<definedName name="([^"]+)"[^>]*>([^<]+)<', after[BOOK].decode()))
    assert names["value_returns"] == "Model!$B$4:$B$16"
    assert names["_xlnm.Print_Area"] == "Model!$A$1:$C$15"  # it began above the block, so it is the user's layout
    assert names["elsewhere"] == "Model!$B$4:$B$14"
    assert 'sqref="B4:C16"' in after[SHEET].decode()
    assert [float(x).hex() for x in cells(book, "Returns")[13][1:]] == [x.hex() for x in returns[-1]]
    assert re.search(r'<c r="A14" s="1"><v>46035</v></c><c r="B14" s="2">', after["xl/worksheets/sheet1.xml"].decode())
    assert '<c r="A16" s="1"><v>46035</v></c><c r="B16" s="2">' in after[SHEET].decode()


def test_the_grown_spill_holds_what_python_returns_for_all_dates(book, tmp_path):
    path, returns = new_day(tmp_path, days=3)
    refresh(book, returns=path)
    R, B = frames(np.vstack([[[float(f"{x:.16g}") for x in row] for row in random_returns()], returns[-3:]]))
    expected = xlfactor.factor_returns(R, B.map(lambda x: float(f"{x:.16g}"))).to_numpy()
    found = [[float(x).hex() for x in row[1:3]] for row in cells(book)[3:18]]
    assert found == [[x.hex() for x in row] for row in expected]


def test_the_same_new_day_again_changes_nothing(book, tmp_path):
    path, _ = new_day(tmp_path)
    refresh(book, returns=path)
    bytes_ = book.read_bytes()
    assert refresh(book, returns=path).outputs == ()
    assert book.read_bytes() == bytes_


def test_nothing_follows_if_it_is_told_not_to(book, tmp_path):
    refresh(book)
    before = members(book)
    refresh(book, returns=new_day(tmp_path)[0], follows=False)
    assert changed_members(before, members(book)) == {SHEET, TABLE, "xl/worksheets/sheet1.xml"}


def test_fewer_assets_and_factors_shrink_their_blocks(book, tmp_path):
    refresh(book)
    (tmp_path / "loadings.csv").write_text(
        "Asset,Value,Size\n" + "".join(f"{asset},{i % 3 - 1},0.5\n" for i, asset in enumerate(ASSETS[:6]))
    )
    with pytest.warns(FactorWarning, match="ASSET_UNUSED: left out 2 assets"):
        assert refresh(book, loadings=tmp_path / "loadings.csv").ok
    assert 'ref="A1:C7"' in members(book)["xl/tables/table2.xml"].decode()
    assert cells(book, "Loadings")[7:] == [[], []]
    with pytest.warns(FactorWarning, match="ASSET_UNUSED"):
        assert refresh(book).outputs == ()


def with_calc_chain(book):
    """The same book with the calculation chain that Excel would have written."""
    links = {
        "[Content_Types].xml": b'<Override PartName="/xl/calcChain.xml" ContentType='
        b'"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"/></Types>',
        "xl/_rels/workbook.xml.rels": b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/'
        b'officeDocument/2006/relationships/calcChain" Target="calcChain.xml"/></Relationships>',
    }
    new = book.with_name("chain.xlsx")
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(new, "w") as archive:
        for info in old.infolist():
            data = old.read(info)
            if info.filename in links:
                end = links[info.filename].rpartition(b"</")[1:]
                data = data.replace(b"".join(end), links[info.filename])
            archive.writestr(info, data)
        archive.writestr(CHAIN, b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>')
    return new


def test_the_calculation_chain_stays_while_sizes_stay_and_goes_when_one_changes(book, tmp_path):
    book = with_calc_chain(book)
    before = members(book)
    refresh(book)
    assert changed_members(before, members(book)) == {SHEET}
    refresh(book, returns=new_day(tmp_path)[0])
    after = members(book)
    assert CHAIN not in after
    assert b"calcChain" not in after["[Content_Types].xml"] + after["xl/_rels/workbook.xml.rels"]
    openpyxl.load_workbook(book)


def test_a_blocked_spill_writes_nothing_and_names_the_cell(tmp_path, book):
    refresh(book)
    with zipfile.ZipFile(book) as archive:
        data = {name: archive.read(name) for name in archive.namelist()}
    data[SHEET] = data[SHEET].replace(b"</sheetData>", b'<row r="16"><c r="B16"><v>1</v></c></row></sheetData>')
    with zipfile.ZipFile(book, "w") as archive:
        for name, content in data.items():
            archive.writestr(name, content)
    bytes_, names = book.read_bytes(), without_backups(book)
    path, _ = new_day(tmp_path)
    result = refresh(book, returns=path)
    (line,) = result.formulas
    assert (result.ok, result.outputs, line.status) == (False, (), "blocked")
    assert line.error.line.startswith("SPILL_BLOCKED: FACTOR_RETURNS needs A3:C16, but '1.0' is in B16 (Model!A3)")
    assert book.read_bytes() == bytes_
    assert without_backups(book) == sorted([*names, "new.csv"])


def test_keep_going_writes_the_rest_and_the_message_into_the_cell(tmp_path):
    book = rich_book(tmp_path / "risk.xlsx", formula='FACTOR_RETURNS(tblReturns[#All],tblLoadings[#All],,,,"best")')
    assert refresh(book).outputs == ()
    result = refresh(book, keep_going=True)
    assert (result.ok, len(result.outputs)) == (False, 1)
    assert cells(book)[2][0].startswith("#XLF! OPTION_UNKNOWN: method is 'best', not one of")
    assert all(value is None for row in cells(book)[3:15] for value in row[:3])


def test_a_dry_run_does_all_but_write(book, tmp_path):
    path, _ = new_day(tmp_path)
    before, names = book.read_bytes(), folder(book)
    result = refresh(book, returns=path, dry_run=True)
    assert (result.ok, result.outputs, result.formulas[0].rows) == (True, (), 14)
    assert SHEET in result.changed_parts
    assert (book.read_bytes(), folder(book)) == (before, names)


def test_a_dry_run_says_formula_by_formula_how_many_cells_would_differ(book, tmp_path):
    refresh(book)
    (unchanged,) = refresh(book, dry_run=True).formulas
    assert (unchanged.status, unchanged.changed_cells) == ("unchanged", 0)
    (grown,) = refresh(book, returns=new_day(tmp_path)[0], dry_run=True).formulas
    assert (grown.status, grown.changed_cells) == ("ok", 3)  # the new day's row; each day's regression is its own


def test_an_output_leaves_the_book_alone_even_while_it_is_open_or_read_only(book, tmp_path):
    bytes_ = book.read_bytes()
    book.with_name("~$risk.xlsx").write_bytes(b"")
    book.chmod(0o444)
    result = refresh(book, output=tmp_path / "new.xlsx")
    assert result.outputs == (str(tmp_path / "new.xlsx"),)
    assert book.read_bytes() == bytes_
    assert changed_members(members(book), members(tmp_path / "new.xlsx")) == {SHEET}


def test_an_output_that_exists_is_replaced_only_by_force(book, tmp_path):
    (tmp_path / "new.xlsx").write_bytes(b"somebody's")
    with pytest.raises(FactorError, match=r"FILE_EXISTS: .*new.xlsx.*--force"):
        refresh(book, output=tmp_path / "new.xlsx")
    refresh(book, output=tmp_path / "new.xlsx", force=True)
    assert zipfile.is_zipfile(tmp_path / "new.xlsx")


@pytest.mark.parametrize("mark", ["~$risk.xlsx", ".~lock.risk.xlsx#"])
def test_an_open_book_is_not_written(book, mark):
    bytes_ = book.read_bytes()
    book.with_name(mark).write_bytes(b"")
    with pytest.raises(FactorError, match="FILE_OPEN_IN_EXCEL"):
        refresh(book)
    assert book.read_bytes() == bytes_


def test_a_signed_book_is_not_written(book):
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr("_xmlsignatures/origin.sigs", b"")
    with pytest.raises(FactorError, match="FILE_SIGNED"):
        refresh(book)


def test_a_book_saved_by_somebody_during_the_run_is_not_replaced(book, monkeypatch):
    def save_meanwhile(stage):
        if stage == "writing":
            book.write_bytes(book.read_bytes() + b"\0")

    with pytest.raises(FactorError, match="CHANGED_DURING_RUN"):
        refresh(book, progress=save_meanwhile)
    assert without_backups(book) == folder(book) == ["risk.xlsx"]


def test_a_proof_that_fails_leaves_the_book_as_it_was(book, monkeypatch):
    def damaged(source, target, change):
        target.write_bytes(source.read_bytes()[:-100])

    bytes_ = book.read_bytes()
    monkeypatch.setattr(refresh_module, "write_archive", damaged)
    with pytest.raises(FactorError, match="FILE_WRITE_FAILED"):
        refresh(book)
    assert (book.read_bytes(), folder(book)) == (bytes_, ["risk.xlsx"])


def test_the_input_hash_tells_data_apart_and_not_files(book, tmp_path):
    first = refresh(book)
    copy = tmp_path / "copy.xlsx"
    shutil.copy(book, copy)
    assert refresh(copy).input_hash == first.input_hash
    assert refresh(copy, returns=new_day(tmp_path)[0]).input_hash != first.input_hash


def test_a_revision_stops_everything_unless_it_is_allowed(book, tmp_path):
    (tmp_path / "new.csv").write_text(f"Date,A1\n{DATES[3].date()},0.5\n")
    bytes_ = book.read_bytes()
    with pytest.raises(FactorError, match=r"REVISION: A1 is .*new.csv says 0.5 \(Returns!B5\)"):
        refresh(book, returns=tmp_path / "new.csv")
    assert (book.read_bytes(), folder(book)) == (bytes_, ["new.csv", "risk.xlsx"])
    result = refresh(book, returns=tmp_path / "new.csv", revise=True)
    assert cells(book, "Returns")[4][1] == 0.5
    assert [note.code for note in result.checks] == ["ASSET_NO_DATA", "REVISION"]


def test_a_table_with_something_under_it_is_not_grown(book, tmp_path):
    with zipfile.ZipFile(book) as archive:
        data = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    data[name] = data[name].replace(b"</sheetData>", b'<row r="15"><c r="C15"><f>1+1</f><v>2</v></c></row></sheetData>')
    with zipfile.ZipFile(book, "w") as archive:
        for key, content in data.items():
            archive.writestr(key, content)
    path, _ = new_day(tmp_path, days=2)
    with pytest.raises(FactorError, match=r"TABLE_BLOCKED: tblReturns .*A1:I15 \(C15\)"):
        refresh(book, returns=path)
    assert refresh(book, returns=new_day(tmp_path, days=1)[0]).ok


def test_a_plain_range_takes_no_new_data(tmp_path):
    book = rich_book(tmp_path / "risk.xlsx", formula="FACTOR_RETURNS(Returns!$A$1:$I$13,Loadings!$A$1:$C$9)")
    data = members(book)
    with zipfile.ZipFile(book, "w") as archive:  # and no table that bears the name
        for name, content in data.items():
            archive.writestr(name, content.replace(b"tblReturns", b"prices"))
    with pytest.raises(FactorError, match=r"NOT_A_TABLE: .*make it a Table: Ctrl\+T"):
        refresh(book, returns=new_day(tmp_path)[0])


@pytest.mark.parametrize(
    ("output", "code", "fix"),
    [
        ("values.csv", "FILE_EXTENSION", "call it values.xlsx"),
        ("values.xlsm", "FILE_EXTENSION", "call it values.xlsx"),
        ("folder", "FILE_EXISTS", "name a file in it"),
        ("there.xlsx", "FILE_EXISTS", "choose another name or add --force"),
        ("nowhere/values.xlsx", "FOLDER_MISSING", "make it first"),
    ],
)
@pytest.mark.parametrize("option", ["output", "values_copy"])
def test_a_file_that_no_program_would_open_or_that_is_there_is_not_written(book, tmp_path, option, output, code, fix):
    (tmp_path / "folder").mkdir()
    (tmp_path / "there.xlsx").write_bytes(b"mine")
    with pytest.raises(FactorError) as refused:
        refresh(book, **{option: tmp_path / output})
    assert (refused.value.code, refused.value.fix) == (code, fix)
    assert (tmp_path / "there.xlsx").read_bytes() == b"mine"


def test_a_values_copy_in_the_place_of_the_book_is_refused_even_by_force(book, tmp_path):
    before = book.read_bytes()
    with pytest.raises(FactorError, match=r"OPTION_CONFLICT: .*: give --values-copy another name"):
        refresh(book, values_copy=book, force=True)
    with pytest.raises(FactorError, match="OPTION_CONFLICT"):
        refresh(book, output=tmp_path / "v.xlsx", values_copy=tmp_path / "v.xlsx")
    assert book.read_bytes() == before


def test_a_values_copy_shows_the_same_numbers_without_our_formulas(book, tmp_path):
    result = refresh(book, values_copy=tmp_path / "values.xlsx")
    assert result.outputs == (str(book), str(tmp_path / "values.xlsx"))
    assert cells(tmp_path / "values.xlsx") == cells(book)
    sheet = members(tmp_path / "values.xlsx")[SHEET].decode()
    assert "FACTOR_RETURNS" not in sheet
    assert "cm=" not in sheet
    assert "<f>SUM(B4:B15)</f>" in sheet
    assert changed_members(members(book), members(tmp_path / "values.xlsx")) == {SHEET}


@pytest.mark.libreoffice
def test_libreoffice_opens_the_book_and_the_values_copy_and_reads_the_same(libreoffice, book, tmp_path):
    refresh(book, returns=new_day(tmp_path)[0], values_copy=tmp_path / "values.xlsx")
    found = libreoffice.recalculate(tmp_path / "values.xlsx")["Model"]
    for i, row in enumerate(cells(tmp_path / "values.xlsx")[3:16], 4):
        assert [found[f"B{i}"], found[f"C{i}"]] == [pytest.approx(value, rel=1e-14) for value in row[1:3]]
        assert found[f"A{i}"] == openpyxl.utils.datetime.to_excel(row[0])
    returns = libreoffice.recalculate(book)["Returns"]
    assert sum(cell.startswith("A") and cell[1:].isdigit() for cell in returns) == 14
