"""The table that new data go into: by its formulas, by its name, or named in the refusal."""

import pytest

from tests.workbook.small_books import written
from xlfactor.errors import FactorError
from xlfactor.workbook.formulas.inputs import table_for
from xlfactor.workbook.formulas.workspace import Workspace


@pytest.mark.parametrize(
    ("argument", "fix"),
    [("returns", "make one called tblReturns: Ctrl+T"), ("caps", "make one called tblCaps: Ctrl+T")],
)
def test_a_book_without_the_table_is_told_the_name_as_the_template_spells_it(argument, fix, tmp_path):
    ws = Workspace(written(tmp_path / "a.xlsx", lambda book: book.add_worksheet("Data")), {})
    with pytest.raises(FactorError) as caught:
        table_for(argument, {}, ws)
    assert (caught.value.code, caught.value.fix) == ("TABLE_MISSING", fix)


def test_a_table_is_found_however_its_name_is_written(tmp_path):
    def fill(book):
        columns = [{"header": "Date"}, {"header": "A"}]
        book.add_worksheet("Data").add_table("A1:B3", {"name": "TBLreturns", "columns": columns})

    ws = Workspace(written(tmp_path / "a.xlsx", fill), {})
    assert table_for("returns", {}, ws).name == "TBLreturns"
