"""Evaluating a workbook: order, resizing spills, circles, failures, and what is left to Excel."""

import pytest

from tests.workbook.small_books import bare, catalogue, written
from xlfactor.workbook.formulas import scan
from xlfactor.workbook.formulas.evaluate import evaluate
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace
from xlfactor.workbook.reading import sheet
from xlfactor.workbook.reading.package import read_part


def run(tmp_path, fill, calls=None, changed=()):
    return evaluate(Workspace(written(tmp_path / "book.xlsx", fill), catalogue(calls)), changed)


def formula(found, sheet, cell):
    return next(f for f in found.formulas if (f.sheet, f.cell) == (sheet, cell))


def plain(found):
    return {(p.sheet, p.cell): p.value for p in found.plain}


def test_a_spill_grows_and_its_readers_see_the_new_size(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write("A1", 3)
        page.write_dynamic_array_formula("C1:C1", "=SPREAD(A1)", None, 1)
        page.write_dynamic_array_formula("E1:E1", "=COPY(ANCHORARRAY(C1))", None, 1)
        page.write_formula("G1", "=SUM(C1:C9)", None, 1)
        page.write_formula("G2", "=ROWS(ANCHORARRAY(E1))", None, 1)

    found = run(tmp_path, fill)
    assert formula(found, "M", (1, 3)).rows == [[1.0], [2.0], [3.0]]
    assert formula(found, "M", (1, 5)).rows == [[1.0], [2.0], [3.0]]
    assert formula(found, "M", (1, 5)).old == (1, 5, 1, 5)
    assert formula(found, "M", (1, 5)).dynamic
    assert plain(found) == {("M", (1, 7)): 6.0, ("M", (2, 7)): 3.0}
    assert not found.left_to_excel


def test_a_range_below_a_spill_is_read_again_when_the_spill_grows_into_it(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1", "=COPY(C2:C4)", None, 1)
        page.write_dynamic_array_formula("C1", "=SPREAD(3)", None, 1)

    found = run(tmp_path, fill)
    assert formula(found, "M", (1, 1)).rows == [[2.0], [3.0], [None]]


def test_a_spill_shrinks_and_its_freed_cells_are_blank(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1:A3", "=SPREAD(1)", None, 1)
        page.write("A2", 2)
        page.write("A3", 3)
        page.write_formula("C1", "=SUM(A1:A3)", None, 6)
        page.write_formula("C2", "=COUNT(A1:A3)", None, 3)

    found = run(tmp_path, fill)
    assert plain(found) == {("M", (1, 3)): 1.0, ("M", (2, 3)): 1.0}


def test_one_evaluation_serves_equal_calls(tmp_path):
    calls = []

    def fill(book):
        page = book.add_worksheet("M")
        page.write("A1", 2)
        page.write("A2", 2)
        page.write_dynamic_array_formula("C1", "=SPREAD(A1)", None, 1)
        page.write_dynamic_array_formula("D1", "=SPREAD(A2)", None, 1)
        page.write_dynamic_array_formula("E1", "=COPY(SPREAD(2))", None, 1)

    found = run(tmp_path, fill, calls)
    assert [name for name, _ in calls].count("SPREAD") == 1
    assert formula(found, "M", (1, 5)).rows == [[1.0], [2.0]]


def test_arguments_are_scalars_rows_and_blanks(tmp_path):
    calls = []

    def fill(book):
        page = book.add_worksheet("M")
        page.write_row(0, 0, [1, "x"])
        page.write(1, 0, True)
        page.write_dynamic_array_formula("D1", "=COPY(A1:B3,)", None, 1)
        page.write_dynamic_array_formula("G1", "=COPY(B1,2+3)", None, 1)
        page.write_dynamic_array_formula("J1", '=COPY({1,"a";TRUE,-2},"mad")', None, 1)

    run(tmp_path, fill, calls)
    assert calls[0][1] == [[[1.0, "x"], [True, None], [None, None]], None]
    assert calls[1][1] == ["x", 5.0]
    assert calls[2][1] == [[[1.0, "a"], [True, -2.0]], "mad"]


def test_whole_columns_end_with_their_last_value(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_column(0, 0, [1, 2, 3])
        page.write_column(0, 1, [1, 2, 3, 4, 5])
        page.write_column(0, 2, [1] * 9)
        page.write_dynamic_array_formula("E1", "=SIZE($A:$B)", None, 1)
        page.write_dynamic_array_formula("E2", "=SIZE($A:$A)", None, 1)
        other = book.add_worksheet("N")
        other.write_dynamic_array_formula("A1", "=SIZE(M!2:3)", None, 1)

    found = run(tmp_path, fill)
    assert [f.rows for f in found.formulas] == [[[5.0, 2.0]], [[3.0, 1.0]], [[2.0, 6.0]]]


def test_a_fixed_array_repeats_a_row_and_fills_with_missing(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_array_formula("A1:B3", "{=COPY({7,8})}", None, 1)
        page.write_array_formula("D1:E3", "{=COPY({7;8})}", None, 1)
        page.write_array_formula("G1:H1", "{=COPY({1,2,3;4,5,6})}", None, 1)

    found = run(tmp_path, fill)
    assert formula(found, "M", (1, 1)).rows == [[7.0, 8.0]] * 3
    assert formula(found, "M", (1, 4)).rows == [[7.0, 7.0], [8.0, 8.0], [None, None]]
    assert formula(found, "M", (1, 7)).rows == [[1.0, 2.0]]
    assert not formula(found, "M", (1, 7)).dynamic
    said = "a result of 2×3 in a fixed array of 1×2: what it cuts off, its readers do not see"
    assert [(note.code, note.cell, note.message) for note in found.notes] == [("ARRAY_CUT", (1, 7), said)]


def test_a_reader_of_a_fixed_array_that_is_too_large_sees_its_result_only(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_array_formula("A1:C4", "{=COPY({7,8;9,10})}", None, 1)
        page.write_dynamic_array_formula("E1", "=COPY(_xlfn.ANCHORARRAY(A1))", None, 1)

    found = run(tmp_path, fill)
    assert formula(found, "M", (1, 1)).rows == [[7.0, 8.0, None], [9.0, 10.0, None], [None] * 3, [None] * 3]
    assert formula(found, "M", (1, 5)).rows == [[7.0, 8.0], [9.0, 10.0]]
    assert found.notes == ()


def test_a_formula_that_is_no_array_shows_one_cell_and_says_so(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_formula("A1", "=SPREAD(3)", None, 1)
        page.write_formula("A2", "=_xlfn.SINGLE(SPREAD(3))", None, 1)

    found = run(tmp_path, fill)
    assert [f.rows for f in found.formulas] == [[[1.0]], [[1.0]]]
    assert [(note.code, note.cell) for note in found.notes] == [("SINGLE_CELL", (1, 1))]


@pytest.mark.parametrize(
    "stored",
    [
        "copy(A1)",
        "_xldudf_COPY(A1)",
        "_xldudf_XLFACTOR_COPY(A1)",
        "XLFACTOR.COPY(A1)",
        "_xll.COPY(A1)",
        "[1]!COPY(A1)",
        "'C:\\My add-ins\\xlfactor.xlam'!COPY(A1)",
        "(COPY(A1))",
        " COPY( A1 )",
    ],
)
def test_a_function_is_known_under_every_stored_name(tmp_path, stored):
    xml = f'<sheetData><row r="1"><c r="A1"><v>4</v></c><c r="B1"><f>{stored}</f></c></row></sheetData>'
    found = evaluate(Workspace(bare(tmp_path / "a.xlsx", xml), catalogue()))
    assert [(f.function, f.rows) for f in found.formulas] == [("COPY", [[4.0]])]


def test_a_function_inside_another_is_noted_and_left(tmp_path):
    def fill(book):
        book.add_worksheet("M").write_formula("A1", '=IFERROR(COPY(B1),"")', None, 1)

    found = run(tmp_path, fill)
    assert not found.formulas
    assert [(n.code, n.sheet, n.cell) for n in found.notes] == [("NOT_OUTERMOST", "M", (1, 1))]


def test_a_circle_is_named_and_what_follows_it_waits(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1", "=COPY(B1)", None, 1)
        page.write_formula("B1", "=C1+1", None, 1)
        page.write_dynamic_array_formula("C1", "=COPY(A1)", None, 1)
        page.write_dynamic_array_formula("E1", "=COPY(C1)", None, 1)
        page.write_dynamic_array_formula("G1", "=COPY(5)", None, 1)

    found = run(tmp_path, fill)
    assert [f.status for f in found.formulas] == ["cycle", "cycle", "upstream", "ok"]
    message = formula(found, "M", (1, 1)).error.line
    assert message.startswith("CYCLE: these cells need each other: M!")
    assert {"M!A1", "M!B1", "M!C1"} <= set(message.replace(":", "").split())
    assert found.left_to_excel == (("M", (1, 2)),)


def test_a_spill_that_covers_its_own_input_is_a_circle(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1", "=COPY(A1:A5)", None, 1)

    assert [f.status for f in run(tmp_path, fill).formulas] == ["cycle"]


def test_a_failure_names_the_sheet_cells_and_what_reads_it_waits(tmp_path):
    def fill(book):
        book.add_worksheet("My data").write("C5", "abc")
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1", "=REFUSE('My data'!B4:D9)", None, 1)
        page.write_formula("B1", "=IFERROR(A1*2,0)", None, 1)
        page.write_dynamic_array_formula("C1", "=COPY(B1)", None, 1)
        page.write_dynamic_array_formula("E1", "=COPY(C1)", None, 1)

    found = run(tmp_path, fill)
    first = formula(found, "M", (1, 1))
    assert first.status == "error"
    assert first.rows is None
    assert first.error.line == "NUM_BAD: text where a number is expected ('My data'!C5): type a number"
    for cell in ((1, 3), (1, 5)):
        assert formula(found, "M", cell).status == "upstream"
        assert formula(found, "M", cell).error.line == "UPSTREAM: M!A1 failed"


def test_an_error_in_an_argument_cut_out_by_index_is_still_addressed(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write("B3", "abc")
        page.write_dynamic_array_formula("F1", "=REFUSE(INDEX(A1:C4,0,2))", None, 1)

    assert "(M!C2)" in run(tmp_path, fill).formulas[0].error.line  # cell (1, 1) of the column that begins at B1


def test_a_mistake_of_ours_is_one_line_and_keeps_its_cause(tmp_path):
    def fill(book):
        book.add_worksheet("M").write_dynamic_array_formula("A1", "=BREAK(1)", None, 1)

    error = run(tmp_path, fill).formulas[0].error
    assert error.code == "BUG"
    assert "\n" not in error.line
    assert isinstance(error.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ("COPY([2]Other!A1)", "another workbook"),
        ("COPY(S1:S3!A1)", "several sheets"),
        ("COPY((A1,B2))", "unions and intersections"),
        ("COPY(A1:B2 B1:B9)", "unions and intersections"),
        ("COPY(OFFSET(A1,1,0))", "OFFSET"),
        ("COPY(A1:INDEX(A1:A9,2))", "A1:INDEX"),
        ("COPY(#REF!)", "broken: #REF!"),
        ("COPY(Data!#REF!)", "broken: Data!#REF!"),
        ("COPY(Daten!A1)", "no worksheet 'Daten': did you mean Data?"),
        ("COPY(tblReturn[x])", "no table 'tblReturn'"),
        ("COPY(xlf_lag)", "no name 'xlf_lag'"),
        ("COPY(TODAY())", "TODAY"),
        ("COPY(A1:A3*2)", "single cell"),
        ("COPY(A1#)", "cannot be read"),
        ("COPY(VLOOKUP(1,A1:B2,2))", "VLOOKUP"),
    ],
)
def test_what_cannot_be_followed_is_unsupported_and_quotes_the_text(tmp_path, stored, message):
    xml = (
        f'<sheetData><row r="1"><c r="A1"><v>4</v></c></row><row r="5"><c r="F5"><f>{stored}</f></c></row></sheetData>'
    )
    found = evaluate(Workspace(bare(tmp_path / "a.xlsx", xml), catalogue())).formulas[0]
    assert found.status == "unsupported"
    assert message in found.error.line


def test_formulas_outside_the_closed_set_are_left_to_excel_if_what_they_read_changed(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1:A2", "=SPREAD(2)", None, 1)
        page.write("A2", 2)
        page.write_dynamic_array_formula("C1:C2", "=SPREAD(2)", None, 1)
        page.write("C2", 99)
        page.write_formula("E1", "=AVERAGE(A1:A2)", None, 1.5)
        page.write_formula("E2", "=AVERAGE(C1:C2)", None, 50)
        page.write_formula("E3", "=E2+1", None, 51)
        page.write_formula("E4", "=AVERAGE(Z1:Z2)", None, 7)
        page.write_formula("E5", "=OFFSET(Z1,1,0)", None, 7)

    found = run(tmp_path, fill)
    assert found.left_to_excel == (("M", (2, 5)), ("M", (3, 5)), ("M", (5, 5)))


def test_a_book_that_is_up_to_date_leaves_nothing_to_excel(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1:A2", "=SPREAD(2)", None, 1)
        page.write("A2", 2)
        page.write_formula("E1", "=AVERAGE(A1:A2)", None, 1.5)
        page.write_formula("E2", "=OFFSET(Z1,1,0)", None, 7)
        page.write_formula("E3", "=E4+A1", None, 7)
        page.write_formula("E4", "=E3", None, 7)

    assert run(tmp_path, fill).left_to_excel == ()


def test_an_input_that_may_be_stale_or_has_no_value_is_refused(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1", "=SPREAD(2)", None, 99)
        page.write_formula("C1", "=AVERAGE(A1:A2)", None, 1.5)
        page.write_dynamic_array_formula("E1", "=COPY(C1)", None, 1)
        page.write_formula("C2", "=Z1*2", None, "")
        page.write_dynamic_array_formula("G1", "=COPY(C2:C3)", None, 1)
        page.write_formula("C5", "=OFFSET(Z1,1,0)", None, 3)
        page.write_dynamic_array_formula("I1", "=COPY(C5)", None, 1)

    found = run(tmp_path, fill)
    assert [f.error and f.error.code for f in found.formulas] == [
        None,
        "STALE_INPUT",
        "CELL_FORMULA_NO_VALUE",
        "STALE_INPUT",
    ]
    assert "M!C2" in formula(found, "M", (1, 7)).error.line


def test_a_cached_value_of_a_users_formula_is_used(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_formula("C1", "=VLOOKUP(1,Z1:Z9,1)", None, 12)
        page.write_dynamic_array_formula("E1", "=COPY(C1)", None, 1)

    assert run(tmp_path, fill).formulas[0].rows == [[12.0]]


def test_a_missing_number_reads_back_as_not_available(tmp_path):
    calls = []

    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1", "=COPY(Z1:Z2)", None, 1)
        page.write_dynamic_array_formula("C1", "=COPY(ANCHORARRAY(A1))", None, 1)
        page.write_formula("E1", "=A1+1", None, 1)

    found = run(tmp_path, fill, calls)
    assert formula(found, "M", (1, 1)).rows == [[None], [None]]
    assert formula(found, "M", (1, 3)).rows == [["#N/A"], ["#N/A"]]
    assert plain(found)["M", (1, 5)] == "#N/A"


def test_plain_formulas_that_read_changed_inputs_are_evaluated(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write("A1", 5)
        page.write_formula("B1", "=A1*2", None, 1)
        page.write_formula("B2", "=A2*2", None, 0)
        page.write_formula("B3", "=AVERAGE(B1)", None, 0)

    found = run(tmp_path, fill, changed=[Rectangle("M", (1, 1, 1, 1))])
    assert plain(found) == {("M", (1, 2)): 10.0}
    assert found.left_to_excel == (("M", (3, 2)),)


def test_names_and_tables_carry_a_whole_model(tmp_path):
    def fill(book):
        data = book.add_worksheet("Data")
        data.add_table("A1:C4", {"name": "tblX", "columns": [{"header": "k"}, {"header": "a [%]"}, {"header": "b"}]})
        for r, row in enumerate([["p", 1, 10], ["q", 2, 20], ["r", 3, 30]], 1):
            data.write_row(r, 0, row)
        page = book.add_worksheet("Model")
        page.write_dynamic_array_formula("A6", "=COPY(tblX[#All])", None, 1)
        page.write_dynamic_array_formula("F6", "=ADD(tblX[a '[%']],xlf_b)", None, 1)
        page.write_dynamic_array_formula("H6", "=COPY(xlf_spill)", None, 1)
        page.write_dynamic_array_formula("P6", "=SPREAD(xlf_n)", None, 1)
        page.write_formula("N6", '=INDEX(xlf_spill,MATCH("Q",INDEX(xlf_spill,0,1),0),3)', None, 1)
        book.define_name("xlf_b", "=Data!$C$2:$C$4")
        book.define_name("xlf_spill", "=_xlfn.ANCHORARRAY(Model!$A$6)")
        book.define_name("xlf_n", "=4")
        book.define_name("Model!xlf_n", "=2")

    found = run(tmp_path, fill)
    assert [f.error for f in found.formulas] == [None] * 4
    table = [["k", "a [%]", "b"], ["p", 1.0, 10.0], ["q", 2.0, 20.0], ["r", 3.0, 30.0]]
    assert formula(found, "Model", (6, 1)).rows == table
    assert formula(found, "Model", (6, 6)).rows == [[11.0], [22.0], [33.0]]
    assert formula(found, "Model", (6, 8)).rows == table
    assert formula(found, "Model", (6, 16)).rows == [[1.0], [2.0]]
    assert plain(found)["Model", (6, 14)] == 20.0


def test_a_spill_that_grows_into_what_it_rests_on_is_a_circle(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1", "=SPREAD(E1)", None, 1)
        page.write_dynamic_array_formula("E1", "=COPY(COUNT(A3:A9)+3)", None, 1)
        page.write_dynamic_array_formula("G1", "=SPREAD(2)", None, 1)

    found = run(tmp_path, fill)
    assert [f.status for f in found.formulas] == ["cycle", "cycle", "ok"]
    assert "M!A1" in found.formulas[1].error.line


def test_sizes_settle_over_several_rounds(tmp_path):
    def fill(book):
        page = book.add_worksheet("M")
        page.write_dynamic_array_formula("A1", "=SPREAD(COUNT(C1:C9)+1)", None, 1)
        page.write_dynamic_array_formula("C1", "=SPREAD(COUNT(E2:E9)+1)", None, 1)
        page.write_dynamic_array_formula("E1", "=SPREAD(4)", None, 1)

    found = run(tmp_path, fill)
    assert [len(f.rows) for f in found.formulas] == [5, 4, 4]


def test_hidden_sheets_are_refreshed_too(tmp_path):
    def fill(book):
        book.add_worksheet("A")
        page = book.add_worksheet("B")
        page.hide()
        page.write_dynamic_array_formula("A1", "=SPREAD(2)", None, 1)

    assert [f.sheet for f in run(tmp_path, fill).formulas] == ["B"]


@pytest.mark.parametrize("kept", [100_000_000, 0])
def test_a_sheet_without_formulas_is_unpacked_once_and_kept_only_within_a_limit(tmp_path, monkeypatch, kept):
    def fill(book):
        book.add_worksheet("Data").write_row("A1", [1, 2, 3])
        book.add_worksheet("M").write_dynamic_array_formula("A1", "=COPY(Data!A1:C1)", None, 1)

    unpacked = []
    monkeypatch.setattr(scan, "UNREAD", kept)
    for module in (scan, sheet):
        monkeypatch.setattr(module, "read_part", lambda book, part: unpacked.append(part) or read_part(book, part))
    assert formula(run(tmp_path, fill), "M", (1, 1)).rows == [[1.0, 2.0, 3.0]]
    assert len([part for part in unpacked if part.endswith("sheet1.xml")]) == (1 if kept else 2)
