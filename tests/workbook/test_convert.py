"""Catalogue functions renamed for another host, and nothing else."""

import zipfile

import pytest
from openpyxl.formula import Tokenizer

from tests.workbook.rich_books import cells, members, rich_book
from tests.workbook.small_books import bare
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.workbook.convert import convert, convert_new, renamed_formula
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.template.build import NAME, templates

NAMES = frozenset(catalogue())


def renamed(text, host):
    return renamed_formula(text.encode(), host, NAMES)[1].decode()


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("FACTOR_RETURNS(A1:B2,C1)", "_xldudf_FACTOR_RETURNS(A1:B2,C1)"),
        ("factor_returns(A1)", "_xldudf_FACTOR_RETURNS(A1)"),
        ("1+IDIO_RETURNS(FACTOR_RETURNS(A1),2)", "1+_xldudf_IDIO_RETURNS(_xldudf_FACTOR_RETURNS(A1),2)"),
        ("[1]!FACTOR_RETURNS(A1)", "_xldudf_FACTOR_RETURNS(A1)"),
        ("'C:\\x y\\xlfactor.xlam'!FACTOR_RETURNS(A1)", "_xldudf_FACTOR_RETURNS(A1)"),
        ("xlfactor.xlam!FACTOR_RETURNS(A1)", "_xldudf_FACTOR_RETURNS(A1)"),
        ("XLFACTOR.FACTOR_RETURNS(A1)", "_xldudf_FACTOR_RETURNS(A1)"),
        ("_xldudf_XLFACTOR_FACTOR_RETURNS(A1)", "_xldudf_FACTOR_RETURNS(A1)"),
        ("_xlfn.SINGLE(FACTOR_RETURNS(A1))&amp;WINSORIZE(B1)",
         "_xlfn.SINGLE(_xldudf_FACTOR_RETURNS(A1))&amp;_xldudf_WINSORIZE(B1)"),
        ("IF(A1&lt;WINSORIZE(B1),1)", "IF(A1&lt;_xldudf_WINSORIZE(B1),1)"),
    ],
)  # fmt: skip
def test_a_call_in_any_form_gets_the_hosts_name(text, server):
    assert renamed(text, "server") == server


@pytest.mark.parametrize(
    "text",
    [
        'SUM(A1)&"FACTOR_RETURNS(A1)"',
        '"a ""quoted"" FACTOR_RETURNS(x)"',
        "&quot;FACTOR_RETURNS(A1)&quot;",
        "tbl[FACTOR_RETURNS(x)]",
        "tbl[[#All],[WINSORIZE(x)]]",
        "tbl['[FACTOR_RETURNS(x)]",
        "'FACTOR_RETURNS(a)'!A1",
        "'it''s WINSORIZE(a)'!A1",
        "MY_FACTOR_RETURNS(A1)",
        "ÄFACTOR_RETURNS(A1)",
        "FACTOR_RETURNS2(A1)",
        "FACTOR_RETURNS+1",
        "other.xlam!FACTOR_RETURNS(A1)",
        "'C:\\other.xlam'!FACTOR_RETURNS(A1)",
        "_xlfn.SINGLE(A1)",
        "Sheet1!A1+LEN(B1)",
    ],
)
def test_texts_sheet_names_columns_and_foreign_functions_stay(text):
    assert renamed(text, "server") == text
    assert renamed(text, "libreoffice") == text


@pytest.mark.parametrize("name", catalogue())
def test_every_function_goes_round_all_hosts_and_comes_back(name):
    text = f"IFERROR({name}(tbl[#All],,'a b'!$A$1:$B$2,&quot;x&quot;),0)"
    there = renamed(text, "server")
    further = renamed(there, "libreoffice")
    assert (f"_xldudf_{name}(" in there, f"XLFACTOR.{name}(" in further) == (True, True)
    assert renamed(further, "excel") == text
    for host in ("server", "libreoffice"):
        assert renamed(renamed(text, host), host) == renamed(text, host)


def functions(path):
    """The catalogue's functions that a book's formulas call, by openpyxl's lexer and not by ours."""
    found = []
    for name, data in members(path).items():
        if name.startswith("xl/worksheets/sheet"):
            text = data.decode()
            formulas = [f.partition(">")[2].partition("<")[0] for f in text.split("<f")[1:]]
            tokens = [t for f in formulas for t in Tokenizer("=" + f).items if t.type == "FUNC" and t.subtype == "OPEN"]
            found += [t.value[:-1] for t in tokens if any(t.value[:-1].upper().endswith(n) for n in NAMES)]
    return found


def test_the_template_goes_round_and_is_the_same_file_of_formulas(tmp_path):
    book = tmp_path / "book.xlsx"
    book.write_bytes((templates() / NAME).read_bytes())
    before, plain = members(book), functions(book)
    assert set(plain) <= NAMES
    for host, prefix in {"server": "_xldudf_", "libreoffice": "XLFACTOR.", "excel": ""}.items():
        done = convert(book, host)
        assert functions(book) == [prefix + name for name in plain]
        assert done.calls == len(plain)
        assert done.backup.exists()
        assert [name for name, data in members(book).items() if data != before[name]] == list(
            done.parts if prefix else ()
        )
    assert members(book) == before


