"""Spill references in a values copy, where nothing spills any more."""

import pytest

from xlfactor.workbook.writing.values_copy import fixed_spills

AREAS = {("Model", (6, 1)): (6, 1, 9, 3), ("My & data", (1, 1)): (1, 1, 1, 1)}


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("_xlfn.ANCHORARRAY(Model!$A$6)", "Model!$A$6:$C$9"),
        ("SUM(_xlfn.ANCHORARRAY(A6),1)", "SUM($A$6:$C$9,1)"),
        ("_xlfn.ANCHORARRAY('My &amp; data'!A1)", "'My &amp; data'!$A$1:$A$1"),
        ("_xlfn.ANCHORARRAY(Model!$A$7)", "_xlfn.ANCHORARRAY(Model!$A$7)"),
        ("_xlfn.ANCHORARRAY(Other!$A$6)", "_xlfn.ANCHORARRAY(Other!$A$6)"),
    ],
)
def test_a_spill_of_ours_becomes_its_area_and_any_other_stays(text, fixed):
    assert fixed_spills(f"<f>{text}</f>".encode(), "Model", AREAS) == f"<f>{fixed}</f>".encode()


def test_a_part_without_spill_references_keeps_its_bytes():
    data = b"<f>SUM(A1)</f>"
    assert fixed_spills(data, "Model", AREAS) is data
