"""CSV files as a panel: equal to the frames they hold, read in pieces, bad cells named with their line."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.panel.test_store import content, rows
from xlfactor.cli import app
from xlfactor.errors import FactorError
from xlfactor.panel.csv import from_csv
from xlfactor.panel.store import write_panel


@pytest.fixture
def given():
    return rows()


def save(path, frames, **options):
    pd.concat(frames).to_csv(path, index=False, **options)
    return path


def test_files_in_order_of_date_give_the_panel_of_their_frames(tmp_path, given, monkeypatch):
    monkeypatch.setattr("xlfactor.panel.csv.ROWS", 17)  # pieces that end inside a date
    files = [save(tmp_path / "a.csv", given[:10]), save(tmp_path / "b.csv", given[10:])]
    assert from_csv(files, tmp_path / "C").hash == write_panel(tmp_path / "F", given).hash


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_tabs_and_a_byte_order_mark_are_read(tmp_path, given, separator):
    file = save(tmp_path / "a.csv", given, sep=separator, encoding="utf-8-sig")
    assert from_csv([file], tmp_path / "C").hash == write_panel(tmp_path / "F", given).hash


def test_names_that_look_like_numbers_or_like_a_missing_value_stay_names(tmp_path):
    (tmp_path / "a.csv").write_text(
        "date,asset,return,Market,Sector,Code\n2026-01-30,005930,0.1,1,NA,010\n2026-01-30,NA,,1,Tech,020\n"
    )
    panel = from_csv([tmp_path / "a.csv"], tmp_path / "C", families=["Sector", "Code"])
    found = content(panel)
    assert found["asset"].tolist() == ["005930", "NA"]
    assert found["Code"].tolist() == ["010", "020"]
    assert found["Sector"].tolist() == [None, "Tech"]
    assert found["return"].isna().tolist() == [False, True]


def test_styles_by_name_leave_the_other_columns_out(tmp_path, given):
    file = save(tmp_path / "a.csv", given)
    panel = from_csv([file], tmp_path / "C", families=["Industry"], styles=["Size", "Market"])
    assert panel.columns == ("Market", "Industry", "Size")
    with pytest.raises(FactorError, match=r"COLUMN_UNKNOWN: no column is called Sise \(a.csv\): did you mean Size\?"):
        from_csv([file], tmp_path / "D", styles=["Sise"])


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("1,5", None),
        ("abc", "NUM_BAD: return holds 'abc' where a number is expected (a.csv row 3, column return)"),
        ("inf", "VALUE_INF: an infinite number (a.csv row 3, column return)"),
        ("#REF!", "CELL_ERROR: return holds the error #REF! (a.csv row 3, column return)"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_and_column(tmp_path, cell, line):
    (tmp_path / "a.csv").write_text(f"date,asset,return,Market\n2026-01-30,A,0.1,1\n2026-01-30,B,{cell},1\n")
    with pytest.raises(FactorError) as refused:
        from_csv([tmp_path / "a.csv"], tmp_path / "C")
    assert line is None or line in refused.value.line


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "FILE_BAD"), (b"date\xff,asset\n", "FILE_BAD"), (b"a,b\n1,2\n1,2,3,4\n", "FILE_BAD")]
)
def test_a_file_that_is_no_csv_is_refused(tmp_path, content, code):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(FactorError, match=code):
        from_csv([tmp_path / "a.csv"], tmp_path / "C")


def test_the_command_writes_a_panel_says_what_is_in_it_and_adds_to_it(tmp_path, given):
    run = CliRunner().invoke
    first, second = save(tmp_path / "a.csv", given[:20]), save(tmp_path / "b.csv", given[20:])
    found = run(app, ["panel", str(tmp_path / "P"), "--csv", str(first)])
    assert found.exit_code == 0
    assert "20 dates 2025-12-15 to 2026-01-09" in found.stdout
    found = run(app, ["panel", str(tmp_path / "P"), "--csv", str(second), "--json"])
    said = json.loads(found.stdout)
    assert (said["ok"], said["as_of"]) == (True, "2026-02-13")
    assert said["input_hash"] == write_panel(tmp_path / "F", given).hash
    for options in ([], ["--csv", str(first), "--database", "sqlite://"], ["--database", "sqlite://"]):
        found = run(app, ["panel", str(tmp_path / "P"), *options])
        assert found.exit_code == 3
        assert "ARGUMENT_MISSING" in found.stderr
    found = run(app, ["panel", str(tmp_path / "P"), "--csv", str(tmp_path / "none.csv")])
    assert found.exit_code == 4
    assert "FILE_NOT_FOUND" in found.stderr
