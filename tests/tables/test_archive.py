"""Tables through an npz file and back: labels, dates, text and numbers to the last bit."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.errors import FactorError
from xlfactor.tables import archive

DATES = pd.DatetimeIndex(["2026-01-05", "2026-01-06"], name="Date")
TABLES = {
    "dates across": pd.DataFrame([[0.1 + 0.2, np.nan], [-0.0, 5e-324]], DATES, ["A", "Ä 株"]),
    "text between": pd.DataFrame(
        {"x": [1.0, 2.0], "f": ["Tech", None], "y": [3.0, 4.0]}, pd.Index(["A", "B"], name="Asset")
    ),
    "two labels": pd.DataFrame(
        {"s": [1.0, 2.0]}, pd.MultiIndex.from_arrays([DATES, ["A", "B"]], names=["Date", "Asset"])
    ),
    "no rows": pd.DataFrame({"x": np.array([], dtype=float)}, pd.Index([], dtype=str, name="Asset")),
    "no name": pd.DataFrame({"variance": [1e-4]}, ["A"]),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_table_comes_back_to_the_last_bit(what):
    table = TABLES[what]
    again = archive.unpack(archive.pack(table))
    pd.testing.assert_frame_equal(
        again,
        table,
        check_exact=True,
        check_freq=False,
        check_column_type=bool(len(table)),
        check_index_type=bool(len(table)),
    )
    numbers = table.select_dtypes("number").to_numpy()
    assert again.select_dtypes("number").to_numpy().tobytes() == numbers.tobytes()  # -0.0 and the smallest number too


def test_the_fingerprint_tells_apart_what_differs_in_one_bit_label_or_order():
    table = TABLES["dates across"]
    others = [table, table * 1.0, table + 0.0, table.iloc[::-1], table.iloc[:, ::-1], table.rename(columns={"A": "B"})]
    prints = [archive.fingerprint(archive.pack(other)) for other in others]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 5  # adding 0.0 makes -0.0 another number
    assert archive.fingerprint({}, "before") != archive.fingerprint({})


def test_facts_come_back_as_they_were(tmp_path):
    facts = {"half_life": 60.0, "share": 0.1 + 0.2, "lag": 1, "family": {"market": "", "Tech": "Industry"}}
    archive.write(tmp_path / "a", {"t": TABLES["no name"]}, facts)
    assert archive.read(tmp_path / "a", lambda tables, found: (list(tables), found)) == (["t"], facts)


def test_a_file_that_unpacks_to_more_than_any_model_is_refused(tmp_path, monkeypatch):
    archive.write(tmp_path / "a", {"t": TABLES["no name"]}, {})
    monkeypatch.setattr(archive, "LARGEST", 100)
    with pytest.raises(FactorError, match=r"^FILE_CORRUPT: this is no model file, or it is damaged \(a\)"):
        archive.read(tmp_path / "a", lambda tables, facts: None)
