"""Formula text of Excel's files as LibreOffice 7.4 reads it."""

import pytest

from tests.calc_copy import calc_text

SPILLS = {("Model", "A6"): "A6:P510", ("It's", "B2"): "B2:C9"}


@pytest.mark.parametrize(
    ("stored", "calc"),
    [
        ("FACTOR_RETURNS(A1:B2,Loadings!A1)", "XLFACTOR.FACTOR_RETURNS(A1:B2,Loadings!A1)"),
        ("_xldudf_FACTOR_RETURNS(A1)+SUM(B1)", "XLFACTOR.FACTOR_RETURNS(A1)+SUM(B1)"),
        ("\"FACTOR_RETURNS(\"&'FACTOR_RETURNS(1)'!A1", "\"FACTOR_RETURNS(\"&'FACTOR_RETURNS(1)'!A1"),
        ("SUM(_xlfn.ANCHORARRAY(A6))", "SUM($A$6:$P$510)"),
        ("IDIO_RETURNS(_xlfn.ANCHORARRAY(Model!$A$6))", "XLFACTOR.IDIO_RETURNS(Model!$A$6:$P$510)"),
        ("ROWS(_xlfn.ANCHORARRAY('It''s'!$B$2))", "ROWS('It''s'!$B$2:$C$9)"),
        ("ROWS(tblReturns[#All])+SUM(tblReturns[Market])", "ROWS(tblReturns[[#All]])+SUM(tblReturns[Market])"),
    ],
)
def test_our_names_spill_references_and_whole_tables_are_rewritten_and_nothing_else(stored, calc):
    assert calc_text(stored, "Model", SPILLS) == calc


def test_a_reference_to_a_cell_without_a_spill_is_an_error():
    with pytest.raises(KeyError):
        calc_text("SUM(_xlfn.ANCHORARRAY(A7))", "Model", SPILLS)
