"""The catalogue in a real LibreOffice Calc: every function, its options and its refusals, equal to Python."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from lxml import etree
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

import xlfactor
from tests.calc_copy import calc_copy
from tests.hosts import calc_book
from tests.refusals import refusals
from tests.samples import rows
from xlfactor.functions import catalogue
from xlfactor.hosts.libreoffice import addin, component

NAMES = list(catalogue())


@pytest.fixture(scope="module")
def calls(libreoffice, tmp_path_factory):
    path = tmp_path_factory.mktemp("calc") / "catalogue.xlsx"
    good, wrong = calc_book.write(path)
    return libreoffice.recalculate(path), good, wrong


def assert_equal(got: object, expected: object, where: str) -> None:
    if expected is None or isinstance(expected, str):
        assert got == (expected or None), where
    else:
        assert isinstance(got, float), f"{where}: {got!r}, not {expected!r}"
        assert abs(got - expected) <= 1e-12 * max(1, abs(expected)), where


@pytest.mark.libreoffice
@pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning")  # of the samples, in Python
@pytest.mark.parametrize("name", NAMES)
def test_a_function_gives_in_cells_what_it_gives_in_python(name, calls):
    sheets, good, _ = calls
    for call in good[name]:
        for i, row in enumerate(calc_book.as_calc_sees(call.expected)):
            for j, value in enumerate(row, 1):
                cell = f"{get_column_letter(j)}{call.row + i}"
                assert_equal(sheets[name].get(cell), value, f"{call.formula} at {cell}")


@pytest.mark.libreoffice
@pytest.mark.parametrize(("place", "refusal"), list(enumerate(refusals(), 1)), ids=str)
def test_wrong_input_is_one_line_in_the_cell(place, refusal, calls):
    sheets, _, wrong = calls
    assert str(wrong[place - 1][0]) == str(refusal)
    line = sheets["Wrong"].get(f"A{place}")
    assert re.fullmatch(r"#XLF! [A-Z][A-Z_]+: .+: .+", str(line)), wrong[place - 1][1]
    assert line.startswith(f"#XLF! {refusal.code}")
    with pytest.raises(xlfactor.FactorError) as raised:
        catalogue()[refusal.function].spill(calc_book.as_calc_sees(refusal.values))
    assert line == f"#XLF! {raised.value.line}"


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(11)
    assets = [f"S{n}" for n in range(9)]
    returns = pd.DataFrame(rng.normal(0, 0.01, (5, 9)), pd.bdate_range("2026-01-01", periods=5, name="Date"), assets)
    return returns, pd.DataFrame(rng.normal(size=(9, 2)), pd.Index(assets, name="Asset"), ["Size", "Value"])


@pytest.fixture
def book(panel):
    """Returns in Returns!A1:J6, loadings in Loadings!A1:C10, an empty sheet Out."""
    made = openpyxl.Workbook()
    for sheet, table in (("Returns", panel[0]), ("Loadings", panel[1])):
        made.create_sheet(sheet)
        for row in rows(table):
            made[sheet].append(row)
    made.active.title = "Out"
    return made


def shown(libreoffice, book, tmp_path, formulas):
    """What LibreOffice shows for each formula, in a cell of its own."""
    for i, formula in enumerate(formulas, 1):
        book["Out"][f"A{i}"] = formula
    book.save(tmp_path / "book.xlsx")
    out = libreoffice.recalculate(tmp_path / "book.xlsx")["Out"]
    return [out.get(f"A{i}") for i in range(1, len(formulas) + 1)]


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ('Returns!A1:J6,Loadings!A1:C10,,,,"wsl"',
         "#XLF! OPTION_UNKNOWN: method is 'wsl', not one of wls, huber: did you mean wls?"),
        ("Returns!A2:J6,Loadings!A1:C10", "#XLF! "),
        ("Returns!A1:J6,Loadings!A1:C4",
         "#XLF! FEW_ASSETS: 3 assets with both returns and loadings, 4 needed for 2 factors: "
         "check that both tables name the assets alike"),
        ("Returns!A1:J6,Z1:AA3", "#XLF! NO_ROWS: loadings are empty: pass a table with labels"),
        ("5,Loadings!A1:C10",
         "#XLF! NOT_A_TABLE: returns are the single value '5.0', not a table: pass a range with labels"),
        (",Loadings!A1:C10", "#XLF! ARGUMENT_MISSING: returns is missing: pass it"),
        ("Z1,Loadings!A1:C10", "#XLF! ARGUMENT_MISSING: returns is missing: pass it"),
        ("Loadings!A1:C10,Loadings!A1:C10", "#XLF! DATE_BAD: returns have 'S0' where a date is expected "
         "(row 2, column 1): type a date, or text such as 2026-01-30"),
    ],
)  # fmt: skip
def test_bad_input_is_answered_in_the_cell(libreoffice, book, tmp_path, arguments, line):
    (got,) = shown(libreoffice, book, tmp_path, [f"=XLFACTOR.FACTOR_RETURNS({arguments})"])
    assert str(got).startswith(line)
    assert len(got) <= 206
    assert "\n" not in got


@pytest.mark.libreoffice
def test_a_duplicate_asset_and_text_for_a_number_are_named(libreoffice, book, tmp_path):
    book["Loadings"]["A4"] = "S1"
    formula = "=XLFACTOR.FACTOR_RETURNS(Returns!A1:J6,Loadings!A1:C10)"
    (line,) = shown(libreoffice, book, tmp_path, [formula])
    assert line == "#XLF! DUP_ASSET: loadings list the asset S1 twice (rows 3, 4): rename or delete one"
    book["Loadings"]["A4"], book["Loadings"]["B3"] = "S2", "0,5"
    (line,) = shown(libreoffice, book, tmp_path, [formula])
    assert line.startswith("#XLF! NUM_TEXT: loadings hold the number 0,5 as text (S1, Size: row 3, column 2): ")


@pytest.mark.libreoffice
def test_an_error_that_feeds_a_function_names_the_formula_at_fault(libreoffice, book, tmp_path):
    lines = shown(libreoffice, book, tmp_path, [
        '=XLFACTOR.FACTOR_RETURNS(Returns!A1:J6,Loadings!A1:C10,,,,"wsl")',
        "=XLFACTOR.FACTOR_RETURNS(A1:A1,Loadings!A1:C10)",
        "=XLFACTOR.FACTOR_RETURNS(A1,Loadings!A1:C10)",
    ])  # fmt: skip
    assert lines[1].startswith("#XLF! UPSTREAM: returns are an error: OPTION_UNKNOWN: ")
    assert "returns" in lines[2]
    assert lines[2].startswith("#XLF! ")


@pytest.mark.libreoffice
@pytest.mark.parametrize("error", ["=1/0", "=NA()"])
def test_a_range_with_an_error_of_calc_makes_the_formula_an_error_of_calc(libreoffice, book, tmp_path, error):
    book["Returns"]["B2"] = error
    clean = '=XLFACTOR.FACTOR_RETURNS(IFERROR(Returns!A1:J6,""),Loadings!A1:C10)'
    book["Out"]["C1"] = ArrayFormula("C1:E6", clean)  # the way around
    (got,) = shown(libreoffice, book, tmp_path, ["=XLFACTOR.FACTOR_RETURNS(Returns!A1:J6,Loadings!A1:C10)"])
    assert got in ("Err:504", "#DIV/0!", "#N/A")
    cleaned = libreoffice.recalculate(tmp_path / "book.xlsx")["Out"]
    assert [cleaned["C1"], cleaned["D1"], cleaned["E1"]] == ["Date", "Size", "Value"]
    assert isinstance(cleaned["D2"], float)


@pytest.mark.libreoffice
def test_blank_cells_and_vendor_texts_are_missing_returns(libreoffice, book, panel, tmp_path):
    returns, loadings = panel
    book["Returns"]["C3"], book["Returns"]["D3"] = None, "#N/A N/A"
    book["Out"]["C1"] = ArrayFormula("C1:E6", "=XLFACTOR.FACTOR_RETURNS(Returns!A1:J6,Loadings!A1:C10)")
    book.save(tmp_path / "book.xlsx")
    out = libreoffice.recalculate(tmp_path / "book.xlsx")["Out"]
    keep = [n not in (1, 2) for n in range(9)]
    f = np.linalg.lstsq(loadings.to_numpy()[keep], returns.to_numpy()[1][keep], rcond=None)[0]
    assert [out["D3"], out["E3"]] == pytest.approx(list(f), rel=0, abs=1e-14)


@pytest.mark.libreoffice
def test_a_reference_to_one_blank_cell_is_an_argument_left_out(libreoffice, book, tmp_path):
    plain, blank = "Returns!A1:J6,Loadings!A1:C10", "Returns!A1:J6,Loadings!A1:C10,Z9,Z9,Z9,Z9"
    one, other = shown(
        libreoffice, book, tmp_path, [f"=SUM(XLFACTOR.FACTOR_RETURNS({text}))" for text in (plain, blank)]
    )
    assert isinstance(one, float)
    assert one == other


@pytest.mark.libreoffice
def test_whole_columns_are_cut_to_their_table(libreoffice, book, tmp_path):
    exact, whole = shown(libreoffice, book, tmp_path, [
        "=SUM(XLFACTOR.FACTOR_NOISE(Returns!A1:J6,Loadings!A1:C10))",
        "=SUM(XLFACTOR.FACTOR_NOISE(Returns!A1:J6,Loadings!A:C))",
    ])  # fmt: skip
    assert isinstance(exact, float)
    assert exact == whole


@pytest.mark.libreoffice
def test_dated_loadings_and_dates_as_text_work_in_calc(libreoffice, book, panel, tmp_path):
    loadings = panel[1]
    sheet = book.create_sheet("Dated")
    sheet.append(["Date", "Asset", "Size", "Value"])
    for day in ("2025-12-31", "2026-01-05"):
        for asset, row in zip(loadings.index, loadings.to_numpy().tolist(), strict=True):
            sheet.append([day, asset, *row])
    static, dated = shown(libreoffice, book, tmp_path, [
        "=SUM(XLFACTOR.FACTOR_RETURNS(Returns!A1:J6,Loadings!A1:C10))",
        "=SUM(XLFACTOR.FACTOR_RETURNS(Returns!A1:J6,Dated!A1:D19))",
    ])  # fmt: skip
    assert isinstance(static, float)
    assert dated == pytest.approx(static, rel=0, abs=1e-13)


@pytest.mark.libreoffice
def test_a_copy_of_an_excel_workbook_is_computed_and_no_cached_value_survives(libreoffice, panel, tmp_path):
    source = tmp_path / "excel.xlsx"
    with xlsxwriter.Workbook(source) as made:
        for name, table in (("Returns", panel[0]), ("My loadings", panel[1])):
            sheet = made.add_worksheet(name)
            block = calc_book.as_calc_sees(rows(table))
            for i, row in enumerate(block):
                sheet.write_row(i, 0, row)
            sheet.add_table(0, 0, len(block) - 1, len(block[0]) - 1, {
                "name": f"tbl{name.split()[-1].title()}", "columns": [{"header": h} for h in block[0]],
            })  # fmt: skip
        model = made.add_worksheet("The model")
        model.write_dynamic_array_formula(
            "B2:D7", "=FACTOR_RETURNS(tblReturns[#All],tblLoadings[#All])", None, "cached"
        )
        for row in range(1, 7):
            model.write_row(row, 2 if row == 1 else 1, [9.0] * (2 if row == 1 else 3))
        made.define_name("xlf_factor_returns", "=_xlfn.ANCHORARRAY('The model'!$B$2)")
        model.write_dynamic_array_formula("F2", "=SUM(_xlfn.ANCHORARRAY(B2))", None, 9.0)
        model.write_formula("F3", "=SUM(xlf_factor_returns)", None, 9.0)
        model.write_formula("F4", '="FACTOR_RETURNS("&ROWS(xlf_factor_returns)', None, "cached")
    out = libreoffice.recalculate(calc_copy(source, tmp_path / "calc.xlsx"))["The model"]
    assert out["C2"] == "Size"
    returns, loadings = panel
    F = np.linalg.lstsq(loadings.to_numpy(), returns.to_numpy().T, rcond=None)[0].T
    got = [[out[f"{column}{row}"] for column in "CD"] for row in range(3, 8)]
    np.testing.assert_allclose(np.array(got, float), F, rtol=0, atol=1e-14)
    dates = sum((day.to_pydatetime() - dt.datetime(1899, 12, 30)).days for day in returns.index)
    assert [out["F2"], out["F3"]] == pytest.approx([dates + F.sum()] * 2)
    assert out["F4"] == "FACTOR_RETURNS(6"


@pytest.fixture(scope="module")
def wizard(libreoffice):
    return libreoffice.wizard(NAMES)


@pytest.mark.libreoffice
@pytest.mark.parametrize("name", NAMES)
def test_the_wizard_of_calc_says_what_the_catalogue_says(name, wizard):
    function = catalogue()[name]
    assert wizard[name] == {
        "category": 11,  # com.sun.star.sheet.FunctionCategory.ADDIN
        "description": function.help,
        "arguments": [[a.name, a.help, True] for a in function.arguments],
    }


@pytest.mark.libreoffice
def test_a_name_typed_by_hand_needs_no_prefix_and_no_capitals(libreoffice):
    plain, small, too_few = libreoffice.typed("=XLFACTOR_VERSION()", "=xlfactor_version()", "=FACTOR_RETURNS()")
    assert plain == small == xlfactor.__version__
    assert too_few == "#XLF! ARGUMENT_MISSING: returns is missing: pass it"


@pytest.mark.libreoffice
def test_every_function_binds_when_its_name_is_typed_by_hand(libreoffice):
    shown = dict(zip(NAMES, libreoffice.typed(*(f"={name}()" for name in NAMES)), strict=True))
    for name, function in catalogue().items():
        if any(a.required for a in function.arguments):
            assert str(shown[name]).startswith("#XLF! ARGUMENT_MISSING: "), name
        else:
            assert shown[name] in (xlfactor.__version__, "Function"), name


@pytest.mark.libreoffice
def test_one_soffice_saves_workbooks_and_pdf(libreoffice, book, tmp_path):
    book["Out"]["A1"] = "=XLFACTOR.XLFACTOR_VERSION()"
    book.save(tmp_path / "book.xlsx")
    libreoffice.recalculate(tmp_path / "book.xlsx", tmp_path / "saved.xlsx")
    saved = openpyxl.load_workbook(tmp_path / "saved.xlsx", data_only=True)
    assert saved["Out"]["A1"].value == xlfactor.__version__
    pdf = libreoffice.to_pdf(tmp_path / "book.xlsx", tmp_path / "book.pdf", only=["Out"])
    assert pdf.read_bytes().startswith(b"%PDF")
    assert Path(f"/proc/{libreoffice.process_id}/comm").read_text().strip() == "soffice.bin"


@pytest.mark.libreoffice
def test_a_file_that_is_no_workbook_is_an_error_and_the_next_one_works(libreoffice, book, tmp_path):
    with pytest.raises(RuntimeError, match=r"LibreOffice: .*: .*absent\.xlsx"):
        libreoffice.recalculate(tmp_path / "absent.xlsx")
    assert shown(libreoffice, book, tmp_path, ["=1+1"]) == [2.0]


def test_names_in_the_interface_are_legal_and_no_argument_has_an_underscore():
    methods = re.findall(r"any > > (\w+)\((.*)\);", addin.idl(catalogue().values()))
    assert [name for name, _ in methods] == NAMES
    for name, arguments in methods:
        given = [text.removeprefix("[in] any ") for text in arguments.split(", ") if text]
        assert all(re.fullmatch("[a-z][A-Za-z0-9]*", argument) for argument in given), name
        assert len(set(given)) == len(catalogue()[name].arguments)


def test_the_wizard_shows_every_function_and_argument_as_the_catalogue_names_them():
    root = etree.fromstring(addin.xcu(catalogue().values()).encode())
    oor = "{http://openoffice.org/2001/registry}name"

    def text(node, prop):
        return node.xpath(f"prop[@*[local-name()='name']='{prop}']/value/text()")[0]

    nodes = root.xpath("//node[@*[local-name()='name']='AddInFunctions']/node")
    assert [node.get(oor) for node in nodes] == NAMES
    for node, function in zip(nodes, catalogue().values(), strict=True):
        assert text(node, "DisplayName") == text(node, "CompatibilityName") == function.name
        assert text(node, "Description") == function.help
        shown = node.xpath("node/node")
        assert [text(n, "DisplayName") for n in shown] == [a.name for a in function.arguments]
        assert [text(n, "Description") for n in shown] == [a.help for a in function.arguments]
        assert [n.get(oor) for n in shown] == [addin.idl_name(a) for a in function.arguments]


def test_a_bug_is_one_line_in_the_cell_and_a_traceback_in_the_log(monkeypatch, capsys):
    function = catalogue()["XLFACTOR_VERSION"]
    monkeypatch.setitem(catalogue(), "XLFACTOR_VERSION", function)

    def broken(self, values):
        raise ZeroDivisionError("no such luck")

    monkeypatch.setattr(type(function), "spill", broken)
    assert component.answer("XLFACTOR_VERSION", ()) == (("#XLF! BUG: unexpected ZeroDivisionError, see the log",),)
    assert "ZeroDivisionError: no such luck" in capsys.readouterr().err


def test_warnings_stay_out_of_the_log_of_calc(panel, recwarn):
    returns, loadings = (rows(table) for table in panel)
    answer = component.answer("FACTOR_RETURNS", (returns, loadings[:-1], None, None, None, None, None))
    assert answer[0] == ("Date", "Size", "Value")
    assert not recwarn.list


def test_results_become_numbers_and_texts():
    given = [None, dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, 12), True, 2, 0.5, "ok"]
    assert [component.to_uno(v) for v in given] == ["", 46023.0, 46023.5, 1.0, 2.0, 0.5, "ok"]
