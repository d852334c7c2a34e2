"""A panel written: appended to, replaced, killed in the middle, and what it refuses."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.panel.simulated import tables
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.panel.part import part_rows
from xlfactor.panel.read import FACTS, open_panel
from xlfactor.panel.store import write_panel
from xlfactor.panel.wide import panel_of

ROOT = Path(__file__).parents[2]
KILLED = """
import os, sys
from tests.panel.test_store import rows
from xlfactor.panel import store
given = rows()
def frames():
    yield from given[40:42]
    if sys.argv[2] == "in a partition":
        os._exit(9)
    yield from given[42:]
store._commit = lambda panel: os._exit(9)
store.write_panel(sys.argv[1], frames())
"""
ROW = {"date": "2026-01-30", "asset": "A", "return": 0.01, "Market": 1.0}


def rows(T=45):
    return list(panel_of(*tables(T, 12)))


def long(*changes):
    return pd.DataFrame([ROW | change for change in changes])


def content(panel):
    """All rows of a panel, dates and labels as columns."""
    return pd.concat([frame for key in panel.parts for _, frame in part_rows(panel, key)], ignore_index=True)


def same_rows(panel, given):
    found, expected = content(panel), pd.concat(given, ignore_index=True)
    expected = expected[found.columns].astype({"asset": object, "Industry": object, "Country": object})
    expected = expected.where(expected.notna(), None).astype(found.dtypes.to_dict())
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("partition", ["month", "year"])
def test_what_is_written_is_read_back_to_the_last_bit(tmp_path, partition):
    given = rows()
    panel = write_panel(tmp_path / "P", given, partition)
    same_rows(panel, given)
    same_rows(open_panel(tmp_path / "P"), given)
    assert list(panel.parts) == {"month": ["2025-12", "2026-01", "2026-02"], "year": ["2025", "2026"]}[partition]


def test_the_facts_name_roles_dates_rows_assets_and_family_values(tmp_path):
    given = rows()
    write_panel(tmp_path / "P", given)
    facts = json.loads((tmp_path / "P" / FACTS).read_text())
    together = pd.concat(given)
    assert facts["schema"] == 1
    assert facts["columns"] == ["Market", "Industry", "Value", "Country", "Size"]
    assert facts["styles"] == ["Market", "Value", "Size"]
    assert facts["families"] == {name: list(together[name].dropna().unique()) for name in ("Industry", "Country")}
    assert (facts["cap"], facts["weight"], facts["partition"]) == (True, True, "month")
    assert (facts["first"], facts["last"]) == ("2025-12-15", "2026-02-13")
    assert facts["assets"] == list(together["asset"].unique())
    january = facts["partitions"]["2026-01"]
    counts = together[together["date"].dt.strftime("%Y-%m") == "2026-01"].groupby("date").size()
    assert january["dates"] == [str(d.date()) for d in counts.index]
    assert january["rows"] == counts.tolist()
    assert len(january["hash"]) == 32


def test_one_frame_and_many_small_ones_give_the_same_panel(tmp_path):
    given = pd.concat(rows(), ignore_index=True)
    one = write_panel(tmp_path / "one", given)
    many = write_panel(tmp_path / "many", (given.iloc[k : k + 7] for k in range(0, len(given), 7)))
    assert one.hash == many.hash
    assert one.parts == many.parts


def test_further_dates_join_a_month_or_begin_one_and_leave_the_others_files_alone(tmp_path):
    given = rows()
    write_panel(tmp_path / "P", given[:20])
    before = (tmp_path / "P/2025-12/part-0.parquet").stat().st_mtime_ns
    first = open_panel(tmp_path / "P")
    panel = write_panel(tmp_path / "P", given[20:])
    same_rows(panel, given)
    assert panel.hash == write_panel(tmp_path / "whole", given).hash
    assert panel.hashes[:20] == first.hashes
    assert (tmp_path / "P/2025-12/part-0.parquet").stat().st_mtime_ns == before
    assert [p.name for p in (tmp_path / "P/2026-01").iterdir()] == ["part-1.parquet"]


def test_dates_between_and_before_those_there_are_put_in_their_place(tmp_path):
    given = rows()
    write_panel(tmp_path / "P", given[1::2])
    same_rows(write_panel(tmp_path / "P", given[::2]), given)


def test_a_date_twice_is_refused_or_replaced(tmp_path):
    given = rows()
    write_panel(tmp_path / "P", given)
    with pytest.raises(FactorError, match=r"DUP_DATE: the panel has 2026-01-05 already \(frame 1 row 1\)"):
        write_panel(tmp_path / "P", given[15])
    same_rows(open_panel(tmp_path / "P"), given)
    revised = given[15].assign(**{"return": 0.5})
    old = open_panel(tmp_path / "P")
    new = write_panel(tmp_path / "P", revised, replace=True)
    same_rows(new, [*given[:15], revised, *given[16:]])
    assert [a != b for a, b in zip(old.hashes, new.hashes, strict=True)] == [k == 15 for k in range(45)]


@pytest.mark.parametrize("when", ["in a partition", "before panel.json"])
def test_a_killed_write_leaves_the_old_panel_and_the_next_one_clears_up(tmp_path, when):
    """The child ends at once, as when it is killed: no `finally` of ours runs."""
    given = rows()
    write_panel(tmp_path / "P", given[:40])
    child = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "P"), when], cwd=ROOT)
    assert child.returncode == 9
    same_rows(open_panel(tmp_path / "P"), given[:40])
    assert any(p.name.startswith("part-1") for p in (tmp_path / "P").rglob("part-*"))
    same_rows(write_panel(tmp_path / "P", given[40:]), given)
    names = sorted(p.name for p in (tmp_path / "P").rglob("part-*"))
    assert names == ["part-0.parquet", "part-0.parquet", "part-1.parquet"]


def test_a_first_write_that_is_killed_or_refused_can_be_done_again(tmp_path):
    given = rows(20)
    with pytest.raises(FactorError, match="DATES_UNSORTED"):
        write_panel(tmp_path / "P", [*given, given[0]])
    with pytest.raises(FactorError, match="FILE_NOT_FOUND"):
        open_panel(tmp_path / "P")
    (tmp_path / "P/2025-12/part-0.parquet.tmp").write_bytes(b"half")
    same_rows(write_panel(tmp_path / "P", given), given)


def test_a_second_writer_is_refused_while_the_first_is_at_work(tmp_path):
    given = rows(5)

    def frames():
        yield from given[:3]
        with pytest.raises(FactorError, match="FILE_LOCKED"):
            write_panel(tmp_path / "P", given[3])
        yield given[3]

    same_rows(write_panel(tmp_path / "P", frames()), given[:4])


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (long({"return": "x"}), "NUM_BAD: return holds 'x' where a number is expected (frame 1 row 1, column return)"),
        (long({}, {"asset": "B", "Market": np.inf}), "VALUE_INF: an infinite number (frame 1 row 2, column Market)"),
        (long({}, {}), "DUP_ASSET: 2026-01-30 lists the asset A twice (frame 1 row 2)"),
        (long({}, {"date": "2026-01-29"}), "DATES_UNSORTED: 2026-01-29 comes after a later date (frame 1 row 2)"),
        (long({"date": "soon"}), "DATE_BAD: 'soon' is no date (frame 1 row 1, column date)"),
        (long({"asset": ""}), "NAME_BLANK: '' is no asset's name (frame 1 row 1, column asset)"),
        (long({"cap": -1.0}), "VALUE_RANGE: a negative cap (frame 1 row 1, column cap): give 0 or more"),
        (long({}).drop(columns="return"), "COLUMN_UNKNOWN: no column is called return (frame 1)"),
        (long({}).rename(columns={"return": "returns"}), "did you mean returns?"),
        (long({}).drop(columns="Market"), "LOADING_MISSING: no column of loadings (frame 1)"),
        (long({}).assign(MARKET=1.0).rename(columns={"MARKET": " Market"}), "DUP_FACTOR: the column Market stands"),
        (long({}).iloc[:0], "NO_ROWS: no rows were given"),
    ],
)  # fmt: skip
def test_bad_rows_are_refused_with_their_row_and_column(tmp_path, frame, line):
    with pytest.raises(FactorError) as refused:
        write_panel(tmp_path / "P", frame)
    assert line in refused.value.line


def test_rows_of_another_schema_are_refused(tmp_path):
    with pytest.raises(FactorError, match=r"COLUMNS_DIFFER: no column Market, which earlier rows have \(frame 2\)"):
        write_panel(tmp_path / "P", [long({}), long({"date": "2026-01-31"}).drop(columns="Market")])
    write_panel(tmp_path / "P", long({}))
    with pytest.raises(FactorError, match=r"COLUMN_UNKNOWN: no column is called Market \(frame 1\)"):
        write_panel(tmp_path / "P", long({}).rename(columns={"Market": "Value"}))
    with pytest.raises(FactorError, match="COLUMNS_DIFFER: the panel has no column cap, these rows do"):
        write_panel(tmp_path / "P", long({"cap": 1.0}))


def test_returns_in_percent_are_written_and_said_of_the_dates_that_are_new(tmp_path):
    frame = pd.concat(rows())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_panel(tmp_path / "p", frame)
    percent = frame[frame["date"] >= frame["date"].max()].assign(date=frame["date"].max() + pd.Timedelta(days=1))
    percent["return"] = [0.5, -0.3, *[-1.5] * (len(percent) - 2)]
    said = "UNITS_PERCENT: half of the returns of .* exceed 1.5 in size, that is 150%: divide percent by 100, and wri"
    with pytest.warns(FactorWarning, match=said):
        write_panel(tmp_path / "p", percent)
    with pytest.warns(FactorWarning, match="UNITS_PERCENT: half of the returns of .* and 1 more date exceed"):
        write_panel(tmp_path / "q", [percent, percent.assign(date=percent["date"] + pd.Timedelta(days=1))])


def test_a_folder_of_other_files_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FactorError, match="FILE_EXISTS"):
        write_panel(tmp_path, long({}))
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_damaged_or_newer_panel_is_refused(tmp_path):
    panel = write_panel(tmp_path / "P", long({}))
    facts = json.loads((tmp_path / "P" / FACTS).read_text())
    for text, code in (("{", "FILE_CORRUPT"), ("{}", "FILE_CORRUPT"), ("[]", "FILE_CORRUPT"),
                       (json.dumps(facts | {"schema": 2}), "PANEL_NEWER")):  # fmt: skip
        (tmp_path / "P" / FACTS).write_text(text)
        with pytest.raises(FactorError, match=code):
            open_panel(tmp_path / "P")
    (tmp_path / "P/2026-01/part-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(FactorError, match="FILE_CORRUPT"):
        list(part_rows(panel, "2026-01"))
    (tmp_path / "P/2026-01/part-0.parquet").unlink()
    with pytest.raises(FactorError, match="PANEL_CHANGED"):
        list(part_rows(panel, "2026-01"))


def test_labels_are_text_and_dates_are_days_whatever_their_type(tmp_path):
    frame = pd.DataFrame(
        {"Date": [46052.0, 46052.0], "ASSET": [10107.0, " b"], "Return": [0.1, None], "Market": [1, 1],
         "Industry": ["x", "n/a"]}
    )  # fmt: skip
    panel = write_panel(tmp_path / "P", frame)
    assert list(panel.assets) == ["10107", "b"]
    assert list(panel.dates) == [pd.Timestamp("2026-01-30")]
    assert panel.families == {"Industry": ["x", "n/a"]}
