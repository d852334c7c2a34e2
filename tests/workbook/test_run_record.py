"""What a run leaves in our template beside its results: checks with links, the log, what reads them."""

import itertools
import re
import zipfile

import openpyxl
import pytest

from tests.workbook.recorded_books import (
    ASSETS,
    T,
    cell,
    csv_file,
    day,
    named,
    new_returns,
    recorded_book,
    rows_of,
)
from tests.workbook.rich_books import members
from xlfactor.errors import FactorError
from xlfactor.workbook.addresses import cell_text
from xlfactor.workbook.checks_table import MOST, check_rows, in_order
from xlfactor.workbook.formulas.workspace import Workspace
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.refresh import refresh
from xlfactor.workbook.results import Note
from xlfactor.workbook.state_cells import kept_at, state_blocks, stored_state
from xlfactor.workbook.writing.patch import Block, patch_sheet


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767290400")
    path = recorded_book(tmp_path / "risk.xlsx")
    assert refresh(path).ok
    return path


def test_formulas_that_read_the_record_are_computed_with_it_and_others_left_to_excel(book, tmp_path):
    result = refresh(book, returns=new_returns(tmp_path / "r.csv", T))
    assert cell(book, "Risk", "H1") == "OK"
    assert cell(book, "Risk", "H2") == 2
    assert cell(book, "Risk", "H3") == named(book, "xlf_moved")[1][3] != 0
    assert result.left_to_excel == (("Risk", (4, 8)),)
    assert cell(book, "Risk", "H4") is None
    assert [run["status"] for run in rows_of(book, "tblLog")] == ["OK", "OK"]


def test_a_block_that_outgrows_its_place_pushes_the_next_one_and_its_name(book):
    ws = Workspace(open_book(book), {})
    places = kept_at(ws)
    before = {name: place.area for name, place in places.items()}
    wide = stored_state(ws, places, "last")
    for k in range(20):
        wide.loadings[f"New {k}"] = 1.0
    found = {one.name: one.new.area for one in state_blocks(ws, places, {"last": wide, "previous": None})}
    moved = [name for name in found if found[name][1] != before[name][1]]
    assert moved == ["xlf_last_idio_variance", "xlf_last_factor_covariance"]  # the spare columns took the rest
    areas = sorted(found.values(), key=lambda area: area[1])
    assert all(a[3] < b[1] - 1 for a, b in itertools.pairwise(areas))


def test_something_in_the_way_of_a_state_is_named_and_nothing_is_written(book, tmp_path):
    opened = open_book(book)
    row, column = kept_at(Workspace(opened, {}))["xlf_previous_portfolio"].area[:2]
    mine = (row + 3, column)
    log = "xl/worksheets/sheet7.xml"
    rewrite(
        book, {log: patch_sheet(members(book)[log], [Block(mine, [["mine"]], (*mine, *mine), "constants")], opened)}
    )
    bytes_ = book.read_bytes()
    with pytest.raises(FactorError, match=rf"STATE_BLOCKED: xlf_previous_portfolio needs .*Log!{cell_text(mine)}"):
        refresh(book, returns=new_returns(tmp_path / "r.csv", T))
    assert book.read_bytes() == bytes_


def test_a_state_that_somebody_edited_counts_as_none(book, tmp_path):
    opened = open_book(book)
    top, left = kept_at(Workspace(opened, {}))["xlf_last_portfolio"].area[:2]
    place = (top + 1, left + 1)
    log = "xl/worksheets/sheet7.xml"
    text = Block(place, [["no number"]], (*place, *place), "constants")
    rewrite(book, {log: patch_sheet(members(book)[log], [text], opened)})
    refresh(book, returns=new_returns(tmp_path / "r.csv", T))
    assert named(book, "xlf_moved_note")[0][0].startswith("No split: the Log keeps no run of a date before")
    refresh(book, returns=new_returns(tmp_path / "r.csv", T + 1))
    assert named(book, "xlf_moved_note")[0][0].startswith("Annual, from")


def rewrite(path, parts):
    data = members(path) | parts
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in data.items():
            archive.writestr(name, text)


def without_name(text, name):
    return re.sub(rf'<definedName name="{name}">[^<]*</definedName>', "", text).encode()


def links(path):
    sheet = openpyxl.load_workbook(path)["Checks"]
    found = [(c.coordinate, c.hyperlink.location, c.hyperlink.target) for row in sheet for c in row if c.hyperlink]
    return sorted(found)


