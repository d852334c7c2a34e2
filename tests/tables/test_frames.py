"""Clean DataFrames read by level and column give the table, or the refusal, that reading cell by cell gives."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.errors import FactorError
from xlfactor.tables import frames
from xlfactor.tables.factors import factor_table
from xlfactor.tables.parse import read

DATES = pd.bdate_range("2026-01-05", periods=3)
NAMES = ["A", "B", "10107"]
STR = pd.StringDtype(na_value=np.nan)  # the text of pandas 3, which pandas 2.3 has too


def panel(assets=NAMES):
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([DATES, assets])
    table = pd.DataFrame({"market": 1.0, "size": rng.normal(size=len(index))}, index)
    table["Industry"] = np.array(["Tech", "Bank", "Tech"] * 3)
    table.iloc[4, 1] = np.nan
    return table


def outcome(kind, value):
    try:
        return read(kind, value, kind)
    except FactorError as error:
        return str(error)


def slowly(monkeypatch, kind, value):
    with monkeypatch.context() as patched:
        for reader in ("dated", "by_asset", "loadings"):
            patched.setattr(frames, reader, lambda *_: None)
        return outcome(kind, value)


def with_text(column):
    return lambda table: table.assign(Industry=column)


LOADINGS = {
    "as it is": lambda t: t,
    "rows in another order": lambda t: t.iloc[::-1],
    "unused levels": lambda t: t[t.index.get_level_values(1) != "B"],
    "numbers as labels": lambda t: t.rename({"10107": 10107.0}, level=1),
    "spaces around labels": lambda t: t.rename({"A": " A "}, level=1),
    "dates with a time": lambda t: t.set_index(t.index.set_levels(DATES + pd.Timedelta(hours=17), level=0)),
    "dates of a zone": lambda t: t.set_index(t.index.set_levels(DATES.tz_localize("America/New_York"), level=0)),
    "dates as text": lambda t: t.set_index(t.index.set_levels([d.date().isoformat() for d in DATES], level=0)),
    "integers": lambda t: t.assign(market=1),
    "single precision": lambda t: t.assign(market=np.float32(0.5)),
    "flags": lambda t: t.assign(market=True),
    "text with gaps": with_text(["Tech", None, "N/A", "", "Bank", "-", "Tech", "Bank", "Tech"]),
    "text to be stripped": with_text([" Tech", "Tech", "Bank "] * 3),
    "text as objects": with_text(pd.array(["Tech", "Bank", "Tech"] * 3, dtype=object)),
    "categories that no row has": with_text(
        pd.Categorical(["Tech", "Bank", "Tech"] * 3, ["#REF!", "Bank", "Oil", "Tech"])
    ),
    "categories to be stripped": with_text(pd.Categorical([" Tech", "Tech", "Bank "] * 3)),
    "categories with gaps": with_text(pd.Categorical(["Tech", None, "N/A", "", "Bank", "-", "Tech", "Bank", "Tech"])),
    "categories that are numbers": with_text(pd.Categorical([3, 4, 3] * 3)),
    "no category at all": with_text(pd.Categorical([None] * 9, ["Tech"])),
    "no text at all": with_text([None] * 9),
    "text and a number": with_text(["Tech", 3, "Bank"] * 3),
    "an error among text": with_text(["Tech", "#REF!", "Bank"] * 3),
    "nullable": lambda t: t.assign(size=t["size"].astype("Float64")),
    "an infinite number": lambda t: t.assign(size=[1, 2, np.inf] * 3),
    "two infinite numbers": lambda t: t.assign(size=[1, -np.inf, np.inf] * 3),
    "a row twice": lambda t: pd.concat([t, t.iloc[[3]]]),
    "two labels that are one": lambda t: t.rename({"A": " B"}, level=1),
    "a blank label": lambda t: t.rename({"A": " "}, level=1),
    "an error as a label": lambda t: t.rename({"A": "#REF!"}, level=1),
    "a missing date": lambda t: t.rename({DATES[1]: pd.NaT}, level=0),
    "a column twice": lambda t: t.set_axis(["market", "market", "Industry"], axis=1),
    "an asset label missing": lambda t: t.rename({"A": None}, level=1),
    "of one date": lambda t: t.loc[DATES[0]],
    "of one date, an asset twice": lambda t: pd.concat([t.loc[DATES[0]], t.loc[DATES[1]]]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", LOADINGS)
def test_loadings_are_read_or_refused_alike(case, monkeypatch):
    given = LOADINGS[case](panel())
    fast, slow = outcome("loadings", given), slowly(monkeypatch, "loadings", given)
    if isinstance(slow, str):
        assert fast == slow
    else:
        pd.testing.assert_frame_equal(fast, slow, check_exact=True)
        assert fast.index.names == slow.index.names


RETURNS = {
    "as they are": lambda t: t,
    "sorted backwards": lambda t: t.iloc[::-1],
    "integers": lambda t: (t * 100).round().fillna(0).astype(int),
    "single precision": lambda t: t.astype("float32"),
    "numbers as labels": lambda t: t.rename(columns={"10107": 10107}),
    "dates as periods": lambda t: t.to_period("D"),
    "a date twice on a day": lambda t: t.set_axis([DATES[0], DATES[0] + pd.Timedelta(hours=1), DATES[1]]),
    "an infinite number": lambda t: t.replace(t.iloc[1, 1], -np.inf),
    "a text": lambda t: t.astype(object).replace(t.iloc[1, 1], "0.02"),
    "a label twice": lambda t: t.set_axis(["A", "A ", "B"], axis=1),
    "no date": lambda t: t.set_axis(["x", "y", "z"]),
    "no columns": lambda t: t.iloc[:, :0],
    "sums beyond the largest number": lambda t: t.fillna(0) * 0 + 1e308,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", RETURNS)
@pytest.mark.parametrize("kind", ["returns", "caps", "factor_returns"])
def test_tables_by_date_are_read_or_refused_alike(kind, case, monkeypatch):
    values = np.random.default_rng(1).normal(size=(3, 3))
    values[0, 2] = np.nan
    given = RETURNS[case](pd.DataFrame(values, DATES.rename("when"), pd.Index(NAMES, name="who")))
    fast, slow = outcome(kind, given), slowly(monkeypatch, kind, given)
    if isinstance(slow, str):
        assert fast == slow
    else:
        pd.testing.assert_frame_equal(fast, slow, check_exact=True)


@pytest.mark.parametrize("index", [NAMES, ["A", "A ", "B"], ["A", "", "B"], [1, 2.0, 3]], ids=str)
def test_caps_by_asset_are_read_or_refused_alike(index, monkeypatch):
    given = pd.DataFrame({"cap": [1.0, 2.0, np.nan]}, index)
    fast, slow = outcome("caps", given), slowly(monkeypatch, "caps", given)
    if isinstance(slow, str):
        assert fast == slow
    else:
        pd.testing.assert_frame_equal(fast, slow, check_exact=True)


def test_clean_numbers_are_not_copied_where_pandas_copies_on_write_and_the_given_table_stays_as_it_was():
    given = panel()
    before = given.copy()
    clean = frames.loadings(given)
    assert np.shares_memory(clean["size"].to_numpy(), given["size"].to_numpy()) is not frames.COPIED
    clean.loc[clean.index[0], "size"] = 9.0
    pd.testing.assert_frame_equal(given, before)


def test_a_categorical_text_column_stays_one():
    given = panel().astype({"Industry": "category"})
    clean = read("loadings", given, "loadings")
    assert clean["Industry"].astype(str).tolist() == ["Tech", "Bank", "Tech"] * 3
    assert isinstance(clean["Industry"].dtype, pd.CategoricalDtype)


def test_a_category_that_no_row_has_is_no_factor():
    text = pd.Categorical(["Tech", "Bank", "Tech"] * 3, ["Oil", "Bank", "Tech"])
    table = factor_table(read("loadings", panel().assign(Industry=text), "loadings"))
    assert table.names == ["market", "size", "Tech", "Bank"]
    assert table.B.codes[:, 0].tolist() == [0, 1, 0] * 3


def test_tables_that_are_read_together_share_one_index_of_labels():
    returns = pd.DataFrame(0.01, DATES, [f"X{k}" for k in range(50)])
    one, two = (read(kind, returns.copy(), kind) for kind in ("returns", "caps"))
    assert one.columns is two.columns or one.columns.array is two.columns.array


@pytest.mark.parametrize("dtype", ["object", STR], ids=str)
def test_a_long_text_column_is_read_as_its_values_and_codes_and_means_the_same_factors(dtype, monkeypatch):
    given = panel()
    given["Industry"] = pd.Series(["Tech", " Bank", None, "Bank", "Tech ", "", "Oil", "Tech", "Bank"], given.index)
    given = given.astype({"Industry": dtype})
    short = read("loadings", given, "loadings")
    monkeypatch.setattr(frames, "LONG", 1)
    long = read("loadings", given, "loadings")
    assert isinstance(long["Industry"].dtype, pd.CategoricalDtype)
    assert long["Industry"].astype(object).fillna("-").tolist() == short["Industry"].astype(object).fillna("-").tolist()
    one, other = factor_table(short), factor_table(long)
    assert one.names == other.names == ["market", "size", "Tech", "Bank", "Oil"]
    np.testing.assert_array_equal(one.B.codes, other.B.codes)
    pd.testing.assert_index_equal(long.index, short.index)


@pytest.mark.parametrize("changes", [0, 1, 12, 400])
@pytest.mark.parametrize("dtype", [STR, "string", "object", "category"], ids=str)
@pytest.mark.parametrize("long", [True, False])
def test_text_that_changes_on_some_dates_is_read_as_it_stands(changes, dtype, long, monkeypatch):
    rng = np.random.default_rng(changes)
    values = np.array(["Tech", "Bank", "Oil", "Steel", None], dtype=object)
    places = np.tile(rng.integers(0, 4, 25), (40, 1))
    for t, i in zip(rng.integers(1, 40, changes), rng.integers(0, 25, changes), strict=True):
        places[t:, i] = rng.integers(0, 5)
    text = values[places.ravel()]
    index = pd.MultiIndex.from_product([pd.bdate_range("2026-01-05", periods=40), [f"A{k}" for k in range(25)]])
    given = pd.DataFrame({"size": 1.0, "Industry": pd.Series(text, index, dtype=dtype)})
    monkeypatch.setattr(frames, "LONG", 1 if long else 10_000)
    clean = read("loadings", given, "loadings")
    assert isinstance(clean["Industry"].dtype, pd.CategoricalDtype) is (long or dtype == "category")
    assert clean["Industry"].astype(object).fillna("-").tolist() == ["-" if v is None else v for v in text]
    names = np.array([*factor_table(clean).names[1:], None], dtype=object)
    assert names[factor_table(clean).B.codes[:, 0]].tolist() == text.tolist()
    assert names[:-1].tolist() == list(dict.fromkeys(v for v in text if v))


@pytest.mark.parametrize("missing", [pd.NA, pd.NaT, None, np.nan])
def test_a_missing_label_of_any_kind_is_refused_as_a_blank_one(missing):
    labels = pd.Index(["A", missing], dtype=object)
    returns = pd.DataFrame([[0.1, 0.2]], DATES[:1], labels)
    for kind, table in (("returns", returns), ("loadings", returns.T), ("caps", returns.T)):
        with pytest.raises(FactorError, match="NAME_BLANK"):
            read(kind, table, kind)
