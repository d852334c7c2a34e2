"""What Calc hands over and shows differently from Excel, levelled to the cells of the catalogue."""

from __future__ import annotations

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from tests import samples
from tests.hosts import calc_book
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue

pytestmark = pytest.mark.libreoffice


@pytest.fixture(scope="module")
def ask(libreoffice, tmp_path_factory):
    """Cells by address for formulas by address; texts in braces are areas of the sample's tables on the sheet Data."""
    path = tmp_path_factory.mktemp("levels") / "book.xlsx"

    def answer(formulas, cells=()):
        book = openpyxl.Workbook()
        out, data = book.active, book.create_sheet("Data")
        out.title = "Out"
        areas = {}
        named = {kind: calc_book.formula("X", [samples.rows(table)], data, areas)[len("=XLFACTOR.X(") : -1]
                 for kind, table in samples.TABLES.items()}  # fmt: skip
        for address, value in cells:
            out[address] = value
        for address, text in formulas.items():
            formula = text.format(**named)
            out[address.partition(":")[0]] = ArrayFormula(address, formula) if ":" in address else formula
        book.save(path)
        return libreoffice.recalculate(path)["Out"]

    return answer


def line(name, *values):
    """The line of Python for the same cells."""
    with pytest.raises(FactorError) as raised:
        catalogue()[name].spill(values)
    return f"#XLF! {raised.value.line}"


STRESS = "=SUM(XLFACTOR.STRESS_TEST({{portfolio}},{{loadings}},{{factor_covariance}},{{shocks}},{flag}))"


def test_true_and_false_of_a_cell_or_a_formula_are_flags(ask):
    flags = {"A1": "Z1", "A2": "Z2", "A3": "TRUE()", "A4": "FALSE()", "A5": "1", "A6": "0", "A7": "Z3", "A8": ""}
    got = ask({a: STRESS.format(flag=flag) for a, flag in flags.items()}, [("Z1", True), ("Z2", False), ("Z3", "true")])
    given = samples.arguments(catalogue()["STRESS_TEST"])
    moved, fixed = (
        sum(v for row in calc_book.as_calc_sees(samples.rows(catalogue()["STRESS_TEST"].call(**given, propagate=p)))
            for v in row if isinstance(v, float))
        for p in (True, False)
    )  # fmt: skip
    assert moved != pytest.approx(fixed)
    assert [got[a] for a in flags] == pytest.approx([moved, fixed] * 3 + [moved] * 2, rel=1e-12)


def test_a_number_as_text_is_refused_in_the_words_of_python(ask):
    got = ask(
        {"A1": "=XLFACTOR.WINSORIZE({returns},,Z1)", "A2": '=XLFACTOR.WINSORIZE({returns},,"0.5")'}, [("Z1", "0.5")]
    )
    expected = line("WINSORIZE", samples.rows(samples.TABLES["returns"]), None, "0.5")
    assert got["A1"] == got["A2"] == expected


@pytest.mark.parametrize(
    ("area", "block"),
    [("Z1:Z1", [["Asset"]]), ("Z1:AA1", [["Asset", "w"]]), ("Z1:Z3", [["Asset"], ["A00"], ["A01"]])],
    ids=["one cell", "one row", "one column"],
)
def test_a_range_of_one_cell_row_or_column_is_rows_of_cells(ask, area, block):
    cells = [("Z1", "Asset"), ("AA1", "w"), ("Z2", "A00"), ("Z3", "A01")]
    got = ask({"A1": f"=XLFACTOR.EXPOSURES({area},{{loadings}})"}, cells)
    assert got["A1"] == line("EXPOSURES", block, samples.rows(samples.TABLES["loadings"]))


def test_a_range_for_an_option_is_refused(ask):
    got = ask({"A1": "=XLFACTOR.WINSORIZE({returns},,Z1:Z2)"}, [("Z1", 3), ("Z2", 4)])
    assert got["A1"] == line("WINSORIZE", samples.rows(samples.TABLES["returns"]), None, [[3.0], [4.0]])


def test_missing_numbers_and_dates_of_a_spill_read_back_as_they_were(ask):
    """From cells, where a missing number is "", and nested, where it never was in a cell."""
    cut = catalogue()["WINSORIZE"].call(samples.TABLES["returns"])
    assert cut.isna().any(axis=None)
    F = catalogue()["FACTOR_RETURNS"].call(cut, samples.TABLES["loadings"])
    T, N = cut.shape
    last = openpyxl.utils.get_column_letter(N + 1)
    got = ask(
        {
            f"A1:{last}{T + 1}": "=XLFACTOR.WINSORIZE({returns})",
            f"A60:G{60 + T}": f"=XLFACTOR.FACTOR_RETURNS(A1:{last}{T + 1},{{loadings}})",
            f"A120:G{120 + T}": "=XLFACTOR.FACTOR_RETURNS(XLFACTOR.WINSORIZE({returns}),{loadings})",
        }
    )
    for top in (60, 120):
        for i, row in enumerate(calc_book.as_calc_sees(samples.rows(F))):
            for column, value in zip("ABCDEFG", row, strict=True):
                shown = got.get(f"{column}{top + i}")
                assert shown == (value if isinstance(value, str) else pytest.approx(value, rel=1e-12, abs=1e-15))


def test_a_cell_that_shows_our_missing_number_is_an_empty_text_and_sum_goes_on(ask):
    T, N = samples.TABLES["returns"].shape
    area = f"A1:{openpyxl.utils.get_column_letter(N + 1)}{T + 1}"
    spilled = {area: "=XLFACTOR.WINSORIZE({returns})"}
    count = f"B2:{area.partition(':')[2]}"
    got = ask(
        spilled
        | {"AC1": f"=COUNT({count})", "AC2": f"=SUMPRODUCT(--ISTEXT({count}))", "AC3": f"=ISERROR(SUM({count}))"}
    )
    missing = int(samples.TABLES["returns"].isna().to_numpy().sum())
    assert missing
    assert (got["AC1"], got["AC2"], got["AC3"]) == (T * N - missing, missing, 0.0)


def test_a_date_is_a_serial_number_that_calc_formats_and_compares(ask):
    got = ask({
        "A1": '=TEXT(INDEX(XLFACTOR.FACTOR_RETURNS({returns},{loadings}),2,1),"yyyy-mm-dd")',
        "A2": "=INDEX(XLFACTOR.FACTOR_RETURNS({returns},{loadings}),2,1)=DATE(2024,1,2)",
    })  # fmt: skip
    assert got["A1"] == "2024-01-02"
    assert got["A2"] == 1.0