def test_findings_are_listed_worst_first_with_links_to_their_cells(book, tmp_path):
    R = [[0.01] * 10, [0.02] * 9 + [0.9]]
    rows = [[date.date(), *row] for date, row in zip((day(T), day(T + 1)), R, strict=True)]
    result = refresh(book, returns=csv_file(tmp_path / "r.csv", ["Date", *ASSETS[:9], "Other"], rows))
    assert result.ok
    found = rows_of(book, "tblChecks")
    assert [(row["code"], row["severity"], row["where"]) for row in found] == [
        ("ASSET_UNKNOWN", "warn", "Returns"),
        ("ASSET_NO_DATA", "warn", "Returns"),
        ("MISSING", "info", "Returns"),
    ]
    assert found[2]["what"] == "2 missing in returns (0.6% of the cells)"
    assert links(book) == [("D4", "Returns!A1", None), ("D5", "Returns!A1", None), ("D6", "Returns!A1", None)]
    assert cell(book, "Risk", "H1") == "WARN"
    assert refresh(book).changed_parts == ()
    refresh(book, returns=csv_file(tmp_path / "r.csv", ["Date", *ASSETS], [[day(T + 2).date(), *[0.19] * 10]]))
    found = rows_of(book, "tblChecks")
    assert [(row["code"], row["where"]) for row in found[:2]] == [
        ("OUTLIER", "Returns!B34"),
        ("OUTLIER", "Returns!C34"),
    ]
    assert len(found) == 11
    assert links(book)[2] == ("D12", "Returns!J34", None)
    refresh(book, returns=new_returns(tmp_path / "r.csv", T + 2), revise=True)
    assert [row["code"] for row in rows_of(book, "tblChecks")][-1] == "MISSING"


def test_names_that_look_like_formulas_stay_text(book, tmp_path):
    odd = ["=CMD()", "-Growth", "@SUM", *ASSETS[3:]]
    for old, new in zip(ASSETS[:3], odd, strict=False):
        data = members(book)
        rewrite(book, {name: text.replace(f">{old}<".encode(), f">{new}<".encode())
                       .replace(f'name="{old}"'.encode(), f'name="{new}"'.encode()) for name, text in data.items()
                       if name in ("xl/sharedStrings.xml", "xl/tables/table1.xml")})  # fmt: skip
    new_day = csv_file(tmp_path / "r.csv", ["Date", *odd, "=HYPERLINK(1)"], [[day(T).date(), *[0.01] * 11]])
    assert refresh(book, returns=new_day).ok
    assert [row[0] for row in named(book, "xlf_last_portfolio")[1:]] == odd
    assert [row[0] for row in named(book, "xlf_last_idio_variance")[1:]] == odd
    assert "=HYPERLINK(1)" in rows_of(book, "tblChecks")[0]["what"]
    for sheet in ("Checks", "Log", "Risk"):
        cells = [c for row in openpyxl.load_workbook(book)[sheet] for c in row if c.data_type == "f"]
        assert not [c.coordinate for c in cells if "CMD" in str(c.value) or "HYPERLINK" in str(c.value)]


def test_a_book_with_many_findings_lists_the_worst_and_counts_the_rest():
    notes = [Note("OUTLIER", "warn", "Returns", (k, 2), "odd", "") for k in range(MOST + 40)]
    notes.append(Note("NUM_BAD", "error", "My data", (3, 1), "text", "type a number"))
    found = check_rows(in_order([*notes, notes[0]]))
    assert len(found) == MOST
    assert found[0] == {
        "code": "NUM_BAD", "severity": "error", "where": "'My data'!A3", "what": "text", "fix": "type a number",
    }  # fmt: skip
    assert found[-1]["code"] == "MORE"
    assert found[-1]["what"] == "and 42 more findings"
    assert [row["code"] for row in check_rows([])] == ["OK"]


def test_each_part_of_the_record_is_written_where_the_book_has_a_place_for_it(book, tmp_path):
    """A user may delete the block of what moved, or the states."""
    text = members(book)["xl/workbook.xml"].decode()
    rewrite(
        book,
        {"xl/workbook.xml": re.sub(r'<definedName name="xlf_moved_factors">[^<]*</definedName>', "", text).encode()},
    )
    assert refresh(book, returns=new_returns(tmp_path / "r.csv", T)).ok
    assert named(book, "xlf_moved")[1][3] != 0
    rewrite(
        book, {"xl/workbook.xml": re.sub(r'<definedName name="xlf_last_as_of">[^<]*</definedName>', "", text).encode()}
    )
    assert refresh(book, returns=new_returns(tmp_path / "r.csv", T + 1)).ok
    assert [run["run"] for run in rows_of(book, "tblLog")] == [1, 2, 3]