EVERYWHERE = (
    '<sheetData><row r="1"><c r="A1"><f>WINSORIZE(B1)</f><v>1</v></c><c r="B1" t="str"><f>"WINSORIZE("</f><v>WINSORIZE('
    '</v></c><c r="C1"><f t="shared" si="0"/></c></row></sheetData>'
    '<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1"><formula>WINSORIZE(A1)&gt;0</formula>'
    '</cfRule></conditionalFormatting><dataValidations count="1"><dataValidation type="custom" sqref="A1"><formula1>'
    "WINSORIZE(A1)</formula1><formula2>WINSORIZE(A2)</formula2></dataValidation></dataValidations>"
    '<extLst><ext uri="u"><x14:cf xmlns:x14="u"><xm:f xmlns:xm="v">WINSORIZE(A1)</xm:f></x14:cf></ext></extLst>'
)
TABLE = (
    '<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" id="1" displayName="t" ref="A1:A2">'
    '<tableColumns><tableColumn id="1" name="WINSORIZE(x)"><calculatedColumnFormula>WINSORIZE(t[a])'
    "</calculatedColumnFormula><totalsRowFormula>WINSORIZE(t[a])</totalsRowFormula></tableColumn></tableColumns></table>"
)


def test_every_place_of_a_formula_is_renamed_and_values_and_column_names_are_not(tmp_path):
    book = tmp_path / "book.xlsx"
    bare(book, EVERYWHERE, extra={"xl/tables/table1.xml": TABLE})
    with zipfile.ZipFile(book) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert convert(book, "libreoffice").calls == 7
    with zipfile.ZipFile(book) as archive:
        after = archive.read("xl/worksheets/sheet1.xml").decode()
        table = archive.read("xl/tables/table1.xml").decode()
    assert after.count("XLFACTOR.WINSORIZE(") == 5
    assert after.replace("XLFACTOR.", "") == sheet
    assert '<f>"WINSORIZE("</f><v>WINSORIZE(</v>' in after
    assert table.count("XLFACTOR.WINSORIZE(") == 2
    assert 'name="WINSORIZE(x)"' in table


def test_a_name_of_the_book_is_renamed_too(tmp_path):
    book = tmp_path / "book.xlsx"
    bare(book, "<sheetData/>")
    with zipfile.ZipFile(book) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    named = b"</sheets><definedNames><definedName name='f'>FACTOR_RETURNS(A1)</definedName></definedNames>"
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", named)
    with zipfile.ZipFile(book, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    assert convert(book, "server").parts == ("xl/workbook.xml",)


def test_a_book_full_of_other_things_keeps_them_byte_for_byte(tmp_path):
    book = rich_book(tmp_path / "rich.xlsx")
    before = members(book)
    done = convert(book, "server", output=tmp_path / "new.xlsx")
    assert members(book) == before
    after = members(tmp_path / "new.xlsx")
    assert [name for name in before if after[name] != before[name]] == list(done.parts) == ["xl/worksheets/sheet3.xml"]
    with pytest.raises(FactorError, match="FILE_EXISTS"):
        convert(book, "server", output=tmp_path / "new.xlsx")
    convert(book, "server", output=tmp_path / "new.xlsx", force=True)


def test_a_book_that_has_the_names_already_is_left_alone(tmp_path):
    book = rich_book(tmp_path / "rich.xlsx")
    before = book.stat()
    assert convert(book, "excel").output is None
    assert (book.stat().st_mtime_ns, list(tmp_path.iterdir())) == (before.st_mtime_ns, [book])


def test_a_book_that_is_open_is_refused(tmp_path):
    book = rich_book(tmp_path / "rich.xlsx")
    (tmp_path / "~$rich.xlsx").touch()
    with pytest.raises(FactorError, match="FILE_OPEN_IN_EXCEL"):
        convert(book, "server")


def test_a_new_book_is_converted_without_a_backup(tmp_path):
    book = rich_book(tmp_path / "rich.xlsx")
    convert_new(book, "libreoffice")
    assert functions(book) == ["XLFACTOR.FACTOR_RETURNS"]
    assert list(tmp_path.iterdir()) == [book]


@pytest.mark.parametrize("host", ["server", "libreoffice"])
def test_refresh_computes_a_converted_book_and_finds_it_up_to_date(tmp_path, host):
    book = rich_book(tmp_path / "rich.xlsx")
    refresh(book)
    values = cells(book)
    convert(book, host)
    assert refresh(book).changed_parts == ()
    assert cells(book) == values


def test_libreoffice_computes_a_book_that_was_converted_for_it(libreoffice, tmp_path):
    # plain ranges: LibreOffice 7.4 does not read tblReturns[#All] (tests/calc_copy.py)
    book = rich_book(tmp_path / "rich.xlsx", formula="FACTOR_RETURNS(Returns!A1:I13,Loadings!A1:C9)")
    refresh(book)
    values = cells(book)
    convert(book, "libreoffice")
    shown = libreoffice.recalculate(book)["Model"]
    assert shown["B4"] == pytest.approx(values[3][1], abs=1e-15)
    assert [shown[f"{column}3"] for column in "ABC"] == values[2][:3]
